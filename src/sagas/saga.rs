//! What a saga is: old state and something heard give new state and effects.

use super::effect::Effect;
use chrono::{DateTime, Utc};
use purser_domain::{Recorded, ids::derived};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// What a saga hears.
#[derive(Clone, Copy, Debug)]
pub enum Heard<'a> {
    Event(&'a Recorded),
    /// A timer of this name ran out, at this business time.
    Timer {
        name: &'a str,
        at: DateTime<Utc>,
    },
    /// This step cannot succeed: its adapter said so for good, at this business time.
    Failed {
        step: &'a str,
        at: DateTime<Utc>,
    },
}

/// What comes of it. Nothing at all is an answer too: an unexpected event is ignored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reaction<S> {
    /// `None` leaves the state as it is.
    pub state: Option<S>,
    /// Each under a step that is unique in the saga's instance: the same step is never run twice.
    pub effects: Vec<(String, Effect)>,
    pub timers: Vec<Timer>,
    /// Takes back what has not begun of this instance's earlier effects and every timer.
    pub stop: bool,
}

/// A timer to set; setting it again moves it.
#[derive(Clone, Debug, PartialEq)]
pub struct Timer {
    pub name: String,
    /// A moment of business time.
    pub due_at: Option<DateTime<Utc>>,
    /// Milliseconds that pass only while the cluster answers.
    pub cluster_left_ms: Option<i64>,
}

/// A saga over its own kind of state. Pure: no clock, no I/O.
pub trait Saga: Send + Sync + 'static {
    const NAME: &'static str;
    type State: Default
        + Clone
        + PartialEq
        + Serialize
        + DeserializeOwned
        + Send
        + Sync
        + std::fmt::Debug;

    /// Which instance hears this event.
    fn instance(&self, event: &Recorded) -> Option<Uuid>;

    fn react(&self, state: &Self::State, heard: Heard<'_>) -> Reaction<Self::State>;
}

/// The stable id of an effect.
pub(super) fn effect_id(saga: &str, instance: Uuid, step: &str) -> Uuid {
    derived(&["effect", saga, &instance.to_string(), step])
}

/// A saga without its state's type.
pub trait AnySaga: Send + Sync {
    fn name(&self) -> &'static str;

    fn instance(&self, event: &Recorded) -> Option<Uuid>;

    /// # Errors
    /// A stored state that this build cannot read.
    fn react(
        &self,
        state: Option<serde_json::Value>,
        heard: Heard<'_>,
    ) -> serde_json::Result<Reaction<serde_json::Value>>;
}

impl<S: Saga> AnySaga for S {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn instance(&self, event: &Recorded) -> Option<Uuid> {
        Saga::instance(self, event)
    }

    fn react(
        &self,
        state: Option<serde_json::Value>,
        heard: Heard<'_>,
    ) -> serde_json::Result<Reaction<serde_json::Value>> {
        let state = state
            .map(serde_json::from_value)
            .transpose()?
            .unwrap_or_default();
        let Reaction {
            state,
            effects,
            timers,
            stop,
        } = Saga::react(self, &state, heard);
        Ok(Reaction {
            state: state.map(serde_json::to_value).transpose()?,
            effects,
            timers,
            stop,
        })
    }
}
