//! The few words that a node and a pod are kept as.

use k8s_openapi::api::core::v1::{Container, Node, Pod};
use purser_domain::worker::Capacity;

use crate::kubernetes::quantity::{asked, had};

/// The pool of a node that carries no label of one.
const DEFAULT_POOL: &str = "default";
/// What the control plane itself puts on a cordoned node.
const CORDON_TAINT: &str = "node.kubernetes.io/unschedulable";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NodeFact {
    pub(super) uid: String,
    pub(super) pool: String,
    pub(super) capacity: Capacity,
    pub(super) allocatable: Capacity,
    pub(super) ready: bool,
    pub(super) cordoned: bool,
    /// A taint keeps pods like ours away, as from a control plane.
    pub(super) reserved: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PodFact {
    /// None while the scheduler has found no place for it.
    pub(super) node: Option<String>,
    pub(super) need: Capacity,
    pub(super) ended: bool,
}

pub(super) fn node(node: &Node, pool_label: &str) -> NodeFact {
    let (metadata, status) = (&node.metadata, node.status.as_ref());
    let labels = metadata.labels.as_ref();
    let pool = labels.and_then(|labels| labels.get(pool_label));
    let pool = pool.filter(|pool| !pool.is_empty());
    let conditions = status.and_then(|status| status.conditions.as_ref());
    let ready = conditions
        .into_iter()
        .flatten()
        .any(|condition| condition.type_ == "Ready" && condition.status == "True");
    let spec = node.spec.as_ref();
    let mut taints = spec
        .into_iter()
        .flat_map(|spec| spec.taints.iter().flatten());
    NodeFact {
        uid: metadata.uid.clone().unwrap_or_default(),
        pool: pool.map_or(DEFAULT_POOL, String::as_str).to_owned(),
        capacity: had(status.and_then(|status| status.capacity.as_ref())),
        allocatable: had(status.and_then(|status| status.allocatable.as_ref())),
        ready,
        cordoned: spec.and_then(|spec| spec.unschedulable).unwrap_or(false),
        reserved: taints
            .any(|taint| taint.effect != "PreferNoSchedule" && taint.key != CORDON_TAINT),
    }
}

pub(super) fn pod(pod: &Pod) -> PodFact {
    let spec = pod.spec.as_ref();
    let phase = pod
        .status
        .as_ref()
        .and_then(|status| status.phase.as_deref());
    PodFact {
        node: spec
            .and_then(|spec| spec.node_name.clone())
            .filter(|name| !name.is_empty()),
        need: need(pod),
        ended: matches!(phase, Some("Succeeded" | "Failed")),
    }
}

/// As the scheduler counts: all containers together, or where it is more, what an init container needs beside the
/// sidecars that run by then.
fn need(pod: &Pod) -> Capacity {
    let nothing = Capacity::default();
    let Some(spec) = &pod.spec else {
        return nothing;
    };
    let of = |container: &Container| {
        let resources = container.resources.as_ref();
        asked(resources.and_then(|resources| resources.requests.as_ref()))
    };
    let (mut sidecars, mut starting) = (nothing, nothing);
    for container in spec.init_containers.iter().flatten() {
        let with_it = sidecars.plus(of(container));
        if container.restart_policy.as_deref() == Some("Always") {
            sidecars = with_it;
        }
        starting = larger(starting, with_it);
    }
    let running = spec
        .containers
        .iter()
        .map(of)
        .fold(sidecars, Capacity::plus);
    let overhead = asked(spec.overhead.as_ref());
    Capacity {
        pods: 1,
        ..larger(starting, running).plus(overhead)
    }
}

fn larger(left: Capacity, right: Capacity) -> Capacity {
    Capacity {
        cpu_millicores: left.cpu_millicores.max(right.cpu_millicores),
        memory_mib: left.memory_mib.max(right.memory_mib),
        pods: left.pods.max(right.pods),
    }
}
