//! Putting an instance right that a sweep found not as it should be.

use super::{
    Effects, from_store,
    operations::LOOK,
    provisioning::{from_cluster, patiently},
};
use crate::{
    kubernetes::{
        Applied, ClusterError, InstanceSpec, PutBack, SecretTrouble, Stage, StuckPod, WantedObjects,
    },
    sagas::Outcome,
};
use purser_domain::{ids::InstanceId, instance::Instance};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How often a sweep looks for the end of an app that it stops: as others wait for their turn, the next one goes on.
const LOOKS_FOR_END: u32 = 3;

/// What of an instance is put right, besides its guards, by which no pod is replaced.
#[derive(Clone, Debug, Default)]
pub struct Repair {
    /// What is applied again, as `Kind/name`, and nothing else: a newer recipe may want another pod of what is as it was.
    pub objects: BTreeSet<String>,
    /// Whether it is brought to run or to rest, as it is to.
    pub scales: bool,
    /// Whether a pod of the database is in the way of the one that is wanted.
    pub frees: bool,
    /// What fields were taken out of.
    pub stripped: Vec<PutBack>,
}

/// What came of a repair.
#[derive(Clone, Debug, Default)]
pub struct Repaired {
    pub applied: Applied,
    /// The objects, as `Kind/name`, that could not be put right, and why; what else was asked for was tried all the same.
    pub failed: BTreeMap<String, String>,
}

impl Repaired {
    fn add(&mut self, applied: Applied) {
        self.applied.put_back.extend(applied.put_back);
        self.applied.left_alone.extend(applied.left_alone);
    }
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

    /// What is wrong with an instance's Secret.
    ///
    /// # Errors
    /// Why it cannot be told, in words.
    pub async fn secret_trouble(&self, id: InstanceId) -> Result<Option<SecretTrouble>, String> {
        let wanted = self.wanted_of(id).await.map_err(in_words)?;
        let recipe = self.recipes.get(wanted.recipe.as_str());
        let recipe = recipe.map_err(|error| crate::chain_of(&error))?;
        let namespace = self.cluster_settings.namespace_of(id.uuid());
        let trouble = self.cluster.secret_trouble(&namespace, id.uuid(), recipe);
        let trouble = trouble.await;
        trouble.map_err(|error| in_words(from_cluster(&error)))
    }

    /// Says of an app that a resize which was given up was carried out, once its volume has grown after all. What is seen
    /// of it from then on is the outcome. What is asked for meanwhile goes before it.
    ///
    /// # Errors
    /// Why it could not be done, in words. The next sweep tries again.
    pub async fn finish_resize(&self, id: InstanceId) -> Result<(), String> {
        let Some(operation) = self.failed_resize(id).await? else {
            return Ok(());
        };
        let namespace = self.cluster_settings.namespace_of(id.uuid());
        let grown = self.cluster.grown_app(&namespace).await;
        let grown = grown.map_err(|error| in_words(from_cluster(&error)))?;
        let Some(grown) = grown else {
            return Ok(());
        };
        // What is asked for from here on changes the app after it was seen.
        if self.failed_resize(id).await? != Some(operation) {
            return Ok(());
        }
        let cluster = &self.cluster;
        let finished = cluster.finish_resize(&namespace, operation, &grown).await;
        finished.map_err(|error| in_words(from_cluster(&error)))
    }

    async fn failed_resize(&self, id: InstanceId) -> Result<Option<u32>, String> {
        let instance = self.states.load::<Instance>(&id).await;
        let instance = instance.map_err(|error| in_words(from_store(error)))?;
        Ok(instance.failed_resize())
    }

    /// Applies what is wanted, takes the route away of what is to rest, and a pod that is in the way; `sweep` names who
    /// asks. What fields were taken out of is noted like what was edited.
    ///
    /// # Errors
    /// Why none of it, or not the rest of it, could be done, in words. The next sweep tries again.
    pub async fn repair(
        &self,
        id: InstanceId,
        repair: Repair,
        sweep: Uuid,
    ) -> Result<Repaired, String> {
        let mut all = Repaired::default();
        // Before anything is looked at: the right to look is one of them, and somebody may have taken it away.
        all.add(self.repair_stage(id, Stage::Guards, None, sweep).await?);
        let beyond_guards = repair.scales || !repair.objects.is_empty();
        if beyond_guards {
            self.repair_rest(id, &repair.objects, sweep, &mut all)
                .await?;
        }
        if beyond_guards || repair.frees {
            let namespace = self.cluster_settings.namespace_of(id.uuid());
            let freed = self.cluster.free_database(&namespace).await;
            freed.map_err(|error| in_words(from_cluster(&error)))?;
        }
        // What was edited as well is noted already.
        let noted = |it: &PutBack| {
            let mut done = all.applied.put_back.iter();
            done.any(|done| done.object == it.object) || all.failed.contains_key(&it.object)
        };
        let stripped = repair.stripped.into_iter().filter(|it| !noted(it));
        let filled = Applied {
            put_back: stripped.collect(),
            left_alone: Vec::new(),
        };
        self.record_drift(sweep, id, &filled).await;
        all.add(filled);
        Ok(all)
    }

    async fn repair_rest(
        &self,
        id: InstanceId,
        objects: &BTreeSet<String>,
        sweep: Uuid,
        all: &mut Repaired,
    ) -> Result<(), String> {
        let spec = self.spec(id).await.map_err(in_words)?;
        self.has_data(&spec).await.map_err(in_words)?;
        let ended = self.cluster.app_has_ended(&spec.namespace()).await;
        if !ended.map_err(|error| in_words(from_cluster(&error)))? {
            return Err("a pod of it is on its way out, which two must not be".into());
        }
        let rest = Stage::STANDING.into_iter();
        for stage in rest.filter(|stage| *stage != Stage::Guards) {
            // What is applied may read what the Secret does not hold yet: without it nothing is.
            if stage == Stage::Secret {
                all.add(self.repair_stage(id, stage, None, sweep).await?);
                continue;
            }
            for object in objects {
                let only = BTreeSet::from([object.clone()]);
                match self.repair_stage(id, stage, Some(&only), sweep).await {
                    Ok(applied) => all.add(applied),
                    Err(error) => {
                        all.failed.insert(object.clone(), error);
                    }
                }
            }
        }
        let spec = self.spec(id).await.map_err(in_words)?;
        let namespace = spec.namespace();
        if spec.resting {
            self.suspend_again(&namespace).await?;
        } else {
            let runs = self.cluster.run_both(&namespace).await;
            runs.map_err(|error| in_words(from_cluster(&error)))?;
        }
        Ok(())
    }

    /// Applies a stage, or only some objects of it, as it is wanted now: its customer may have stopped it since.
    async fn repair_stage(
        &self,
        id: InstanceId,
        stage: Stage,
        only: Option<&BTreeSet<String>>,
        sweep: Uuid,
    ) -> Result<Applied, String> {
        let spec = self.spec(id).await.map_err(in_words)?;
        let applied = match only {
            None => self.run_stage(&spec, stage, sweep).await,
            Some(only) => self.run_part(&spec, (stage, only), sweep).await,
        };
        let applied = applied.map_err(|error| in_words(from_cluster(&error)))?;
        self.record_drift(sweep, id, &applied).await;
        Ok(applied)
    }

    async fn run_part(
        &self,
        spec: &InstanceSpec,
        part: (Stage, &BTreeSet<String>),
        sweep: Uuid,
    ) -> Result<Applied, ClusterError> {
        let recipes = &self.recipes;
        patiently(|| self.cluster.run_part(recipes, spec, part, sweep)).await
    }

    async fn suspend_again(&self, namespace: &str) -> Result<(), String> {
        let settings = &self.cluster_settings;
        let closed = self.cluster.close_routes(namespace, settings).await;
        closed.map_err(|error| in_words(from_cluster(&error)))?;
        for _ in 0..LOOKS_FOR_END {
            let down = self.cluster.shut_down(namespace).await;
            if down.map_err(|error| in_words(from_cluster(&error)))? {
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
        Err("its app has not ended yet, and its database runs until then".into())
    }
}

fn in_words(outcome: Outcome) -> String {
    match outcome {
        Outcome::Dead { error } | Outcome::Retry { error, .. } | Outcome::Unanswered { error } => {
            error
        }
        Outcome::Done | Outcome::Wait(_) => String::new(),
    }
}
