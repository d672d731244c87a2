//! The adapter and the watch against the stand-in cluster: whole stories, over a real socket.

mod nodes;
mod stories;

use std::{collections::BTreeMap, time::Duration};

use k8s_openapi::api::apps::v1::Deployment;
use kube::Api;
use tokio::time::timeout;
use uuid::Uuid;

use super::{
    recipes::sample,
    watch::{NamespacePhase, Observation, Signal, Watch},
    *,
};
use crate::standins::kubernetes::{KubernetesStandin, Options};

const BOUND: Duration = Duration::from_secs(60);

struct Live {
    standin: KubernetesStandin,
    cluster: Cluster,
    recipes: Recipes,
    watch: Watch,
    latest: BTreeMap<Uuid, Observation>,
}

impl Live {
    async fn start() -> Self {
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            state_file: None,
            pod_start_ms: 20,
        };
        let standin = KubernetesStandin::start(options).await.unwrap();
        let cluster = connect(&standin).await;
        let watch = Watch::start(cluster.clone());
        Self {
            standin,
            cluster,
            recipes: Recipes::embedded().unwrap(),
            watch,
            latest: BTreeMap::new(),
        }
    }

    fn instance(&self, recipe: &str) -> InstanceSpec {
        InstanceSpec {
            instance: Uuid::now_v7(),
            ..sample(self.recipes.get(recipe).unwrap())
        }
    }

    async fn stage(&self, spec: &InstanceSpec, stage: Stage) -> Applied {
        let effect = Uuid::now_v7();
        let attempts = async {
            loop {
                let refusal = match self
                    .cluster
                    .run_stage(&self.recipes, spec, stage, effect)
                    .await
                {
                    Ok(applied) => return applied,
                    Err(refusal) => refusal,
                };
                match refusal.backoff() {
                    Backoff::After(wait) => tokio::time::sleep(wait).await,
                    Backoff::Permanent => panic!("{stage:?} of {}: {refusal:?}", spec.recipe),
                }
            }
        };
        timeout(BOUND, attempts)
            .await
            .expect("the stage is carried out in time")
    }

    /// Takes signals until the instance is as described.
    async fn until(
        &mut self,
        spec: &InstanceSpec,
        what: &str,
        is: impl Fn(&Observation) -> bool,
    ) -> Observation {
        let seen = async {
            loop {
                if let Some(seen) = self.latest.get(&spec.instance).filter(|seen| is(seen)) {
                    return seen.clone();
                }
                if let Signal::Observed(seen) = self.watch.next().await.expect("the watch goes on")
                {
                    self.latest.insert(seen.instance, seen);
                }
            }
        };
        let Ok(seen) = timeout(BOUND, seen).await else {
            panic!("not {what}: {:?}", self.latest.get(&spec.instance))
        };
        seen
    }

    /// Stops an app, asking until it and its database are.
    async fn suspends(&self, spec: &InstanceSpec, operation: u32) {
        while !self
            .cluster
            .suspend(&spec.namespace(), operation)
            .await
            .unwrap()
        {
            tokio::task::yield_now().await;
        }
    }

    /// The spec as it is from then on.
    async fn bring_up(&mut self, spec: InstanceSpec) -> InstanceSpec {
        for stage in self.recipes.get(&spec.recipe).unwrap().stages() {
            let spec = &spec;
            self.stage(spec, stage).await;
            match stage {
                Stage::Namespace => {
                    self.until(spec, "active", |it| it.namespace == NamespacePhase::Active)
                        .await
                }
                Stage::Database => self.until(spec, "stored", |it| it.database_ready).await,
                Stage::Owner => {
                    self.until(spec, "owned", |it| it.owner_job == JobResult::Succeeded)
                        .await
                }
                Stage::App => self.until(spec, "ready", |it| it.app_ready).await,
                Stage::Handover => {
                    self.until(spec, "handed over", |it| it.app_ready && it.handed_over)
                        .await
                }
                Stage::Guards | Stage::Secret | Stage::Route | Stage::Reset => continue,
            };
        }
        InstanceSpec {
            owner_created: true,
            ..spec
        }
    }

    fn deployments(&self, spec: &InstanceSpec) -> Api<Deployment> {
        Api::namespaced(self.cluster.client(), &spec.namespace())
    }

    async fn generation(&self, spec: &InstanceSpec) -> Option<i64> {
        self.deployments(spec)
            .get("web")
            .await
            .unwrap()
            .metadata
            .generation
    }

    async fn health_becomes(&self, wanted: bool) {
        let mut healthy = self.watch.healthy();
        timeout(BOUND, healthy.wait_for(|up| *up == wanted))
            .await
            .expect("health changes in time")
            .unwrap();
    }
}

async fn connect(standin: &KubernetesStandin) -> Cluster {
    let path = std::env::temp_dir().join(format!("purser-live-{}", Uuid::now_v7()));
    std::fs::write(&path, standin.kubeconfig()).unwrap();
    let settings = KubernetesConfig {
        kubeconfig_path: Some(path.clone()),
        ..KubernetesConfig::default()
    };
    let cluster = Cluster::connect(settings).await.unwrap();
    std::fs::remove_file(path).unwrap();
    cluster
}
