//! A subscription, as its events tell of it.

use chrono::NaiveDate;
use purser_domain::{
    Rupiah,
    coupon::charged,
    ids::ChargeId,
    instance::InstanceEvent,
    period::Period,
    subscription::{SubscriptionEvent as Did, Terms},
};
use std::collections::BTreeMap;
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
    /// Every period that something was charged for, and what; `None` of days that were charged anew.
    charged: Vec<(Period, Option<Rupiah>)>,
    pub(super) given_back: BTreeMap<NaiveDate, Rupiah>,
    /// What is charged for the period that begins once it is ready.
    pending: Option<Rupiah>,
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
            given_back: BTreeMap::new(),
            pending: None,
        }
    }

    /// The charges that pay for what happened, and what they have to come to.
    pub(super) fn folds(&mut self, fact: &Did) -> Vec<(ChargeId, i64)> {
        let mut charges = Vec::new();
        match fact {
            Did::Ordered { terms, .. } => {
                let price = charged(terms.price, terms.discount.as_ref());
                self.pending = terms.charge_id.map(|_| price);
                charges.extend(terms.charge_id.map(|id| (id, price.get())));
            }
            Did::Activated { period, .. } | Did::Resumed { period, .. } => {
                self.begins(*period);
                if let Some(price) = self.pending.take() {
                    self.charged.push((*period, Some(price)));
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
                let price = charged(*price, discount.as_ref());
                self.charged
                    .extend(charge_id.map(|_| (*period, Some(price))));
                charges.extend(charge_id.map(|id| (id, price.get())));
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
                let price = charged(*price, discount.as_ref());
                self.pending = charge_id.map(|_| price);
                charges.extend(charge_id.map(|id| (id, price.get())));
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
                self.is_cut_before(anew.iter().map(|paid| paid.period.start).min());
                // Days that were given may have cost so little that there is nothing in one of them to give back.
                let paid = anew
                    .iter()
                    .filter(|paid| paid.net.get() >= paid.period.days());
                self.charged.extend(paid.map(|paid| (paid.period, None)));
                charges.extend(charge_id.map(|id| (id, charged.get())));
            }
            Did::Extended { period, .. } => self.paid_until = Some(period.end),
            Did::DayCredited { day, amount, .. } => {
                self.given_back.insert(*day, *amount);
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

    /// What was paid up to a change is shared out among those days anew: one of them may be worth a rupiah more or less.
    fn is_cut_before(&mut self, first: Option<NaiveDate>) {
        let Some(last) = first.and_then(|first| first.pred_opt()) else {
            return;
        };
        for (period, net) in &mut self.charged {
            if let (true, Some(net)) = (period.contains(last), net) {
                *net = period.value_of(*net, period.used_through(last));
                period.end = last.succ_opt().unwrap();
            }
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
        self.charges_of(day).next().is_some()
    }

    /// What this day cost; `None` where that is not told by one charge alone.
    pub(super) fn value_on(&self, day: NaiveDate) -> Option<Rupiah> {
        let mut charges = self.charges_of(day);
        match (charges.next(), charges.next()) {
            (Some((period, Some(net))), None) => Some(period.value_on(*net, day)),
            _ => None,
        }
    }

    fn charges_of(&self, day: NaiveDate) -> impl Iterator<Item = &(Period, Option<Rupiah>)> {
        let charges = self.charged.iter();
        charges.filter(move |(period, _)| period.contains(day))
    }
}
