//! A command on an instance; the answer says where it stands afterwards.

use super::answer;
use crate::{
    Decision, Refused, StreamId, Work,
    ids::InstanceId,
    instance::{Instance, InstanceCommand},
};

/// Asks something of an instance, or tells what was seen of it.
#[derive(Clone, Debug)]
pub struct Live {
    pub instance_id: InstanceId,
    pub command: InstanceCommand,
}

impl Decision for Live {
    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::of::<Instance>(&self.instance_id)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        work.execute::<Instance>(&self.instance_id, self.command.clone())?;
        Ok(answer(work.state::<Instance>(&self.instance_id).status()))
    }
}
