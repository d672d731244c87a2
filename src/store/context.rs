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
    /// What the log and the history call the request; nothing is found again by it.
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
    /// The same actor, operation and key are the same command for ever; without a key it is a new one each time.
    pub fn by(&self, actor: Actor, operation: &str) -> Context {
        self.under(self.command_id(&actor.to_string(), operation), actor)
    }

    /// The id of this command where nobody is signed in: `scope` keeps strangers' keys apart. Without a key it is another one each
    /// time that it is asked for.
    pub fn command_id(&self, scope: &str, operation: &str) -> Uuid {
        match &self.key {
            Some(key) => derived(&[scope, operation, key]),
            // Not of the request's id: that is the caller's own word, and a proxy may give several requests the same.
            None => Uuid::now_v7(),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(key: Option<&str>) -> Asking {
        Asking {
            key: key.map(str::to_owned),
            body_hash: [0; 32],
            request_id: Uuid::from_u128(7),
            correlation_id: Uuid::from_u128(7),
        }
    }

    fn command_id(key: Option<&str>, operation: &str) -> Uuid {
        let context = asking(key).by(Actor::System("test"), operation);
        context.command_id
    }

    #[test]
    fn one_key_is_one_command_of_an_operation() {
        let first = command_id(Some("one"), "sign_in");
        assert_eq!(command_id(Some("one"), "sign_in"), first);
        assert_ne!(command_id(Some("one"), "sign_out"), first);
        assert_ne!(command_id(Some("two"), "sign_in"), first);
    }

    #[test]
    fn without_a_key_requests_of_one_id_are_commands_of_their_own() {
        assert_ne!(command_id(None, "sign_in"), command_id(None, "sign_in"));
        let context = asking(None).by(Actor::System("test"), "sign_in");
        assert_eq!(context.causation_id, Uuid::from_u128(7));
    }
}
