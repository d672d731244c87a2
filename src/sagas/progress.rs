//! How far a saga has heard each of the streams that it hears. One of them may wait for an operator while the others go on:
//! what it tells once it is let go is older than what was heard last, and is news all the same.

use purser_domain::{Recorded, StreamId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Part of the state of a saga that hears several streams; it stands among the state's own fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// The position of the last event heard, of whichever stream. A state of an earlier release knows no more, and such a
    /// release takes whatever is older for no news.
    heard: i64,
    /// Up to where every stream counts as heard that is not among `streams`: what a state of an earlier release had heard.
    /// What waited then and is older stays unheard, as nobody knows that it was not heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    floor: Option<i64>,
    /// The position of the last event heard of each stream.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    streams: BTreeMap<String, i64>,
}

impl Progress {
    /// Notes an event. `false` where it is no news: it, or a later one of its stream, was heard before.
    pub(super) fn hears(&mut self, event: &Recorded) -> bool {
        if event.position <= self.of(&event.stream) {
            return false;
        }
        self.floor = Some(self.floor.unwrap_or(self.heard));
        self.heard = event.position;
        self.streams
            .insert(event.stream.to_string(), event.position);
        true
    }

    /// The position of the last event heard, of whichever stream.
    pub(super) fn last(&self) -> i64 {
        self.heard
    }

    /// Whether a later event of another stream was heard.
    pub(super) fn is_past(&self, event: &Recorded) -> bool {
        self.streams.values().any(|heard| *heard > event.position)
    }

    /// Up to which position this stream was heard.
    pub(super) fn of(&self, stream: &StreamId) -> i64 {
        let heard = self.streams.get(&stream.to_string());
        heard.copied().unwrap_or(self.floor.unwrap_or(self.heard))
    }
}
