//! Restarting what is ill, as it is at this moment and not as it was when somebody last heard of it.

use super::{Effects, provisioning::from_cluster};
use crate::{
    kubernetes::watch::NamespacePhase,
    sagas::{Outcome, Task, observer::illness},
};
use purser_domain::{decisions::Live, ids::InstanceId, instance::LifeCommand};

impl Effects {
    pub(super) async fn heal(&self, task: &Task, id: InstanceId, attempt: u32) -> Outcome {
        let namespace = self.cluster_settings.namespace_of(id.uuid());
        let seen = match self.cluster.look_at(id.uuid(), &namespace).await {
            Ok(seen) if seen.namespace == NamespacePhase::Absent => return Outcome::Done,
            Ok(seen) => seen,
            Err(error) => return from_cluster(&error),
        };
        let at = self.clock.now();
        let observe = LifeCommand::ObserveHealth {
            illness: illness(&seen),
            at,
        };
        for (part, command) in [
            ("seen", observe),
            ("heal", LifeCommand::Heal { attempt, at }),
        ] {
            let decision = Live {
                instance_id: id,
                command: command.into(),
            };
            match self.decide_part(task, "healing", part, decision).await {
                Outcome::Done => {}
                outcome => return outcome,
            }
        }
        Outcome::Done
    }
}
