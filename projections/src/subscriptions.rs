//! What customers ordered, on the terms of the order.

use crate::{
    Projection, Row, Rows, Unprojectable,
    facts::{moment, stream_id, stream_row},
    owned::{self, Listed},
    pages::Page,
};
use chrono::{DateTime, NaiveDate, Utc};
use poem_openapi::{Enum, Object};
use purser_domain::{
    Event, Recorded,
    coupon::charged,
    ids::{SubscriptionId, UserId},
    period::Period,
    subscription::{EndCause, FailCause, SubscriptionEvent},
};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// How far an order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, Enum)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum SubscriptionStatus {
    /// It was paid and is being set up.
    Provisioning,
    /// It is paid and was seen to be ready.
    Active,
    /// The paid time is over; it runs on until `grace_until`.
    PastDue,
    /// It rests; its data are kept until `delete_on`.
    Suspended,
    /// A new period was paid; it begins when the app is seen to be ready.
    Resuming,
    /// It is over; what runs for it is being removed.
    Ended,
    /// Nothing of it is left.
    Terminated,
    /// It never became active.
    Failed,
}

/// A subscription to a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromRow, Object)]
#[oai(rename = "Subscription", skip_serializing_if_is_none)]
pub struct SubscriptionRow {
    /// The subscription's id.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// The app.
    pub service_id: Uuid,
    /// The app's title at the order.
    pub service: String,
    /// The plan.
    pub plan_id: Uuid,
    /// The plan's title when it was agreed.
    pub plan: String,
    /// How often it is paid: `monthly` or `yearly`.
    pub billing_cycle: String,
    /// What the newest period cost, less what a coupon took off, in whole rupiah.
    pub price: i64,
    /// The coupon that was redeemed with the order.
    pub coupon: Option<String>,
    /// Whether it is a trial: it costs nothing, lasts some days, and does not renew.
    pub trial: bool,
    /// How far it has come.
    pub status: SubscriptionStatus,
    /// What runs for it.
    pub instance_id: Uuid,
    /// The customer's part of the host name.
    pub subdomain: String,
    /// When it was ordered.
    pub ordered_at: DateTime<Utc>,
    /// The first date of the newest paid period, in Asia/Jakarta.
    pub period_start: Option<NaiveDate>,
    /// The first date no longer paid, in Asia/Jakarta.
    pub period_end: Option<NaiveDate>,
    /// The plan that it is about to have: once the app is seen to have its figures.
    pub changing_to: Option<Uuid>,
    /// Whether it renews by itself when the paid time is over.
    pub auto_renew: bool,
    /// The date on which it ends, in Asia/Jakarta, where its customer wants it to end with the paid time.
    pub cancel_on: Option<NaiveDate>,
    /// The first date on which it does not run unpaid any more, in Asia/Jakarta.
    pub grace_until: Option<NaiveDate>,
    /// The date on which its data are deleted unless it is resumed, in Asia/Jakarta.
    pub delete_on: Option<NaiveDate>,
    /// Why it ended after it had been active: `cancelled`, `cancelled_now`, `unpaid` or `staff`.
    pub end_cause: Option<String>,
    /// Why it never became active: `not_ready_in_time`, `refused` or `cancelled`.
    pub failure: Option<String>,
    /// What was given back, in whole rupiah.
    pub refunded: Option<i64>,
    /// When it came to its end.
    pub ended_at: Option<DateTime<Utc>>,
    /// The version of the subscription's stream: grows by one with every event.
    pub version: i64,
    #[oai(skip)]
    pub position: i64,
}

impl Row for SubscriptionRow {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Listed for SubscriptionRow {
    const TABLE: &'static str = Subscriptions::TABLE;

    fn position(&self) -> i64 {
        self.position
    }
}

/// Projector of `subscriptions`.
pub struct Subscriptions;

impl Projection for Subscriptions {
    const NAME: &'static str = "subscriptions_v1";
    const TABLE: &'static str = "subscriptions";
    type Row = SubscriptionRow;

    fn touches(event: &Recorded) -> Vec<Uuid> {
        match &event.event {
            Event::Subscription(_) => vec![stream_row(event)],
            _ => vec![],
        }
    }

    fn project(rows: &mut Rows<SubscriptionRow>, event: &Recorded) -> Result<(), Unprojectable> {
        let Event::Subscription(fact) = &event.event else {
            return Ok(());
        };
        match fact {
            SubscriptionEvent::Ordered { terms, at } => rows.insert(SubscriptionRow {
                id: stream_id(event)?,
                user_id: terms.user_id.uuid(),
                service_id: terms.service_id.uuid(),
                service: terms.service.to_string(),
                plan_id: terms.plan_id.uuid(),
                plan: terms.plan.to_string(),
                billing_cycle: terms.billing_cycle.as_str().into(),
                price: terms.charged().get(),
                coupon: terms.coupon().map(ToString::to_string),
                trial: terms.trial.is_some(),
                status: SubscriptionStatus::Provisioning,
                instance_id: terms.instance_id.uuid(),
                subdomain: terms.subdomain.to_string(),
                ordered_at: moment(*at),
                period_start: None,
                period_end: None,
                changing_to: None,
                auto_renew: terms.trial.is_none(),
                cancel_on: None,
                grace_until: None,
                delete_on: None,
                end_cause: None,
                failure: None,
                refunded: None,
                ended_at: None,
                version: event.sequence,
                position: event.position,
            }),
            SubscriptionEvent::Activated { period, at: _ } => {
                rows.update(stream_id(event)?, |row| {
                    row.status = SubscriptionStatus::Active;
                    row.period_start = Some(period.start);
                    row.period_end = Some(period.end);
                    row.version = event.sequence;
                })
            }
            SubscriptionEvent::Failed {
                cause,
                refunded,
                at,
            } => rows.update(stream_id(event)?, |row| {
                row.status = SubscriptionStatus::Failed;
                row.failure = Some(failure(*cause).into());
                row.refunded = Some(refunded.get());
                row.ended_at = Some(moment(*at));
                row.version = event.sequence;
            }),
            fact => rows.update(stream_id(event)?, |row| {
                live(row, fact);
                row.version = event.sequence;
            }),
        }
    }
}

/// What happens once it is active.
fn live(row: &mut SubscriptionRow, fact: &SubscriptionEvent) {
    use {SubscriptionEvent as Did, SubscriptionStatus as Status};
    match fact {
        Did::Renewed {
            period,
            price,
            discount,
            ..
        } => {
            row.status = Status::Active;
            row.grace_until = None;
            row.price = charged(*price, discount.as_ref()).get();
            pay(row, period);
        }
        Did::RenewalSwitched { automatic, .. } => row.auto_renew = *automatic,
        Did::BecamePastDue { grace_until, .. } => {
            row.status = Status::PastDue;
            row.grace_until = Some(*grace_until);
        }
        Did::Suspended { delete_on, .. } => {
            row.status = Status::Suspended;
            row.grace_until = None;
            row.delete_on = Some(*delete_on);
        }
        Did::ResumeOrdered {
            price, discount, ..
        } => {
            row.status = Status::Resuming;
            row.price = charged(*price, discount.as_ref()).get();
        }
        Did::Resumed { period, .. } => {
            row.status = Status::Active;
            row.delete_on = None;
            pay(row, period);
        }
        Did::ResumeFailed { delete_on, .. } => {
            row.status = Status::Suspended;
            row.delete_on = Some(*delete_on);
        }
        Did::CancellationRequested { on, .. } => row.cancel_on = Some(*on),
        Did::CancellationUndone { .. } => row.cancel_on = None,
        Did::PlanChangeRequested { change, .. } => {
            row.changing_to = Some(change.plan_id.uuid());
        }
        Did::PlanChanged { change, period, .. } => {
            row.changing_to = None;
            row.plan_id = change.plan_id.uuid();
            row.plan = change.plan.to_string();
            row.billing_cycle = change.billing_cycle.as_str().into();
            row.price = change.price.get();
            row.auto_renew |= row.trial;
            row.trial = false;
            pay(row, period);
        }
        Did::TrialConverted { change, .. } => {
            row.trial = false;
            row.auto_renew = true;
            row.plan_id = change.plan_id.uuid();
            row.plan = change.plan.to_string();
            row.billing_cycle = change.billing_cycle.as_str().into();
        }
        Did::PlanChangeFailed { .. } => row.changing_to = None,
        Did::Extended { period, .. } => {
            row.status = Status::Active;
            row.grace_until = None;
            row.period_end = Some(period.end);
            row.cancel_on = row.cancel_on.map(|_| period.end);
        }
        Did::DayCredited { .. } | Did::ChargeReturned { .. } => {}
        Did::Ended {
            cause,
            refunded,
            at,
            ..
        } => {
            row.status = Status::Ended;
            row.grace_until = None;
            row.delete_on = None;
            row.end_cause = Some(end_cause(*cause).into());
            row.refunded = Some(refunded.get());
            row.ended_at = Some(moment(*at));
        }
        Did::Terminated { .. } => row.status = Status::Terminated,
        Did::Ordered { .. } | Did::Activated { .. } | Did::Failed { .. } => {}
    }
}

fn pay(row: &mut SubscriptionRow, period: &Period) {
    row.period_start = Some(period.start);
    row.period_end = Some(period.end);
}

const fn end_cause(cause: EndCause) -> &'static str {
    match cause {
        EndCause::Cancelled => "cancelled",
        EndCause::CancelledNow => "cancelled_now",
        EndCause::Unpaid => "unpaid",
        EndCause::Staff => "staff",
    }
}

const fn failure(cause: FailCause) -> &'static str {
    match cause {
        FailCause::NotReadyInTime => "not_ready_in_time",
        FailCause::Refused => "refused",
        FailCause::Cancelled => "cancelled",
    }
}

/// A customer's subscriptions, newest first, and where the next page begins.
///
/// # Errors
/// The database's error.
pub async fn page_of_user(
    rows: &mut PgConnection,
    user: UserId,
    page: &Page,
) -> sqlx::Result<(Vec<SubscriptionRow>, Option<String>)> {
    owned::page(rows, user, page).await
}

/// A customer's subscription; somebody else's is not found.
///
/// # Errors
/// The database's error.
pub async fn of_user(
    rows: &mut PgConnection,
    user: UserId,
    subscription: SubscriptionId,
) -> sqlx::Result<Option<SubscriptionRow>> {
    owned::one(rows, user, subscription.uuid()).await
}

/// The oldest of a customer's subscriptions that became ready, a hundred at most: of those that followed them nobody has to
/// know in order to tell whether he is new.
///
/// # Errors
/// The database's error.
pub async fn begun_of_user(rows: &mut PgConnection, user: UserId) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "select id from subscriptions where user_id = $1 and period_start is not null
         order by position, id limit 100",
    )
    .bind(user.uuid())
    .fetch_all(rows)
    .await
}

mod overdue;
mod renewing;

pub use overdue::{OverdueRow, overdue};
pub use renewing::{open_of_user, renewing_of_plan, renewing_of_user};

#[cfg(test)]
mod tests;
