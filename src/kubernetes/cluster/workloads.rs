//! What runs in an instance: Jobs' results, restart, suspension.

use k8s_openapi::api::{
    apps::v1::{Deployment, StatefulSet},
    batch::v1::Job,
    core::v1::{Pod, ResourceQuota},
};
use kube::{
    Resource,
    api::{ListParams, Patch, PatchParams},
    core::{NamespaceResourceScope, ObjectMeta},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Cluster, must_be_ours, updating};
use crate::kubernetes::{
    COMPONENT_LABEL, LABEL_DOMAIN,
    error::ClusterError,
    operation_annotation,
    recipes::Recipe,
    watch::{is_starting, operation_of},
};

/// Owns the number of replicas and nothing else, so that suspension and provisioning do not undo one another.
const SCALER: &str = "purser-scaler";
const RESTARTER: &str = "purser-restarter";

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JobResult {
    Missing,
    Running,
    Succeeded,
    Failed(String),
}

impl JobResult {
    pub(in crate::kubernetes) fn of(job: &Job) -> Self {
        let conditions = job
            .status
            .iter()
            .flat_map(|status| status.conditions.iter().flatten());
        for condition in conditions.filter(|condition| condition.status == "True") {
            match condition.type_.as_str() {
                "Complete" => return Self::Succeeded,
                "Failed" => {
                    let reason = condition
                        .message
                        .clone()
                        .or_else(|| condition.reason.clone());
                    return Self::Failed(reason.unwrap_or_else(|| "the job failed".into()));
                }
                _ => {}
            }
        }
        Self::Running
    }
}

/// An app that runs in volumes as large as was asked for, as it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrownApp {
    resource_version: Option<String>,
}

impl Cluster {
    /// Replaces the app's pod, as this operation. Repeating it for the same effect does not restart a second time.
    pub async fn restart(
        &self,
        namespace: &str,
        operation: u32,
        effect_id: Uuid,
    ) -> Result<(), ClusterError> {
        let annotations = json!({format!("{LABEL_DOMAIN}/restarted-by"): effect_id});
        let mut patch = json!({"spec": {"template": {"metadata": {"annotations": annotations}}}});
        patch["metadata"] = marked(operation);
        self.merge(namespace, patch).await
    }

    /// Stops the app, and once that has ended its database, as this operation; the data stay. `false` while the app is
    /// awaited: what it is at may still have to be written.
    pub async fn suspend(&self, namespace: &str, operation: u32) -> Result<bool, ClusterError> {
        let app = self.app(namespace).await?;
        // Before anything is awaited: what ends only after this was given up is its outcome too, and nobody else says so.
        if operation_of(&app.metadata) != operation {
            self.mark(namespace, operation).await?;
        }
        self.bring_down(namespace, app).await
    }

    /// Brings the app to nothing, and once it has ended its database. `false` while the app is awaited.
    pub async fn shut_down(&self, namespace: &str) -> Result<bool, ClusterError> {
        let app = self.app(namespace).await?;
        self.bring_down(namespace, app).await
    }

    async fn bring_down(&self, namespace: &str, app: Deployment) -> Result<bool, ClusterError> {
        let is_down = app.spec.and_then(|spec| spec.replicas) == Some(0);
        if !is_down || !is_scaled(&app.metadata) {
            self.scale::<Deployment>(namespace, "web", 0).await?;
        }
        let database = self.database(namespace).await?;
        let wanted = database.and_then(|database| database.spec?.replicas.or(Some(1)));
        if wanted.unwrap_or(0) > 0 {
            if self.app_still_runs(namespace).await? {
                return Ok(false);
            }
            self.scale::<StatefulSet>(namespace, "database", 0).await?;
        }
        Ok(true)
    }

    /// Puts back how many there are of app and database: one of each.
    pub async fn run_both(&self, namespace: &str) -> Result<(), ClusterError> {
        self.scale::<Deployment>(namespace, "web", 1).await?;
        if self.database(namespace).await?.is_some() {
            self.scale::<StatefulSet>(namespace, "database", 1).await?;
        }
        Ok(())
    }

    /// Whether a pod of the app is there that has not ended and can: one on a node that does not answer may stay for ever.
    async fn app_still_runs(&self, namespace: &str) -> Result<bool, ClusterError> {
        self.has_pod(namespace, |pod| !has_ended(pod)).await
    }

    /// Whether a pod of the app runs and is still starting, perhaps in the middle of its migrations: killed there some apps
    /// never start again. Of a node that does not answer nobody knows.
    pub async fn app_is_starting(&self, namespace: &str) -> Result<bool, ClusterError> {
        self.has_pod(namespace, is_starting).await
    }

    /// Whether the app has such a pod on a node that answers.
    async fn has_pod(
        &self,
        namespace: &str,
        is_such: impl Fn(&Pod) -> bool,
    ) -> Result<bool, ClusterError> {
        let web = ListParams::default().labels(&format!("{COMPONENT_LABEL}=web"));
        let pods = self.within::<Pod>(namespace);
        let pods = self.call("pods", pods.list(&web)).await?;
        for pod in pods.items.iter().filter(|pod| is_such(pod)) {
            if self.can_end(pod).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Starts the database, where there is one, and once that answers the app, as this operation. `false` while the
    /// database is awaited, or the end of the pod that the app had before: a Deployment that is scaled up from nothing does
    /// not wait for it.
    pub async fn resume(&self, namespace: &str, operation: u32) -> Result<bool, ClusterError> {
        if !self.runs_again(namespace).await? {
            return Ok(false);
        }
        self.mark(namespace, operation).await.map(|()| true)
    }

    /// As [`Cluster::resume`], and `false` while a volume is smaller than was asked for: it grows once it is in use.
    pub async fn resize(&self, namespace: &str, operation: u32) -> Result<bool, ClusterError> {
        if !self.runs_again(namespace).await? || !self.volumes_have_grown(namespace).await? {
            return Ok(false);
        }
        self.mark(namespace, operation).await.map(|()| true)
    }

    /// The app once it and its database are ready and every volume is as large as was asked for; nothing is changed.
    pub async fn grown_app(&self, namespace: &str) -> Result<Option<GrownApp>, ClusterError> {
        // Before everything else: whatever is done to it afterwards makes another version of it.
        let app = self.app(namespace).await?;
        let database = self.database(namespace).await?;
        let ready = app_is_ready(&app) && database.as_ref().is_none_or(is_ready);
        if !ready || !self.volumes_have_grown(namespace).await? {
            return Ok(None);
        }
        Ok(Some(GrownApp {
            resource_version: app.metadata.resource_version,
        }))
    }

    /// Says of an app that this resize was carried out, unless anything was done to it since it was seen.
    pub async fn finish_resize(
        &self,
        namespace: &str,
        operation: u32,
        seen: &GrownApp,
    ) -> Result<(), ClusterError> {
        let mut patch = json!({"metadata": marked(operation)});
        patch["metadata"]["resourceVersion"] = json!(seen.resource_version);
        match self.merge(namespace, patch).await {
            Err(ClusterError::Conflict { .. }) => Ok(()),
            done => done,
        }
    }

    async fn runs_again(&self, namespace: &str) -> Result<bool, ClusterError> {
        if let Some(found) = self.database(namespace).await? {
            let replicas = found.spec.as_ref().and_then(|spec| spec.replicas);
            let scaled = match replicas {
                Some(1) => Some(found),
                _ => {
                    self.scale::<StatefulSet>(namespace, "database", 1).await?;
                    self.database(namespace).await?
                }
            };
            if !scaled.is_some_and(|database| is_ready(&database)) {
                self.free_database(namespace).await?;
                return Ok(false);
            }
        }
        if !self.app_has_ended(namespace).await? {
            return Ok(false);
        }
        self.scale::<Deployment>(namespace, "web", 1)
            .await
            .map(|()| true)
    }

    /// Whether no pod of the app is on its way out, which may still write to its volume.
    pub async fn app_has_ended(&self, namespace: &str) -> Result<bool, ClusterError> {
        let web = ListParams::default().labels(&format!("{COMPONENT_LABEL}=web"));
        let pods = self.within::<Pod>(namespace);
        let pods = self.call("pods", pods.list_metadata(&web)).await?;
        let mut pods = pods.items.iter();
        Ok(pods.all(|pod| pod.metadata.deletion_timestamp.is_none()))
    }

    /// Whether the database is there, or the app is one without.
    pub async fn has_database(
        &self,
        namespace: &str,
        recipe: &Recipe,
    ) -> Result<bool, ClusterError> {
        Ok(recipe.overhead.database.is_none() || self.database(namespace).await?.is_some())
    }

    async fn app(&self, namespace: &str) -> Result<Deployment, ClusterError> {
        let api = self.within::<Deployment>(namespace);
        self.call("Deployment/web", api.get("web")).await
    }

    /// The database, where the app has one.
    pub(super) async fn database(
        &self,
        namespace: &str,
    ) -> Result<Option<StatefulSet>, ClusterError> {
        let api = self.within::<StatefulSet>(namespace);
        self.call("StatefulSet/database", api.get_opt("database"))
            .await
    }

    /// Whether the cluster counts with the quota that was stated last.
    pub async fn quota_counts(&self, namespace: &str) -> Result<bool, ClusterError> {
        let quota = self
            .call(
                "ResourceQuota/instance",
                self.within::<ResourceQuota>(namespace).get("instance"),
            )
            .await?;
        let stated = quota.spec.and_then(|spec| spec.hard);
        Ok(stated == quota.status.and_then(|status| status.hard))
    }

    /// Says on the app which operation was carried out last, or is the stop that was begun. What is seen from then on is its
    /// outcome.
    async fn mark(&self, namespace: &str, operation: u32) -> Result<(), ClusterError> {
        self.merge(namespace, json!({"metadata": marked(operation)}))
            .await
    }

    async fn merge(&self, namespace: &str, patch: Value) -> Result<(), ClusterError> {
        let params = updating(RESTARTER);
        self.change::<Deployment>(namespace, "web", &params, &Patch::Merge(patch))
            .await
    }

    async fn scale<K>(&self, namespace: &str, name: &str, replicas: i32) -> Result<(), ClusterError>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
            + Clone
            + std::fmt::Debug
            + DeserializeOwned,
    {
        let intent = json!({
            "apiVersion": K::api_version(&()),
            "kind": K::kind(&()),
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"replicas": replicas},
        });
        self.change::<K>(
            namespace,
            name,
            &PatchParams::apply(SCALER).force(),
            &Patch::Apply(intent),
        )
        .await
    }

    async fn change<K>(
        &self,
        namespace: &str,
        name: &str,
        params: &PatchParams,
        patch: &Patch<Value>,
    ) -> Result<(), ClusterError>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
            + Clone
            + std::fmt::Debug
            + DeserializeOwned,
    {
        let object = format!("{}/{name}", K::kind(&()));
        let api = self.within::<K>(namespace);
        let found = self.call(&object, api.get(name)).await?;
        must_be_ours(&object, found.meta())?;
        self.call(&object, api.patch(name, params, patch))
            .await
            .map(drop)
    }
}

/// The controller has seen the present intent, and every pod is of it and ready; none is wanted nowhere.
pub(in crate::kubernetes) fn is_ready(set: &StatefulSet) -> bool {
    let wanted = set
        .spec
        .as_ref()
        .and_then(|spec| spec.replicas)
        .unwrap_or(1);
    let ready = set.status.as_ref().is_some_and(|status| {
        status.observed_generation >= set.metadata.generation
            && status.ready_replicas == Some(wanted)
            // One that is on its way out counts as ready until it has ended, and is not counted here.
            && status.updated_replicas == Some(wanted)
            && status.update_revision == status.current_revision
    });
    ready && wanted > 0
}

fn has_ended(pod: &Pod) -> bool {
    let status = pod.status.as_ref();
    let phase = status.and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}

/// As [`is_ready`], of the app itself.
pub(in crate::kubernetes) fn app_is_ready(app: &Deployment) -> bool {
    let wanted = app.spec.as_ref().and_then(|spec| spec.replicas);
    let wanted = wanted.unwrap_or(1);
    let ready = app.status.as_ref().is_some_and(|status| {
        let counts = [
            status.replicas,
            status.updated_replicas,
            status.ready_replicas,
        ];
        status.observed_generation >= app.metadata.generation
            && counts.iter().all(|are| *are == Some(wanted))
    });
    ready && wanted > 0
}

/// Whether the scaler says how many there are to be. What only the provisioner said, of what it made again at rest, goes once
/// it does not say so any more; the cluster then makes one of nothing, and the app would run before its database.
fn is_scaled(metadata: &ObjectMeta) -> bool {
    let mut entries = metadata.managed_fields.iter().flatten();
    entries.any(|entry| {
        let fields = entry.fields_v1.as_ref();
        entry.manager.as_deref() == Some(SCALER)
            && fields.is_some_and(|fields| fields.0.pointer("/f:spec/f:replicas").is_some())
    })
}

fn marked(operation: u32) -> Value {
    json!({"annotations": {operation_annotation(): operation.to_string()}})
}
