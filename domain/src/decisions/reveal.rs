//! Showing a sign-in; the answer says which password it is, so that repeating the request never shows a later one.

use super::answer;
use crate::{
    Decision, Refused, StreamId, Work,
    ids::{InstanceId, UserId},
    instance::{Instance, InstanceCommand},
};
use chrono::{DateTime, Utc};

/// Shows the customer the generated sign-in of an instance, once.
#[derive(Clone, Debug)]
pub struct RevealCredentials {
    pub instance_id: InstanceId,
    pub asked_by: UserId,
    pub at: DateTime<Utc>,
}

impl Decision for RevealCredentials {
    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::of::<Instance>(&self.instance_id)]
    }

    /// The answer is the operation that the password was set by; 0 for the one that it was made with.
    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let (asked_by, at) = (self.asked_by, self.at);
        let command = InstanceCommand::RevealCredentials { asked_by, at };
        work.execute::<Instance>(&self.instance_id, command)?;
        let instance = work.state::<Instance>(&self.instance_id);
        Ok(answer(instance.password_operation()))
    }
}
