//! What a new price means for whoever has the plan already (billing rule 9).

use super::Service;
use crate::{
    Rupiah,
    period::{day_begins, jakarta_date},
    subscription::Subscription,
};
use chrono::{DateTime, Duration, NaiveDate, Utc};

/// A price that was announced, as it concerns one subscription. Amounts are those of the catalogue; dates are Jakarta dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceNotice {
    /// What the newest period before it costs.
    pub before: Rupiah,
    pub price: Rupiah,
    /// What was announced last, where no period of this subscription will cost it.
    pub instead_of: Option<Rupiah>,
    /// The first date on which a renewal costs it.
    pub counts_on: NaiveDate,
    /// The first day of the first period that costs it; `None` where nobody knows yet when periods begin: it was never
    /// ready, or it rests.
    pub from: Option<NaiveDate>,
}

impl Service {
    /// What the price that was announced at this moment means for a subscription. `None` where there is nothing to tell:
    /// another one has taken its place, it is what was said before, it was agreed already, or no period follows by itself.
    pub fn price_notice(
        &self,
        subscription: &Subscription,
        announced_at: DateTime<Utc>,
        notice_days: u32,
    ) -> Option<PriceNotice> {
        let terms = subscription.terms().filter(|_| subscription.goes_on())?;
        let agreed = subscription.agreed()?;
        let (plan_id, cycle) = (terms.plan_id, terms.billing_cycle);
        let (said, price) = self.announced(plan_id, cycle, announced_at)?;
        if agreed.at >= announced_at || said == price {
            return None;
        }
        let told_at = announced_at.max(agreed.in_force);
        let counts_on = first_date_from(told_at + Duration::days(notice_days.into()));
        let begins = subscription.periods_begin();
        let newest = begins.clone().take_while(|day| *day < counts_on).last();
        let newest = newest.map_or(told_at, day_begins);
        let before = self.renewal_price(plan_id, cycle, agreed, notice_days, newest);
        let before = before.ok()?;
        let mut later = begins.skip(1).filter(|day| *day >= counts_on);
        Some(PriceNotice {
            before,
            price,
            instead_of: Some(said).filter(|said| *said != before),
            counts_on,
            from: later.next().filter(|_| subscription.is_running()),
        })
    }
}

impl Service {
    /// The price that was announced last, where it was not agreed to by the terms: who waited for the plan meanwhile was not
    /// told of it.
    pub fn newest_notice(
        &self,
        subscription: &Subscription,
        notice_days: u32,
    ) -> Option<PriceNotice> {
        let terms = subscription.terms()?;
        let announced_at = self.last_announced_at(terms.plan_id, terms.billing_cycle)?;
        self.price_notice(subscription, announced_at, notice_days)
    }

    /// The price that was announced last, where it counts for a later period than the next one, and from when: whoever switches
    /// automatic renewal on now was not told of it.
    pub fn later_notice(
        &self,
        subscription: &Subscription,
        notice_days: u32,
    ) -> Option<(NaiveDate, PriceNotice)> {
        let notice = self.newest_notice(subscription, notice_days)?;
        let from = notice
            .from
            .filter(|from| Some(*from) > subscription.paid_until())?;
        Some((from, notice))
    }
}

/// The first date that begins at this moment or after it.
fn first_date_from(moment: DateTime<Utc>) -> NaiveDate {
    let date = jakarta_date(moment);
    match day_begins(date) < moment {
        true => date.succ_opt().unwrap_or(date),
        false => date,
    }
}
