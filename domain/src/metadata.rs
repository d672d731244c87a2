//! Who did it, why, and in which conversation: what every event must say.

use crate::ids::UserId;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};
use uuid::Uuid;

/// Who caused an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A person acting for himself.
    User(UserId),
    /// A person acting for the operator.
    Staff(UserId),
    /// A job of Purser's own, by name.
    System(&'static str),
    /// The payment gateway.
    Gateway,
}

impl fmt::Display for Actor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(formatter, "user:{id}"),
            Self::Staff(id) => write!(formatter, "staff:{id}"),
            Self::System(name) => write!(formatter, "system:{name}"),
            Self::Gateway => formatter.write_str("gateway:midtrans"),
        }
    }
}

/// The metadata of one stored event: flat strings, as the table's CHECK and cqrs-es demand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    pub event_id: Uuid,
    pub actor: String,
    pub correlation_id: Uuid,
    /// The event, request or effect that led to the command.
    pub causation_id: Uuid,
    pub command_id: Uuid,
}

impl Metadata {
    /// The form in which it is stored.
    pub fn flat(&self) -> BTreeMap<&'static str, String> {
        BTreeMap::from([
            ("event_id", self.event_id.to_string()),
            ("actor", self.actor.clone()),
            ("correlation_id", self.correlation_id.to_string()),
            ("causation_id", self.causation_id.to_string()),
            ("command_id", self.command_id.to_string()),
        ])
    }
}
