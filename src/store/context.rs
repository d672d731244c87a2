//! Who asks for a change, in which conversation, and under which key it is remembered.

use super::Command;
use purser_domain::{Actor, Decision, ids::derived};
use uuid::Uuid;

/// A request for a change, before it is known who asks.
#[derive(Clone, Debug)]
pub struct Asking {
    /// The caller's own key for this request; without one every request is a new command.
    pub key: Option<String>,
    /// What was asked, as a keyed hash.
    pub body_hash: [u8; 32],
    pub request_id: Uuid,
    pub correlation_id: Uuid,
}

/// Everything of a command but its decision.
#[derive(Clone, Debug)]
pub struct Context {
    pub actor: Actor,
    pub command_id: Uuid,
    pub body_hash: [u8; 32],
    pub correlation_id: Uuid,
    pub causation_id: Uuid,
}

impl Asking {
    /// The same actor, operation and key are the same command for ever.
    pub fn by(&self, actor: Actor, operation: &str) -> Context {
        self.under(self.command_id(&actor.to_string(), operation), actor)
    }

    /// The id of this command where nobody is signed in: `scope` keeps strangers' keys apart.
    pub fn command_id(&self, scope: &str, operation: &str) -> Uuid {
        match &self.key {
            Some(key) => derived(&[scope, operation, key]),
            None => derived(&[scope, operation, "request", &self.request_id.to_string()]),
        }
    }

    /// The context of a command whose id is known.
    pub fn under(&self, command_id: Uuid, actor: Actor) -> Context {
        Context {
            actor,
            command_id,
            body_hash: self.body_hash,
            correlation_id: self.correlation_id,
            causation_id: self.request_id,
        }
    }
}

impl Context {
    /// An id that every repetition of this command reaches again.
    pub fn derive(&self, what: &str) -> Uuid {
        derived(&[what, &self.command_id.to_string()])
    }

    /// The context of a further commit on behalf of the same request.
    pub fn step(&self, name: &[&str]) -> Self {
        let command_id = self.command_id.to_string();
        let mut parts = vec!["step", &command_id];
        parts.extend_from_slice(name);
        Self {
            command_id: derived(&parts),
            ..self.clone()
        }
    }

    pub fn command(&self, decision: impl Decision + 'static) -> Command {
        Command {
            command_id: self.command_id,
            body_hash: self.body_hash,
            actor: self.actor,
            correlation_id: self.correlation_id,
            causation_id: self.causation_id,
            decision: Box::new(decision),
        }
    }
}
