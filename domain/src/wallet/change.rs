//! What an event changes of a wallet, in signed rupiah: the sums that read models and the verification go by.

use super::{AdjustmentSide, GrantPart, WalletEvent, purse};
use crate::Rupiah;

/// The change of each part of a wallet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Credit that was paid for and can be spent.
    pub paid: i64,
    /// Promotional credit that can be spent.
    pub promotional: i64,
    /// Credit set aside: holds and payouts under way.
    pub held: i64,
    /// What is owed.
    pub owed: i64,
}

impl Change {
    /// The change of what can be spent.
    pub fn balance(&self) -> i64 {
        self.paid + self.promotional
    }

    fn of(amount: Rupiah, parts: &[GrantPart]) -> Self {
        let promotional = purse::promotional(parts).get();
        Self {
            paid: amount.get() - promotional,
            promotional,
            ..Self::default()
        }
    }

    fn paid(amount: i64) -> Self {
        Self {
            paid: amount,
            ..Self::default()
        }
    }

    fn promotional(amount: i64) -> Self {
        Self {
            promotional: amount,
            ..Self::default()
        }
    }

    fn back(self) -> Self {
        Self {
            paid: -self.paid,
            promotional: -self.promotional,
            held: -self.held,
            owed: -self.owed,
        }
    }

    fn with_held(self, held: i64) -> Self {
        Self { held, ..self }
    }

    fn with_owed(self, owed: i64) -> Self {
        Self { owed, ..self }
    }
}

impl WalletEvent {
    pub fn change(&self) -> Change {
        match self {
            Self::Opened { .. } | Self::PromotionUnfrozen { .. } => Change::default(),
            Self::Credited { amount, .. } => Change::paid(amount.get()),
            Self::Charged {
                amount,
                promotional,
                ..
            } => Change::of(*amount, promotional).back(),
            Self::Refunded {
                amount,
                promotional,
                ..
            } => Change::of(*amount, promotional),
            Self::Held {
                amount,
                promotional,
                ..
            } => Change::of(*amount, promotional)
                .back()
                .with_held(amount.get()),
            Self::Captured { amount, .. } | Self::PaidOut { amount, .. } => {
                Change::default().with_held(-amount.get())
            }
            Self::Released {
                amount,
                promotional,
                ..
            } => Change::of(*amount, promotional).with_held(-amount.get()),
            Self::PromotionGranted { amount, .. } => Change::promotional(amount.get()),
            Self::PromotionExpired { amount, .. } => Change::promotional(-amount.get()),
            Self::Reversed { amount, taken, .. } => {
                Change::paid(-taken.get()).with_owed(amount.get() - taken.get())
            }
            Self::ReceivablePaid { amount, .. } => {
                Change::paid(-amount.get()).with_owed(-amount.get())
            }
            Self::ReceivableWrittenOff { amount, .. } => Change::default().with_owed(-amount.get()),
            Self::ReversalReturned {
                amount, recovered, ..
            } => Change::paid(amount.get() - recovered.get()),
            Self::Adjusted { side, amount, .. } => match side {
                AdjustmentSide::Credit => Change::paid(amount.get()),
                AdjustmentSide::Debit => Change::paid(-amount.get()),
            },
            Self::PayoutRequested { amount, .. } => {
                Change::paid(-amount.get()).with_held(amount.get())
            }
            Self::PayoutCancelled { amount, .. } => {
                Change::paid(amount.get()).with_held(-amount.get())
            }
        }
    }
}
