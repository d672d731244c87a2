//! What about money waits for a person, and how it ended.

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
    case::{self, CaseEvent, Matter},
    ids::{CaseId, WalletId},
};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// Whether somebody still has to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, Enum)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum CaseStatus {
    Open,
    Closed,
}

/// What kind of trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, Enum)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum CaseKind {
    /// The gateway reports what must not be booked: another amount, currency or merchant.
    WrongPayment,
    /// One order was paid more than once.
    SecondPayment,
    /// Credited to somebody who was erased before: it has to be paid back.
    ErasedPayer,
    /// The gateway sent genuine word of an order that is not ours.
    UnknownOrder,
    /// Paid at the gateway and not credited here.
    NotCredited,
    /// Credited here and not paid at the gateway.
    NotPaid,
    /// The amounts differ between the gateway, the top-up, the ledger, the wallet and its statement.
    Amount,
    /// A refund that no bank has confirmed for days.
    UnconfirmedRefund,
    /// A refund that we asked for and of which the end is not known.
    UnfinishedPayout,
    /// The gateway says nothing of an order that can be read.
    Unreadable,
    /// Customers hold so much unspent credit that a licence is near.
    Float,
    /// The gateway's balance grew by more on a day than the history knows of.
    UnknownMoney,
}

/// Something about money that a person has to look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromRow, Object)]
#[oai(rename = "Case", skip_serializing_if_is_none)]
pub struct CaseRow {
    /// The case's id.
    pub id: Uuid,
    /// What kind of trouble it is.
    pub kind: CaseKind,
    /// What was found, in words.
    pub finding: String,
    /// Whether somebody still has to look.
    pub status: CaseStatus,
    /// Who of the staff owns it; absent until it is somebody's, while the administrators own it together.
    pub owner_id: Option<Uuid>,
    /// What the payment gateway knows the order by.
    pub order_id: Option<String>,
    /// The gateway's transaction.
    pub transaction_id: Option<String>,
    /// The top-up it is about.
    pub top_up_id: Option<Uuid>,
    /// The wallet it is about.
    pub wallet_id: Option<Uuid>,
    /// The payout it is about.
    pub payout_id: Option<Uuid>,
    /// How it was closed.
    pub resolution: Option<String>,
    /// Who closed it: `staff:` and the id.
    pub closed_by: Option<String>,
    /// When it was found first.
    pub opened_at: DateTime<Utc>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// The version of the case's stream: grows by one with every event.
    pub version: i64,
    #[oai(skip)]
    pub position: i64,
}

impl Row for CaseRow {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Listed for CaseRow {
    const TABLE: &'static str = Cases::TABLE;

    fn position(&self) -> i64 {
        self.position
    }
}

/// Projector of `cases`.
pub struct Cases;

impl Projection for Cases {
    const NAME: &'static str = "cases_v1";
    const TABLE: &'static str = "cases";
    type Row = CaseRow;

    fn touches(event: &Recorded) -> Vec<Uuid> {
        match &event.event {
            Event::Case(_) => vec![stream_row(event)],
            _ => vec![],
        }
    }

    fn project(rows: &mut Rows<CaseRow>, event: &Recorded) -> Result<(), Unprojectable> {
        let Event::Case(fact) = &event.event else {
            return Ok(());
        };
        match fact {
            CaseEvent::Opened { matter } => rows.insert(opened(event, matter)?),
            CaseEvent::Assigned { owner } => rows.update(stream_id(event)?, |row| {
                row.version = event.sequence;
                row.owner_id = Some(owner.uuid());
            }),
            CaseEvent::Closed { resolution } => rows.update(stream_id(event)?, |row| {
                row.version = event.sequence;
                row.status = CaseStatus::Closed;
                row.resolution = Some(resolution.to_string());
                row.closed_by = Some(event.metadata.actor.clone());
                row.closed_at = Some(moment(event.at));
            }),
        }
    }
}

fn opened(event: &Recorded, matter: &Matter) -> Result<CaseRow, Unprojectable> {
    Ok(CaseRow {
        id: stream_id(event)?,
        kind: kind(matter.kind),
        finding: matter.finding.clone(),
        status: CaseStatus::Open,
        owner_id: None,
        order_id: matter.order_id.clone(),
        transaction_id: matter.transaction_id.clone(),
        top_up_id: matter.top_up_id.map(|id| id.uuid()),
        wallet_id: matter.wallet_id.map(|id| id.uuid()),
        payout_id: matter.payout_id.map(|id| id.uuid()),
        resolution: None,
        closed_by: None,
        opened_at: moment(event.at),
        closed_at: None,
        version: event.sequence,
        position: event.position,
    })
}

const fn kind(kind: case::CaseKind) -> CaseKind {
    use case::CaseKind as Known;
    match kind {
        Known::WrongPayment => CaseKind::WrongPayment,
        Known::SecondPayment => CaseKind::SecondPayment,
        Known::ErasedPayer => CaseKind::ErasedPayer,
        Known::UnknownOrder => CaseKind::UnknownOrder,
        Known::NotCredited => CaseKind::NotCredited,
        Known::NotPaid => CaseKind::NotPaid,
        Known::Amount => CaseKind::Amount,
        Known::UnconfirmedRefund => CaseKind::UnconfirmedRefund,
        Known::UnfinishedPayout => CaseKind::UnfinishedPayout,
        Known::Unreadable => CaseKind::Unreadable,
        Known::Float => CaseKind::Float,
        Known::UnknownMoney => CaseKind::UnknownMoney,
    }
}

/// The cases of this status, or all of them; newest first, and where the next page begins.
///
/// # Errors
/// The database's error.
pub async fn page(
    rows: &mut PgConnection,
    status: Option<CaseStatus>,
    page: &Page,
) -> sqlx::Result<(Vec<CaseRow>, Option<String>)> {
    owned::page_of_status(rows, status, page).await
}

/// One case.
///
/// # Errors
/// The database's error.
pub async fn by_id(rows: &mut PgConnection, case: CaseId) -> sqlx::Result<Option<CaseRow>> {
    owned::any(rows, case.uuid()).await
}

/// Some of the open cases about a wallet, twenty at most.
///
/// # Errors
/// The database's error.
pub async fn open_of_wallet(
    rows: &mut PgConnection,
    wallet: WalletId,
) -> sqlx::Result<Vec<CaseId>> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select id from cases where wallet_id = $1 and status = 'open' limit 20",
    )
    .bind(wallet.uuid())
    .fetch_all(rows)
    .await?;
    Ok(ids.into_iter().map(CaseId::new).collect())
}

/// How many open cases are nobody's.
///
/// # Errors
/// The database's error.
pub async fn unowned(rows: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar("select count(*) from cases where status = 'open' and owner_id is null")
        .fetch_one(rows)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Story, at, id};
    use purser_domain::{case::Case, ids::UserId};

    fn then(story: Story, fact: CaseEvent) -> Story {
        story.then::<Case>(&CaseId::new(id(1)), fact)
    }

    fn found() -> Story {
        let matter = Matter {
            kind: case::CaseKind::NotCredited,
            finding: "paid at the gateway".into(),
            order_id: Some("topup-1".into()),
            transaction_id: None,
            top_up_id: Some(purser_domain::ids::TopUpId::new(id(2))),
            wallet_id: None,
            payout_id: None,
        };
        let opened = CaseEvent::Opened {
            matter: Box::new(matter),
        };
        then(Story::default(), opened)
    }

    #[test]
    fn a_case_shows_its_whole_story() {
        let assigned = CaseEvent::Assigned {
            owner: UserId::new(id(7)),
        };
        let closed = CaseEvent::Closed {
            resolution: "booked by hand".parse().unwrap(),
        };
        let story = then(then(found(), assigned), closed);
        let expected = CaseRow {
            id: id(1),
            kind: CaseKind::NotCredited,
            finding: "paid at the gateway".into(),
            status: CaseStatus::Closed,
            owner_id: Some(id(7)),
            order_id: Some("topup-1".into()),
            transaction_id: None,
            top_up_id: Some(id(2)),
            wallet_id: None,
            payout_id: None,
            resolution: Some("booked by hand".into()),
            closed_by: Some("system:test".into()),
            opened_at: at(1),
            closed_at: Some(at(3)),
            version: 3,
            position: 1,
        };
        assert_eq!(story.row::<Cases>(id(1)), Some(expected));
    }

    #[test]
    fn a_case_begins_open_and_nobodys() {
        let row = found().row::<Cases>(id(1)).unwrap();
        assert_eq!((row.status, row.owner_id), (CaseStatus::Open, None));
    }
}
