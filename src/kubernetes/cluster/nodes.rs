//! What is done to a node: nothing new on it, and what of ours stands on it away. A node does not carry our label, so
//! nothing else of it is ever touched, and pods that are not ours stay where they are. A pod is ours by the name of its
//! namespace: one whose labels somebody took off goes down with the node as any other.

use k8s_openapi::api::core::v1::{Node, Pod};
use kube::{
    Api,
    api::{EvictParams, ListParams, Patch, PatchParams},
};
use serde_json::json;

use super::Cluster;
use crate::kubernetes::{error::ClusterError, spec::ClusterSettings};

/// Owns `spec.unschedulable` and nothing else.
const CORDONER: &str = "purser-workers";

/// What is left of ours on a node after asking once for its eviction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evicted {
    /// Pods that are still there: on their way out, or held.
    pub left: usize,
    /// Those that a disruption budget holds for now, as `namespace/name`.
    pub held: Vec<String>,
}

impl Cluster {
    /// Whether anything new is placed on the node.
    pub async fn set_unschedulable(&self, node: &str, on: bool) -> Result<(), ClusterError> {
        let patch = json!({"spec": {"unschedulable": on}});
        let params = PatchParams {
            field_manager: Some(CORDONER.into()),
            ..PatchParams::default()
        };
        let api = Api::<Node>::all(self.client());
        self.call(
            &format!("Node/{node}"),
            api.patch(node, &params, &Patch::Merge(patch)),
        )
        .await
        .map(drop)
    }

    /// Asks every pod of ours on the node to go, through the API that respects disruption budgets. Those of a DaemonSet
    /// would come back at once, so they are left alone.
    pub async fn evict_ours(
        &self,
        settings: &ClusterSettings,
        node: &str,
    ) -> Result<Evicted, ClusterError> {
        let there = ListParams::default().fields(&format!("spec.nodeName={node}"));
        let api = Api::<Pod>::all(self.client());
        let pods = self.call("pods", api.list(&there)).await?;
        let is_ours = |pod: &&Pod| {
            let namespace = pod.metadata.namespace.as_deref();
            namespace.is_some_and(|namespace| settings.is_of_an_instance(namespace))
        };
        let mut evicted = Evicted::default();
        for pod in pods.items.iter().filter(is_ours).filter(|pod| moves(pod)) {
            evicted.left += 1;
            if pod.metadata.deletion_timestamp.is_some() {
                continue;
            }
            match self.evict(pod).await {
                Ok(()) | Err(ClusterError::NotFound { .. }) => {}
                Err(ClusterError::TooManyRequests { .. }) => evicted.held.push(named(pod)),
                Err(error) => return Err(error),
            }
        }
        Ok(evicted)
    }

    async fn evict(&self, pod: &Pod) -> Result<(), ClusterError> {
        let name = pod.metadata.name.as_deref().unwrap_or_default();
        let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
        self.call(
            &format!("Pod/{name}"),
            self.within::<Pod>(namespace)
                .evict(name, &EvictParams::default()),
        )
        .await
        .map(drop)
    }
}

fn named(pod: &Pod) -> String {
    let metadata = &pod.metadata;
    let namespace = metadata.namespace.as_deref().unwrap_or_default();
    let name = metadata.name.as_deref().unwrap_or_default();
    format!("{namespace}/{name}")
}

fn moves(pod: &Pod) -> bool {
    let mut owners = pod.metadata.owner_references.iter().flatten();
    let phase = pod
        .status
        .as_ref()
        .and_then(|status| status.phase.as_deref());
    !matches!(phase, Some("Succeeded" | "Failed")) && !owners.any(|owner| owner.kind == "DaemonSet")
}
