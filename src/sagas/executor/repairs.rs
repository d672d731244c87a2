//! Applying everything of an instance once more, for a sweep that found it not as it should be.

use super::{Effects, provisioning::from_cluster};
use crate::{
    kubernetes::{Applied, ClusterError, PutBack, Stage, StuckPod, WantedObjects},
    sagas::Outcome,
};
use purser_domain::ids::InstanceId;
use uuid::Uuid;

/// What of an instance is applied again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// No pod is replaced by them.
    Guards,
    Everything,
}

impl Effects {
    /// The objects of an instance that stands.
    ///
    /// # Errors
    /// Why they cannot be told, in words.
    pub async fn wanted_objects(&self, id: InstanceId) -> Result<WantedObjects, String> {
        let spec = self.spec(id).await.map_err(in_words)?;
        let wanted = self.recipes.standing(&spec);
        wanted.map_err(|error| crate::chain_of(&error))
    }

    /// The pod of an instance's database that keeps the one that is wanted from being made.
    ///
    /// # Errors
    /// Why it cannot be told, in words.
    pub async fn stuck_database(&self, id: InstanceId) -> Result<Option<StuckPod>, String> {
        let namespace = self.cluster_settings.namespace_of(id.uuid());
        let stuck = self.cluster.stuck_database(&namespace).await;
        stuck.map_err(|error| in_words(from_cluster(&error)))
    }

    /// Applies what is wanted, takes the route away of what is to rest, and a pod that is in the way; `sweep` names who
    /// asks. What fields were taken out of is noted like what was edited.
    ///
    /// # Errors
    /// Why it could not be done, in words. The next sweep tries again.
    pub async fn repair(
        &self,
        id: InstanceId,
        part: Part,
        stripped: Vec<PutBack>,
        sweep: Uuid,
    ) -> Result<Applied, String> {
        // Before anything is looked at: the right to look is one of them, and somebody may have taken it away.
        let mut all = self.repair_stage(id, Stage::Guards, sweep).await?;
        if part == Part::Everything {
            self.repair_rest(id, &mut all, sweep).await?;
        }
        let namespace = self.cluster_settings.namespace_of(id.uuid());
        let freed = self.cluster.free_database(&namespace).await;
        freed.map_err(|error| in_words(from_cluster(&error)))?;
        let filled = Applied {
            put_back: stripped,
            left_alone: Vec::new(),
        };
        self.record_drift(sweep, id, &filled).await;
        all.put_back.extend(filled.put_back);
        Ok(all)
    }

    async fn repair_rest(
        &self,
        id: InstanceId,
        all: &mut Applied,
        sweep: Uuid,
    ) -> Result<(), String> {
        let spec = self.spec(id).await.map_err(in_words)?;
        self.has_data(&spec).await.map_err(in_words)?;
        let ended = self.cluster.app_has_ended(&spec.namespace()).await;
        if !ended.map_err(|error| in_words(from_cluster(&error)))? {
            return Err("a pod of it is on its way out, which two must not be".into());
        }
        let rest = Stage::STANDING.into_iter();
        for stage in rest.filter(|stage| *stage != Stage::Guards) {
            let applied = self.repair_stage(id, stage, sweep).await?;
            all.put_back.extend(applied.put_back);
            all.left_alone.extend(applied.left_alone);
        }
        let spec = self.spec(id).await.map_err(in_words)?;
        let namespace = spec.namespace();
        let counted = match spec.resting {
            true => self.suspend_again(&namespace).await,
            false => self.cluster.scale_app(&namespace, true).await,
        };
        counted.map_err(|error| in_words(from_cluster(&error)))
    }

    /// Applies a stage as it is wanted now: its customer may have stopped it since.
    async fn repair_stage(
        &self,
        id: InstanceId,
        stage: Stage,
        sweep: Uuid,
    ) -> Result<Applied, String> {
        let spec = self.spec(id).await.map_err(in_words)?;
        let applied = self.run_stage(&spec, stage, sweep).await;
        let applied = applied.map_err(|error| in_words(from_cluster(&error)))?;
        self.record_drift(sweep, id, &applied).await;
        Ok(applied)
    }

    async fn suspend_again(&self, namespace: &str) -> Result<(), ClusterError> {
        let settings = &self.cluster_settings;
        self.cluster.close_routes(namespace, settings).await?;
        self.cluster.scale_app(namespace, false).await
    }
}

fn in_words(outcome: Outcome) -> String {
    match outcome {
        Outcome::Dead { error } | Outcome::Retry { error, .. } => error,
        Outcome::Done | Outcome::Wait(_) => String::new(),
    }
}
