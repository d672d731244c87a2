//! The floor: the same manifests in the same order, applied with kube alone. Nothing is recorded, decided, resumed or
//! undone, and no password is hashed.

use super::{
    options::Options,
    ready::{Readiness, Watched},
};
use anyhow::Context as _;
use futures_util::future::try_join_all;
use kube::{
    Api, Client, ResourceExt as _,
    api::{Patch, PatchParams},
    core::{DynamicObject, GroupVersionKind},
    discovery::ApiResource,
};
use purser::{
    config::Secret,
    kubernetes::{
        ClusterSettings, InstanceSpec, PlanResources, RecipeSource, Recipes, RouteBy, SecretKey,
        Stage,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Semaphore;
use uuid::Uuid;

const ATTEMPTS: usize = 100;
const PAUSE: Duration = Duration::from_millis(20);

pub(crate) struct Straight {
    client: Client,
    recipes: Recipes,
    readiness: Readiness,
    at_once: Arc<Semaphore>,
}

impl Straight {
    pub(crate) fn start(client: Client, options: &Options) -> anyhow::Result<Self> {
        Ok(Self {
            readiness: Readiness::watch(&client),
            recipes: Recipes::load(&RecipeSource::default())?,
            at_once: Arc::new(Semaphore::new(options.workers)),
            client,
        })
    }

    /// Brings so many instances up at once; how long each took.
    pub(crate) async fn run(&self, app: &str, instances: usize) -> anyhow::Result<Vec<Duration>> {
        let begun = Instant::now();
        let all = (0..instances).map(async |_| {
            self.bring_up(&spec(app)).await?;
            anyhow::Ok(begun.elapsed())
        });
        try_join_all(all).await
    }

    async fn bring_up(&self, spec: &InstanceSpec) -> anyhow::Result<()> {
        let namespace = spec.namespace();
        let watched = self.readiness.of(&namespace);
        for stage in self.recipes.get(&spec.recipe)?.stages() {
            let objects = match stage {
                Stage::Secret => vec![self.secret(spec)?],
                stage => self.recipes.desired(spec, stage)?,
            };
            let mut awaited = Vec::new();
            let permit = self.at_once.acquire().await?;
            for object in &objects {
                let made = self.apply(object).await?;
                let kind = kind_of(&made)?;
                if matches!(kind, "StatefulSet" | "Deployment" | "Job") {
                    let generation = made.metadata.generation.unwrap_or(1);
                    awaited.push(Watched::new(kind, &made.name_any(), generation));
                }
            }
            drop(permit);
            for one in awaited {
                watched.becomes_ready(&one).await?;
            }
        }
        Ok(())
    }

    async fn apply(&self, object: &DynamicObject) -> anyhow::Result<DynamicObject> {
        let types = object.types.as_ref().context("an object without a kind")?;
        let kind = GroupVersionKind::try_from(types)?;
        let kind = ApiResource::from_gvk(&kind);
        let api: Api<DynamicObject> = match &object.metadata.namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &kind),
            None => Api::all_with(self.client.clone(), &kind),
        };
        let params = PatchParams::apply("straight").force();
        let patch = Patch::Apply(object);
        let mut attempt = 1;
        loop {
            match api.patch(&object.name_any(), &params, &patch).await {
                Ok(made) => return Ok(made),
                // As of what needs something that a controller is about to make.
                Err(error) if attempt == ATTEMPTS => return Err(error.into()),
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
            attempt += 1;
        }
    }

    fn secret(&self, spec: &InstanceSpec) -> anyhow::Result<DynamicObject> {
        let recipe = self.recipes.get(&spec.recipe)?;
        let values = recipe.secrets.iter().map(|secret| match secret {
            SecretKey::Random { key, length } => (key.clone(), Secret::new("x".repeat(*length))),
            SecretKey::BcryptOf { key, .. } => (key.clone(), Secret::new("$2b$12$x")),
        });
        Ok(self
            .recipes
            .secret(spec, &values.collect::<BTreeMap<_, _>>())?)
    }
}

fn kind_of(object: &DynamicObject) -> anyhow::Result<&str> {
    let types = object.types.as_ref().context("an object without a kind")?;
    Ok(&types.kind)
}

fn spec(app: &str) -> InstanceSpec {
    let instance = Uuid::now_v7();
    let subdomain = format!("toko-{}", instance.simple());
    InstanceSpec {
        instance,
        customer: Uuid::now_v7(),
        recipe: app.into(),
        plan: PlanResources {
            cpu_millicores: 500,
            memory_mib: 768,
            storage_mib: 5_120,
        },
        host: format!("{subdomain}.apps.purser.test"),
        subdomain,
        owner_email: "dewi@example.com".into(),
        title: app.into(),
        parameters: BTreeMap::new(),
        secrets: BTreeMap::new(),
        owner_created: false,
        mail: None,
        may_send_mail: true,
        operation: 0,
        settings: ClusterSettings {
            namespace_prefix: "customer-".into(),
            pod_security_version: "v1.34".into(),
            cluster_domain: "apps.purser.test".into(),
            route: RouteBy::Ingress {
                class: "traefik".into(),
            },
            registry: String::new(),
            service_account: "purser".into(),
            service_account_namespace: "purser".into(),
            gateway_namespace: "gateway-system".into(),
            gateway_pod_labels: BTreeMap::new(),
            closed_networks: Vec::new(),
        },
        resting: false,
        contested: BTreeSet::new(),
    }
}
