//! What is done to a node: nothing new on it, and what of ours stands on it away. A node does not carry our label, so
//! nothing else of it is ever touched, and pods that are not ours stay where they are. A pod is ours by the name of its
//! namespace: one whose labels somebody took off goes down with the node as any other.

use k8s_openapi::api::core::v1::{Node, Pod};
use kube::{
    Api,
    api::{EvictParams, ListParams, Patch},
};
use serde_json::json;

use super::{Cluster, is_missing, updating};
use crate::kubernetes::{error::ClusterError, spec::ClusterSettings};

/// Owns `spec.unschedulable` and nothing else.
const CORDONER: &str = "purser-workers";

/// What is left of ours on a node after asking once for its eviction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evicted {
    /// Pods that are still there: on their way out, or held.
    pub left: usize,
    /// Those that stay for now.
    pub held: Vec<HeldPod>,
}

/// A pod that is not let go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldPod {
    /// As `namespace/name`.
    pub pod: String,
    /// Why, where it is no disruption budget.
    pub why: Option<String>,
}

impl Cluster {
    /// Whether anything new is placed on the node.
    pub async fn set_unschedulable(&self, node: &str, on: bool) -> Result<(), ClusterError> {
        let patch = json!({"spec": {"unschedulable": on}});
        let params = updating(CORDONER);
        let api = Api::<Node>::all(self.client());
        self.call(
            &format!("Node/{node}"),
            api.patch(node, &params, &Patch::Merge(patch)),
        )
        .await
        .map(drop)
    }

    /// Asks every pod of ours on the node to go, through the API that respects disruption budgets. Those of a DaemonSet
    /// would come back at once, so they are left alone. One that the cluster does not let go keeps none of the others.
    ///
    /// # Errors
    /// Nobody can be asked.
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
                Err(error) if is_about_all(&error) => return Err(error),
                Err(error) => evicted.held.push(held(pod, &error)),
            }
        }
        Ok(evicted)
    }

    async fn evict(&self, pod: &Pod) -> Result<(), ClusterError> {
        let name = pod.metadata.name.as_deref().unwrap_or_default();
        let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
        let api = self.within::<Pod>(namespace);
        let params = EvictParams::default();
        let asked = api.evict(name, &params);
        let is_expected = |error: &ClusterError| is_budgets(error) || is_missing(error);
        self.call_unless(is_expected, &format!("Pod/{name}"), asked)
            .await
            .map(drop)
    }
}

fn is_budgets(error: &ClusterError) -> bool {
    matches!(error, ClusterError::TooManyRequests { .. })
}

/// Whether the next pod would fare no better.
fn is_about_all(error: &ClusterError) -> bool {
    use ClusterError as Is;
    matches!(
        error,
        Is::Unconfigured(_) | Is::Unreachable(_) | Is::TimedOut { .. } | Is::Unauthenticated { .. }
    )
}

fn held(pod: &Pod, error: &ClusterError) -> HeldPod {
    let metadata = &pod.metadata;
    let namespace = metadata.namespace.as_deref().unwrap_or_default();
    let name = metadata.name.as_deref().unwrap_or_default();
    HeldPod {
        pod: format!("{namespace}/{name}"),
        why: (!is_budgets(error)).then(|| crate::chain_of(error)),
    }
}

fn moves(pod: &Pod) -> bool {
    let mut owners = pod.metadata.owner_references.iter().flatten();
    let phase = pod
        .status
        .as_ref()
        .and_then(|status| status.phase.as_deref());
    !matches!(phase, Some("Succeeded" | "Failed")) && !owners.any(|owner| owner.kind == "DaemonSet")
}
