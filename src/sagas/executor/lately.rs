//! What the effects of this process have applied and now wait for: until that is some time ago they only look at what
//! comes of it, unless something is missing or wanted otherwise. Nothing depends on it: another process, or this one after
//! a restart, applies everything once more.

use crate::kubernetes::{InstanceSpec, Stage};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// For how long what was applied is taken to be as it was wanted.
const STANDS: Duration = Duration::from_secs(60);

type Applied = HashMap<(Uuid, Stage), (InstanceSpec, Instant)>;

/// Of every effect that waits, the stages that it has applied: as what, and when.
#[derive(Debug, Default)]
pub struct Lately(Mutex<Applied>);

impl Lately {
    /// Notes that the effect applied the stage at `now`.
    pub(super) fn note(&self, effect_id: Uuid, stage: Stage, spec: &InstanceSpec, now: Instant) {
        let mut applied = self.applied();
        // Of what was called off nobody says that it has ended.
        applied.retain(|_, (_, at)| stands(*at, now));
        applied.insert((effect_id, stage), (spec.clone(), now));
    }

    /// Whether the effect applied the stage, as it is wanted at `now`, so lately that it is not applied again.
    pub(super) fn stands(
        &self,
        effect_id: Uuid,
        stage: Stage,
        spec: &InstanceSpec,
        now: Instant,
    ) -> bool {
        let applied = self.applied();
        let known = applied.get(&(effect_id, stage));
        known.is_some_and(|(as_what, at)| as_what == spec && stands(*at, now))
    }

    /// The effect waits no more, or something went wrong with it: whatever it applies next, it applies whole.
    pub(super) fn forget(&self, effect_id: Uuid) {
        self.applied().retain(|(of, _), _| *of != effect_id);
    }

    fn applied(&self) -> MutexGuard<'_, Applied> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stands(at: Instant, now: Instant) -> bool {
    now.saturating_duration_since(at) < STANDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::{Recipes, sample};

    const EFFECT: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn spec() -> InstanceSpec {
        sample(Recipes::embedded().unwrap().get("ghost").unwrap())
    }

    #[test]
    fn what_an_effect_applied_stands_for_a_minute_and_for_that_effect_and_stage_alone() {
        let (lately, now) = (Lately::default(), Instant::now());
        assert!(!lately.stands(EFFECT, Stage::Route, &spec(), now));
        lately.note(EFFECT, Stage::Route, &spec(), now);
        assert!(lately.stands(EFFECT, Stage::Route, &spec(), now));
        assert!(!lately.stands(EFFECT, Stage::Guards, &spec(), now));
        assert!(!lately.stands(OTHER, Stage::Route, &spec(), now));
        let second = Duration::from_secs(1);
        let last = now + STANDS - second;
        assert!(lately.stands(EFFECT, Stage::Route, &spec(), last));
        assert!(!lately.stands(EFFECT, Stage::Route, &spec(), last + second));
    }

    #[test]
    fn what_is_wanted_otherwise_is_applied_again() {
        let (lately, now) = (Lately::default(), Instant::now());
        lately.note(EFFECT, Stage::Route, &spec(), now);
        let resting = InstanceSpec {
            resting: true,
            ..spec()
        };
        assert!(!lately.stands(EFFECT, Stage::Route, &resting, now));
    }

    #[test]
    fn nothing_is_kept_of_what_has_ended_or_was_called_off() {
        let (lately, now) = (Lately::default(), Instant::now());
        for stage in [Stage::Guards, Stage::Route] {
            lately.note(EFFECT, stage, &spec(), now);
        }
        lately.note(OTHER, Stage::Route, &spec(), now);
        lately.forget(EFFECT);
        assert_eq!(lately.applied().len(), 1);
        assert!(lately.stands(OTHER, Stage::Route, &spec(), now));
        lately.note(EFFECT, Stage::Route, &spec(), now + STANDS);
        assert_eq!(lately.applied().len(), 1);
    }
}
