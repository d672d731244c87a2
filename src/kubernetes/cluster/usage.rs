//! What our pods use, as the metrics API has measured it, and how large their volumes are. How full a volume is only the
//! kubelet knows.

use std::collections::BTreeMap;

use k8s_openapi::{
    api::core::v1::PersistentVolumeClaim, apimachinery::pkg::api::resource::Quantity,
};
use kube::{
    Api,
    api::ListParams,
    core::{ObjectMeta, Request},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{Cluster, is_missing};
use crate::kubernetes::{
    COMPONENT_LABEL, NAME_LABEL, error::ClusterError, instance_label, labels_of_ours, quantity,
    recipes::Recipe,
};

const POD_METRICS: &str = "/apis/metrics.k8s.io/v1beta1/pods";

/// What a pod of an instance uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodUse {
    pub namespace: String,
    pub instance: Uuid,
    pub recipe: String,
    /// `web`, `database` or `job`.
    pub component: String,
    /// What each container uses, sidecars included, by its name.
    pub containers: Vec<(String, Use)>,
}

/// Thousandths of a core, rounded up, and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Use {
    pub cpu_millicores: u64,
    pub memory_bytes: u64,
}

/// A volume of an instance, as large as the cluster has made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeSeen {
    pub namespace: String,
    pub instance: Uuid,
    pub recipe: String,
    pub claim: String,
    pub capacity_mib: u32,
}

#[derive(Deserialize)]
struct PodMetricsList {
    items: Vec<PodMetrics>,
}

#[derive(Deserialize)]
struct PodMetrics {
    metadata: ObjectMeta,
    #[serde(default)]
    containers: Vec<ContainerMetrics>,
}

#[derive(Deserialize)]
struct ContainerMetrics {
    name: String,
    #[serde(default)]
    usage: BTreeMap<String, Quantity>,
}

impl Cluster {
    /// What every pod of ours uses, in one answer. A cluster without a metrics API has no such path.
    pub async fn pod_use(&self) -> Result<Vec<PodUse>, ClusterError> {
        let asked = Request::new(POD_METRICS)
            .list(&ours())
            .map_err(kube::Error::BuildRequest);
        let client = self.client();
        let answer = async { client.request::<PodMetricsList>(asked?).await };
        let measured = self.call_unless(is_missing, "pods of metrics.k8s.io", answer);
        let measured = measured.await?;
        Ok(measured.items.into_iter().filter_map(pod_use).collect())
    }

    /// Every volume of ours that is bound.
    pub async fn volumes(&self) -> Result<Vec<VolumeSeen>, ClusterError> {
        let api = Api::<PersistentVolumeClaim>::all(self.client());
        let claims = self
            .call("persistentvolumeclaims", api.list(&ours()))
            .await?;
        Ok(claims.items.into_iter().filter_map(volume).collect())
    }
}

impl Cluster {
    /// How large a volume the cluster was asked for to hold what the plan sells, in MiB: the largest, where there are
    /// several.
    pub async fn volume_asked(
        &self,
        namespace: &str,
        recipe: &Recipe,
    ) -> Result<Option<u32>, ClusterError> {
        let api = self.within::<PersistentVolumeClaim>(namespace);
        let params = ours();
        let claims = self.call("persistentvolumeclaims", api.list(&params));
        let claims = claims.await?.items.into_iter().filter(|claim| {
            let name = claim.metadata.name.as_deref();
            let mut sold = recipe.volumes.iter().filter(|it| it.size_mib.is_none());
            sold.any(|volume| name == Some(&*volume.claim))
        });
        Ok(claims.filter_map(|claim| asked_mib(&claim)).max())
    }
}

fn asked_mib(claim: &PersistentVolumeClaim) -> Option<u32> {
    let requests = claim.spec.as_ref()?.resources.as_ref()?.requests.as_ref()?;
    quantity::mib(requests.get("storage")?)
}

fn ours() -> ListParams {
    ListParams::default().labels(&labels_of_ours())
}

fn pod_use(pod: PodMetrics) -> Option<PodUse> {
    let containers = pod.containers.into_iter().map(|container| {
        let milli = |name| container.usage.get(name).and_then(quantity::milli);
        let used = Use {
            cpu_millicores: figure(milli("cpu").unwrap_or(0)),
            memory_bytes: figure(milli("memory").unwrap_or(0).div_ceil(1_000)),
        };
        (container.name, used)
    });
    Some(PodUse {
        containers: containers.collect(),
        instance: instance(&pod.metadata)?,
        recipe: label(&pod.metadata, NAME_LABEL).to_owned(),
        component: label(&pod.metadata, COMPONENT_LABEL).to_owned(),
        namespace: pod.metadata.namespace?,
    })
}

fn volume(claim: PersistentVolumeClaim) -> Option<VolumeSeen> {
    let capacity = claim.status?.capacity?;
    Some(VolumeSeen {
        capacity_mib: quantity::mib(capacity.get("storage")?)?,
        instance: instance(&claim.metadata)?,
        recipe: label(&claim.metadata, NAME_LABEL).to_owned(),
        namespace: claim.metadata.namespace?,
        claim: claim.metadata.name?,
    })
}

fn instance(metadata: &ObjectMeta) -> Option<Uuid> {
    label(metadata, &instance_label()).parse().ok()
}

fn label<'a>(metadata: &'a ObjectMeta, name: &str) -> &'a str {
    let labels = metadata.labels.as_ref();
    labels
        .and_then(|labels| labels.get(name))
        .map_or("", String::as_str)
}

fn figure(figure: u128) -> u64 {
    u64::try_from(figure).unwrap_or(u64::MAX)
}
