//! Every aggregate behind one face: the type and id of a stream, its events, its state.

use crate::{
    claim::Claim, instance::Instance, plan_slots::PlanSlots, rejection::Rejection,
    service::Service, session::Session, subscription::Subscription, top_up::TopUp, user::User,
    wallet::Wallet,
};
use cqrs_es::{Aggregate, DomainEvent};
use std::{fmt, str::FromStr};

/// Names one stream: `wallet/0199…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    pub kind: AggregateType,
    pub id: String,
}

impl StreamId {
    pub fn of<A: Stream>(id: &A::Id) -> Self {
        Self {
            kind: A::KIND,
            id: id.to_string(),
        }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.kind.as_str(), self.id)
    }
}

/// An aggregate whose decisions can be combined with others' in one commit.
pub trait Stream: Aggregate<Services = (), Error: Rejection> + Clone {
    type Id: fmt::Display;
    const KIND: AggregateType;

    /// What happens if this is asked for in this state.
    ///
    /// # Errors
    /// The business reason against it.
    fn decide(&self, command: Self::Command) -> Result<Vec<Self::Event>, Self::Error>;

    /// This aggregate's state inside the common one.
    fn of(state: &State) -> Option<&Self>;

    /// The common face of one of its events.
    fn wrap(event: Self::Event) -> Event;
}

/// A stored name that no aggregate of this build has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown aggregate type {0:?}")]
pub struct UnknownAggregate(pub String);

macro_rules! streams {
    ($($aggregate:ident),+ $(,)?) => {
        /// The kinds of stream.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum AggregateType { $($aggregate),+ }

        impl AggregateType {
            pub const ALL: &'static [Self] = &[$(Self::$aggregate),+];

            /// The name under which its events are stored.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$aggregate => $aggregate::TYPE),+ }
            }

            /// Every stored event name of this kind, with its version.
            pub const fn event_names(self) -> &'static [(&'static str, &'static str)] {
                match self { $(Self::$aggregate => <$aggregate as Aggregate>::Event::NAMES),+ }
            }
        }

        impl FromStr for AggregateType {
            type Err = UnknownAggregate;

            fn from_str(name: &str) -> Result<Self, UnknownAggregate> {
                match name {
                    $($aggregate::TYPE => Ok(Self::$aggregate),)+
                    _ => Err(UnknownAggregate(name.to_owned())),
                }
            }
        }

        /// An event of any stream.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Event { $($aggregate(<$aggregate as Aggregate>::Event)),+ }

        impl Event {
            pub const fn kind(&self) -> AggregateType {
                match self { $(Self::$aggregate(_) => AggregateType::$aggregate),+ }
            }

            /// The stored name: `wallet.charged`.
            pub fn event_type(&self) -> String {
                match self { $(Self::$aggregate(event) => event.event_type()),+ }
            }

            pub fn event_version(&self) -> String {
                match self { $(Self::$aggregate(event) => event.event_version()),+ }
            }

            /// The stored payload.
            ///
            /// # Errors
            /// A value that JSON cannot hold.
            pub fn payload(&self) -> serde_json::Result<serde_json::Value> {
                match self { $(Self::$aggregate(event) => serde_json::to_value(event)),+ }
            }

            /// Reads a stored payload of the current version.
            ///
            /// # Errors
            /// A payload that does not decode.
            pub fn decode(kind: AggregateType, payload: &str) -> serde_json::Result<Self> {
                match kind { $(AggregateType::$aggregate => serde_json::from_str(payload).map(Self::$aggregate)),+ }
            }
        }

        /// The folded state of any stream.
        #[derive(Clone, Debug)]
        pub enum State { $($aggregate($aggregate)),+ }

        impl State {
            /// The state before the first event.
            pub fn empty(kind: AggregateType) -> Self {
                match kind { $(AggregateType::$aggregate => Self::$aggregate($aggregate::default())),+ }
            }

            /// Folds an event in. An event of another kind is a programming error of the caller and
            /// leaves the state as it is.
            pub fn apply(&mut self, event: Event) {
                match (self, event) {
                    $((Self::$aggregate(state), Event::$aggregate(event)) => state.apply(event),)+
                    (state, event) => debug_assert!(false, "{:?} does not fold into {state:?}", event.kind()),
                }
            }
        }
    };
}

streams!(
    User,
    Session,
    Claim,
    Wallet,
    TopUp,
    Service,
    PlanSlots,
    Subscription,
    Instance
);
