//! Balances: what a customer has.

use crate::{Projection, Row, Rows, Unprojectable};
use chrono::{DateTime, Utc};
use poem_openapi::Object;
use purser_domain::{
    Event, Recorded, Rupiah,
    ids::{UserId, WalletId},
    wallet::WalletEvent,
};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// A prepaid balance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromRow, Object)]
#[oai(rename = "Wallet")]
pub struct WalletRow {
    /// The wallet's id.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// Whole rupiah, never negative.
    pub balance: i64,
    /// Always `IDR`.
    pub currency: String,
    /// The version of the wallet's stream: grows by one with every movement.
    pub version: i64,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Row for WalletRow {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// Projector of `wallets`.
pub struct Wallets;

impl Projection for Wallets {
    const NAME: &'static str = "wallets_v1";
    const TABLE: &'static str = "wallets";
    type Row = WalletRow;

    fn touches(event: &Recorded) -> Vec<Uuid> {
        match &event.event {
            Event::Wallet(WalletEvent::Opened { owner }) => vec![WalletId::of(*owner).uuid()],
            Event::Wallet(_) => event.stream.id.parse().into_iter().collect(),
            _ => vec![],
        }
    }

    fn project(rows: &mut Rows<WalletRow>, event: &Recorded) -> Result<(), Unprojectable> {
        let Event::Wallet(fact) = &event.event else {
            return Ok(());
        };
        match fact {
            WalletEvent::Opened { owner } => rows.insert(WalletRow {
                id: WalletId::of(*owner).uuid(),
                user_id: owner.uuid(),
                balance: 0,
                currency: "IDR".into(),
                version: event.sequence,
                updated_at: event.at,
            }),
            WalletEvent::Credited { amount, .. } | WalletEvent::Refunded { amount, .. } => {
                change(rows, event, |balance| balance.checked_add(*amount))
            }
            WalletEvent::Charged { amount, .. } => {
                change(rows, event, |balance| balance.checked_sub(*amount))
            }
        }
    }
}

fn change(
    rows: &mut Rows<WalletRow>,
    event: &Recorded,
    sum: impl FnOnce(Rupiah) -> Option<Rupiah>,
) -> Result<(), Unprojectable> {
    let id = event.stream.id.parse().unwrap_or_default();
    let balance = rows.get(id).ok_or(Unprojectable::Missing(id))?.balance;
    let balance = Rupiah::try_from(balance)
        .ok()
        .and_then(sum)
        .ok_or(Unprojectable::Overflow)?;
    rows.update(id, |row| {
        row.balance = balance.get();
        row.version = event.sequence;
        row.updated_at = event.at;
    })
}

/// A customer's wallet.
///
/// # Errors
/// The database's error.
pub async fn of_user(rows: &mut PgConnection, user: UserId) -> sqlx::Result<Option<WalletRow>> {
    sqlx::query_as("select * from wallets where id = $1")
        .bind(WalletId::of(user).uuid())
        .fetch_optional(rows)
        .await
}
