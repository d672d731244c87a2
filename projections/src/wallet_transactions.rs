//! Every movement of every wallet, with its cause.

mod queries;

pub use queries::{between, of_order, page_of_wallet};

use crate::{
    Projection, Row, Rows, Unprojectable,
    facts::{moment, stream_id},
};
use chrono::{DateTime, Utc};
use poem_openapi::{Enum, Object};
use purser_domain::{Event, Recorded, wallet::WalletEvent};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

/// What moved the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, Enum)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum TransactionKind {
    /// A payment became credit.
    TopUp,
    /// A subscription was charged.
    Charge,
    /// A charge was given back.
    Refund,
    /// Credit was set aside for a change that is under way.
    Hold,
    /// What was set aside came back.
    Release,
    /// Promotional credit was granted.
    Promotion,
    /// Promotional credit passed its last day.
    Expiry,
    /// The gateway took a payment back.
    Reversal,
    /// What was owed for a payment that was taken back was paid.
    ReceivablePayment,
    /// The bank gave back what the gateway had taken.
    ReversalReturn,
    /// Staff corrected the credit.
    Adjustment,
    /// Credit was set aside to go back to where it was paid from.
    Payout,
    /// A payout did not go out and came back.
    PayoutReturn,
}

impl TransactionKind {
    /// Its name, as the API tells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TopUp => "top_up",
            Self::Charge => "charge",
            Self::Refund => "refund",
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Promotion => "promotion",
            Self::Expiry => "expiry",
            Self::Reversal => "reversal",
            Self::ReceivablePayment => "receivable_payment",
            Self::ReversalReturn => "reversal_return",
            Self::Adjustment => "adjustment",
            Self::Payout => "payout",
            Self::PayoutReturn => "payout_return",
        }
    }
}

/// A movement of a wallet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromRow, Object)]
#[oai(rename = "WalletTransaction", skip_serializing_if_is_none)]
pub struct WalletTransactionRow {
    /// The movement's id.
    pub id: Uuid,
    /// The wallet it moved.
    pub wallet_id: Uuid,
    /// What moved the money.
    pub kind: TransactionKind,
    /// Whole rupiah: positive into the wallet, negative out of it.
    pub amount: i64,
    /// What of the amount is promotional credit, with the same sign.
    pub promotional: i64,
    /// The top-up that was credited, taken back or paid out.
    pub top_up_id: Option<Uuid>,
    /// The subscription that was charged or refunded.
    pub subscription_id: Option<Uuid>,
    /// The charge that was made or given back.
    pub charge_id: Option<Uuid>,
    #[oai(skip)]
    pub position: i64,
    /// When it was booked.
    pub at: DateTime<Utc>,
}

impl Row for WalletTransactionRow {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// A movement of a wallet and the balance that it left.
#[derive(Clone, Debug, PartialEq, FromRow, Object)]
pub struct Transaction {
    #[sqlx(flatten)]
    #[oai(flatten)]
    pub movement: WalletTransactionRow,
    /// The balance after this movement, in whole rupiah.
    pub balance_after: i64,
}

/// What the movements of one order of credit come to, in whole rupiah.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Moved {
    /// What was credited.
    pub credited: i64,
    /// What went of credit: taken back, or set aside to be paid out.
    pub gone: i64,
}

/// Projector of `wallet_transactions`.
pub struct WalletTransactions;

impl Projection for WalletTransactions {
    const NAME: &'static str = "wallet_transactions_v1";
    const TABLE: &'static str = "wallet_transactions";
    type Row = WalletTransactionRow;

    fn touches(event: &Recorded) -> Vec<Uuid> {
        match &event.event {
            Event::Wallet(fact) if kind(fact).is_some() => vec![event.metadata.event_id],
            _ => vec![],
        }
    }

    fn project(
        rows: &mut Rows<WalletTransactionRow>,
        event: &Recorded,
    ) -> Result<(), Unprojectable> {
        let Event::Wallet(fact) = &event.event else {
            return Ok(());
        };
        let Some(kind) = kind(fact) else {
            return Ok(());
        };
        let change = fact.change();
        let (top_up_id, subscription_id, charge_id) = cause(fact);
        rows.insert(WalletTransactionRow {
            id: event.metadata.event_id,
            wallet_id: stream_id(event)?,
            kind,
            amount: change.balance(),
            promotional: change.promotional,
            top_up_id,
            subscription_id,
            charge_id,
            position: event.position,
            at: moment(event.at),
        })
    }
}

/// `None` for what leaves the balance as it is: a capture takes what was set aside before.
fn kind(fact: &WalletEvent) -> Option<TransactionKind> {
    use {TransactionKind as Kind, WalletEvent as Did};
    match fact {
        Did::Opened { .. }
        | Did::Captured { .. }
        | Did::PaidOut { .. }
        | Did::ReceivableWrittenOff { .. }
        | Did::PromotionUnfrozen { .. } => None,
        // What only makes good what was written off is no credit.
        Did::ReversalReturned {
            amount, recovered, ..
        } if amount == recovered => None,
        Did::ReversalReturned { .. } => Some(Kind::ReversalReturn),
        Did::Credited { .. } => Some(Kind::TopUp),
        Did::Charged { .. } => Some(Kind::Charge),
        Did::Refunded { .. } => Some(Kind::Refund),
        Did::Held { .. } => Some(Kind::Hold),
        Did::Released { .. } => Some(Kind::Release),
        Did::PromotionGranted { .. } => Some(Kind::Promotion),
        Did::PromotionExpired { .. } => Some(Kind::Expiry),
        Did::Reversed { .. } => Some(Kind::Reversal),
        Did::ReceivablePaid { .. } => Some(Kind::ReceivablePayment),
        Did::Adjusted { .. } => Some(Kind::Adjustment),
        Did::PayoutRequested { .. } => Some(Kind::Payout),
        Did::PayoutCancelled { .. } => Some(Kind::PayoutReturn),
    }
}

/// The top-up, the subscription and the charge behind a movement.
fn cause(fact: &WalletEvent) -> (Option<Uuid>, Option<Uuid>, Option<Uuid>) {
    use WalletEvent as Did;
    match fact {
        Did::Credited { top_up_id, .. } | Did::Reversed { top_up_id, .. } => {
            (Some(top_up_id.uuid()), None, None)
        }
        Did::PayoutRequested { top_up_id, .. } => {
            (top_up_id.map(|top_up| top_up.uuid()), None, None)
        }
        Did::Charged {
            charge_id,
            subscription_id,
            ..
        }
        | Did::Refunded {
            charge_id,
            subscription_id,
            ..
        } => (None, Some(subscription_id.uuid()), Some(charge_id.uuid())),
        Did::Held {
            subscription_id, ..
        }
        | Did::Released {
            subscription_id, ..
        } => (None, Some(subscription_id.uuid()), None),
        _ => (None, None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Story, at, event_id, id, rp};
    use purser_domain::{
        ids::{ChargeId, CreditId, SubscriptionId, TopUpId, UserId, WalletId},
        wallet::Wallet,
    };

    fn wallet() -> WalletId {
        WalletId::new(id(1))
    }

    fn moved() -> Story {
        let (charge_id, subscription_id) = (ChargeId::new(id(5)), SubscriptionId::new(id(6)));
        let facts = [
            WalletEvent::Opened {
                owner: UserId::new(id(2)),
            },
            WalletEvent::Credited {
                credit_id: CreditId::new(id(3)),
                amount: rp(50_000),
                top_up_id: TopUpId::new(id(4)),
                orders_from: None,
            },
            WalletEvent::Charged {
                charge_id,
                amount: rp(40_000),
                subscription_id,
                promotional: vec![],
            },
            WalletEvent::Refunded {
                credit_id: CreditId::new(id(7)),
                charge_id,
                amount: rp(40_000),
                subscription_id,
                promotional: vec![],
            },
        ];
        facts.into_iter().fold(Story::default(), |story, fact| {
            story.then::<Wallet>(&wallet(), fact)
        })
    }

    fn row(position: i64, kind: TransactionKind, amount: i64) -> WalletTransactionRow {
        WalletTransactionRow {
            id: event_id(position),
            wallet_id: id(1),
            kind,
            amount,
            promotional: 0,
            top_up_id: None,
            subscription_id: Some(id(6)),
            charge_id: Some(id(5)),
            position,
            at: at(position.unsigned_abs()),
        }
    }

    #[test]
    fn every_movement_is_one_row_with_its_cause() {
        let rows = moved().fold::<WalletTransactions>().unwrap();
        assert_eq!(rows.len(), 3);
        let credited = WalletTransactionRow {
            top_up_id: Some(id(4)),
            subscription_id: None,
            charge_id: None,
            ..row(2, TransactionKind::TopUp, 50_000)
        };
        assert_eq!(rows.get(event_id(2)), Some(&credited));
        let charged = row(3, TransactionKind::Charge, -40_000);
        assert_eq!(rows.get(event_id(3)), Some(&charged));
        let refunded = row(4, TransactionKind::Refund, 40_000);
        assert_eq!(rows.get(event_id(4)), Some(&refunded));
    }

    #[test]
    fn what_is_touched_is_what_is_written() {
        for event in moved().events() {
            let mut rows = Rows::default();
            WalletTransactions::project(&mut rows, event).unwrap();
            let written: Vec<Uuid> = rows.iter().map(Row::id).collect();
            assert_eq!(WalletTransactions::touches(event), written);
        }
    }

    #[test]
    fn no_movement_is_booked_twice() {
        assert_eq!(
            moved().again().refusal::<WalletTransactions>(),
            Some(Unprojectable::Exists(event_id(4)))
        );
    }
}
