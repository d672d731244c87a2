//! Applying everything of an instance once more, for a sweep that found it not as it should be.

use super::{Effects, provisioning::from_cluster};
use crate::{
    kubernetes::{Applied, Stage, WantedObjects},
    sagas::Outcome,
};
use purser_domain::ids::InstanceId;
use uuid::Uuid;

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

    /// Applies what is wanted; `sweep` names who asks.
    ///
    /// # Errors
    /// Why it could not be done, in words. The next sweep tries again.
    pub async fn repair(&self, id: InstanceId, sweep: Uuid) -> Result<Applied, String> {
        let spec = self.spec(id).await.map_err(in_words)?;
        self.has_data(&spec).await.map_err(in_words)?;
        let mut all = Applied::default();
        for stage in Stage::STANDING {
            // As it is wanted now: its customer may have stopped it since.
            let spec = self.spec(id).await.map_err(in_words)?;
            let applied = self
                .cluster
                .run_stage(&self.recipes, &spec, stage, sweep)
                .await;
            let applied = applied.map_err(|error| in_words(from_cluster(&error)))?;
            self.record_drift(sweep, id, &applied).await;
            all.put_back.extend(applied.put_back);
            all.left_alone.extend(applied.left_alone);
        }
        let spec = self.spec(id).await.map_err(in_words)?;
        let scaled = self
            .cluster
            .scale_app(&spec.namespace(), !spec.resting)
            .await;
        scaled.map_err(|error| in_words(from_cluster(&error)))?;
        Ok(all)
    }
}

fn in_words(outcome: Outcome) -> String {
    match outcome {
        Outcome::Dead { error } | Outcome::Retry { error, .. } => error,
        Outcome::Done | Outcome::Wait(_) => String::new(),
    }
}
