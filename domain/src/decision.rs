//! One decision over several streams: it names them up front, gets their states, and returns events
//! for all of them or one refusal. Nothing is written in part.

use crate::{Event, Refused, State, Stream, StreamId};
use std::collections::HashMap;

/// What is decided in one commit. Pure: the same states give the same outcome.
pub trait Decision: Send + Sync {
    /// Every stream that it looks at, those only read included: each is guarded by its version.
    fn streams(&self) -> Vec<StreamId>;

    /// Decides on the states of these streams; the answer goes back to who asked, and is remembered.
    ///
    /// # Errors
    /// The one reason against it.
    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused>;
}

/// The states of streams as they stand.
pub trait States {
    /// `None` where the stream was not loaded.
    fn state(&self, stream: &StreamId) -> Option<&State>;
}

impl States for HashMap<StreamId, State> {
    fn state(&self, stream: &StreamId) -> Option<&State> {
        self.get(stream)
    }
}

/// A decision under way: the states it began with and the events it has come to.
pub struct Work<'a> {
    states: &'a dyn States,
    touched: HashMap<StreamId, State>,
    events: Vec<(StreamId, Event)>,
}

/// The outcome of a decision that was not refused.
#[derive(Debug)]
pub struct Decided {
    pub answer: serde_json::Value,
    pub events: Vec<(StreamId, Event)>,
}

impl<'a> Work<'a> {
    pub fn new(states: &'a dyn States) -> Self {
        Self {
            states,
            touched: HashMap::new(),
            events: Vec::new(),
        }
    }

    /// Runs a decision from beginning to end.
    ///
    /// # Errors
    /// Its refusal.
    pub fn run(decision: &dyn Decision, states: &'a dyn States) -> Result<Decided, Refused> {
        let mut work = Self::new(states);
        let answer = decision.decide(&mut work)?;
        Ok(Decided {
            answer,
            events: work.events,
        })
    }

    /// The state of a stream, with what this decision has done to it so far.
    ///
    /// # Panics
    /// Where the decision did not name the stream: a programming error that its first test shows.
    pub fn state<A: Stream>(&mut self, id: &A::Id) -> &A {
        let stream = StreamId::of::<A>(id);
        let base = self.states.state(&stream);
        if let Some(base) = base {
            self.fold_pending(&stream, base);
        }
        self.touched
            .get(&stream)
            .or(base)
            .and_then(A::of)
            .unwrap_or_else(|| panic!("the decision uses {stream} without naming it"))
    }

    /// Most decisions touch a stream once, so its state is copied only where a decision comes back to it.
    fn fold_pending(&mut self, stream: &StreamId, base: &State) {
        let mut pending = self
            .events
            .iter()
            .filter(|(touched, _)| touched == stream)
            .peekable();
        if pending.peek().is_none() || self.touched.contains_key(stream) {
            return;
        }
        let mut state = base.clone();
        pending.for_each(|(_, event)| state.apply(event.clone()));
        self.touched.insert(stream.clone(), state);
    }

    /// Decides one command on one of the streams.
    ///
    /// # Errors
    /// The aggregate's refusal.
    pub fn execute<A: Stream>(
        &mut self,
        id: &A::Id,
        command: A::Command,
    ) -> Result<usize, A::Error> {
        let events = self.state::<A>(id).decide(command)?;
        let count = events.len();
        let stream = StreamId::of::<A>(id);
        for event in events {
            self.push(&stream, A::wrap(event));
        }
        Ok(count)
    }

    fn push(&mut self, stream: &StreamId, event: Event) {
        if let Some(state) = self.touched.get_mut(stream) {
            state.apply(event.clone());
        }
        self.events.push((stream.clone(), event));
    }
}
