use super::{
    Purpose, WalletCommand, WalletError, WalletEvent,
    debts::{Debt, Debts},
    payouts::Payout,
    purse::{Purse, less, more, sum},
    spending::{Charge, Hold},
};
use crate::{
    Rupiah,
    aggregate::aggregate,
    ids::{AdjustmentId, ChargeId, CreditId, HoldId, PayoutId, UserId, WalletId},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Wallet {
    pub(super) owner: Option<UserId>,
    pub(super) purse: Purse,
    pub(super) credits: HashMap<CreditId, Rupiah>,
    pub(super) charges: HashMap<ChargeId, Charge>,
    pub(super) holds: HashMap<HoldId, Hold>,
    pub(super) payouts: HashMap<PayoutId, Payout>,
    pub(super) adjustments: HashMap<AdjustmentId, (super::AdjustmentSide, Rupiah)>,
    pub(super) debts: Debts,
}

aggregate!(
    Wallet,
    WalletId,
    WalletCommand,
    WalletEvent,
    WalletError,
    "wallet"
);

impl Wallet {
    pub fn owner(&self) -> Option<UserId> {
        self.owner
    }

    /// Paid and promotional credit together, without what is held.
    pub fn balance(&self) -> Rupiah {
        self.purse.whole()
    }

    /// Credit that was paid for and not spent.
    pub fn paid(&self) -> Rupiah {
        self.purse.paid
    }

    pub fn promotional(&self) -> Rupiah {
        self.purse.promotional()
    }

    /// Whether nothing was ever charged that did not come back: whose wallet it is, is a new customer.
    pub fn is_new(&self) -> bool {
        self.charges.values().all(|charge| charge.kept.is_zero())
    }

    /// What is owed for payments that were taken back.
    pub fn owed(&self) -> Rupiah {
        self.debts.owed()
    }

    /// Whether so much can be spent on this at that moment.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn can_spend(
        &self,
        amount: Rupiah,
        purpose: Purpose,
        at: DateTime<Utc>,
    ) -> Result<(), WalletError> {
        match amount.is_zero() {
            true => Ok(()),
            false => self.spend(amount, purpose, at).map(drop),
        }
    }

    /// Whether a card payment was charged back and staff has not said since that all is well.
    pub fn is_charged_back(&self) -> bool {
        self.purse.frozen
    }

    /// Promotional credit that cannot be spent until staff says otherwise, after a chargeback.
    pub fn frozen(&self) -> Rupiah {
        match self.is_charged_back() {
            true => self.purse.promotional(),
            false => Rupiah::ZERO,
        }
    }

    /// What the gateway took back, and what is owed because of it; the oldest first.
    pub fn debts(&self) -> impl Iterator<Item = &Debt> {
        self.debts.iter()
    }

    /// What is set aside: holds and payouts under way.
    pub fn set_aside(&self) -> Rupiah {
        let holds = self.holds.values().map(Hold::standing);
        sum(holds.chain(self.payouts.values().map(Payout::standing)))
    }

    /// What can be spent on what runs already.
    pub fn spendable(&self, at: DateTime<Utc>) -> Rupiah {
        self.purse.spendable(Purpose::Running, at)
    }

    /// Whether this came in already.
    pub fn has_credit(&self, credit: CreditId) -> bool {
        self.credits.contains_key(&credit)
    }

    /// What of a charge was not given back.
    pub fn kept_of(&self, charge: ChargeId) -> Rupiah {
        self.charges
            .get(&charge)
            .map_or(Rupiah::ZERO, |charge| charge.kept)
    }

    pub(super) fn decide(&self, command: WalletCommand) -> Result<Vec<WalletEvent>, WalletError> {
        use {WalletCommand as Do, WalletEvent as Did};
        match (command, self.owner) {
            (Do::Open { owner }, None) => Ok(vec![Did::Opened { owner }]),
            (Do::Open { owner }, Some(known)) if owner == known => Ok(vec![]),
            (Do::Open { .. }, Some(_)) => Err(WalletError::AlreadyOpen),
            (_, None) => Err(WalletError::NotFound),
            (command, Some(_)) => self.decide_open(command),
        }
    }

    fn decide_open(&self, command: WalletCommand) -> Result<Vec<WalletEvent>, WalletError> {
        use WalletCommand as Do;
        match command {
            Do::Open { .. } => Ok(vec![]),
            Do::Credit {
                credit_id,
                amount,
                top_up_id,
                orders_from,
            } => self.credit(credit_id, amount, top_up_id, orders_from),
            Do::Charge {
                charge_id,
                amount,
                subscription_id,
                purpose,
                at,
            } => self.charge(charge_id, amount, subscription_id, purpose, at),
            Do::Refund {
                credit_id,
                charge_id,
                amount,
                at,
            } => self.refund(credit_id, charge_id, amount, at),
            Do::Hold {
                hold_id,
                amount,
                subscription_id,
                purpose,
                at,
            } => self.hold(hold_id, amount, subscription_id, purpose, at),
            Do::Capture { hold_id, charge_id } => self.capture(hold_id, charge_id),
            Do::Release { hold_id, at } => self.release(hold_id, at),
            Do::Grant {
                grant_id,
                amount,
                expires_on,
                cause,
            } => self.grant(grant_id, amount, expires_on, cause),
            Do::ExpireGrants { at } => Ok(expired(self.purse.expired(at)).collect()),
            Do::Reverse {
                reversal_id,
                top_up_id,
                amount,
                cause,
            } => self.reverse(reversal_id, top_up_id, amount, cause),
            Do::WriteOff {
                reversal_id,
                reason,
            } => self.write_off(reversal_id, reason),
            Do::ReturnReversal {
                credit_id,
                reversal_id,
                amount,
                reason,
            } => self.return_reversal(credit_id, reversal_id, amount, reason),
            Do::Unfreeze { .. } if !self.purse.frozen => Ok(vec![]),
            Do::Unfreeze { reason } => Ok(vec![WalletEvent::PromotionUnfrozen { reason }]),
            Do::Adjust {
                adjustment_id,
                side,
                amount,
                reason,
            } => self.adjust(adjustment_id, side, amount, reason),
            Do::RequestPayout {
                payout_id,
                amount,
                top_up_id,
                reason,
            } => self.request_payout(payout_id, amount, top_up_id, reason),
            Do::ConfirmPayout {
                payout_id,
                proof,
                at,
            } => self.confirm_payout(payout_id, proof, at),
            Do::CancelPayout { payout_id, reason } => self.cancel_payout(payout_id, reason),
        }
    }

    pub(super) fn fold(&mut self, event: WalletEvent) {
        use WalletEvent as Did;
        match event {
            Did::Opened { owner } => self.owner = Some(owner),
            Did::Credited {
                credit_id,
                amount,
                orders_from,
                ..
            } => {
                self.credits.insert(credit_id, amount);
                self.purse.credit(amount, orders_from);
            }
            Did::Charged {
                charge_id,
                amount,
                subscription_id,
                promotional,
            } => {
                self.purse.take(amount, &promotional);
                let charge = Charge::new(amount, subscription_id, promotional);
                self.charges.insert(charge_id, charge);
            }
            Did::Refunded {
                credit_id,
                charge_id,
                amount,
                promotional,
                ..
            } => {
                if let Some(charge) = self.charges.get_mut(&charge_id) {
                    charge.give_back(amount, &promotional);
                }
                self.credits.insert(credit_id, amount);
                self.purse.give(amount, &promotional);
            }
            Did::Held {
                hold_id,
                amount,
                subscription_id,
                promotional,
            } => {
                self.purse.take(amount, &promotional);
                let hold = Hold::new(amount, subscription_id, promotional);
                self.holds.insert(hold_id, hold);
            }
            Did::Captured {
                hold_id,
                charge_id,
                amount,
                subscription_id,
                promotional,
            } => {
                let charge = Charge::new(amount, subscription_id, promotional);
                self.charges.insert(charge_id, charge);
                self.close_hold(hold_id, Some(charge_id));
            }
            Did::Released {
                hold_id,
                amount,
                promotional,
                ..
            } => {
                self.purse.give(amount, &promotional);
                self.close_hold(hold_id, None);
            }
            Did::PromotionGranted {
                grant_id,
                amount,
                expires_on,
                ..
            } => self.purse.grant(grant_id, amount, expires_on),
            Did::PromotionExpired { grant_id, amount } => self
                .purse
                .take(amount, &[super::GrantPart { grant_id, amount }]),
            Did::Reversed {
                reversal_id,
                amount,
                taken,
                cause,
                ..
            } => {
                self.purse.paid = less(self.purse.paid, taken);
                self.purse.frozen |= cause == super::ReversalCause::Chargeback;
                self.debts.add(reversal_id, amount, less(amount, taken));
            }
            Did::ReceivablePaid {
                reversal_id,
                amount,
            } => {
                self.purse.paid = less(self.purse.paid, amount);
                self.debts.pay(reversal_id, amount);
            }
            Did::ReceivableWrittenOff {
                reversal_id,
                amount,
                ..
            } => self.debts.give_up(reversal_id, amount),
            Did::ReversalReturned {
                credit_id,
                reversal_id,
                amount,
                recovered,
                ..
            } => {
                self.credits.insert(credit_id, amount);
                self.purse.paid = more(self.purse.paid, less(amount, recovered));
                self.debts.come_back(reversal_id, amount, recovered);
            }
            Did::PromotionUnfrozen { .. } => self.purse.frozen = false,
            Did::Adjusted {
                adjustment_id,
                side,
                amount,
                ..
            } => {
                self.adjustments.insert(adjustment_id, (side, amount));
                self.purse.paid = match side {
                    super::AdjustmentSide::Credit => more(self.purse.paid, amount),
                    super::AdjustmentSide::Debit => less(self.purse.paid, amount),
                };
            }
            Did::PayoutRequested {
                payout_id, amount, ..
            } => {
                self.purse.paid = less(self.purse.paid, amount);
                self.payouts.insert(payout_id, Payout::under_way(amount));
            }
            Did::PaidOut { payout_id, .. } => self.close_payout(payout_id, Rupiah::ZERO),
            Did::PayoutCancelled {
                payout_id, amount, ..
            } => self.close_payout(payout_id, amount),
        }
    }
}

/// What is left of these grants is over.
pub(super) fn expired(parts: Vec<super::GrantPart>) -> impl Iterator<Item = WalletEvent> {
    parts.into_iter().map(|part| WalletEvent::PromotionExpired {
        grant_id: part.grant_id,
        amount: part.amount,
    })
}
