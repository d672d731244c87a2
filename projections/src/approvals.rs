//! What one of the staff asked for and another one decides, and how it was decided.

use crate::{
    Projection, Row, Rows, Unprojectable,
    facts::{moment, stream_id, stream_row},
    owned::{self, Listed},
    pages::Page,
};
use chrono::{DateTime, Utc};
use poem_openapi::{Enum, Object};
use purser_domain::{
    Event, Recorded,
    approval::{ApprovalEvent, Held},
    ids::{ApprovalId, UserId},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, Enum)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum ApprovalStatus {
    /// Nobody has decided it yet.
    Open,
    /// It was approved, and done with that.
    Approved,
    /// It was refused, or taken back.
    Rejected,
    /// Nobody decided it in its time.
    Expired,
}

/// Something that one of the staff asked for and another one decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromRow, Object)]
#[oai(rename = "Approval", skip_serializing_if_is_none)]
pub struct ApprovalRow {
    /// Its id.
    pub id: Uuid,
    /// What is asked for: `adjust`, `grant`, `write_off`, `unfreeze`, `return_reversal`, `book_payment`, `take_back`,
    /// `refund`, `pay_out`, `cancel_payout`, `extend`, `give_back`, `end`, `book_fees`, `create_coupon`, `reset_second_factor`,
    /// `change_roles`, `deactivate`, `set_approval_limit`.
    pub deed: String,
    /// Everything that was asked for, exactly as it is done.
    pub details: Value,
    /// Whose money or account it is about.
    pub user_id: Option<Uuid>,
    /// What it comes to, in whole rupiah; absent where it is not about an amount.
    pub amount: Option<i64>,
    /// Why, in the words of who asked.
    pub reason: Option<String>,
    /// What became of it.
    pub status: ApprovalStatus,
    /// Who of the staff asked for it.
    pub requested_by: Uuid,
    /// Who of the staff decided it.
    pub decided_by: Option<Uuid>,
    /// Why it was refused.
    pub rejection: Option<String>,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// Until when it can be decided.
    pub expires_at: DateTime<Utc>,
    /// When it was decided, or its time was over.
    pub decided_at: Option<DateTime<Utc>>,
    /// The version of its stream: grows by one with every event.
    pub version: i64,
    #[oai(skip)]
    pub position: i64,
}

impl Row for ApprovalRow {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Listed for ApprovalRow {
    const TABLE: &'static str = Approvals::TABLE;

    fn position(&self) -> i64 {
        self.position
    }
}

/// Projector of `approvals`.
pub struct Approvals;

impl Projection for Approvals {
    const NAME: &'static str = "approvals_v1";
    const TABLE: &'static str = "approvals";
    type Row = ApprovalRow;

    fn touches(event: &Recorded) -> Vec<Uuid> {
        match &event.event {
            Event::Approval(_) => vec![stream_row(event)],
            _ => vec![],
        }
    }

    fn project(rows: &mut Rows<ApprovalRow>, event: &Recorded) -> Result<(), Unprojectable> {
        let Event::Approval(fact) = &event.event else {
            return Ok(());
        };
        match fact {
            ApprovalEvent::Requested { held, at } => rows.insert(requested(event, held, *at)?),
            ApprovalEvent::Approved { by, at } => {
                decide(rows, event, ApprovalStatus::Approved, Some(*by), *at)
            }
            ApprovalEvent::Rejected { by, reason, at } => {
                decide(rows, event, ApprovalStatus::Rejected, Some(*by), *at)?;
                rows.update(stream_id(event)?, |row| {
                    row.rejection = Some(reason.to_string());
                })
            }
            ApprovalEvent::Expired { at } => {
                decide(rows, event, ApprovalStatus::Expired, None, *at)
            }
        }
    }
}

fn requested(
    event: &Recorded,
    held: &Held,
    at: DateTime<Utc>,
) -> Result<ApprovalRow, Unprojectable> {
    let deed = &held.act.deed;
    Ok(ApprovalRow {
        id: stream_id(event)?,
        deed: deed.word().into(),
        details: details(deed)?,
        user_id: held.act.user_id.map(|id| id.uuid()),
        amount: held.amount.map(|amount| amount.get()),
        reason: deed.reason().map(ToString::to_string),
        status: ApprovalStatus::Open,
        requested_by: held.requested_by.uuid(),
        decided_by: None,
        rejection: None,
        requested_at: moment(at),
        expires_at: moment(held.expires_at),
        decided_at: None,
        version: event.sequence,
        position: event.position,
    })
}

/// The fields of a deed, without its name.
fn details(deed: &impl Serialize) -> Result<Value, Unprojectable> {
    match serde_json::to_value(deed) {
        Ok(Value::Object(named)) => named.into_values().next().ok_or(Unprojectable::Shape),
        _ => Err(Unprojectable::Shape),
    }
}

fn decide(
    rows: &mut Rows<ApprovalRow>,
    event: &Recorded,
    status: ApprovalStatus,
    by: Option<UserId>,
    at: DateTime<Utc>,
) -> Result<(), Unprojectable> {
    rows.update(stream_id(event)?, |row| {
        row.status = status;
        row.decided_by = by.map(|by| by.uuid());
        row.decided_at = Some(moment(at));
        row.version = event.sequence;
    })
}

/// Those of this status, or all of them; newest first, and where the next page begins.
///
/// # Errors
/// The database's error.
pub async fn page(
    rows: &mut PgConnection,
    status: Option<ApprovalStatus>,
    page: &Page,
) -> sqlx::Result<(Vec<ApprovalRow>, Option<String>)> {
    owned::page_of_status(rows, status, page).await
}

/// One of them.
///
/// # Errors
/// The database's error.
pub async fn by_id(
    rows: &mut PgConnection,
    approval: ApprovalId,
) -> sqlx::Result<Option<ApprovalRow>> {
    owned::any(rows, approval.uuid()).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Story, at, id, rp};
    use purser_domain::{
        approval::{Act, Approval, Deed},
        ids::AdjustmentId,
        wallet::AdjustmentSide,
    };
    use serde_json::json;

    fn then(story: Story, fact: ApprovalEvent) -> Story {
        story.then::<Approval>(&ApprovalId::new(id(1)), fact)
    }

    fn asked() -> Story {
        let held = Held {
            act: Act {
                user_id: Some(UserId::new(id(2))),
                deed: Deed::Adjust {
                    adjustment_id: AdjustmentId::new(id(3)),
                    side: AdjustmentSide::Debit,
                    amount: rp(2_000_000),
                    reason: "credited twice".parse().unwrap(),
                },
            },
            requested_by: UserId::new(id(7)),
            expected_version: 4,
            amount: Some(rp(2_000_000)),
            asked: vec![UserId::new(id(8))],
            expires_at: at(9),
        };
        let requested = ApprovalEvent::Requested {
            held: Box::new(held),
            at: at(1),
        };
        then(Story::default(), requested)
    }

    fn row(story: &Story) -> ApprovalRow {
        story.row::<Approvals>(id(1)).unwrap()
    }

    #[test]
    fn a_request_shows_exactly_what_was_asked_for_and_how_it_ended() {
        let by = UserId::new(id(8));
        let approved = ApprovalEvent::Approved { by, at: at(2) };
        let expected = ApprovalRow {
            id: id(1),
            deed: "adjust".into(),
            details: json!({
                "adjustment_id": id(3), "side": "debit", "amount": 2_000_000, "reason": "credited twice",
            }),
            user_id: Some(id(2)),
            amount: Some(2_000_000),
            reason: Some("credited twice".into()),
            status: ApprovalStatus::Approved,
            requested_by: id(7),
            decided_by: Some(id(8)),
            rejection: None,
            requested_at: at(1),
            expires_at: at(9),
            decided_at: Some(at(2)),
            version: 2,
            position: 1,
        };
        assert_eq!(row(&then(asked(), approved)), expected);
    }

    #[test]
    fn one_that_was_refused_says_why_and_one_too_old_by_nobody() {
        assert_eq!(row(&asked()).status, ApprovalStatus::Open);
        let rejected = ApprovalEvent::Rejected {
            by: UserId::new(id(8)),
            reason: "there is no receipt".parse().unwrap(),
            at: at(2),
        };
        let rejected = row(&then(asked(), rejected));
        assert_eq!(rejected.status, ApprovalStatus::Rejected);
        assert_eq!(rejected.rejection.as_deref(), Some("there is no receipt"));
        let expired = row(&then(asked(), ApprovalEvent::Expired { at: at(9) }));
        assert_eq!(expired.status, ApprovalStatus::Expired);
        assert_eq!(expired.decided_by, None);
    }
}
