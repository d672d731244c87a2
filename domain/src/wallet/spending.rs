//! What moves credit: payments, charges, holds, grants.

use super::{
    GrantCause, GrantPart, Purpose, Wallet, WalletError, WalletEvent,
    aggregate::expired,
    purse::{give_back, less},
};
use crate::{
    Rupiah,
    ids::{ChargeId, CreditId, GrantId, HoldId, SubscriptionId, TopUpId},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Charge {
    pub(super) amount: Rupiah,
    /// What was not given back.
    pub(super) kept: Rupiah,
    pub(super) subscription_id: SubscriptionId,
    /// What of it is promotional and was not given back.
    pub(super) promotional: Vec<GrantPart>,
}

impl Charge {
    pub(super) fn new(
        amount: Rupiah,
        subscription_id: SubscriptionId,
        promotional: Vec<GrantPart>,
    ) -> Self {
        Self {
            amount,
            kept: amount,
            subscription_id,
            promotional,
        }
    }

    pub(super) fn give_back(&mut self, amount: Rupiah, parts: &[GrantPart]) {
        self.kept = less(self.kept, amount);
        for part in parts {
            let mut kept = self.promotional.iter_mut();
            if let Some(kept) = kept.find(|kept| kept.grant_id == part.grant_id) {
                kept.amount = less(kept.amount, part.amount);
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Hold {
    amount: Rupiah,
    subscription_id: SubscriptionId,
    promotional: Vec<GrantPart>,
    stage: HoldStage,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum HoldStage {
    Standing,
    Captured(ChargeId),
    Released,
}

impl Hold {
    pub(super) fn new(
        amount: Rupiah,
        subscription_id: SubscriptionId,
        promotional: Vec<GrantPart>,
    ) -> Self {
        Self {
            amount,
            subscription_id,
            promotional,
            stage: HoldStage::Standing,
        }
    }

    pub(super) fn standing(&self) -> Rupiah {
        match self.stage {
            HoldStage::Standing => self.amount,
            HoldStage::Captured(_) | HoldStage::Released => Rupiah::ZERO,
        }
    }
}

impl Wallet {
    pub(super) fn credit(
        &self,
        credit_id: CreditId,
        amount: Rupiah,
        top_up_id: TopUpId,
        orders_from: Option<DateTime<Utc>>,
    ) -> Result<Vec<WalletEvent>, WalletError> {
        if was_done(self.credits.get(&credit_id), &amount)? {
            return Ok(vec![]);
        }
        self.has_room_for(amount)?;
        let credited = WalletEvent::Credited {
            credit_id,
            amount,
            top_up_id,
            orders_from,
        };
        Ok(self.then_pay_debts(credited, amount))
    }

    pub(super) fn charge(
        &self,
        charge_id: ChargeId,
        amount: Rupiah,
        subscription_id: SubscriptionId,
        purpose: Purpose,
        at: DateTime<Utc>,
    ) -> Result<Vec<WalletEvent>, WalletError> {
        let known = self.charges.get(&charge_id).map(|charge| &charge.amount);
        if was_done(known, &amount)? {
            return Ok(vec![]);
        }
        Ok(vec![WalletEvent::Charged {
            charge_id,
            amount,
            subscription_id,
            promotional: self.spend(amount, purpose, at)?,
        }])
    }

    /// Where this amount would be taken from.
    pub(super) fn spend(
        &self,
        amount: Rupiah,
        purpose: Purpose,
        at: DateTime<Utc>,
    ) -> Result<Vec<GrantPart>, WalletError> {
        if amount.is_zero() {
            return Err(WalletError::NoAmount);
        }
        self.owes_nothing()?;
        if let Some(parts) = self.purse.split(amount, purpose, at) {
            return Ok(parts);
        }
        let reaches_later = self.purse.split(amount, Purpose::Running, at).is_some();
        match self.purse.young_until(at) {
            Some(from) if reaches_later => Err(WalletError::CreditTooYoung {
                needed: amount,
                from,
            }),
            _ => Err(WalletError::InsufficientFunds {
                needed: amount,
                available: self.purse.spendable(Purpose::Running, at),
            }),
        }
    }

    pub(super) fn refund(
        &self,
        credit_id: CreditId,
        charge_id: ChargeId,
        amount: Option<Rupiah>,
        at: DateTime<Utc>,
    ) -> Result<Vec<WalletEvent>, WalletError> {
        if self.credits.contains_key(&credit_id) {
            return Ok(vec![]);
        }
        let charge = self
            .charges
            .get(&charge_id)
            .ok_or(WalletError::UnknownCharge(charge_id))?;
        let amount = match amount {
            Some(amount) if amount > charge.kept => {
                return Err(WalletError::MoreThanCharged { left: charge.kept });
            }
            Some(amount) if amount.is_zero() => return Err(WalletError::NoAmount),
            Some(amount) => amount,
            None if charge.kept.is_zero() => return Ok(vec![]),
            None => charge.kept,
        };
        self.has_room_for(amount)?;
        let promotional = give_back(charge.kept, &charge.promotional, amount);
        let to_paid = less(amount, super::promotional(&promotional));
        let over = self.purse.over(&promotional, at);
        let refunded = WalletEvent::Refunded {
            credit_id,
            charge_id,
            amount,
            subscription_id: charge.subscription_id,
            promotional,
        };
        let mut events = self.then_pay_debts(refunded, to_paid);
        events.extend(expired(over));
        Ok(events)
    }

    pub(super) fn hold(
        &self,
        hold_id: HoldId,
        amount: Rupiah,
        subscription_id: SubscriptionId,
        purpose: Purpose,
        at: DateTime<Utc>,
    ) -> Result<Vec<WalletEvent>, WalletError> {
        let known = self.holds.get(&hold_id).map(|hold| &hold.amount);
        if was_done(known, &amount)? {
            return Ok(vec![]);
        }
        Ok(vec![WalletEvent::Held {
            hold_id,
            amount,
            subscription_id,
            promotional: self.spend(amount, purpose, at)?,
        }])
    }

    pub(super) fn capture(
        &self,
        hold_id: HoldId,
        charge_id: ChargeId,
    ) -> Result<Vec<WalletEvent>, WalletError> {
        let hold = self.standing(hold_id)?;
        match hold.stage {
            HoldStage::Standing => Ok(vec![WalletEvent::Captured {
                hold_id,
                charge_id,
                amount: hold.amount,
                subscription_id: hold.subscription_id,
                promotional: hold.promotional.clone(),
            }]),
            HoldStage::Captured(known) if known == charge_id => Ok(vec![]),
            HoldStage::Captured(_) | HoldStage::Released => Err(WalletError::UnknownHold(hold_id)),
        }
    }

    pub(super) fn release(
        &self,
        hold_id: HoldId,
        at: DateTime<Utc>,
    ) -> Result<Vec<WalletEvent>, WalletError> {
        let hold = self.standing(hold_id)?;
        match hold.stage {
            HoldStage::Standing => {}
            HoldStage::Released => return Ok(vec![]),
            HoldStage::Captured(_) => return Err(WalletError::UnknownHold(hold_id)),
        }
        let released = WalletEvent::Released {
            hold_id,
            amount: hold.amount,
            subscription_id: hold.subscription_id,
            promotional: hold.promotional.clone(),
        };
        let to_paid = less(hold.amount, super::promotional(&hold.promotional));
        let mut events = self.then_pay_debts(released, to_paid);
        events.extend(expired(self.purse.over(&hold.promotional, at)));
        Ok(events)
    }

    fn standing(&self, hold_id: HoldId) -> Result<&Hold, WalletError> {
        self.holds
            .get(&hold_id)
            .ok_or(WalletError::UnknownHold(hold_id))
    }

    pub(super) fn close_hold(&mut self, hold_id: HoldId, captured: Option<ChargeId>) {
        if let Some(hold) = self.holds.get_mut(&hold_id) {
            hold.stage = captured.map_or(HoldStage::Released, HoldStage::Captured);
        }
    }

    pub(super) fn grant(
        &self,
        grant_id: GrantId,
        amount: Rupiah,
        expires_on: NaiveDate,
        cause: GrantCause,
    ) -> Result<Vec<WalletEvent>, WalletError> {
        if self.purse.knows(grant_id) {
            return Ok(vec![]);
        }
        self.has_room_for(amount)?;
        Ok(vec![WalletEvent::PromotionGranted {
            grant_id,
            amount,
            expires_on,
            cause,
        }])
    }

    pub(super) fn has_room_for(&self, amount: Rupiah) -> Result<(), WalletError> {
        match self.purse.whole().checked_add(amount) {
            _ if amount.is_zero() => Err(WalletError::NoAmount),
            None => Err(WalletError::BalanceTooLarge),
            Some(_) => Ok(()),
        }
    }
}

/// Whether a movement of this id was recorded already, with the same figures.
///
/// # Errors
/// [`WalletError::IdReused`], where it was recorded with others.
pub(super) fn was_done<T: PartialEq>(known: Option<&T>, asked: &T) -> Result<bool, WalletError> {
    match known {
        Some(known) if known == asked => Ok(true),
        Some(_) => Err(WalletError::IdReused),
        None => Ok(false),
    }
}
