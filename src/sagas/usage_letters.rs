//! A letter to the customer whose app comes close to what its plan gives. One for each mark that is passed, and not for the
//! same mark again within a day: an app that has a busy hour every morning is no news at noon.

use super::{
    effect::{Effect, Letter},
    saga::{Heard, Reaction, Saga},
};
use chrono::{DateTime, TimeDelta, Utc};
use purser_domain::{
    Event, Recorded,
    instance::{InstanceEvent, Resource},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// How long one letter about a mark is enough.
const ENOUGH_FOR: TimeDelta = TimeDelta::days(1);

/// The saga `usage`; one instance an instance.
#[derive(Clone, Copy, Debug, Default)]
pub struct UsageLetters;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UsageLettersState {
    /// The mark that was last written about, and when it was passed.
    written: BTreeMap<Resource, (u32, DateTime<Utc>)>,
    /// The last event heard: an older one heard again is no news.
    heard: i64,
}

impl Saga for UsageLetters {
    const NAME: &'static str = "usage";
    type State = UsageLettersState;

    fn instance(&self, event: &Recorded) -> Option<Uuid> {
        match &event.event {
            Event::Instance(InstanceEvent::UsageWarned { .. }) => event.stream.id.parse().ok(),
            _ => None,
        }
    }

    fn react(&self, state: &UsageLettersState, heard: Heard<'_>) -> Reaction<UsageLettersState> {
        match heard {
            Heard::Event(event) if event.sequence > state.heard => hear(state.clone(), event),
            // A letter that cannot be sent undoes nothing: the warning stands in the answers as well.
            Heard::Event(_) | Heard::Timer { .. } | Heard::Failed { .. } => Reaction::default(),
        }
    }
}

fn hear(mut state: UsageLettersState, event: &Recorded) -> Reaction<UsageLettersState> {
    let (
        Event::Instance(InstanceEvent::UsageWarned {
            resource,
            mark,
            percent,
            limit,
            at,
        }),
        Ok(instance_id),
    ) = (&event.event, event.stream.id.parse())
    else {
        return Reaction::default();
    };
    state.heard = event.sequence;
    let written = state.written.get(resource);
    let enough = written.is_some_and(|(written, when)| written >= mark && *at - *when < ENOUGH_FOR);
    let mut effects = vec![];
    if !enough {
        state.written.insert(*resource, (*mark, *at));
        let letter = Letter::UsageWarning {
            instance_id,
            resource: *resource,
            percent: *percent,
            limit: *limit,
        };
        let step = format!("usage-warning-{}-{}", resource.as_str(), event.sequence);
        let letter = Box::new(letter);
        effects.push((
            step,
            Effect::SendToOwner {
                instance_id,
                letter,
            },
        ));
    }
    Reaction {
        state: Some(state),
        effects,
        ..Reaction::default()
    }
}
