//! Carrying out on the cluster what was asked of a ready instance. The watch sees what comes of it.

use super::{Effects, from_store, provisioning::from_cluster};
use crate::{
    kubernetes::{ClusterError, InstanceSpec, Stage, StorageOffer},
    sagas::{Action, GivenUp, Outcome, Task},
};
use chrono::{DateTime, Utc};
use purser_domain::{
    ids::InstanceId,
    instance::{Instance, LifeCommand},
    text::{Reason, TextError},
};
use std::time::Duration;

/// How often a quota that is awaited is looked at.
pub(super) const LOOK: Duration = Duration::from_millis(500);
/// How often a database, the end of a pod or the growth of a volume is looked at.
const SLOW_LOOK: Duration = Duration::from_secs(2);

impl Effects {
    pub(super) async fn operate(
        &self,
        task: &Task,
        id: InstanceId,
        operation: u32,
        action: Action,
    ) -> Outcome {
        let done = match action {
            Action::ResetPassword => return self.reset_password(task, id, operation).await,
            Action::Restart | Action::Stop => self.switched(task, id, operation, action).await,
            Action::Reconfigure => self.reconfigured(task, id, operation).await,
            Action::Start | Action::Resize => {
                return self.started(task, id, operation, action).await;
            }
        };
        match done {
            Ok(true) => Outcome::Done,
            Ok(false) if action == Action::Stop => Outcome::Wait(SLOW_LOOK),
            Ok(false) => Outcome::Wait(LOOK),
            Err(outcome) => outcome,
        }
    }

    /// Stops it or gives it another pod. Where somebody took the right to do so away, the guards give it back first. `false`
    /// while the end of the app is awaited, before its database is stopped.
    async fn switched(
        &self,
        task: &Task,
        id: InstanceId,
        operation: u32,
        action: Action,
    ) -> Result<bool, Outcome> {
        let done = match self.switch(task, id, operation, action).await {
            Err(ClusterError::Forbidden { .. }) => {
                let spec = self.spec(id).await?;
                self.apply_stage(task, id, &spec, Stage::Guards).await?;
                self.switch(task, id, operation, action).await
            }
            done => done,
        };
        done.map_err(|error| from_cluster(&error))
    }

    async fn switch(
        &self,
        task: &Task,
        id: InstanceId,
        operation: u32,
        action: Action,
    ) -> Result<bool, ClusterError> {
        let namespace = self.cluster_settings.namespace_of(id.uuid());
        if action == Action::Stop {
            return self.suspend(&namespace, operation).await;
        }
        let cluster = &self.cluster;
        let restarted = cluster.restart(&namespace, operation, task.effect_id).await;
        restarted.map(|()| true)
    }

    async fn started(
        &self,
        task: &Task,
        id: InstanceId,
        operation: u32,
        action: Action,
    ) -> Outcome {
        match self.wanted(task, id, action == Action::Resize).await {
            Ok(true) => {}
            Ok(false) => return Outcome::Wait(LOOK),
            Err(outcome) => return outcome,
        }
        let instance = match self.states.load::<Instance>(&id).await {
            Ok(instance) => instance,
            Err(error) => return from_store(error),
        };
        let namespace = self.cluster_settings.namespace_of(id.uuid());
        // Figures that are taken back leave a volume that does not grow as it is.
        let resumed = match instance.is_resize(operation) {
            true => self.cluster.resize(&namespace, operation).await,
            false => self.cluster.resume(&namespace, operation).await,
        };
        match resumed {
            Ok(true) => Outcome::Done,
            Ok(false) => Outcome::Wait(SLOW_LOOK),
            Err(error) => from_cluster(&error),
        }
    }

    /// The route first: from then on whoever comes is told that the app rests.
    async fn suspend(&self, namespace: &str, operation: u32) -> Result<bool, ClusterError> {
        let cluster = &self.cluster;
        cluster
            .close_routes(namespace, &self.cluster_settings)
            .await?;
        cluster.suspend(namespace, operation).await
    }

    /// Applies everything as it is wanted, the quota first: what needs more than the one before waits until the cluster
    /// counts with the new one. `false` while it does not. The route is the last: where that stands, all does.
    ///
    /// Where it `must_change`, nothing may be left as somebody else keeps it: it would be taken for done.
    async fn wanted(
        &self,
        task: &Task,
        id: InstanceId,
        must_change: bool,
    ) -> Result<bool, Outcome> {
        let spec = self.spec(id).await?;
        if !self.guarded(task, id, &spec).await? {
            return Ok(false);
        }
        if self.stands(task, Stage::Route, &spec) && self.has_database(&spec).await? {
            return Ok(true);
        }
        // Only now: the right to look is one of the guards, and somebody may have taken it away.
        self.has_data(&spec).await?;
        for stage in [Stage::Secret, Stage::Database, Stage::App, Stage::Route] {
            let applied = self.apply_stage(task, id, &spec, stage).await?;
            if let Some(object) = applied.left_alone.first().filter(|_| must_change) {
                return Err(Outcome::Dead {
                    error: format!("somebody keeps editing {object}; it has to be reclaimed first"),
                });
            }
        }
        let cluster = &self.cluster;
        let removed = cluster.remove_mail(&self.recipes, &spec).await;
        removed.map_err(|error| from_cluster(&error))?;
        Ok(true)
    }

    /// Everything as it is wanted, and a new pod: what stands in a Secret is read when a pod starts.
    async fn reconfigured(
        &self,
        task: &Task,
        id: InstanceId,
        operation: u32,
    ) -> Result<bool, Outcome> {
        if !self.wanted(task, id, true).await? {
            return Ok(false);
        }
        let namespace = self.cluster_settings.namespace_of(id.uuid());
        let restarted = self
            .cluster
            .restart(&namespace, operation, task.effect_id)
            .await;
        restarted
            .map(|()| true)
            .map_err(|error| from_cluster(&error))
    }

    /// Whether the database is there, where the app has one: without it, it would be taken for an app that has none.
    async fn has_database(&self, spec: &InstanceSpec) -> Result<bool, Outcome> {
        let recipe = self.recipes.get(&spec.recipe);
        let recipe = recipe.map_err(|error| from_cluster(&ClusterError::from(error)))?;
        let there = self.cluster.has_database(&spec.namespace(), recipe).await;
        there.map_err(|error| from_cluster(&error))
    }

    /// # Errors
    /// Something that an app keeps its data in is gone: made again it would be empty, and whoever comes first would own it.
    pub(super) async fn has_data(&self, spec: &InstanceSpec) -> Result<(), Outcome> {
        let recipe = self.recipes.get(&spec.recipe);
        let recipe = recipe.map_err(|error| from_cluster(&ClusterError::from(error)))?;
        let missing = self.cluster.missing_data(&spec.namespace(), recipe).await;
        match missing.map_err(|error| from_cluster(&error))? {
            None => Ok(()),
            Some(object) => Err(Outcome::Dead {
                error: format!("{object} is gone, and with it the app's data"),
            }),
        }
    }

    /// Applies the guards as they are wanted, unless they stand. `false` until the cluster counts with their quota.
    pub(super) async fn guarded(
        &self,
        task: &Task,
        id: InstanceId,
        spec: &InstanceSpec,
    ) -> Result<bool, Outcome> {
        if !self.stands(task, Stage::Guards, spec) {
            self.apply_stage(task, id, spec, Stage::Guards).await?;
        }
        let counted = self.cluster.quota_counts(&spec.namespace()).await;
        counted.map_err(|error| from_cluster(&error))
    }

    /// Gives an operation up, unless the app's pod is still starting: what follows may kill it in the middle of its
    /// migrations. How long that may take is for its startup probe to say.
    pub(super) async fn fail_operation(
        &self,
        task: &Task,
        instance_id: InstanceId,
        operation: u32,
        cause: GivenUp,
        at: DateTime<Utc>,
    ) -> Outcome {
        match self.is_starting(instance_id).await {
            Ok(true) => return Outcome::Wait(SLOW_LOOK),
            Ok(false) => {}
            Err(outcome) => return outcome,
        }
        let volume = match self.volume_asked_of(instance_id, operation).await {
            Ok(volume) => volume,
            // That it failed is recorded all the same.
            Err(Outcome::Dead { .. }) => None,
            Err(outcome) => return outcome,
        };
        let fixed = volume.is_some_and(|volume| volume.asked_mib > volume.has_mib);
        // What starts keeps what it was sold, unless it can never have it.
        let counts = match volume {
            Some(volume) if !volume.resizes => {
                fixed && cause == GivenUp::Refused && self.no_volume_grows().await
            }
            _ => true,
        };
        let command = match in_words(cause, fixed) {
            Ok(reason) => LifeCommand::FailOperation {
                operation,
                reason,
                volume_mib: volume.filter(|_| counts).map(|volume| volume.has_mib),
                at,
            },
            Err(error) => {
                return Outcome::Dead {
                    error: error.to_string(),
                };
            }
        };
        self.live(task, "operations", instance_id, command).await
    }
}

/// The volume of an app that was to get other figures or to start with them, in MiB.
#[derive(Clone, Copy)]
struct ResizedVolume {
    asked_mib: u32,
    /// What the cluster has taken. It takes no volume back.
    has_mib: u32,
    /// Whether the operation was to give the figures, not to start with them or to take them back.
    resizes: bool,
}

impl Effects {
    async fn is_starting(&self, id: InstanceId) -> Result<bool, Outcome> {
        let namespace = self.cluster_settings.namespace_of(id.uuid());
        match self.cluster.app_is_starting(&namespace).await {
            // The right to look comes back with the guards, and nobody applies them while this is under way.
            Err(ClusterError::Forbidden { .. }) => Ok(false),
            starting => starting.map_err(|error| from_cluster(&error)),
        }
    }

    async fn no_volume_grows(&self) -> bool {
        matches!(
            self.cluster.storage_offer().await,
            Ok(StorageOffer::Fixed(_))
        )
    }

    /// None where the operation gives no figures, or there is no volume.
    async fn volume_asked_of(
        &self,
        id: InstanceId,
        operation: u32,
    ) -> Result<Option<ResizedVolume>, Outcome> {
        let instance = self.states.load::<Instance>(&id).await;
        let instance = instance.map_err(from_store)?;
        let may_resize = instance.may_resize(operation);
        let Some(wanted) = instance.wanted().filter(|_| may_resize) else {
            return Ok(None);
        };
        let namespace = self.cluster_settings.namespace_of(id.uuid());
        let recipe = self.recipes.get(wanted.recipe.as_str());
        let recipe = recipe.map_err(|error| from_cluster(&ClusterError::from(error)))?;
        let has = self.cluster.volume_asked(&namespace, recipe).await;
        let has = has.map_err(|error| from_cluster(&error))?;
        Ok(has.map(|has_mib| ResizedVolume {
            asked_mib: wanted.resources.storage_mib(),
            has_mib,
            resizes: instance.is_resize(operation),
        }))
    }
}

fn in_words(cause: GivenUp, volume_is_fixed: bool) -> Result<Reason, TextError> {
    match cause {
        GivenUp::NotInTime => "the app was not seen to come to it in time".parse(),
        GivenUp::Refused if volume_is_fixed => "its volume cannot grow on this cluster".parse(),
        GivenUp::Refused => "the cluster refuses to carry it out".parse(),
    }
}
