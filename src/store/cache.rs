//! The states that the appender decides on: bounded, and right as of the last commit it saw.

use purser_domain::{Event, State, States, StreamId};
use std::collections::HashMap;

/// A stream's state and the version it is at.
#[derive(Clone, Debug)]
struct Entry {
    state: State,
    version: i64,
    last_used: u64,
}

/// States by stream.
#[derive(Debug)]
pub(super) struct Cache {
    entries: HashMap<StreamId, Entry>,
    capacity: usize,
    tick: u64,
}

impl Cache {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            entries: HashMap::new(),
            capacity,
            tick: 0,
        }
    }

    /// The version that is known of a stream; `None` where nothing is.
    pub(super) fn version(&self, stream: &StreamId) -> Option<i64> {
        self.entries.get(stream).map(|entry| entry.version)
    }

    /// Marks a stream as used now, and makes an empty entry where there is none.
    pub(super) fn touch(&mut self, stream: &StreamId) {
        let tick = self.tick;
        self.entries
            .entry(stream.clone())
            .and_modify(|entry| entry.last_used = tick)
            .or_insert_with(|| Entry {
                state: State::empty(stream.kind),
                version: 0,
                last_used: tick,
            });
    }

    /// Folds the next event of a stream in.
    pub(super) fn apply(&mut self, stream: &StreamId, event: Event) {
        if let Some(entry) = self.entries.get_mut(stream) {
            entry.state.apply(event);
            entry.version += 1;
        }
    }

    pub(super) fn forget<'a>(&mut self, streams: impl IntoIterator<Item = &'a StreamId>) {
        for stream in streams {
            self.entries.remove(stream);
        }
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    /// Ends a batch. Over capacity, the half that was used longest ago goes.
    pub(super) fn tidy(&mut self) {
        self.tick += 1;
        if self.entries.len() <= self.capacity {
            return;
        }
        let mut ages: Vec<u64> = self.entries.values().map(|entry| entry.last_used).collect();
        let middle = ages.len() / 2;
        let (_, limit, _) = ages.select_nth_unstable(middle);
        let limit = *limit;
        self.entries.retain(|_, entry| entry.last_used > limit);
    }
}

impl States for Cache {
    fn state(&self, stream: &StreamId) -> Option<&State> {
        self.entries.get(stream).map(|entry| &entry.state)
    }

    fn version(&self, stream: &StreamId) -> i64 {
        Self::version(self, stream).unwrap_or(0)
    }
}
