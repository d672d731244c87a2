//! Credit that leaves to where it was paid from (billing rule 36), and corrections by staff.

use super::{AdjustmentSide, Wallet, WalletError, WalletEvent, purse::more, spending::was_done};
use crate::{
    Rupiah,
    ids::{AdjustmentId, PayoutId, TopUpId},
    text::Reason,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Payout {
    amount: Rupiah,
    stage: PayoutStage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum PayoutStage {
    UnderWay,
    PaidOut,
    Cancelled,
}

impl Payout {
    pub(super) fn under_way(amount: Rupiah) -> Self {
        Self {
            amount,
            stage: PayoutStage::UnderWay,
        }
    }

    pub(super) fn standing(&self) -> Rupiah {
        match self.stage {
            PayoutStage::UnderWay => self.amount,
            PayoutStage::PaidOut | PayoutStage::Cancelled => Rupiah::ZERO,
        }
    }
}

impl Wallet {
    pub(super) fn adjust(
        &self,
        adjustment_id: AdjustmentId,
        side: AdjustmentSide,
        amount: Rupiah,
        reason: Reason,
    ) -> Result<Vec<WalletEvent>, WalletError> {
        if was_done(self.adjustments.get(&adjustment_id), &(side, amount))? {
            return Ok(vec![]);
        }
        let adjusted = WalletEvent::Adjusted {
            adjustment_id,
            side,
            amount,
            reason,
        };
        match side {
            AdjustmentSide::Credit => {
                self.has_room_for(amount)?;
                Ok(self.then_pay_debts(adjusted, amount))
            }
            AdjustmentSide::Debit => {
                self.has_paid(amount)?;
                Ok(vec![adjusted])
            }
        }
    }

    pub(super) fn request_payout(
        &self,
        payout_id: PayoutId,
        amount: Rupiah,
        top_up_id: Option<TopUpId>,
        reason: Option<Reason>,
    ) -> Result<Vec<WalletEvent>, WalletError> {
        let known = self.payouts.get(&payout_id).map(|payout| &payout.amount);
        if was_done(known, &amount)? {
            return Ok(vec![]);
        }
        self.owes_nothing()?;
        self.has_paid(amount)?;
        Ok(vec![WalletEvent::PayoutRequested {
            payout_id,
            amount,
            top_up_id,
            reason,
        }])
    }

    pub(super) fn confirm_payout(
        &self,
        payout_id: PayoutId,
        proof: Reason,
        at: DateTime<Utc>,
    ) -> Result<Vec<WalletEvent>, WalletError> {
        let payout = self.payout(payout_id)?;
        match payout.stage {
            PayoutStage::UnderWay => Ok(vec![WalletEvent::PaidOut {
                payout_id,
                amount: payout.amount,
                proof,
                at,
            }]),
            PayoutStage::PaidOut => Ok(vec![]),
            PayoutStage::Cancelled => Err(WalletError::PayoutOver),
        }
    }

    pub(super) fn cancel_payout(
        &self,
        payout_id: PayoutId,
        reason: Reason,
    ) -> Result<Vec<WalletEvent>, WalletError> {
        let payout = self.payout(payout_id)?;
        match payout.stage {
            PayoutStage::UnderWay => {
                let amount = payout.amount;
                let cancelled = WalletEvent::PayoutCancelled {
                    payout_id,
                    amount,
                    reason,
                };
                Ok(self.then_pay_debts(cancelled, amount))
            }
            PayoutStage::Cancelled => Ok(vec![]),
            PayoutStage::PaidOut => Err(WalletError::PayoutOver),
        }
    }

    fn payout(&self, payout_id: PayoutId) -> Result<&Payout, WalletError> {
        self.payouts
            .get(&payout_id)
            .ok_or(WalletError::UnknownPayout(payout_id))
    }

    /// The payout is over; what did not go out comes back.
    pub(super) fn close_payout(&mut self, payout_id: PayoutId, returned: Rupiah) {
        if let Some(payout) = self.payouts.get_mut(&payout_id) {
            payout.stage = match returned.is_zero() {
                true => PayoutStage::PaidOut,
                false => PayoutStage::Cancelled,
            };
        }
        self.purse.paid = more(self.purse.paid, returned);
    }

    fn has_paid(&self, amount: Rupiah) -> Result<(), WalletError> {
        match amount {
            _ if amount.is_zero() => Err(WalletError::NoAmount),
            _ if amount > self.purse.paid => Err(WalletError::InsufficientFunds {
                needed: amount,
                available: self.purse.paid,
            }),
            _ => Ok(()),
        }
    }
}
