//! A command on the life of an instance; the answer says where it stands afterwards.

use super::answer;
use crate::{
    Decision, Refused, StreamId, Work,
    ids::InstanceId,
    instance::{Instance, InstanceCommand, LifeCommand},
};

/// Asks something of an instance that is ready.
#[derive(Clone, Debug)]
pub struct Live {
    pub instance_id: InstanceId,
    pub command: LifeCommand,
}

impl Decision for Live {
    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::of::<Instance>(&self.instance_id)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let command = InstanceCommand::Live(self.command.clone());
        work.execute::<Instance>(&self.instance_id, command)?;
        Ok(answer(work.state::<Instance>(&self.instance_id).status()))
    }
}
