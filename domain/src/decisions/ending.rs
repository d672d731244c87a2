//! How a subscription that was active ends by its customer's wish, and what comes back of what was paid.

use super::{FailOrder, Policy, UsedUp, answer, outages::settle_outages, renewing::owned_by};
use crate::{
    Decision, Refused, Rupiah, StreamId, Work,
    claim::{Claim, ClaimCommand, ClaimId, ClaimKind},
    ids::{CreditId, InstanceId, SubscriptionId, UserId, WalletId},
    instance::{Instance, InstanceCommand},
    period::jakarta_date,
    subscription::{EndCause, FailCause, LifeCommand, Subscription, SubscriptionError},
    text::Reason,
    wallet::{Wallet, WalletCommand},
};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// What the customer wants about the end of his subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// It ends with the paid time.
    CancelAtEnd,
    /// It runs on after all.
    UndoCancellation,
}

/// A wish about the end, without money.
#[derive(Clone, Copy, Debug)]
pub struct WishAbout {
    pub subscription_id: SubscriptionId,
    pub asked_by: UserId,
    pub wish: Wish,
    pub at: DateTime<Utc>,
}

/// Who ends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asker {
    Customer(UserId),
    /// Staff, and why.
    Staff(Reason),
}

/// Ends it at once and gives back what is left of what was paid (billing rules 18 and 37): everything within
/// the policy's hours of the first readiness, else the days after today.
///
/// New, beside rule 37: a person has everything back once per service, as he has a trial once. Who was given it before is given
/// back the days after today from the first hour on: else whoever ends and orders anew each day would have an app for nothing.
/// What staff ends is not counted.
#[derive(Clone, Debug)]
pub struct EndNow {
    pub subscription_id: SubscriptionId,
    pub wallet_id: WalletId,
    pub asked_by: Asker,
    /// The claim that keeps this person from having everything back of this service another time; `None` where it is not
    /// counted.
    pub full_refund: Option<ClaimId>,
    pub policy: Policy,
    pub at: DateTime<Utc>,
}

/// Staff moves the end of the paid time, at no price (billing rule 8).
#[derive(Clone, Debug)]
pub struct Extend {
    pub subscription_id: SubscriptionId,
    pub days: u32,
    pub reason: Reason,
    pub at: DateTime<Utc>,
}

impl Decision for WishAbout {
    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::of::<Subscription>(&self.subscription_id)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let at = self.at;
        owned_by(
            work.state::<Subscription>(&self.subscription_id),
            self.asked_by,
        )?;
        let command = match self.wish {
            Wish::CancelAtEnd => LifeCommand::RequestCancellation { at },
            Wish::UndoCancellation => LifeCommand::UndoCancellation { at },
        };
        work.execute::<Subscription>(&self.subscription_id, command.into())?;
        Ok(answer(self.subscription_id))
    }
}

/// The customer cancels, whatever has become of his order: before readiness everything comes back; after it, it ends with
/// the paid time, or at once.
#[derive(Clone, Debug)]
pub struct Cancel {
    pub subscription_id: SubscriptionId,
    pub wallet_id: WalletId,
    pub asked_by: UserId,
    /// Whether what is active ends at once.
    pub now: bool,
    /// As of [`EndNow`].
    pub full_refund: Option<ClaimId>,
    pub policy: Policy,
    /// What the order used up.
    pub used: UsedUp,
    pub at: DateTime<Utc>,
}

/// What a cancellation came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Cancelled {
    /// It never became active.
    Failed,
    /// It runs until then.
    Active { ends_on: NaiveDate },
    /// It is over.
    Ended { refunded: Rupiah },
}

impl Decision for Cancel {
    fn streams(&self) -> Vec<StreamId> {
        let mut streams = vec![
            StreamId::of::<Subscription>(&self.subscription_id),
            StreamId::of::<Wallet>(&self.wallet_id),
            StreamId::of::<Instance>(&InstanceId::of(self.subscription_id)),
        ];
        streams.extend(self.used.streams());
        streams.extend(self.full_refund.as_ref().map(StreamId::of::<Claim>));
        streams
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let (subscription_id, wallet_id, at) = (self.subscription_id, self.wallet_id, self.at);
        let subscription = work.state::<Subscription>(&subscription_id);
        let was_active = subscription.is_active() || subscription.is_over();
        let ends_on = subscription.paid_until();
        if !was_active {
            let fail = FailOrder {
                subscription_id,
                wallet_id,
                cause: FailCause::Cancelled,
                on_behalf_of: Some(self.asked_by),
                used: self.used.clone(),
                at,
            };
            fail.decide(work)?;
            return Ok(answer(Cancelled::Failed));
        }
        if self.now {
            let end = EndNow {
                subscription_id,
                wallet_id,
                asked_by: Asker::Customer(self.asked_by),
                full_refund: self.full_refund.clone(),
                policy: self.policy,
                at,
            };
            let refunded = end.end(work)?;
            return Ok(answer(Cancelled::Ended { refunded }));
        }
        let wish = WishAbout {
            subscription_id,
            asked_by: self.asked_by,
            wish: Wish::CancelAtEnd,
            at,
        };
        wish.decide(work)?;
        let ends_on = ends_on.ok_or(SubscriptionError::NotActive)?;
        Ok(answer(Cancelled::Active { ends_on }))
    }
}

impl Decision for EndNow {
    fn streams(&self) -> Vec<StreamId> {
        let own = [
            StreamId::of::<Subscription>(&self.subscription_id),
            StreamId::of::<Wallet>(&self.wallet_id),
            StreamId::of::<Instance>(&InstanceId::of(self.subscription_id)),
        ];
        let claim = self.full_refund.as_ref().map(StreamId::of::<Claim>);
        own.into_iter().chain(claim).collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        Ok(answer(self.end(work)?))
    }
}

impl EndNow {
    /// What comes back, beside the days that were lost.
    fn end(&self, work: &mut Work<'_>) -> Result<Rupiah, Refused> {
        let (id, at) = (self.subscription_id, self.at);
        let subscription = work.state::<Subscription>(&id);
        if subscription.terms().is_none() {
            return Err(SubscriptionError::NotFound.into());
        }
        if let Asker::Customer(asked_by) = self.asked_by {
            owned_by(subscription, asked_by)?;
        }
        if !subscription.is_active() && !subscription.is_over() {
            return Err(SubscriptionError::NotActive.into());
        }
        if subscription.is_over() {
            return Ok(Rupiah::ZERO);
        }
        // A period that was paid and has not begun has no days yet: all of its price goes back.
        let pending = subscription.pending_charge();
        settle_outages(work, id, self.wallet_id, self.policy, at)?;
        let last_used = self.last_used_day(work)?;
        let mut given_back = work.state::<Subscription>(&id).remainders(last_used);
        given_back.retain(|remainder| Some(remainder.charge_id) != pending);
        let mut refunded = Rupiah::ZERO;
        for remainder in given_back {
            let kept = work
                .state::<Wallet>(&self.wallet_id)
                .kept_of(remainder.charge_id);
            let amount = remainder.amount.min(kept);
            refunded = self.give_back(work, remainder.charge_id, amount, refunded)?;
        }
        if let Some(charge_id) = pending {
            let kept = work.state::<Wallet>(&self.wallet_id).kept_of(charge_id);
            refunded = self.give_back(work, charge_id, kept, refunded)?;
        }
        let (cause, reason) = match &self.asked_by {
            Asker::Customer(_) => (EndCause::CancelledNow, None),
            Asker::Staff(reason) => (EndCause::Staff, Some(reason.clone())),
        };
        let end = LifeCommand::End {
            cause,
            reason,
            refunded,
            at,
        };
        work.execute::<Subscription>(&id, end.into())?;
        let remove = InstanceCommand::RequestRemoval { at };
        work.execute::<Instance>(&InstanceId::of(id), remove)?;
        Ok(refunded)
    }

    /// The last day that is not given back.
    fn last_used_day(&self, work: &mut Work<'_>) -> Result<NaiveDate, Refused> {
        let today = jakarta_date(self.at);
        let within = Duration::hours(self.policy.full_refund_hours.into());
        let subscription = work.state::<Subscription>(&self.subscription_id);
        let since = subscription.active_since();
        let since = since.filter(|since| self.at - *since < within);
        let Some(before) = since.and_then(|since| jakarta_date(since).pred_opt()) else {
            return Ok(today);
        };
        // Where it gives no more, as of a trial, it is not used up.
        if subscription.remainders(before) == subscription.remainders(today) {
            return Ok(today);
        }
        let Some(claim) = &self.full_refund else {
            return Ok(before);
        };
        if work.state::<Claim>(claim).holder().is_some() {
            return Ok(today);
        }
        let take = ClaimCommand::Take {
            kind: ClaimKind::FullRefund,
            holder: self.subscription_id.uuid(),
        };
        work.execute::<Claim>(claim, take)?;
        Ok(before)
    }

    fn give_back(
        &self,
        work: &mut Work<'_>,
        charge_id: crate::ids::ChargeId,
        amount: Rupiah,
        so_far: Rupiah,
    ) -> Result<Rupiah, Refused> {
        if amount.is_zero() {
            return Ok(so_far);
        }
        let refund = WalletCommand::Refund {
            credit_id: CreditId::of_remainder(charge_id),
            charge_id,
            amount: Some(amount),
            at: self.at,
        };
        work.execute::<Wallet>(&self.wallet_id, refund)?;
        Ok(so_far.checked_add(amount).unwrap_or(Rupiah::MAX))
    }
}

impl Decision for Extend {
    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::of::<Subscription>(&self.subscription_id)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let extend = LifeCommand::Extend {
            days: self.days,
            reason: self.reason.clone(),
            at: self.at,
        };
        work.execute::<Subscription>(&self.subscription_id, extend.into())?;
        Ok(answer(self.subscription_id))
    }
}
