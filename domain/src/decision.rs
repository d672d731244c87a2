//! One decision over several streams: it names them up front, gets their states, and returns events
//! for all of them or one refusal. Nothing is written in part.

use crate::{Event, Refused, State, Stream, StreamId};
use std::collections::HashMap;

/// What is decided in one commit. Pure: the same states give the same outcome.
pub trait Decision: Send + Sync {
    /// Every stream that it looks at, those only read included: each is guarded by its version. The
    /// first is what the decision is about: its version goes back to who asked.
    fn streams(&self) -> Vec<StreamId>;

    /// Decides on the states of these streams; the answer goes back to who asked, and is remembered.
    ///
    /// # Errors
    /// The one reason against it.
    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused>;
}

impl Decision for Box<dyn Decision> {
    fn streams(&self) -> Vec<StreamId> {
        (**self).streams()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        (**self).decide(work)
    }
}

/// The states of streams as they stand.
pub trait States {
    /// `None` where the stream was not loaded.
    fn state(&self, stream: &StreamId) -> Option<&State>;

    /// How many events the stream has; 0 where it was not loaded.
    fn version(&self, stream: &StreamId) -> i64;
}

/// States whose versions nobody counted.
impl States for HashMap<StreamId, State> {
    fn state(&self, stream: &StreamId) -> Option<&State> {
        self.get(stream)
    }

    fn version(&self, _stream: &StreamId) -> i64 {
        0
    }
}

/// States with their versions.
impl States for HashMap<StreamId, (State, i64)> {
    fn state(&self, stream: &StreamId) -> Option<&State> {
        self.get(stream).map(|(state, _)| state)
    }

    fn version(&self, stream: &StreamId) -> i64 {
        self.get(stream).map_or(0, |(_, version)| *version)
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

    /// The version at which this decision found a stream.
    pub fn version(&self, stream: &StreamId) -> i64 {
        self.states.version(stream)
    }

    /// What another decision would come to on the states that this one began with. Nothing of it is done.
    ///
    /// # Errors
    /// Its refusal.
    pub fn rehearse(&self, decision: &dyn Decision) -> Result<Decided, Refused> {
        Self::run(decision, self.states)
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

#[cfg(test)]
mod tests {
    use super::{Decision, Work};
    use crate::{
        Refused, State, StreamId,
        ids::{CreditId, TopUpId, WalletId},
        story::{budi, rp},
        wallet::{Wallet, WalletCommand},
    };
    use std::{collections::HashMap, panic};
    use uuid::Uuid;

    fn wallet_id() -> WalletId {
        WalletId::of(budi())
    }

    fn wallet() -> StreamId {
        StreamId::of::<Wallet>(&wallet_id())
    }

    fn a_new_wallet() -> HashMap<StreamId, State> {
        HashMap::from([(wallet(), State::empty(wallet().kind))])
    }

    /// Opens a wallet and credits each of these amounts; answers the balance after each step.
    struct Open(&'static [i64]);

    impl Decision for Open {
        fn streams(&self) -> Vec<StreamId> {
            vec![wallet()]
        }

        fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
            work.execute::<Wallet>(&wallet_id(), WalletCommand::Open { owner: budi() })?;
            let mut balances = vec![];
            for (number, amount) in self.0.iter().enumerate() {
                let credit = WalletCommand::Credit {
                    credit_id: CreditId::new(Uuid::from_u128(number as u128)),
                    amount: rp(*amount),
                    top_up_id: TopUpId::new(Uuid::nil()),
                    orders_from: None,
                };
                work.execute::<Wallet>(&wallet_id(), credit)?;
                balances.push(work.state::<Wallet>(&wallet_id()).balance());
            }
            Ok(serde_json::json!(balances))
        }
    }

    #[test]
    fn a_decision_sees_what_it_has_done_to_a_stream_so_far() {
        let states = a_new_wallet();
        let decided = Work::run(&Open(&[10, 5, 1]), &states).unwrap();
        assert_eq!(decided.answer, serde_json::json!([10, 15, 16]));
    }

    #[test]
    fn its_events_come_out_in_the_order_in_which_they_happened() {
        let states = a_new_wallet();
        let decided = Work::run(&Open(&[10, 5]), &states).unwrap();
        let told: Vec<String> = decided
            .events
            .iter()
            .map(|(stream, event)| format!("{} {}", stream.kind.as_str(), event.event_type()))
            .collect();
        assert_eq!(
            told,
            [
                "wallet wallet.opened",
                "wallet wallet.credited",
                "wallet wallet.credited"
            ]
        );
    }

    #[test]
    fn the_states_it_began_with_stay_as_they_were() {
        let states = a_new_wallet();
        Work::run(&Open(&[10]), &states).unwrap();
        assert_eq!(states, a_new_wallet());
    }

    #[test]
    fn the_same_states_give_the_same_outcome() {
        let states = a_new_wallet();
        let [once, again] = [(); 2].map(|()| Work::run(&Open(&[10]), &states).unwrap());
        assert_eq!(once.answer, again.answer);
        assert_eq!(once.events, again.events);
    }

    #[test]
    fn a_refusal_on_the_way_comes_out_alone() {
        let states = a_new_wallet();
        let refused = Work::run(&Open(&[10, 0]), &states).unwrap_err();
        assert_eq!(refused.code, "wallet.no_amount");
        assert_eq!(refused.message, "an amount of nothing moves nothing");
    }

    #[test]
    fn execute_says_how_many_events_it_came_to() {
        let states = a_new_wallet();
        let mut work = Work::new(&states);
        let open = WalletCommand::Open { owner: budi() };
        assert_eq!(work.execute::<Wallet>(&wallet_id(), open.clone()), Ok(1));
        assert_eq!(work.execute::<Wallet>(&wallet_id(), open), Ok(0));
    }

    #[test]
    fn what_is_rehearsed_is_not_done() {
        let states = HashMap::from([(wallet(), (State::empty(wallet().kind), 3))]);
        let mut work = Work::new(&states);
        assert_eq!(work.rehearse(&Open(&[10])).unwrap().events.len(), 2);
        assert_eq!(work.version(&wallet()), 3);
        assert_eq!(work.state::<Wallet>(&wallet_id()).owner(), None);
        assert!(work.events.is_empty());
    }

    #[test]
    fn a_stream_that_was_not_named_is_a_programming_error() {
        let nothing: HashMap<StreamId, State> = HashMap::new();
        let outcome = panic::catch_unwind(|| Work::run(&Open(&[]), &nothing).is_ok());
        assert!(outcome.is_err());
    }
}
