//! Days that were lost for a cause on our side are given back at their value, once (billing rule 11).

use super::{Policy, answer};
use crate::{
    Decision, Refused, Rupiah, StreamId, Work,
    ids::{CreditId, InstanceId, SubscriptionId, WalletId},
    instance::{Instance, LifeCommand as InstanceLife},
    period::jakarta_date,
    subscription::{LifeCommand, Subscription},
    wallet::{Wallet, WalletCommand},
};
use chrono::{DateTime, NaiveDate, Utc};

/// A day on which it was down for a cause on our side is given back at its value, once (billing rule 11).
#[derive(Clone, Copy, Debug)]
pub struct CreditLostDay {
    pub subscription_id: SubscriptionId,
    pub wallet_id: WalletId,
    pub day: NaiveDate,
    pub at: DateTime<Utc>,
}

impl Decision for CreditLostDay {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<Subscription>(&self.subscription_id),
            StreamId::of::<Wallet>(&self.wallet_id),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        Ok(answer(self.give_back(work)?))
    }
}

impl CreditLostDay {
    /// What comes back.
    fn give_back(&self, work: &mut Work<'_>) -> Result<Rupiah, Refused> {
        let (id, day, at) = (self.subscription_id, self.day, self.at);
        let subscription = work.state::<Subscription>(&id);
        // What is over was settled when it ended, and a day that did not come yet cannot be lost.
        let value = match subscription.is_over() || day > jakarta_date(at) {
            true => None,
            false => subscription.value_of(day),
        };
        let Some(value) = value else {
            return Ok(Rupiah::ZERO);
        };
        let left = subscription.left_of(value.charge_id, jakarta_date(at));
        let kept = work
            .state::<Wallet>(&self.wallet_id)
            .kept_of(value.charge_id);
        // Staff may have given it back already; days to come are not paid for by it.
        let used = kept.checked_sub(left).unwrap_or(Rupiah::ZERO);
        let amount = value.amount.min(used);
        if amount.is_zero() {
            return Ok(amount);
        }
        let refund = WalletCommand::Refund {
            credit_id: CreditId::of_lost_day(id, day),
            charge_id: value.charge_id,
            amount: Some(amount),
            at,
        };
        work.execute::<Wallet>(&self.wallet_id, refund)?;
        let credit = LifeCommand::CreditDay { day, amount, at };
        work.execute::<Subscription>(&id, credit.into())?;
        Ok(amount)
    }
}

/// What is about to end is counted a last time, because nobody counts what is being removed, and every day that was lost is
/// given back: also one that is recorded already, and whose value is still on its way.
pub(super) fn settle_outages(
    work: &mut Work<'_>,
    subscription_id: SubscriptionId,
    wallet_id: WalletId,
    policy: Policy,
    at: DateTime<Utc>,
) -> Result<(), Refused> {
    let instance_id = InstanceId::of(subscription_id);
    if !work.state::<Instance>(&instance_id).is_live() {
        return Ok(());
    }
    let lost_minutes = policy.lost_minutes;
    let count = InstanceLife::CountDowntime { lost_minutes, at };
    work.execute::<Instance>(&instance_id, count.into())?;
    for day in work.state::<Instance>(&instance_id).lost_days() {
        let credit = CreditLostDay {
            subscription_id,
            wallet_id,
            day,
            at,
        };
        credit.give_back(work)?;
    }
    Ok(())
}
