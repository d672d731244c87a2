//! The states that the appender decides on: bounded, and right as of the last commit it saw. What a batch under way has come
//! to stands beside them until the batch is written, so that a batch that is not takes nothing of what is known with it.
//!
//! A version says nothing of which history it is one of: after a restored database the appender forgets all of them.

use purser_domain::{Event, State, States, StreamId};
use std::collections::{HashMap, HashSet};

/// A stream's state and the version it is at.
#[derive(Debug)]
struct Entry {
    committed: State,
    version: i64,
    /// Another process has moved the stream on.
    stale: bool,
    ahead: Ahead,
    last_used: u64,
}

/// What the batch under way adds to a stream.
#[derive(Debug, Default)]
struct Ahead {
    count: i64,
    /// Decided, and not in `state`.
    events: Vec<Event>,
    /// Copied from what is committed only where a later decision of the batch looks at the stream again: most batches touch
    /// a stream once, and states are as large as what they remember.
    state: Option<State>,
}

impl Entry {
    fn empty(stream: &StreamId, last_used: u64) -> Self {
        Self {
            committed: State::empty(stream.kind),
            version: 0,
            stale: false,
            ahead: Ahead::default(),
            last_used,
        }
    }
}

/// States by stream.
#[derive(Debug)]
pub(super) struct Cache {
    entries: HashMap<StreamId, Entry>,
    /// The streams that the batch under way adds to.
    ahead: HashSet<StreamId>,
    capacity: usize,
    tick: u64,
}

impl Cache {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            entries: HashMap::new(),
            ahead: HashSet::new(),
            capacity,
            tick: 0,
        }
    }

    /// The version that a decision finds: that of the last commit, and what the batch has decided since.
    pub(super) fn version(&self, stream: &StreamId) -> i64 {
        let entry = self.entries.get(stream);
        entry.map_or(0, |entry| entry.version + entry.ahead.count)
    }

    /// Marks a stream as used now. After which version it has to be read; `None` where all of it is known.
    pub(super) fn touch(&mut self, stream: &StreamId) -> Option<i64> {
        let tick = self.tick;
        match self.entries.get_mut(stream) {
            Some(entry) => {
                entry.last_used = tick;
                entry.stale.then_some(entry.version)
            }
            None => {
                let entry = Entry {
                    stale: true,
                    ..Entry::empty(stream, tick)
                };
                self.entries.insert(stream.clone(), entry);
                Some(0)
            }
        }
    }

    /// Folds the next event of a stream's history in.
    pub(super) fn load(&mut self, stream: &StreamId, event: Event) {
        if let Some(entry) = self.entries.get_mut(stream) {
            entry.committed.apply(event);
            entry.version += 1;
        }
    }

    /// All that there is of these streams was read.
    pub(super) fn loaded<'a>(&mut self, streams: impl IntoIterator<Item = &'a StreamId>) {
        for stream in streams {
            if let Some(entry) = self.entries.get_mut(stream) {
                entry.stale = false;
            }
        }
    }

    /// Makes the states of these streams those that the batch has come to.
    pub(super) fn catch_up(&mut self, streams: &[StreamId]) {
        for stream in streams {
            let Some(entry) = self.entries.get_mut(stream) else {
                continue;
            };
            let ahead = &mut entry.ahead;
            if !ahead.events.is_empty() {
                let committed = &entry.committed;
                let state = ahead.state.get_or_insert_with(|| committed.clone());
                ahead.events.drain(..).for_each(|event| state.apply(event));
            }
        }
    }

    /// Takes what a decision of the batch has come to.
    pub(super) fn decide(&mut self, stream: &StreamId, event: Event) {
        if let Some(entry) = self.entries.get_mut(stream) {
            entry.ahead.count += 1;
            entry.ahead.events.push(event);
            self.ahead.insert(stream.clone());
        }
    }

    /// The batch is written: what it came to is what is known.
    pub(super) fn commit(&mut self) {
        for stream in self.ahead.drain() {
            let Some(entry) = self.entries.get_mut(&stream) else {
                continue;
            };
            let Ahead {
                count,
                events,
                state,
            } = std::mem::take(&mut entry.ahead);
            if let Some(state) = state {
                entry.committed = state;
            }
            events
                .into_iter()
                .for_each(|event| entry.committed.apply(event));
            entry.version += count;
        }
    }

    /// The batch is not written, or nobody knows: what was committed before it stands.
    pub(super) fn abandon(&mut self) {
        for stream in self.ahead.drain() {
            if let Some(entry) = self.entries.get_mut(&stream) {
                entry.ahead = Ahead::default();
            }
        }
    }

    /// The history has this stream at another version: what is new of it is read. `false` where it is shorter than what is
    /// known, which no history becomes.
    pub(super) fn moved(&mut self, stream: &StreamId, version: i64) -> bool {
        let Some(entry) = self.entries.get_mut(stream) else {
            return true;
        };
        entry.stale = true;
        version >= entry.version
    }

    pub(super) fn forget<'a>(&mut self, streams: impl IntoIterator<Item = &'a StreamId>) {
        for stream in streams {
            self.entries.remove(stream);
        }
    }

    /// Ends a batch. Over capacity, the half that was used longest ago goes.
    pub(super) fn tidy(&mut self) {
        self.tick += 1;
        if self.entries.len() > self.capacity {
            forget_older_half(&mut self.entries, |entry| entry.last_used);
        }
    }
}

/// The half that was used longest ago goes; there is at least one.
pub(super) fn forget_older_half<T>(
    known: &mut HashMap<StreamId, T>,
    last_used: impl Fn(&T) -> u64,
) {
    let mut ages: Vec<u64> = known.values().map(&last_used).collect();
    let middle = ages.len() / 2;
    let (_, limit, _) = ages.select_nth_unstable(middle);
    let limit = *limit;
    known.retain(|_, entry| last_used(entry) > limit);
}

impl States for Cache {
    fn state(&self, stream: &StreamId) -> Option<&State> {
        let entry = self.entries.get(stream)?;
        Some(entry.ahead.state.as_ref().unwrap_or(&entry.committed))
    }

    fn version(&self, stream: &StreamId) -> i64 {
        Self::version(self, stream)
    }
}
