//! Another password for the owner of an app: made, given to the app by a Job, and then the one that is shown. The watch
//! sees the Job succeed.

use super::{Effects, operations::LOOK, provisioning::from_cluster};
use crate::{
    faults,
    kubernetes::{ClusterError, InstanceSpec, Stage},
    sagas::{Outcome, Task},
};
use purser_domain::{
    decisions::Live,
    ids::InstanceId,
    instance::{LifeCommand, Seen},
};

impl Effects {
    pub(super) async fn reset_password(
        &self,
        task: &Task,
        id: InstanceId,
        operation: u32,
    ) -> Outcome {
        match self.run_reset(task, id, operation).await {
            Ok(true) => Outcome::Done,
            Ok(false) => Outcome::Wait(LOOK),
            Err(outcome) => outcome,
        }
    }

    /// `false` while something has to be waited for. The guards come first: those of an older recipe leave no room for
    /// the Job.
    async fn run_reset(
        &self,
        task: &Task,
        id: InstanceId,
        operation: u32,
    ) -> Result<bool, Outcome> {
        let spec = self.spec_of(id, operation).await?;
        let ready = self.guarded(task, id, &spec).await?
            && self
                .cluster
                .no_other_reset(&self.recipes, &spec)
                .await
                .map_err(|error| from_cluster(&error))?;
        if !ready {
            return Ok(false);
        }
        let made = self.cluster.make_next_password(&self.recipes, &spec).await;
        made.map_err(|error| from_cluster(&error))?;
        faults::reach("password-made");
        self.run_stage(&spec, Stage::Reset, task.effect_id)
            .await
            .map_err(|error| from_cluster(&error))?;
        Ok(true)
    }

    pub(super) async fn keep_password(
        &self,
        task: &Task,
        id: InstanceId,
        operation: u32,
    ) -> Outcome {
        let spec = match self.spec_of(id, operation).await {
            Ok(spec) => spec,
            Err(outcome) => return outcome,
        };
        if let Err(error) = self.kept(&spec).await {
            return from_cluster(&error);
        }
        faults::reach("password-kept");
        let kept = LifeCommand::Observe {
            operation,
            seen: Seen::PasswordKept,
            at: self.clock.now(),
        };
        let kept = Live {
            instance_id: id,
            command: kept.into(),
        };
        self.decide(task, "operations", kept).await
    }

    async fn kept(&self, spec: &InstanceSpec) -> Result<(), ClusterError> {
        let recipe = self.recipes.get(&spec.recipe)?;
        self.cluster.keep_next_password(recipe, spec).await
    }

    async fn spec_of(&self, id: InstanceId, operation: u32) -> Result<InstanceSpec, Outcome> {
        let spec = self.spec(id).await?;
        Ok(InstanceSpec { operation, ..spec })
    }
}
