//! Who keeps an instance from running, besides its customer.

use super::{Decided, Kind, Life};
use crate::{
    instance::{HoldKind, InstanceError, InstanceEvent as Did, StopCause},
    period::YEARS,
    resources::Resources,
    text::Reason,
};
use chrono::{DateTime, Datelike as _, Utc};

impl Life {
    pub(super) fn hold(
        &self,
        has: Resources,
        (kind, reason): (HoldKind, Reason),
        until: Option<DateTime<Utc>>,
        at: DateTime<Utc>,
    ) -> Decided {
        let known = self.holds.get(&kind);
        if known.is_some_and(|known| known.reason == reason && known.until == until) {
            return Ok(vec![]);
        }
        if until.is_some_and(|until| until <= at) {
            return Err(InstanceError::HoldIsOver);
        }
        if until.is_some_and(|until| until.year() > *YEARS.end()) {
            return Err(InstanceError::HoldTooLong);
        }
        // What its customer could not stop still runs.
        let runs = self.may_run() || (self.failed() && self.holds.is_empty());
        let mut events = vec![Did::Held {
            kind,
            reason,
            until,
            at,
        }];
        events.extend(self.cut_short(has, at));
        if runs {
            let after = u32::try_from(events.len()).unwrap_or(0).saturating_sub(2);
            events.push(Did::StopRequested {
                operation: self.newest.map_or(0, |newest| newest.number) + 1 + after,
                cause: StopCause::Hold,
                at,
            });
        }
        Ok(events)
    }

    /// A resize that a hold comes into has failed: what was there before counts from now on.
    fn cut_short(&self, has: Resources, at: DateTime<Utc>) -> Vec<Did> {
        match self.newest {
            Some(newest) if matches!(self.open(), Some(Kind::Resize(_))) => self.fail(
                has,
                newest.number,
                Reason::stated("it was held meanwhile"),
                None,
                at,
            ),
            _ => vec![],
        }
    }

    /// A hold that nobody has is released already.
    pub(super) fn release(
        &self,
        kind: HoldKind,
        reason: Option<Reason>,
        at: DateTime<Utc>,
    ) -> Vec<Did> {
        if !self.holds.contains_key(&kind) {
            return vec![];
        }
        let runs = self.holds.len() == 1 && !self.stopped;
        let start = runs.then(|| self.begin(Kind::Start, at));
        [Did::Released { kind, reason, at }]
            .into_iter()
            .chain(start)
            .collect()
    }

    /// Releases what was held until now; a hold that was made longer meanwhile stays.
    pub(super) fn lift(&self, kind: HoldKind, at: DateTime<Utc>) -> Vec<Did> {
        let until = self.holds.get(&kind).and_then(|hold| hold.until);
        match until {
            Some(until) if until <= at => self.release(kind, None, at),
            _ => vec![],
        }
    }
}
