//! A command on a single stream, as a decision.

use super::answer;
use crate::{Decision, Refused, Stream, StreamId, Work};

/// Executes one command on one aggregate; the answer is the stream's id.
#[derive(Clone, Debug)]
pub struct One<A: Stream> {
    pub id: A::Id,
    pub command: A::Command,
}

impl<A: Stream> Decision for One<A>
where
    A::Id: Send + Sync,
    A::Command: Clone + Send + Sync,
{
    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::of::<A>(&self.id)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        work.execute::<A>(&self.id, self.command.clone())?;
        Ok(answer(self.id.to_string()))
    }
}
