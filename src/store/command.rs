//! A command as it reaches the appender, and what comes back.

use chrono::{DateTime, Utc};
use purser_domain::{Actor, Decision, ids::derived};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A decision with who asks for it, and under which id its answer is remembered.
pub struct Command {
    pub command_id: Uuid,
    /// SHA-256 of what was asked: the same id with another body is refused.
    pub body_hash: [u8; 32],
    pub actor: Actor,
    pub correlation_id: Uuid,
    /// The request, event or effect that led here.
    pub causation_id: Uuid,
    pub decision: Box<dyn Decision>,
}

impl Command {
    /// The id of a command: the same actor, operation and key are the same command for ever.
    pub fn id(actor: &Actor, operation: &str, key: &str) -> Uuid {
        derived(&[&actor.to_string(), operation, key])
    }

    /// A command of Purser's own, under the id of the effect that asks for it.
    pub fn of_effect(
        effect_id: Uuid,
        correlation_id: Uuid,
        actor: Actor,
        decision: impl Decision + 'static,
    ) -> Self {
        Self {
            command_id: effect_id,
            body_hash: Sha256::digest(effect_id.as_bytes()).into(),
            actor,
            correlation_id,
            causation_id: effect_id,
            decision: Box::new(decision),
        }
    }
}

/// What was accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct Committed {
    pub answer: serde_json::Value,
    /// The position of its last event; the head's where it has none.
    pub position: i64,
    /// The version of the decision's first stream afterwards.
    pub version: i64,
    /// Business time of the commit.
    pub at: DateTime<Utc>,
    /// It had been accepted before; this is the same answer again.
    pub repeated: bool,
}

impl Committed {
    /// What the decision answered.
    ///
    /// # Errors
    /// Another decision answered, or one of a release that answered otherwise. Nothing is known of what was done then.
    pub fn answer<T: DeserializeOwned>(&self) -> Result<T, AnswerError> {
        T::deserialize(&self.answer).map_err(AnswerError)
    }

    /// The same of a decision whose answer had another form in a release before: nothing, an id or a figure. Of such an answer
    /// all that is known is that it was done: `None`.
    ///
    /// # Errors
    /// As [`Committed::answer`], of what has the form of today.
    pub fn answer_since<T: DeserializeOwned>(
        &self,
        has_form: impl FnOnce(&serde_json::Value) -> bool,
    ) -> Result<Option<T>, AnswerError> {
        let known = has_form(&self.answer).then(|| self.answer());
        known.transpose()
    }
}

/// The answer of a decision is not understood.
#[derive(Debug, thiserror::Error)]
#[error("the answer of a decision is not understood")]
pub struct AnswerError(#[source] serde_json::Error);

#[cfg(test)]
mod tests {
    use super::*;
    use purser_domain::decisions::Acted;
    use serde_json::{Value, json};

    #[test]
    fn an_answer_that_is_not_understood_is_none() {
        let committed = |answer| Committed {
            answer,
            position: 1,
            version: 1,
            at: DateTime::UNIX_EPOCH,
            repeated: true,
        };
        let done = committed(json!({ "acted": "done" }));
        assert_eq!(done.answer::<Acted>().unwrap(), Acted::Done);
        let since = |answer| committed(answer).answer_since::<Acted>(Value::is_object);
        let known = since(json!({ "acted": "done" })).unwrap();
        assert_eq!(known, Some(Acted::Done));
        for before in [json!(null), json!("0199-an-id"), json!(40_000)] {
            assert_eq!(since(before.clone()).unwrap(), None, "{before}");
            assert!(committed(before).answer::<Acted>().is_err());
        }
        assert!(since(json!({ "acted": "put_off" })).is_err());
    }
}
