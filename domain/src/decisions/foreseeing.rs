//! Renewals that are to come, for whoever is told of them before.

use super::Policy;
use crate::{
    Rupiah,
    coupon::charged,
    service::Service,
    subscription::{Due, Subscription},
    wallet::Coming,
};
use chrono::{DateTime, NaiveDate, Utc};

/// The turn of a renewal among those of its customer: that is the order in which they are paid (billing rule 15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    waiting: Waiting,
    /// The first day that is not paid.
    on: NaiveDate,
}

/// What a renewal waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Waiting {
    /// For credit, while it runs.
    PastDue,
    /// For credit, while it rests.
    Suspended,
    /// For its day.
    Paid,
}

impl Turn {
    /// `None` where no renewal follows by itself, or it is paid for already.
    pub fn of(subscription: &Subscription, at: DateTime<Utc>) -> Option<Self> {
        let on = subscription.paid_until()?;
        if !subscription.goes_on() || subscription.is_trial() {
            return None;
        }
        let waiting = match subscription.due(at) {
            Due::Renewal | Due::PastDue { .. } => Waiting::PastDue,
            Due::Suspended { .. } => Waiting::Suspended,
            Due::Nothing if subscription.is_running() => Waiting::Paid,
            Due::Nothing | Due::Lapse | Due::End => return None,
        };
        Some(Self { waiting, on })
    }
}

impl Policy {
    /// What one more period of a subscription that is paid for at this moment costs, less what a coupon takes off; `None` where
    /// its plan is not known.
    pub fn renewal(
        &self,
        subscription: &Subscription,
        service: &Service,
        at: DateTime<Utc>,
    ) -> Option<Rupiah> {
        let (terms, agreed) = subscription.terms().zip(subscription.agreed())?;
        let (plan_id, cycle) = (terms.plan_id, terms.billing_cycle);
        let price = service.renewal_price(plan_id, cycle, agreed, self.notice_days, at);
        let vat = terms.vat.renewed_under(self.vat);
        let price = vat.charged(price.ok()?);
        Some(charged(price, subscription.discount(price, vat).as_ref()))
    }

    /// What a renewal takes at this moment, with the days of grace of what rests.
    pub fn coming(
        &self,
        subscription: &Subscription,
        service: &Service,
        at: DateTime<Utc>,
    ) -> Option<Coming> {
        let price = self.renewal(subscription, service, at)?;
        let amount = price.checked_add(subscription.grace());
        let amount = amount.unwrap_or(Rupiah::MAX);
        Some(Coming { amount, at })
    }
}
