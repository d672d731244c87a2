//! How an order ends: readiness was observed, or the money goes back and what was made is removed.

use super::answer;
use crate::{
    Decision, Refused, StreamId, Work,
    claim::{Claim, ClaimCommand, ClaimId},
    coupon::{Coupon, CouponCode, CouponCommand},
    ids::{ChargeId, CreditId, InstanceId, PlanId, RedemptionId, SubscriptionId, UserId, WalletId},
    instance::{Instance, InstanceCommand},
    plan_slots::{PlanSlots, PlanSlotsCommand},
    subscription::{
        FailCause, LifeCommand, Subscription, SubscriptionCommand, SubscriptionError, Terms,
    },
    wallet::{Wallet, WalletCommand},
};
use chrono::{DateTime, Utc};

/// Readiness was observed at `at`: the paid period begins.
#[derive(Clone, Debug)]
pub struct ActivateOrder {
    pub subscription_id: SubscriptionId,
    pub at: DateTime<Utc>,
}

/// The order did not come to readiness: full refund at once; cleaning up goes on behind it.
#[derive(Clone, Debug)]
pub struct FailOrder {
    pub subscription_id: SubscriptionId,
    pub wallet_id: WalletId,
    pub cause: FailCause,
    /// Set where the customer asks: somebody else's order is not found.
    pub on_behalf_of: Option<UserId>,
    /// What it used up.
    pub used: UsedUp,
    pub at: DateTime<Utc>,
}

/// What an order used up beside money, a slot and a name. It never changes before the first period begins, and comes back
/// only where none does (billing rule 22).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsedUp {
    pub coupon: Option<CouponCode>,
    /// The claims that keep a person from another trial, or from another use of the coupon.
    pub claims: Vec<ClaimId>,
}

impl UsedUp {
    pub fn of(terms: &Terms) -> Self {
        let trial = terms.trial.iter().flat_map(|trial| &trial.claims);
        Self {
            coupon: terms.coupon().cloned(),
            claims: trial.chain(&terms.coupon_claim).cloned().collect(),
        }
    }

    pub(super) fn streams(&self) -> impl Iterator<Item = StreamId> {
        let coupon = self.coupon.iter().map(StreamId::of::<Coupon>);
        coupon.chain(self.claims.iter().map(StreamId::of::<Claim>))
    }

    fn comes_back(
        &self,
        work: &mut Work<'_>,
        subscription_id: SubscriptionId,
        at: DateTime<Utc>,
    ) -> Result<(), Refused> {
        if let Some(coupon) = &self.coupon {
            let redemption_id = RedemptionId::of_order(subscription_id);
            let give_back = CouponCommand::Return { redemption_id, at };
            work.execute::<Coupon>(coupon, give_back)?;
        }
        for claim in &self.claims {
            let holder = subscription_id.uuid();
            if work.state::<Claim>(claim).holder() == Some(holder) {
                work.execute::<Claim>(claim, ClaimCommand::Release { holder })?;
            }
        }
        Ok(())
    }
}

/// The namespace of a removed instance was observed to be gone: its slot and its name come back. The name of an app that
/// was ever reachable is kept for its customer for a while, so that nobody else receives what is still sent to it.
#[derive(Clone, Debug)]
pub struct ConfirmRemoval {
    pub subscription_id: SubscriptionId,
    pub plan_id: PlanId,
    /// The claim on the subdomain.
    pub name: ClaimId,
    /// Until when the name is kept, if it is.
    pub quarantine_until: Option<DateTime<Utc>>,
    pub at: DateTime<Utc>,
}

impl Decision for ActivateOrder {
    fn streams(&self) -> Vec<StreamId> {
        let instance_id = InstanceId::of(self.subscription_id);
        vec![
            StreamId::of::<Subscription>(&self.subscription_id),
            StreamId::of::<Instance>(&instance_id),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let at = self.at;
        work.execute::<Instance>(
            &InstanceId::of(self.subscription_id),
            InstanceCommand::BecomeReady { at },
        )?;
        work.execute::<Subscription>(&self.subscription_id, SubscriptionCommand::Activate { at })?;
        Ok(answer(self.subscription_id))
    }
}

impl Decision for FailOrder {
    fn streams(&self) -> Vec<StreamId> {
        let mut streams = vec![
            StreamId::of::<Subscription>(&self.subscription_id),
            StreamId::of::<Wallet>(&self.wallet_id),
            StreamId::of::<Instance>(&InstanceId::of(self.subscription_id)),
        ];
        streams.extend(self.used.streams());
        streams
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let at = self.at;
        let terms = work.state::<Subscription>(&self.subscription_id).terms();
        let owner = terms.map(|terms| terms.user_id);
        let charged = terms.is_some_and(|terms| terms.charge_id.is_some());
        let used = terms.map(UsedUp::of);
        if owner.is_none() || self.on_behalf_of.is_some_and(|asker| Some(asker) != owner) {
            return Err(SubscriptionError::NotFound.into());
        }
        let fail = SubscriptionCommand::Fail {
            cause: self.cause,
            at,
        };
        let news = work.execute::<Subscription>(&self.subscription_id, fail)?;
        if news > 0 {
            if used.as_ref() != Some(&self.used) {
                // Whoever asks has not seen the order yet.
                return Err(SubscriptionError::NotFound.into());
            }
            self.used.comes_back(work, self.subscription_id, at)?;
        }
        if charged {
            let charge_id = ChargeId::of_order(self.subscription_id);
            let refund = WalletCommand::Refund {
                credit_id: CreditId::of_refund(charge_id),
                charge_id,
                amount: None,
                at,
            };
            work.execute::<Wallet>(&self.wallet_id, refund)?;
        }
        work.execute::<Instance>(
            &InstanceId::of(self.subscription_id),
            InstanceCommand::RequestRemoval { at },
        )?;
        Ok(answer(self.subscription_id))
    }
}

impl Decision for ConfirmRemoval {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<Subscription>(&self.subscription_id),
            StreamId::of::<Instance>(&InstanceId::of(self.subscription_id)),
            StreamId::of::<PlanSlots>(&self.plan_id),
            StreamId::of::<Claim>(&self.name),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let subscription_id = self.subscription_id;
        let confirm = InstanceCommand::ConfirmRemoval { at: self.at };
        let news = work.execute::<Instance>(&InstanceId::of(subscription_id), confirm)?;
        if news == 0 {
            // Slot and name came back with the first observation; somebody else may hold them now.
            return Ok(answer(subscription_id));
        }
        work.execute::<PlanSlots>(&self.plan_id, PlanSlotsCommand::Return { subscription_id })?;
        let terminate = LifeCommand::Terminate { at: self.at };
        if work.state::<Subscription>(&subscription_id).is_over() {
            work.execute::<Subscription>(&subscription_id, terminate.into())?;
        }
        let subscription = work.state::<Subscription>(&subscription_id);
        let ran = !subscription.is_failed();
        let owner = subscription.terms().map(|terms| terms.user_id);
        let holder = subscription_id.uuid();
        let give_up = match (owner, self.quarantine_until) {
            (Some(kept_for), Some(until)) if ran => ClaimCommand::Quarantine {
                holder,
                kept_for,
                until,
            },
            _ => ClaimCommand::Release { holder },
        };
        work.execute::<Claim>(&self.name, give_up)?;
        Ok(answer(subscription_id))
    }
}
