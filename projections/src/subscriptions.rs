//! What customers ordered, on the terms of the order.

use crate::{
    Projection, Row, Rows, Unprojectable,
    facts::{moment, stream_id},
    owned::{self, Listed},
    pages::Page,
};
use chrono::{DateTime, NaiveDate, Utc};
use poem_openapi::{Enum, Object};
use purser_domain::{
    Event, Recorded,
    ids::{SubscriptionId, UserId},
    subscription::{FailCause, SubscriptionEvent},
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
    Provisioning,
    Active,
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
    /// The plan's title at the order.
    pub plan: String,
    /// How often it is paid: `monthly` or `yearly`.
    pub billing_cycle: String,
    /// What a period costs, in whole rupiah, as agreed at the order.
    pub price: i64,
    /// How far it has come.
    pub status: SubscriptionStatus,
    /// What runs for it.
    pub instance_id: Uuid,
    /// The customer's part of the host name.
    pub subdomain: String,
    /// When it was ordered.
    pub ordered_at: DateTime<Utc>,
    /// The first paid date, in Asia/Jakarta.
    pub period_start: Option<NaiveDate>,
    /// The first date no longer paid, in Asia/Jakarta.
    pub period_end: Option<NaiveDate>,
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
            Event::Subscription(_) => vec![stream_id(event)],
            _ => vec![],
        }
    }

    fn project(rows: &mut Rows<SubscriptionRow>, event: &Recorded) -> Result<(), Unprojectable> {
        let Event::Subscription(fact) = &event.event else {
            return Ok(());
        };
        match fact {
            SubscriptionEvent::Ordered { terms, at } => rows.insert(SubscriptionRow {
                id: stream_id(event),
                user_id: terms.user_id.uuid(),
                service_id: terms.service_id.uuid(),
                service: terms.service.to_string(),
                plan_id: terms.plan_id.uuid(),
                plan: terms.plan.to_string(),
                billing_cycle: terms.billing_cycle.as_str().into(),
                price: terms.price.get(),
                status: SubscriptionStatus::Provisioning,
                instance_id: terms.instance_id.uuid(),
                subdomain: terms.subdomain.to_string(),
                ordered_at: moment(*at),
                period_start: None,
                period_end: None,
                failure: None,
                refunded: None,
                ended_at: None,
                version: event.sequence,
                position: event.position,
            }),
            SubscriptionEvent::Activated { period, at: _ } => {
                rows.update(stream_id(event), |row| {
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
            } => rows.update(stream_id(event), |row| {
                row.status = SubscriptionStatus::Failed;
                row.failure = Some(failure(*cause).into());
                row.refunded = Some(refunded.get());
                row.ended_at = Some(moment(*at));
                row.version = event.sequence;
            }),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Story, at, finer, id, rp};
    use poem_openapi::types::ToJSON;
    use purser_domain::{
        ids::{ChargeId, InstanceId, PlanId, ServiceId, WalletId},
        period::{BillingCycle, Period},
        subscription::{Subscription, Terms},
    };

    fn ordered() -> SubscriptionEvent {
        SubscriptionEvent::Ordered {
            terms: Box::new(Terms {
                user_id: UserId::new(id(2)),
                wallet_id: WalletId::new(id(3)),
                service_id: ServiceId::new(id(4)),
                service: "WordPress".parse().unwrap(),
                plan_id: PlanId::new(id(5)),
                plan: "Small".parse().unwrap(),
                billing_cycle: BillingCycle::Yearly,
                price: rp(400_000),
                charge_id: Some(ChargeId::new(id(6))),
                instance_id: InstanceId::new(id(7)),
                subdomain: "toko-budi".parse().unwrap(),
            }),
            at: finer(at(0)),
        }
    }

    fn activated() -> SubscriptionEvent {
        let anchor = "2027-01-31".parse().unwrap();
        SubscriptionEvent::Activated {
            period: Period::nth(anchor, BillingCycle::Yearly, 0).unwrap(),
            at: at(1),
        }
    }

    fn failed() -> SubscriptionEvent {
        SubscriptionEvent::Failed {
            cause: FailCause::NotReadyInTime,
            refunded: rp(400_000),
            at: finer(at(1)),
        }
    }

    fn story(facts: Vec<SubscriptionEvent>) -> Story {
        facts.into_iter().fold(Story::default(), |story, fact| {
            story.then::<Subscription>(&SubscriptionId::new(id(1)), fact)
        })
    }

    fn provisioning() -> SubscriptionRow {
        SubscriptionRow {
            id: id(1),
            user_id: id(2),
            service_id: id(4),
            service: "WordPress".into(),
            plan_id: id(5),
            plan: "Small".into(),
            billing_cycle: "yearly".into(),
            price: 400_000,
            status: SubscriptionStatus::Provisioning,
            instance_id: id(7),
            subdomain: "toko-budi".into(),
            ordered_at: at(0),
            period_start: None,
            period_end: None,
            failure: None,
            refunded: None,
            ended_at: None,
            version: 1,
            position: 1,
        }
    }

    #[test]
    fn an_order_waits_and_then_its_paid_period_begins() {
        let row = story(vec![ordered()]).row::<Subscriptions>(id(1));
        assert_eq!(row, Some(provisioning()));
        let active = SubscriptionRow {
            status: SubscriptionStatus::Active,
            period_start: Some("2027-01-31".parse().unwrap()),
            period_end: Some("2028-01-31".parse().unwrap()),
            version: 2,
            ..provisioning()
        };
        let row = story(vec![ordered(), activated()]).row::<Subscriptions>(id(1));
        assert_eq!(row, Some(active));
    }

    #[test]
    fn a_failed_order_says_why_and_what_was_given_back() {
        let expected = SubscriptionRow {
            status: SubscriptionStatus::Failed,
            failure: Some("not_ready_in_time".into()),
            refunded: Some(400_000),
            ended_at: Some(at(1)),
            version: 2,
            ..provisioning()
        };
        let row = story(vec![ordered(), failed()]).row::<Subscriptions>(id(1));
        assert_eq!(row, Some(expected));
    }

    #[test]
    fn the_answer_leaves_out_what_is_not_known_and_where_the_row_stands() {
        let answer = provisioning().to_json().unwrap();
        assert_eq!(answer["status"], "provisioning");
        for absent in ["failure", "period_start", "ended_at", "position"] {
            assert_eq!(answer.get(absent), None, "{absent}");
        }
    }

    #[test]
    fn what_nobody_ordered_cannot_change() {
        for fact in [activated(), failed()] {
            assert_eq!(
                story(vec![fact]).refusal::<Subscriptions>(),
                Some(Unprojectable::Missing(id(1)))
            );
        }
    }
}
