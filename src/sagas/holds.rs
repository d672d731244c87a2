//! A hold with a deadline ends by itself when that has come.

use super::{
    effect::{Effect, Execute},
    saga::{Heard, Reaction, Saga, Timer},
};
use chrono::{DateTime, Utc};
use purser_domain::{
    Event, Recorded,
    ids::InstanceId,
    instance::{HoldKind, InstanceEvent},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The saga `holds`; one instance an instance.
#[derive(Clone, Copy, Debug, Default)]
pub struct Holds;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HoldsState {
    instance_id: Option<InstanceId>,
    /// The holds that end by themselves, and when.
    until: BTreeMap<HoldKind, DateTime<Utc>>,
    /// The last event heard: an older one heard again is no news.
    heard: i64,
}

impl Saga for Holds {
    const NAME: &'static str = "holds";
    type State = HoldsState;

    fn instance(&self, event: &Recorded) -> Option<Uuid> {
        match &event.event {
            Event::Instance(InstanceEvent::Held { .. } | InstanceEvent::Released { .. }) => {
                event.stream.id.parse().ok()
            }
            _ => None,
        }
    }

    fn react(&self, state: &HoldsState, heard: Heard<'_>) -> Reaction<HoldsState> {
        match heard {
            Heard::Event(event) if event.sequence > state.heard => hear(state.clone(), event),
            Heard::Timer { name, at } => lift(state, name, at),
            // A release that cannot be decided is for an operator, who can also release by hand.
            Heard::Event(_) | Heard::Failed { .. } => Reaction::default(),
        }
    }
}

fn hear(mut state: HoldsState, event: &Recorded) -> Reaction<HoldsState> {
    state.instance_id = event.stream.id.parse().ok();
    state.heard = event.sequence;
    let mut timers = vec![];
    match &event.event {
        Event::Instance(InstanceEvent::Held {
            kind,
            until: Some(until),
            ..
        }) => {
            state.until.insert(*kind, *until);
            timers.push(Timer {
                name: kind.as_str().into(),
                due_at: Some(*until),
                cluster_left_ms: None,
            });
        }
        Event::Instance(
            InstanceEvent::Held { kind, .. } | InstanceEvent::Released { kind, .. },
        ) => {
            state.until.remove(kind);
        }
        _ => return Reaction::default(),
    }
    Reaction {
        state: Some(state),
        timers,
        ..Reaction::default()
    }
}

/// A timer of a hold that was changed or released meanwhile finds no deadline that has come.
fn lift(state: &HoldsState, name: &str, at: DateTime<Utc>) -> Reaction<HoldsState> {
    let due = state
        .until
        .iter()
        .find(|(kind, until)| kind.as_str() == name && **until <= at);
    let (Some(instance_id), Some((kind, until))) = (state.instance_id, due) else {
        return Reaction::default();
    };
    let lift = Effect::Execute(Execute::LiftHold {
        instance_id,
        hold: *kind,
        at,
    });
    let step = format!("lift-{name}-{}", until.timestamp_micros());
    Reaction {
        effects: vec![(step, lift)],
        ..Reaction::default()
    }
}
