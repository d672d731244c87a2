//! What wallets hold, as their events tell of it: by amounts alone.

use purser_domain::{
    Rupiah,
    ids::{ChargeId, CreditId},
    wallet::{AdjustmentSide, WalletEvent as Did},
};
use std::collections::HashMap;

/// In rupiah.
#[derive(Debug, Default)]
struct Purse {
    balance: i64,
    aside: i64,
    owed: i64,
}

#[derive(Default)]
pub(super) struct Purses {
    purses: HashMap<String, Purse>,
    charges: HashMap<ChargeId, i64>,
    refunds: HashMap<CreditId, i64>,
    /// What was credited for each top-up, and what of it was taken back.
    paid: HashMap<String, (i64, i64)>,
}

impl Purses {
    /// What is wrong with it.
    pub(super) fn folds(&mut self, id: &str, fact: &Did) -> Option<String> {
        let purse = self.purses.entry(id.to_owned()).or_default();
        let (mut balance, mut aside, mut owed) = (0, 0, 0);
        let mut twice = None;
        match fact {
            Did::Opened { .. } | Did::PromotionUnfrozen { .. } => {}
            Did::Credited {
                amount, top_up_id, ..
            } => {
                balance = amount.get();
                self.paid.entry(top_up_id.to_string()).or_default().0 += balance;
            }
            Did::Charged {
                charge_id, amount, ..
            } => {
                balance = -amount.get();
                twice = self.charges.insert(*charge_id, amount.get());
            }
            Did::Captured {
                charge_id, amount, ..
            } => {
                aside = -amount.get();
                twice = self.charges.insert(*charge_id, amount.get());
            }
            Did::Refunded {
                amount, credit_id, ..
            } => {
                balance = amount.get();
                self.refunds.insert(*credit_id, balance);
            }
            Did::PromotionGranted { amount, .. } => balance = amount.get(),
            Did::PromotionExpired { amount, .. } => balance = -amount.get(),
            Did::Held { amount, .. } | Did::PayoutRequested { amount, .. } => {
                (balance, aside) = (-amount.get(), amount.get());
            }
            Did::Released { amount, .. } | Did::PayoutCancelled { amount, .. } => {
                (balance, aside) = (amount.get(), -amount.get());
            }
            Did::PaidOut { amount, .. } => aside = -amount.get(),
            Did::Reversed {
                amount,
                taken,
                top_up_id,
                ..
            } => {
                balance = -taken.get();
                owed = amount.get() - taken.get();
                self.paid.entry(top_up_id.to_string()).or_default().1 += amount.get();
            }
            Did::ReceivablePaid { amount, .. } => (balance, owed) = (-amount.get(), -amount.get()),
            Did::ReceivableWrittenOff { amount, .. } => owed = -amount.get(),
            Did::ReversalReturned {
                amount, recovered, ..
            } => balance = amount.get() - recovered.get(),
            Did::Adjusted { side, amount, .. } => {
                balance = match side {
                    AdjustmentSide::Credit => amount.get(),
                    AdjustmentSide::Debit => -amount.get(),
                };
            }
        }
        purse.balance += balance;
        purse.aside += aside;
        purse.owed += owed;
        if twice.is_some() {
            return Some(format!("wallet {id} was charged twice: {fact:?}"));
        }
        let least = purse.balance.min(purse.aside).min(purse.owed);
        (least < Rupiah::ZERO.get()).then(|| format!("wallet {id} is below zero: {purse:?}"))
    }

    pub(super) fn balance(&self, id: &str) -> i64 {
        self.purses.get(id).map_or(0, |purse| purse.balance)
    }

    fn sum(&self, of: impl Fn(&Purse) -> i64) -> i128 {
        self.purses
            .values()
            .map(|purse| i128::from(of(purse)))
            .sum()
    }

    pub(super) fn total(&self) -> i128 {
        self.sum(|purse| purse.balance)
    }

    pub(super) fn aside(&self) -> i128 {
        self.sum(|purse| purse.aside)
    }

    pub(super) fn owed(&self) -> i128 {
        self.sum(|purse| purse.owed)
    }

    pub(super) const fn charges(&self) -> &HashMap<ChargeId, i64> {
        &self.charges
    }

    /// What this credit gave back.
    pub(super) fn refunded(&self, id: &CreditId) -> i64 {
        self.refunds.get(id).copied().unwrap_or_default()
    }

    pub(super) const fn top_ups(&self) -> &HashMap<String, (i64, i64)> {
        &self.paid
    }

    /// What was credited for a top-up, and what of it was taken back.
    pub(super) fn of_top_up(&self, id: &str) -> (i64, i64) {
        self.paid.get(id).copied().unwrap_or_default()
    }
}
