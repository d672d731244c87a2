//! How the app does: whether it is ready without having been asked not to be, what Purser tries, and which days it
//! lost for a cause on our side.

use super::{Kind, Life};
use crate::{
    instance::{Illness, InstanceEvent as Did, InstanceStatus},
    period::{day_begins, jakarta_date},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An operator can say of no day that it is lost with less downtime than this, in seconds.
const LEAST_LOSS: i64 = 900;
/// How many days of downtime are kept besides those of the newest outage.
const DAYS_KEPT: usize = 3;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Health {
    illness: Option<Illness>,
    /// Purser has given up on making it ready.
    degraded: bool,
    /// Since when it is down for a cause on our side.
    down_since: Option<DateTime<Utc>>,
    /// The downtime on our side that is over, by day.
    days: BTreeMap<NaiveDate, Day>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Day {
    down_seconds: i64,
    lost: bool,
}

impl Day {
    const fn is_unrecorded_loss(&self, above_seconds: i64) -> bool {
        !self.lost && self.down_seconds > above_seconds
    }
}

impl Life {
    /// What is under way, or at rest, is not expected to be ready; what merely gets a new password is.
    pub(super) fn observe_health(&self, illness: Option<Illness>, at: DateTime<Utc>) -> Vec<Did> {
        if !self.may_run() || self.is_unsettled() || self.health.illness == illness {
            return vec![];
        }
        let Some(illness) = illness else {
            return vec![Did::Recovered { at }];
        };
        let Illness {
            unready,
            trouble,
            ours,
        } = illness;
        vec![Did::BecameUnready {
            unready,
            trouble,
            ours,
            at,
        }]
    }

    pub(in crate::instance) fn lost_days(&self) -> Vec<NaiveDate> {
        let lost = self.health.days.iter().filter(|(_, day)| day.lost);
        lost.map(|(day, _)| *day).collect()
    }

    pub(super) fn heal(&self, attempt: u32, at: DateTime<Utc>) -> Vec<Did> {
        let illness = self.health.illness.as_ref();
        let curable = illness.is_some_and(Illness::is_curable);
        if !curable || !self.may_run() || self.open().is_some() {
            return vec![];
        }
        let begun = Did::HealingBegun { attempt, at };
        vec![begun, self.begin(Kind::Restart, at)]
    }

    pub(super) fn degrade(&self, at: DateTime<Utc>) -> Vec<Did> {
        match &self.health.illness {
            Some(illness) if self.may_run() && !self.health.degraded => vec![Did::Degraded {
                unready: illness.unready,
                at,
            }],
            _ => vec![],
        }
    }
}

impl Health {
    /// `None` where it is ready.
    pub(super) fn status(&self) -> Option<InstanceStatus> {
        let status = match self.degraded {
            true => InstanceStatus::Degraded,
            false => InstanceStatus::Unready,
        };
        self.illness.is_some().then_some(status)
    }

    /// The days until now that were lost, with more downtime than so many minutes, and are not recorded yet. Those of before
    /// stay what they were found to be, however few minutes are enough by now.
    pub(super) fn days_lost(&self, lost_minutes: u32, at: DateTime<Utc>) -> Vec<Did> {
        let above = LEAST_LOSS.max(i64::from(lost_minutes) * 60);
        let days = self.days_until(at);
        let countable = days.range(first_countable(&days, at)..);
        let lost = countable.filter(|(_, downtime)| downtime.is_unrecorded_loss(above));
        lost.map(|(day, _)| Did::DayLost { day: *day, at })
            .collect()
    }

    pub(super) fn fold(&mut self, event: &Did) {
        if let Some(at) = event.ends_illness_at() {
            self.illness = None;
            self.degraded = false;
            self.is_up(at);
            return;
        }
        match event {
            Did::BecameUnready {
                unready,
                trouble,
                ours,
                at,
            } => {
                self.illness = Some(Illness {
                    unready: *unready,
                    trouble: trouble.clone(),
                    ours: *ours,
                });
                match ours {
                    true => self.down_since = self.down_since.or(Some(*at)),
                    false => self.is_up(*at),
                }
            }
            // From here on it is not expected to run.
            Did::StopRequested { at, .. } => self.is_up(*at),
            Did::Degraded { .. } => self.degraded = true,
            Did::DayLost { day, .. } => self.days.entry(*day).or_default().lost = true,
            _ => {}
        }
    }

    fn is_up(&mut self, at: DateTime<Utc>) {
        let Some(since) = self.down_since else {
            return;
        };
        self.days = self.days_until(at);
        self.down_since = None;
        let began = jakarta_date(since);
        let first_kept = self.days.keys().nth_back(DAYS_KEPT - 1).copied();
        self.days
            .retain(|day, _| *day >= began || Some(*day) >= first_kept);
    }

    fn days_until(&self, at: DateTime<Utc>) -> BTreeMap<NaiveDate, Day> {
        let mut days = self.days.clone();
        let mut from = self.down_since.unwrap_or(at);
        while from < at {
            let day = jakarta_date(from);
            let until = midnight_after(day).map_or(at, |midnight| midnight.min(at));
            days.entry(day).or_default().down_seconds += (until - from).num_seconds();
            from = until;
        }
        days
    }
}

/// Yesterday, or the first of the days before it on each of which there was downtime: one outage is counted whole.
fn first_countable(days: &BTreeMap<NaiveDate, Day>, at: DateTime<Utc>) -> NaiveDate {
    let today = jakarta_date(at);
    let yesterday = today.pred_opt().unwrap_or(today);
    std::iter::successors(Some(yesterday), NaiveDate::pred_opt)
        .take_while(|day| days.contains_key(day))
        .last()
        .unwrap_or(yesterday)
}

fn midnight_after(day: NaiveDate) -> Option<DateTime<Utc>> {
    day.succ_opt().map(day_begins)
}
