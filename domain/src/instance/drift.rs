//! Who fights over an object. **Invariant:** it is put back at most three times within an hour; then it is left to
//! people, for a war between two programs helps nobody.

use super::{ForeignManager, InstanceError, InstanceEvent};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const MOST: usize = 3;
const WITHIN: TimeDelta = TimeDelta::hours(1);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Drift(BTreeMap<String, Fight>);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Fight {
    /// The last times that it was put back, at most three.
    put_back: Vec<DateTime<Utc>>,
    alerted: bool,
}

impl Drift {
    /// What putting an object back comes to.
    pub(super) fn correct(
        &self,
        object: String,
        managers: Vec<ForeignManager>,
        at: DateTime<Utc>,
    ) -> Vec<InstanceEvent> {
        let fight = self.0.get(&object);
        if fight.is_some_and(|fight| fight.put_back.contains(&at)) {
            return vec![];
        }
        let before = fight.into_iter().flat_map(|fight| &fight.put_back);
        let recent = before.filter(|before| at - **before < WITHIN).count();
        let alerted = fight.is_some_and(|fight| fight.alerted);
        let mut events = vec![InstanceEvent::DriftCorrected {
            object: object.clone(),
            managers,
            at,
        }];
        if recent + 1 >= MOST && !alerted {
            events.push(InstanceEvent::DriftAlerted { object, at });
        }
        events
    }

    /// Ends a fight; what was put back before it is forgotten.
    pub(super) fn reclaim(
        &self,
        object: String,
        at: DateTime<Utc>,
    ) -> Result<Vec<InstanceEvent>, InstanceError> {
        match self.contested().any(|contested| contested == object) {
            true => Ok(vec![InstanceEvent::ObjectReclaimed { object, at }]),
            false => Err(InstanceError::NotContested),
        }
    }

    pub(super) fn reclaimed(&mut self, object: &str) {
        self.0.remove(object);
    }

    pub(super) fn corrected(&mut self, object: String, at: DateTime<Utc>) {
        let put_back = &mut self.0.entry(object).or_default().put_back;
        put_back.push(at);
        let old = put_back.len().saturating_sub(MOST);
        put_back.drain(..old);
    }

    pub(super) fn alerted(&mut self, object: String) {
        self.0.entry(object).or_default().alerted = true;
    }

    pub(super) fn contested(&self) -> impl Iterator<Item = &str> {
        let fights = self.0.iter().filter(|(_, fight)| fight.alerted);
        fights.map(|(object, _)| object.as_str())
    }
}
