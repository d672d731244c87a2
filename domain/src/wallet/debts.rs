//! What the gateway took back, and what is owed because it was spent already (billing rule 34).

use super::{
    ReversalCause, Wallet, WalletError, WalletEvent,
    purse::{less, sum},
};
use crate::{
    Rupiah,
    ids::{ReversalId, TopUpId},
    text::Reason,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Debts {
    /// The oldest first; one stays when it is paid, so that the same reversal counts once.
    all: Vec<Debt>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Debt {
    reversal_id: ReversalId,
    /// What was taken back.
    amount: Rupiah,
    owed: Rupiah,
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
        });
    }

    pub(super) fn pay(&mut self, reversal_id: ReversalId, amount: Rupiah) {
        let mut all = self.all.iter_mut();
        if let Some(debt) = all.find(|debt| debt.reversal_id == reversal_id) {
            debt.owed = less(debt.owed, amount);
        }
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
}
