//! A pod that its StatefulSet does not replace: made of another template than the one that is wanted, and not ready, it
//! holds up its own replacement until it is deleted. Never touches one that is ready, that is on its way out, or whose
//! node does not answer.

use k8s_openapi::api::{
    apps::v1::StatefulSet,
    core::v1::{Node, Pod},
};
use kube::{
    Api,
    api::{DeleteParams, ListParams, Preconditions},
};

use super::{Cluster, is_missing, must_be_ours};
use crate::kubernetes::{
    COMPONENT_LABEL, error::ClusterError, labels_of_ours, watch::node_answers,
};

const REVISION_LABEL: &str = "controller-revision-hash";

/// A pod of the database in the way of the one that is wanted, as it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StuckPod {
    name: String,
    uid: Option<String>,
    resource_version: Option<String>,
}

impl StuckPod {
    /// As `Kind/name`.
    pub fn object(&self) -> String {
        format!("Pod/{}", self.name)
    }
}

impl Cluster {
    /// The pod of an instance's database that is in the way of the one that is wanted.
    pub async fn stuck_database(&self, namespace: &str) -> Result<Option<StuckPod>, ClusterError> {
        let of_it = format!("{},{COMPONENT_LABEL}=database", labels_of_ours());
        let of_it = ListParams::default().labels(&of_it);
        let pods = self.within::<Pod>(namespace);
        // Before the StatefulSet: so none of them is of a newer template than is read there.
        let pods = self.call("pods", pods.list(&of_it));
        let pods = pods.await?.items;
        let Some(set) = self.database(namespace).await? else {
            return Ok(None);
        };
        must_be_ours("StatefulSet/database", &set.metadata)?;
        for pod in pods.iter().filter(|pod| is_in_the_way(pod, &set)) {
            if self.can_end(pod).await? {
                return Ok(Some(StuckPod {
                    name: pod.metadata.name.clone().unwrap_or_default(),
                    uid: pod.metadata.uid.clone(),
                    resource_version: pod.metadata.resource_version.clone(),
                }));
            }
        }
        Ok(None)
    }

    /// Deletes the pod of an instance's database that is in the way of the one that is wanted, where there is one.
    pub async fn free_database(&self, namespace: &str) -> Result<(), ClusterError> {
        let Some(pod) = self.stuck_database(namespace).await? else {
            return Ok(());
        };
        // As it was looked at: it may have become ready since, or be another one.
        let this_one = Preconditions {
            uid: pod.uid.clone(),
            resource_version: pod.resource_version.clone(),
        };
        let params = DeleteParams {
            preconditions: Some(this_one),
            ..DeleteParams::default()
        };
        let object = pod.object();
        let pods = self.within::<Pod>(namespace);
        let is_another = |error: &ClusterError| {
            let missed = matches!(error, ClusterError::Conflict { .. });
            missed || is_missing(error)
        };
        let deleting = pods.delete(&pod.name, &params);
        match self.call_unless(is_another, &object, deleting).await {
            Ok(_) => {
                tracing::warn!("deleted {object} in {namespace}, which held up its replacement");
                Ok(())
            }
            Err(error) if is_another(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whether a pod that is deleted would end: on a node that does not answer it stays.
    pub(super) async fn can_end(&self, pod: &Pod) -> Result<bool, ClusterError> {
        let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref());
        let Some(name) = node else {
            return Ok(true);
        };
        let nodes = Api::<Node>::all(self.client());
        let object = format!("Node/{name}");
        let node = self.call(&object, nodes.get_opt(name));
        Ok(node.await?.is_some_and(|node| node_answers(&node)))
    }
}

fn is_in_the_way(pod: &Pod, set: &StatefulSet) -> bool {
    let Some(wanted) = wanted_revision(set) else {
        return false;
    };
    let labels = pod.metadata.labels.as_ref();
    let revision = labels.and_then(|labels| labels.get(REVISION_LABEL));
    let mut owners = pod.metadata.owner_references.iter().flatten();
    owners.any(|owner| Some(&owner.uid) == set.metadata.uid.as_ref())
        && revision.is_some_and(|revision| revision != wanted)
        && pod.metadata.deletion_timestamp.is_none()
        && !is_ready(pod)
}

/// What its pods are to be of, once its controller has seen what is wanted; none while none is wanted.
fn wanted_revision(set: &StatefulSet) -> Option<&str> {
    let wanted = set.spec.as_ref().and_then(|spec| spec.replicas);
    let status = set.status.as_ref()?;
    let seen = status.observed_generation >= set.metadata.generation;
    let revision = status.update_revision.as_deref();
    revision.filter(|_| seen && wanted != Some(0))
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|it| it.conditions.as_ref());
    let mut conditions = conditions.into_iter().flatten();
    conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True")
}
