//! What time asks of a subscription.

use super::{Advanced, Paying, Policy, answer};
use crate::{
    Decision, Refused, Rupiah, StreamId, Work,
    coupon::charged,
    instance::Instance,
    period::day_begins,
    subscription::{Due, EndCause, LifeCommand, RenewalCause, Subscription},
    vat::VatPolicy,
    wallet::{Purpose, Wallet},
};
use chrono::{DateTime, Utc};

/// Does what time asks for, one step of it: renews, falls due, suspends, resumes where credit came in, ends. Where
/// nothing is due, nothing happens.
#[derive(Clone, Copy, Debug)]
pub struct Advance {
    pub paying: Paying,
    pub policy: Policy,
    pub at: DateTime<Utc>,
}

impl Decision for Advance {
    fn streams(&self) -> Vec<StreamId> {
        self.paying.streams()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        Ok(answer(self.step(work)?))
    }
}

impl Advance {
    fn step(&self, work: &mut Work<'_>) -> Result<Advanced, Refused> {
        let Self { paying, policy, at } = *self;
        let subscription = work.state::<Subscription>(&paying.subscription_id);
        let renews = subscription.renews();
        match subscription.due(at) {
            Due::Nothing => Ok(Advanced::Nothing),
            Due::Lapse => paying.suspend(work, policy, at),
            Due::End => paying.end(work, EndCause::Cancelled, policy, at),
            Due::Renewal | Due::PastDue { over: false } => self.renew_or_wait(work),
            Due::PastDue { over: true } => match self.renewed(work)? {
                true => Ok(Advanced::Renewed),
                false => paying.suspend(work, policy, at),
            },
            Due::Suspended { over } => {
                let resumed = match renews {
                    true => self.resumed(work)?,
                    false => None,
                };
                match (resumed, over) {
                    (Some(resumed), _) => Ok(resumed),
                    (None, true) if renews && self.waits_for_staff(work)? => Ok(Advanced::Nothing),
                    (None, true) => paying.end(work, EndCause::Unpaid, policy, at),
                    (None, false) => Ok(Advanced::Nothing),
                }
            }
        }
    }

    /// Where the credit reaches and nobody else holds it.
    fn resumed(&self, work: &mut Work<'_>) -> Result<Option<Advanced>, Refused> {
        let Self { paying, policy, at } = *self;
        let instance = work.state::<Instance>(&paying.instance_id());
        if instance.is_held_by_staff() {
            return Ok(None);
        }
        let price = paying.price(work, policy, at)?;
        Ok(paying.resume(work, price, None, Purpose::Running, at)?.ok())
    }

    /// Whether nothing but a hold of ours keeps it from being resumed: that must not cost anybody his data.
    fn waits_for_staff(&self, work: &mut Work<'_>) -> Result<bool, Refused> {
        let Self { paying, policy, at } = *self;
        let instance = work.state::<Instance>(&paying.instance_id());
        if !instance.is_held_by_staff() {
            return Ok(false);
        }
        let price = paying.price(work, policy, at)?;
        Ok(paying.can_resume(work, price, Purpose::Running, at).is_ok())
    }

    /// That of the day on which it was due, however late somebody looks.
    fn price_when_due(&self, work: &mut Work<'_>) -> Result<(Rupiah, VatPolicy), Refused> {
        let Self { paying, policy, at } = *self;
        let due = work
            .state::<Subscription>(&paying.subscription_id)
            .paid_until();
        let due = due.map_or(at, day_begins).min(at);
        paying.price(work, policy, due)
    }

    fn renewed(&self, work: &mut Work<'_>) -> Result<bool, Refused> {
        let price = self.price_when_due(work)?;
        let paying = self.paying;
        Ok(paying
            .renew(work, price, RenewalCause::Automatic, self.at)?
            .is_ok())
    }

    fn renew_or_wait(&self, work: &mut Work<'_>) -> Result<Advanced, Refused> {
        let Self { paying, policy, at } = *self;
        if self.renewed(work)? {
            return Ok(Advanced::Renewed);
        }
        // What is told to be missing is what is charged.
        let (price, vat) = self.price_when_due(work)?;
        let subscription = work.state::<Subscription>(&paying.subscription_id);
        let discount = subscription.discount(price, vat);
        let price = charged(price, discount.as_ref());
        let owed = work.state::<Wallet>(&paying.wallet_id).owed();
        let fall_due = LifeCommand::FallDue {
            needed: price.checked_add(owed).unwrap_or(price),
            grace_days: policy.grace_days,
            at,
        };
        paying.live(work, fall_due)?;
        Ok(Advanced::PastDue)
    }
}
