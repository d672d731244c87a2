//! Balances: what a customer has.

use crate::{
    Projection, Row, Rows, Unprojectable,
    columns::select,
    facts::{moment, stream_id, stream_row},
};
use chrono::{DateTime, NaiveDate, Utc};
use poem_openapi::Object;
use purser_domain::{
    Event, Recorded, Rupiah,
    ids::{UserId, WalletId},
    wallet::{GrantPart, WalletEvent},
};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// A prepaid balance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromRow, Object)]
#[oai(rename = "Wallet", skip_serializing_if_is_none)]
pub struct WalletRow {
    /// The wallet's id.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// What can be spent: paid and promotional credit together, in whole rupiah, never negative.
    pub balance: i64,
    /// What of it was paid for, in whole rupiah.
    pub paid: i64,
    /// What of it is promotional, in whole rupiah: spent first, never paid out, and gone after its last day.
    pub promotional: i64,
    /// The last date on which the next part of it can be spent, in Asia/Jakarta.
    pub promotional_until: Option<NaiveDate>,
    /// What is set aside for changes and payouts under way, in whole rupiah. No part of the balance.
    pub held: i64,
    /// What is owed for payments that were taken back, in whole rupiah. The next payment pays it first, and nothing is
    /// spent before.
    pub owed: i64,
    /// Always `IDR`.
    pub currency: String,
    /// The version of the wallet's stream: grows by one with every movement.
    pub version: i64,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What is left of each grant of promotional credit.
    #[oai(skip)]
    #[sqlx(json)]
    pub grants: Vec<GrantRow>,
}

/// A grant of promotional credit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GrantRow {
    pub id: Uuid,
    pub until: NaiveDate,
    pub left: i64,
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
            Event::Wallet(_) => vec![stream_row(event)],
            _ => vec![],
        }
    }

    fn project(rows: &mut Rows<WalletRow>, event: &Recorded) -> Result<(), Unprojectable> {
        let Event::Wallet(fact) = &event.event else {
            return Ok(());
        };
        match fact {
            WalletEvent::Opened { owner } => rows.insert(WalletRow {
                id: stream_id(event)?,
                user_id: owner.uuid(),
                balance: 0,
                paid: 0,
                promotional: 0,
                held: 0,
                owed: 0,
                currency: "IDR".into(),
                version: event.sequence,
                promotional_until: None,
                updated_at: moment(event.at),
                grants: vec![],
            }),
            fact => change(rows, event, fact),
        }
    }
}

fn change(
    rows: &mut Rows<WalletRow>,
    event: &Recorded,
    fact: &WalletEvent,
) -> Result<(), Unprojectable> {
    let (id, change) = (stream_id(event)?, fact.change());
    let row = rows.get(id).ok_or(Unprojectable::Missing(id))?;
    let balance = sum(row.balance, change.balance())?;
    let paid = sum(row.paid, change.paid)?;
    let promotional = sum(row.promotional, change.promotional)?;
    let held = sum(row.held, change.held)?;
    let owed = sum(row.owed, change.owed)?;
    rows.update(id, |row| {
        row.balance = balance;
        row.paid = paid;
        row.promotional = promotional;
        row.held = held;
        row.owed = owed;
        grants(&mut row.grants, fact);
        let open = row.grants.iter().filter(|grant| grant.left > 0);
        row.promotional_until = open.map(|grant| grant.until).min();
        row.version = event.sequence;
        row.updated_at = moment(event.at);
    })
}

/// Which grants what moved belongs to. Promotional credit that is set aside is taken; captured, it was taken already.
fn grants(grants: &mut Vec<GrantRow>, fact: &WalletEvent) {
    use WalletEvent as Did;
    let (parts, sign): (&[GrantPart], i64) = match fact {
        Did::PromotionGranted {
            grant_id,
            amount,
            expires_on,
            ..
        } => {
            grants.push(GrantRow {
                id: grant_id.uuid(),
                until: *expires_on,
                left: amount.get(),
            });
            return;
        }
        Did::PromotionExpired { grant_id, amount } => {
            let part = GrantPart {
                grant_id: *grant_id,
                amount: *amount,
            };
            return move_parts(grants, &[part], -1);
        }
        Did::Charged { promotional, .. } | Did::Held { promotional, .. } => (promotional, -1),
        Did::Refunded { promotional, .. } | Did::Released { promotional, .. } => (promotional, 1),
        Did::Opened { .. }
        | Did::Credited { .. }
        | Did::Captured { .. }
        | Did::Reversed { .. }
        | Did::ReversalReturned { .. }
        | Did::ReceivablePaid { .. }
        | Did::ReceivableWrittenOff { .. }
        | Did::PromotionUnfrozen { .. }
        | Did::Adjusted { .. }
        | Did::PayoutRequested { .. }
        | Did::PaidOut { .. }
        | Did::PayoutCancelled { .. } => return,
    };
    move_parts(grants, parts, sign);
}

fn move_parts(grants: &mut [GrantRow], parts: &[GrantPart], sign: i64) {
    for part in parts {
        let mut known = grants.iter_mut();
        if let Some(grant) = known.find(|grant| grant.id == part.grant_id.uuid()) {
            grant.left += sign * part.amount.get();
        }
    }
}

fn sum(before: i64, change: i64) -> Result<i64, Unprojectable> {
    let after = before
        .checked_add(change)
        .and_then(|after| Rupiah::try_from(after).ok());
    after.map(Rupiah::get).ok_or(Unprojectable::Overflow)
}

/// A customer's wallet.
///
/// # Errors
/// The database's error.
pub async fn of_user(rows: &mut PgConnection, user: UserId) -> sqlx::Result<Option<WalletRow>> {
    let select = select::<WalletRow>("wallets", "where id = $1");
    sqlx::query_as(&select)
        .bind(WalletId::of(user).uuid())
        .fetch_optional(rows)
        .await
}

/// Credit that customers paid and did not spend, in rupiah.
///
/// # Errors
/// The database's error.
pub async fn unspent_paid(rows: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar("select coalesce(sum(paid), 0)::bigint from wallets")
        .fetch_one(rows)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Story, at, id, rp};
    use purser_domain::{
        ids::{ChargeId, CreditId, GrantId, SubscriptionId, TopUpId},
        wallet::{GrantCause, Wallet},
    };

    fn owner() -> UserId {
        UserId::new(id(1))
    }

    fn wallet() -> Uuid {
        WalletId::of(owner()).uuid()
    }

    fn opened() -> WalletEvent {
        WalletEvent::Opened { owner: owner() }
    }

    fn credited(amount: Rupiah) -> WalletEvent {
        WalletEvent::Credited {
            credit_id: CreditId::new(id(2)),
            amount,
            top_up_id: TopUpId::new(id(3)),
            orders_from: None,
        }
    }

    fn charged(amount: Rupiah) -> WalletEvent {
        WalletEvent::Charged {
            charge_id: ChargeId::new(id(4)),
            amount,
            subscription_id: SubscriptionId::new(id(5)),
            promotional: vec![],
        }
    }

    fn refunded(amount: Rupiah) -> WalletEvent {
        WalletEvent::Refunded {
            credit_id: CreditId::new(id(6)),
            charge_id: ChargeId::new(id(4)),
            amount,
            subscription_id: SubscriptionId::new(id(5)),
            promotional: vec![],
        }
    }

    fn story(facts: impl IntoIterator<Item = WalletEvent>) -> Story {
        facts.into_iter().fold(Story::default(), |story, fact| {
            story.then::<Wallet>(&WalletId::of(owner()), fact)
        })
    }

    #[test]
    fn a_balance_is_the_sum_of_its_movements() {
        let story = story([
            opened(),
            credited(rp(50_000)),
            charged(rp(40_000)),
            refunded(rp(15_000)),
        ]);
        let expected = WalletRow {
            id: wallet(),
            user_id: id(1),
            balance: 25_000,
            paid: 25_000,
            promotional: 0,
            held: 0,
            owed: 0,
            currency: "IDR".into(),
            version: 4,
            promotional_until: None,
            updated_at: at(4),
            grants: vec![],
        };
        assert_eq!(story.row::<Wallets>(wallet()), Some(expected));
    }

    #[test]
    fn promotional_credit_shows_the_day_on_which_its_next_part_is_over() {
        let granted = |number, amount, until: &str| WalletEvent::PromotionGranted {
            grant_id: GrantId::new(id(number)),
            amount: rp(amount),
            expires_on: until.parse().unwrap(),
            cause: GrantCause::Coupon,
        };
        let part = |number, amount| GrantPart {
            grant_id: GrantId::new(id(number)),
            amount: rp(amount),
        };
        let spent = WalletEvent::Charged {
            charge_id: ChargeId::new(id(4)),
            amount: rp(30_000),
            subscription_id: SubscriptionId::new(id(5)),
            promotional: vec![part(8, 20_000), part(7, 10_000)],
        };
        let back = WalletEvent::Refunded {
            credit_id: CreditId::new(id(6)),
            charge_id: ChargeId::new(id(4)),
            amount: rp(15_000),
            subscription_id: SubscriptionId::new(id(5)),
            promotional: vec![part(7, 10_000), part(8, 5_000)],
        };
        let over = WalletEvent::PromotionExpired {
            grant_id: GrantId::new(id(8)),
            amount: rp(5_000),
        };
        let facts = [
            opened(),
            granted(7, 40_000, "2027-06-30"),
            granted(8, 20_000, "2027-03-31"),
            spent,
            back,
            over,
        ];
        let until = [3, 4, 5, 6].map(|events| {
            let row = story(facts[..events].to_vec())
                .row::<Wallets>(wallet())
                .unwrap();
            (row.promotional, row.promotional_until.unwrap().to_string())
        });
        let expected = [
            (60_000, "2027-03-31"),
            (30_000, "2027-06-30"),
            (45_000, "2027-03-31"),
            (40_000, "2027-06-30"),
        ];
        assert_eq!(until, expected.map(|(left, day)| (left, day.to_owned())));
    }

    #[test]
    fn a_balance_never_leaves_its_range() {
        let overdrawn = story([opened(), charged(rp(1))]);
        assert_eq!(
            overdrawn.refusal::<Wallets>(),
            Some(Unprojectable::Overflow)
        );
        let beyond = story([opened(), credited(Rupiah::MAX), credited(rp(1))]);
        assert_eq!(beyond.refusal::<Wallets>(), Some(Unprojectable::Overflow));
    }

    #[test]
    fn a_wallet_that_nobody_opened_cannot_move() {
        for fact in [credited(rp(1)), charged(rp(1)), refunded(rp(1))] {
            assert_eq!(
                story([fact]).refusal::<Wallets>(),
                Some(Unprojectable::Missing(wallet()))
            );
        }
    }
}
