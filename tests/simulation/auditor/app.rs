//! A subscription, as its events tell of it.

use chrono::NaiveDate;
use purser_domain::{
    coupon::charged,
    ids::ChargeId,
    instance::InstanceEvent,
    period::Period,
    subscription::{SubscriptionEvent as Did, Terms},
};
use std::collections::BTreeSet;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It is to become ready for the first time, or again.
    Awaited,
    Active,
    PastDue {
        until: NaiveDate,
    },
    Suspended,
    /// It is being removed.
    Ending,
    Over,
}

#[derive(Debug)]
pub(super) struct App {
    pub(super) user: Uuid,
    pub(super) instance: String,
    pub(super) price: i64,
    pub(super) phase: Phase,
    pub(super) paid_until: Option<NaiveDate>,
    pub(super) cancelling: bool,
    pub(super) removed: bool,
    /// Known to be down.
    pub(super) down: bool,
    pub(super) changing: bool,
    /// Every period that something was charged for.
    charged: Vec<Period>,
    pub(super) given_back: BTreeSet<NaiveDate>,
    pending: Option<ChargeId>,
}

impl App {
    pub(super) fn new(terms: &Terms) -> Self {
        Self {
            user: terms.user_id.uuid(),
            instance: terms.instance_id.to_string(),
            price: terms.price.get(),
            phase: Phase::Awaited,
            paid_until: None,
            cancelling: false,
            removed: false,
            down: false,
            changing: false,
            charged: Vec::new(),
            given_back: BTreeSet::new(),
            pending: None,
        }
    }

    /// The charges that pay for what happened, and what they have to come to.
    pub(super) fn folds(&mut self, fact: &Did) -> Vec<(ChargeId, i64)> {
        let mut charges = Vec::new();
        match fact {
            Did::Ordered { terms, .. } => {
                self.pending = terms.charge_id;
                let price = charged(terms.price, terms.discount.as_ref()).get();
                charges.extend(terms.charge_id.map(|id| (id, price)));
            }
            Did::Activated { period, .. } | Did::Resumed { period, .. } => {
                self.begins(*period);
                if self.pending.take().is_some() {
                    self.charged.push(*period);
                }
            }
            Did::Renewed {
                period,
                price,
                discount,
                charge_id,
                ..
            } => {
                self.begins(*period);
                self.charged.extend(charge_id.map(|_| *period));
                let price = charged(*price, discount.as_ref()).get();
                charges.extend(charge_id.map(|id| (id, price)));
            }
            Did::BecamePastDue { grace_until, .. } => {
                self.phase = Phase::PastDue {
                    until: *grace_until,
                };
            }
            Did::Suspended { .. } | Did::ResumeFailed { .. } => {
                self.pending = None;
                self.phase = Phase::Suspended;
            }
            Did::ResumeOrdered {
                price,
                discount,
                charge_id,
                grace,
                grace_charge_id,
                ..
            } => {
                self.phase = Phase::Awaited;
                self.pending = *charge_id;
                let price = charged(*price, discount.as_ref()).get();
                charges.extend(charge_id.map(|id| (id, price)));
                charges.extend(grace_charge_id.map(|id| (id, grace.get())));
            }
            Did::CancellationRequested { .. } => self.cancelling = true,
            Did::CancellationUndone { .. } => self.cancelling = false,
            Did::PlanChangeRequested { .. } => self.changing = true,
            Did::PlanChangeFailed { .. } => self.changing = false,
            Did::PlanChanged {
                change,
                charged,
                charge_id,
                period,
                anew,
                ..
            } => {
                self.changing = false;
                self.price = change.price.get();
                self.paid_until = Some(period.end);
                // Days that were given may have cost so little that there is nothing in one of them to give back.
                let paid = anew
                    .iter()
                    .filter(|paid| paid.net.get() >= paid.period.days());
                self.charged.extend(paid.map(|paid| paid.period));
                charges.extend(charge_id.map(|id| (id, charged.get())));
            }
            Did::Extended { period, .. } => self.paid_until = Some(period.end),
            Did::DayCredited { day, .. } => {
                self.given_back.insert(*day);
            }
            Did::Ended { .. } => self.phase = Phase::Ending,
            Did::Failed { .. } | Did::Terminated { .. } => self.phase = Phase::Over,
            Did::TrialConverted { change, .. } => self.price = change.price.get(),
            Did::RenewalSwitched { .. } | Did::ChargeReturned { .. } => {}
        }
        charges
    }

    pub(super) fn folds_instance(&mut self, fact: &InstanceEvent) {
        match fact {
            InstanceEvent::BecameUnready { ours, .. } => self.down = *ours,
            InstanceEvent::Recovered { .. } => self.down = false,
            InstanceEvent::Removed { .. } => self.removed = true,
            _ => {}
        }
    }

    fn begins(&mut self, period: Period) {
        self.phase = Phase::Active;
        self.paid_until = Some(period.end);
    }

    /// Whether something is under way that comes to an end by itself.
    pub(super) fn waits(&self) -> bool {
        let under_way = matches!(self.phase, Phase::Awaited | Phase::Ending) || self.changing;
        under_way || self.phase == Phase::Over && !self.removed
    }

    /// Whether it is to run on this day: it is paid for, or in grace.
    pub(super) fn is_to_run(&self) -> bool {
        matches!(self.phase, Phase::Active | Phase::PastDue { .. })
    }

    /// Why nobody should have let it run on this day.
    pub(super) fn runs_free(&self, today: NaiveDate) -> Option<String> {
        match (self.phase, self.paid_until) {
            (Phase::Active, Some(until)) if until <= today => {
                Some(format!("was paid until {until}"))
            }
            (Phase::Active, None) => Some("was never paid".into()),
            (Phase::PastDue { until }, _) if until <= today => {
                Some(format!("had grace until {until}"))
            }
            _ => None,
        }
    }

    pub(super) fn was_charged(&self, day: NaiveDate) -> bool {
        let mut periods = self.charged.iter();
        periods.any(|period| (period.start..period.end).contains(&day))
    }
}
