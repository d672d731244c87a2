//! What the gateway took back, and what is owed because it was spent already (billing rule 34).

use super::{
    ReversalCause, Wallet, WalletError, WalletEvent,
    purse::{less, more, sum},
    spending::was_done,
};
use crate::{
    Rupiah,
    ids::{CreditId, ReversalId, TopUpId},
    text::Reason,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Debts {
    /// The oldest first; one stays when it is paid, so that the same reversal counts once.
    all: Vec<Debt>,
}

/// What the gateway took back once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Debt {
    pub reversal_id: ReversalId,
    /// What was taken back.
    pub amount: Rupiah,
    /// What of it is still owed.
    pub owed: Rupiah,
    /// What of it was given up and did not come back after all.
    pub written_off: Rupiah,
    /// What the bank gave back later.
    pub returned: Rupiah,
}

impl Debts {
    pub(super) fn owed(&self) -> Rupiah {
        sum(self.all.iter().map(|debt| debt.owed))
    }

    pub(super) fn add(&mut self, reversal_id: ReversalId, amount: Rupiah, owed: Rupiah) {
        self.all.push(Debt {
            reversal_id,
            amount,
            owed,
            written_off: Rupiah::ZERO,
            returned: Rupiah::ZERO,
        });
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Debt> {
        self.all.iter()
    }

    pub(super) fn pay(&mut self, reversal_id: ReversalId, amount: Rupiah) {
        if let Some(debt) = self.of_mut(reversal_id) {
            debt.owed = less(debt.owed, amount);
        }
    }

    pub(super) fn give_up(&mut self, reversal_id: ReversalId, amount: Rupiah) {
        self.pay(reversal_id, amount);
        if let Some(debt) = self.of_mut(reversal_id) {
            debt.written_off = more(debt.written_off, amount);
        }
    }

    pub(super) fn come_back(&mut self, reversal_id: ReversalId, amount: Rupiah, recovered: Rupiah) {
        if let Some(debt) = self.of_mut(reversal_id) {
            debt.returned = more(debt.returned, amount);
            debt.written_off = less(debt.written_off, recovered);
        }
    }

    fn of_mut(&mut self, reversal_id: ReversalId) -> Option<&mut Debt> {
        let mut all = self.all.iter_mut();
        all.find(|debt| debt.reversal_id == reversal_id)
    }

    fn of(&self, reversal_id: ReversalId) -> Option<&Debt> {
        self.all.iter().find(|debt| debt.reversal_id == reversal_id)
    }

    /// What of this credit pays what is owed, the oldest first.
    fn paid_from(&self, credit: Rupiah) -> Vec<WalletEvent> {
        let mut rest = credit;
        let mut paid = Vec::new();
        for debt in &self.all {
            let amount = rest.min(debt.owed);
            if amount.is_zero() {
                continue;
            }
            rest = less(rest, amount);
            paid.push(WalletEvent::ReceivablePaid {
                reversal_id: debt.reversal_id,
                amount,
            });
        }
        paid
    }
}

impl Wallet {
    /// What is owed is paid first by whatever comes in (billing rules 15 and 34).
    pub(super) fn then_pay_debts(&self, event: WalletEvent, credit: Rupiah) -> Vec<WalletEvent> {
        let mut events = vec![event];
        events.extend(self.debts.paid_from(credit));
        events
    }

    /// # Errors
    /// [`WalletError::Owing`], where a payment was taken back that had been spent.
    pub fn owes_nothing(&self) -> Result<(), WalletError> {
        match self.debts.owed() {
            owed if owed.is_zero() => Ok(()),
            owed => Err(WalletError::Owing { owed }),
        }
    }

    /// What the bank gave back of what was taken by these.
    pub fn given_back(&self, reversals: &[ReversalId]) -> Rupiah {
        let debts = self.debts.iter();
        let debts = debts.filter(|debt| reversals.contains(&debt.reversal_id));
        sum(debts.map(|debt| debt.returned))
    }

    pub(super) fn reverse(
        &self,
        reversal_id: ReversalId,
        top_up_id: TopUpId,
        amount: Rupiah,
        cause: ReversalCause,
    ) -> Result<Vec<WalletEvent>, WalletError> {
        match self.debts.of(reversal_id) {
            Some(known) if known.amount == amount => Ok(vec![]),
            Some(_) => Err(WalletError::IdReused),
            None if amount.is_zero() => Err(WalletError::NoAmount),
            None => Ok(vec![WalletEvent::Reversed {
                reversal_id,
                top_up_id,
                amount,
                taken: amount.min(self.purse.paid),
                cause,
            }]),
        }
    }

    pub(super) fn write_off(
        &self,
        reversal_id: ReversalId,
        reason: Reason,
    ) -> Result<Vec<WalletEvent>, WalletError> {
        let debt = self.debts.of(reversal_id);
        let debt = debt.ok_or(WalletError::UnknownReceivable(reversal_id))?;
        if debt.owed.is_zero() {
            return Ok(vec![]);
        }
        Ok(vec![WalletEvent::ReceivableWrittenOff {
            reversal_id,
            amount: debt.owed,
            reason,
        }])
    }

    /// What was written off is made good first, and is no credit; the rest is credit, from which what is owed is paid.
    pub(super) fn return_reversal(
        &self,
        credit_id: CreditId,
        reversal_id: ReversalId,
        amount: Rupiah,
        reason: Reason,
    ) -> Result<Vec<WalletEvent>, WalletError> {
        if was_done(self.credits.get(&credit_id), &amount)? {
            return Ok(vec![]);
        }
        let debt = self.debts.of(reversal_id);
        let debt = debt.ok_or(WalletError::UnknownReversal(reversal_id))?;
        let left = less(debt.amount, debt.returned);
        if amount > left {
            return Err(WalletError::MoreThanReversed { left });
        }
        self.has_room_for(amount)?;
        let recovered = amount.min(debt.written_off);
        let returned = WalletEvent::ReversalReturned {
            credit_id,
            reversal_id,
            amount,
            recovered,
            reason,
        };
        Ok(self.then_pay_debts(returned, less(amount, recovered)))
    }
}
