//! Orders of credit and what became of them at the gateway.

use crate::{
    Projection, Row, Rows, Unprojectable,
    facts::{moment, stream_id, stream_row},
    owned::{self, Listed},
    pages::Page,
};
use chrono::{DateTime, Utc};
use poem_openapi::{Enum, Object};
use purser_domain::{
    Event, Recorded, Rupiah,
    ids::{TopUpId, UserId},
    top_up::{CloseCause, TopUpEvent},
};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// What became of a top-up. A payment outweighs everything; a dispute outweighs its closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, Enum)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum TopUpStatus {
    Pending,
    Paid,
    Expired,
    Cancelled,
    Failed,
    Disputed,
    /// Reported back as unpaid.
    Reversed,
    /// Disputed by the card's holder.
    ChargedBack,
    /// Sent back in whole.
    Refunded,
}

/// An order of credit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromRow, Object)]
#[oai(rename = "TopUp", skip_serializing_if_is_none)]
pub struct TopUpRow {
    /// The top-up's id.
    pub id: Uuid,
    /// Who asked for it.
    pub user_id: Uuid,
    /// What the payment gateway knows it by.
    pub order_id: String,
    /// Whole rupiah.
    pub amount: i64,
    /// What became of it.
    pub status: TopUpStatus,
    /// The gateway's payment page, once there is one.
    pub redirect_url: Option<String>,
    /// How it was paid, in the gateway's words.
    pub payment_type: Option<String>,
    /// The gateway's transaction: the one that paid, or the one in dispute.
    pub transaction_id: Option<String>,
    /// Whether it was paid after it had been closed.
    pub late: bool,
    /// How many transactions paid it; more than one is for staff to look at.
    pub payments: i64,
    /// What of it went back, in whole rupiah.
    pub returned: i64,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// When the payment page expires.
    pub expires_at: DateTime<Utc>,
    /// When it became credit.
    pub settled_at: Option<DateTime<Utc>>,
    /// The version of the top-up's stream: grows by one with every event.
    pub version: i64,
    #[oai(skip)]
    pub position: i64,
}

impl Row for TopUpRow {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Listed for TopUpRow {
    const TABLE: &'static str = TopUps::TABLE;

    fn position(&self) -> i64 {
        self.position
    }
}

/// Projector of `top_ups`.
pub struct TopUps;

impl Projection for TopUps {
    const NAME: &'static str = "top_ups_v1";
    const TABLE: &'static str = "top_ups";
    type Row = TopUpRow;

    fn touches(event: &Recorded) -> Vec<Uuid> {
        match &event.event {
            Event::TopUp(_) => vec![stream_row(event)],
            _ => vec![],
        }
    }

    fn project(rows: &mut Rows<TopUpRow>, event: &Recorded) -> Result<(), Unprojectable> {
        let Event::TopUp(fact) = &event.event else {
            return Ok(());
        };
        if let TopUpEvent::Requested {
            user_id,
            wallet_id: _,
            amount,
            order_id,
            expires_at,
        } = fact
        {
            return rows.insert(TopUpRow {
                id: stream_id(event)?,
                user_id: user_id.uuid(),
                order_id: order_id.clone(),
                amount: amount.get(),
                status: TopUpStatus::Pending,
                redirect_url: None,
                payment_type: None,
                transaction_id: None,
                late: false,
                payments: 0,
                returned: 0,
                requested_at: moment(event.at),
                expires_at: moment(*expires_at),
                settled_at: None,
                version: event.sequence,
                position: event.position,
            });
        }
        rows.update(stream_id(event)?, |row| {
            row.version = event.sequence;
            change(row, fact, event.at);
        })
    }
}

fn change(row: &mut TopUpRow, fact: &TopUpEvent, at: DateTime<Utc>) {
    match fact {
        TopUpEvent::Requested { .. }
        | TopUpEvent::Notified { .. }
        | TopUpEvent::RefundRequested { .. }
        | TopUpEvent::RefundFailed { .. } => {}
        TopUpEvent::PageOpened { redirect_url } => row.redirect_url = Some(redirect_url.clone()),
        TopUpEvent::Settled {
            transaction_id,
            payment_type,
            amount: _,
            late,
            again: _,
            channel: _,
            settled_at: _,
        } => {
            row.payments += 1;
            // The order shows the first of its payments.
            if row.payments == 1 {
                row.transaction_id = Some(transaction_id.clone());
                row.payment_type = Some(payment_type.clone());
                row.late = *late;
                row.settled_at = Some(moment(at));
            }
            row.status = TopUpStatus::Paid;
        }
        TopUpEvent::Booked { transaction_id, .. } => {
            row.payments += 1;
            if row.payments == 1 {
                row.transaction_id = Some(transaction_id.clone());
                row.settled_at = Some(moment(at));
            }
            row.status = TopUpStatus::Paid;
        }
        TopUpEvent::Reversed { amount, .. } => went_back(row, *amount, TopUpStatus::Reversed),
        TopUpEvent::ChargedBack { amount, .. } => went_back(row, *amount, TopUpStatus::ChargedBack),
        TopUpEvent::Refunded { amount, .. } | TopUpEvent::RefundedByGateway { amount, .. } => {
            went_back(row, *amount, TopUpStatus::Refunded);
        }
        TopUpEvent::Closed { cause } => {
            if row.status == TopUpStatus::Pending {
                row.status = closed(*cause);
            }
        }
        TopUpEvent::Disputed { transaction_id, .. } => {
            if row.payments == 0 {
                row.status = TopUpStatus::Disputed;
                row.transaction_id = Some(transaction_id.clone());
            }
        }
    }
}

/// What is left of the payments outweighs what went back.
fn went_back(row: &mut TopUpRow, amount: Rupiah, status: TopUpStatus) {
    row.returned += amount.get();
    if row.returned >= row.amount * row.payments {
        row.status = status;
    }
}

const fn closed(cause: CloseCause) -> TopUpStatus {
    match cause {
        CloseCause::Expired => TopUpStatus::Expired,
        CloseCause::Cancelled => TopUpStatus::Cancelled,
        CloseCause::Failed => TopUpStatus::Failed,
    }
}

/// A customer's top-ups, newest first, and where the next page begins.
///
/// # Errors
/// The database's error.
pub async fn page_of_user(
    rows: &mut PgConnection,
    user: UserId,
    page: &Page,
) -> sqlx::Result<(Vec<TopUpRow>, Option<String>)> {
    owned::page(rows, user, page).await
}

/// A customer's top-up; somebody else's is not found.
///
/// # Errors
/// The database's error.
pub async fn of_user(
    rows: &mut PgConnection,
    user: UserId,
    top_up: TopUpId,
) -> sqlx::Result<Option<TopUpRow>> {
    owned::one(rows, user, top_up.uuid()).await
}

/// Some of a customer's top-ups of which nothing final is known, twenty at most: on the page of one in dispute something else
/// can be paid until it is over at this moment.
///
/// # Errors
/// The database's error.
pub async fn open_of_user(
    rows: &mut PgConnection,
    user: UserId,
    at: DateTime<Utc>,
) -> sqlx::Result<Vec<TopUpId>> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select id from top_ups where user_id = $1
           and (status = 'pending' or status = 'disputed' and expires_at > $2) limit 20",
    )
    .bind(user.uuid())
    .bind(at)
    .fetch_all(rows)
    .await?;
    Ok(ids.into_iter().map(TopUpId::new).collect())
}

#[cfg(test)]
mod tests;
