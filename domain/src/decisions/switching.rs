//! Saying whether a subscription renews by itself, and what that comes to.

use super::{Paying, Policy, answer, renewing::owned_by};
use crate::{
    Decision, Refused, Rupiah, StreamId, Work,
    ids::UserId,
    period::day_begins,
    service::Service,
    subscription::{LifeCommand, Subscription},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// The customer says whether his subscription renews by itself.
#[derive(Clone, Copy, Debug)]
pub struct SwitchRenewal {
    pub paying: Paying,
    pub policy: Policy,
    pub asked_by: UserId,
    pub automatic: bool,
    pub at: DateTime<Utc>,
}

/// What follows from it, as far as it is known now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewalSwitched {
    /// The next period; `None` where none follows by itself, or nobody knows when it begins.
    pub next: Option<PeriodAhead>,
    /// The first period that costs another price than the next one, because that was announced.
    pub repriced: Option<PeriodAhead>,
}

/// A period that is not paid yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodAhead {
    /// Its first day, in Jakarta.
    pub from: NaiveDate,
    /// What it costs, with VAT where that comes on top; less what a coupon takes off only where it is the next one.
    pub price: Rupiah,
}

impl Decision for SwitchRenewal {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<Subscription>(&self.paying.subscription_id),
            StreamId::of::<Service>(&self.paying.service_id),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let (paying, automatic, at) = (&self.paying, self.automatic, self.at);
        let subscription = work.state::<Subscription>(&paying.subscription_id);
        owned_by(subscription, self.asked_by)?;
        paying.live(work, LifeCommand::SwitchRenewal { automatic, at })?;
        let subscription = work.state::<Subscription>(&paying.subscription_id).clone();
        let service = work.state::<Service>(&paying.service_id);
        Ok(answer(self.policy.ahead(&subscription, service)))
    }
}

impl Policy {
    /// What is ahead of a subscription that goes on by itself.
    pub fn ahead(&self, subscription: &Subscription, service: &Service) -> RenewalSwitched {
        let goes_on = subscription.goes_on() && subscription.is_running();
        let from = subscription.paid_until().filter(|_| goes_on);
        let next = from.and_then(|from| {
            let price = self.renewal(subscription, service, day_begins(from))?;
            Some(PeriodAhead { from, price })
        });
        let later = service.later_notice(subscription, self.notice_days);
        let repriced = later
            .zip(subscription.terms())
            .map(|((from, notice), terms)| {
                let price = terms.vat.renewed_under(self.vat).charged(notice.price);
                PeriodAhead { from, price }
            });
        RenewalSwitched { next, repriced }
    }
}
