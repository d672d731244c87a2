//! Credit on its way back to where it was paid from.

use crate::{
    Projection, Row, Rows, Unprojectable,
    columns::select,
    facts::{moment, stream_id},
    owned::{self, Listed},
    pages::Page,
};
use chrono::{DateTime, Utc};
use poem_openapi::{Enum, Object};
use purser_domain::{Event, Recorded, ids::PayoutId, wallet::WalletEvent};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// What became of a payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, Enum)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum PayoutStatus {
    /// The credit is set aside, and the money is on its way or to be paid by bank.
    Requested,
    PaidOut,
    /// It did not go out; the credit is back.
    Cancelled,
}

/// Credit on its way back to the customer's bank, card or e-wallet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromRow, Object)]
#[oai(rename = "Payout", skip_serializing_if_is_none)]
pub struct PayoutRow {
    /// The payout's id.
    pub id: Uuid,
    /// The wallet it comes from.
    pub wallet_id: Uuid,
    /// Whole rupiah.
    pub amount: i64,
    /// What became of it.
    pub status: PayoutStatus,
    /// The payment that the gateway sends back; absent where staff pays by bank.
    pub top_up_id: Option<Uuid>,
    /// Why it goes back.
    pub request_reason: Option<String>,
    /// The bank's or the gateway's reference.
    pub proof: Option<String>,
    /// Why it did not go out.
    pub reason: Option<String>,
    /// Who asked for it: `staff:` and the id.
    pub requested_by: String,
    /// Who brought it to its end.
    pub ended_by: Option<String>,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// When the bank confirmed it, or when it was given up.
    pub ended_at: Option<DateTime<Utc>>,
    #[oai(skip)]
    pub position: i64,
}

impl Row for PayoutRow {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Listed for PayoutRow {
    const TABLE: &'static str = Payouts::TABLE;

    fn position(&self) -> i64 {
        self.position
    }
}

/// Projector of `payouts`.
pub struct Payouts;

impl Projection for Payouts {
    const NAME: &'static str = "payouts_v1";
    const TABLE: &'static str = "payouts";
    type Row = PayoutRow;

    fn touches(event: &Recorded) -> Vec<Uuid> {
        match &event.event {
            Event::Wallet(
                WalletEvent::PayoutRequested { payout_id, .. }
                | WalletEvent::PaidOut { payout_id, .. }
                | WalletEvent::PayoutCancelled { payout_id, .. },
            ) => vec![payout_id.uuid()],
            _ => vec![],
        }
    }

    fn project(rows: &mut Rows<PayoutRow>, event: &Recorded) -> Result<(), Unprojectable> {
        let Event::Wallet(fact) = &event.event else {
            return Ok(());
        };
        match fact {
            WalletEvent::PayoutRequested {
                payout_id,
                amount,
                top_up_id,
                reason,
            } => rows.insert(PayoutRow {
                id: payout_id.uuid(),
                wallet_id: stream_id(event)?,
                amount: amount.get(),
                status: PayoutStatus::Requested,
                top_up_id: top_up_id.map(|id| id.uuid()),
                request_reason: reason.as_ref().map(ToString::to_string),
                proof: None,
                reason: None,
                requested_by: event.metadata.actor.clone(),
                ended_by: None,
                requested_at: moment(event.at),
                ended_at: None,
                position: event.position,
            }),
            WalletEvent::PaidOut {
                payout_id,
                proof,
                at,
                ..
            } => rows.update(payout_id.uuid(), |row| {
                row.status = PayoutStatus::PaidOut;
                row.proof = Some(proof.to_string());
                row.ended_by = Some(event.metadata.actor.clone());
                row.ended_at = Some(moment(*at));
            }),
            WalletEvent::PayoutCancelled {
                payout_id, reason, ..
            } => rows.update(payout_id.uuid(), |row| {
                row.status = PayoutStatus::Cancelled;
                row.reason = Some(reason.to_string());
                row.ended_by = Some(event.metadata.actor.clone());
                row.ended_at = Some(moment(event.at));
            }),
            _ => Ok(()),
        }
    }
}

/// The payouts of this status, or all of them; newest first, and where the next page begins.
///
/// # Errors
/// The database's error.
pub async fn page(
    rows: &mut PgConnection,
    status: Option<PayoutStatus>,
    page: &Page,
) -> sqlx::Result<(Vec<PayoutRow>, Option<String>)> {
    owned::page_of_status(rows, status, page).await
}

/// One payout.
///
/// # Errors
/// The database's error.
pub async fn by_id(rows: &mut PgConnection, payout: PayoutId) -> sqlx::Result<Option<PayoutRow>> {
    owned::any(rows, payout.uuid()).await
}

/// The payouts by bank that were asked for before this moment and of which nobody said what became of them, the oldest first.
///
/// # Errors
/// The database's error.
pub async fn unfinished_by_bank(
    rows: &mut PgConnection,
    before: DateTime<Utc>,
) -> sqlx::Result<Vec<PayoutRow>> {
    let select = select::<PayoutRow>(
        "payouts",
        "where status = 'requested' and top_up_id is null and requested_at < $1
         order by position",
    );
    sqlx::query_as(&select).bind(before).fetch_all(rows).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Story, at, id, rp};
    use purser_domain::{
        ids::{TopUpId, UserId, WalletId},
        wallet::Wallet,
    };

    fn then(story: Story, fact: WalletEvent) -> Story {
        story.then::<Wallet>(&WalletId::new(id(3)), fact)
    }

    fn requested() -> Story {
        let opened = WalletEvent::Opened {
            owner: UserId::new(id(2)),
        };
        let requested = WalletEvent::PayoutRequested {
            payout_id: PayoutId::new(id(1)),
            amount: rp(30_000),
            top_up_id: Some(TopUpId::new(id(4))),
            reason: Some("asked for it".parse().unwrap()),
        };
        then(then(Story::default(), opened), requested)
    }

    fn row(story: &Story) -> PayoutRow {
        story.row::<Payouts>(id(1)).unwrap()
    }

    #[test]
    fn a_payout_shows_its_whole_story() {
        let paid = WalletEvent::PaidOut {
            payout_id: PayoutId::new(id(1)),
            amount: rp(30_000),
            proof: "BCA 4711".parse().unwrap(),
            at: at(9),
        };
        let expected = PayoutRow {
            id: id(1),
            wallet_id: id(3),
            amount: 30_000,
            status: PayoutStatus::PaidOut,
            top_up_id: Some(id(4)),
            request_reason: Some("asked for it".into()),
            proof: Some("BCA 4711".into()),
            reason: None,
            requested_by: "system:test".into(),
            ended_by: Some("system:test".into()),
            requested_at: at(2),
            ended_at: Some(at(9)),
            position: 2,
        };
        assert_eq!(row(&then(requested(), paid)), expected);
    }

    #[test]
    fn one_that_did_not_go_out_says_why() {
        assert_eq!(row(&requested()).status, PayoutStatus::Requested);
        let cancelled = WalletEvent::PayoutCancelled {
            payout_id: PayoutId::new(id(1)),
            amount: rp(30_000),
            reason: "the account is closed".parse().unwrap(),
        };
        let row = row(&then(requested(), cancelled));
        assert_eq!(row.status, PayoutStatus::Cancelled);
        assert_eq!(row.reason.as_deref(), Some("the account is closed"));
    }
}
