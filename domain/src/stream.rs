//! Every aggregate behind one face: the type and id of a stream, its events, its state.

use crate::{
    allowance::Allowance, approval::Approval, approval_limit::ApprovalLimit, case::Case,
    claim::Claim, coupon::Coupon, document::Document, fee_statement::FeeStatement,
    instance::Instance, mail::Mail, plan_slots::PlanSlots, rejection::Rejection,
    second_factor::SecondFactor, series::Series, service::Service, session::Session,
    subscription::Subscription, top_up::TopUp, user::User, wallet::Wallet, worker::Worker,
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
        #[derive(Clone, Debug, PartialEq)]
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
    Instance,
    Worker,
    Case,
    Document,
    Series,
    Approval,
    ApprovalLimit,
    Allowance,
    Mail,
    FeeStatement,
    Coupon,
    SecondFactor
);

#[cfg(test)]
mod tests {
    use super::{AggregateType, Event, State, StreamId, UnknownAggregate};
    use crate::{
        ids::WalletId,
        story::budi,
        wallet::{Wallet, WalletEvent},
    };
    use std::collections::BTreeSet;

    fn opened() -> Event {
        Event::Wallet(WalletEvent::Opened { owner: budi() })
    }

    #[test]
    fn every_kind_is_found_by_its_stored_name() {
        for kind in AggregateType::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
        let unknown: Result<AggregateType, _> = "ship".parse();
        assert_eq!(unknown, Err(UnknownAggregate("ship".into())));
    }

    #[test]
    fn an_event_is_named_after_its_aggregate_and_no_two_share_a_name() {
        let mut names = BTreeSet::new();
        for kind in AggregateType::ALL {
            for (name, version) in kind.event_names() {
                let (noun, _) = name.split_once('.').unwrap();
                assert_eq!(noun, kind.as_str());
                assert!(names.insert((name, version)), "{name} v{version} twice");
            }
        }
    }

    #[test]
    fn a_stream_is_named_by_kind_and_id() {
        let wallet_id = WalletId::of(budi());
        assert_eq!(
            StreamId::of::<Wallet>(&wallet_id).to_string(),
            format!("wallet/{wallet_id}")
        );
    }

    #[test]
    fn an_event_comes_back_from_storage_as_it_went() {
        let stored = opened().payload().unwrap().to_string();
        let read = Event::decode(AggregateType::Wallet, &stored).unwrap();
        assert_eq!(read, opened());
        assert_eq!(
            (read.event_type(), read.event_version()),
            ("wallet.opened".into(), "1".into())
        );
    }

    #[test]
    fn a_payload_of_another_kind_or_with_a_wrong_value_does_not_decode() {
        let stored = opened().payload().unwrap().to_string();
        assert!(Event::decode(AggregateType::User, &stored).is_err());
        let negative = r#"{"wallet.credited":{"credit_id":"00000000-0000-0000-0000-000000000001",
            "amount":-1,"top_up_id":"00000000-0000-0000-0000-000000000001"}}"#;
        assert!(Event::decode(AggregateType::Wallet, negative).is_err());
    }

    #[test]
    fn a_state_folds_its_own_events() {
        let mut state = State::empty(AggregateType::Wallet);
        state.apply(opened());
        let State::Wallet(wallet) = state else {
            panic!("{state:?}");
        };
        assert_eq!(wallet.owner(), Some(budi()));
    }
}
