//! What running pods use, as a metrics server would have measured it: a plausible part of what they ask for, or what a
//! test or an operator of the stand-in says.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::faults::Scope;
use super::kinds;
use super::paths::{list, now, text};
use super::rules::quantity;
use super::store::{Key, Store};

/// What each container of matching pods uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumption {
    #[serde(flatten)]
    pub scope: Scope,
    /// Thousandths of a core.
    pub cpu_millicores: u64,
    pub memory_mib: u64,
}

/// Thousandths of a core and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Usage {
    millicores: i128,
    bytes: i128,
}

const MIB: i128 = 1024 * 1024;

fn usage(consumptions: &[Consumption], pod: &Value, container: &Value) -> Usage {
    let set = consumptions.iter().rev().find(|one| one.scope.matches(pod));
    if let Some(set) = set {
        return Usage {
            millicores: set.cpu_millicores.into(),
            bytes: i128::from(set.memory_mib) * MIB,
        };
    }
    let asked = |resource: &str| {
        quantity::parse(text(container, &format!("/resources/requests/{resource}"))).unwrap_or(0)
    };
    Usage {
        millicores: (asked("cpu") / 10).max(1),
        bytes: (asked("memory") / 1000 * 6 / 10).max(16 * MIB),
    }
}

fn measured(usage: Usage) -> Value {
    json!({
        "cpu": format!("{}n", usage.millicores * 1_000_000),
        "memory": format!("{}Ki", usage.bytes / 1024),
    })
}

/// Whether a metrics server has seen the pod run.
fn is_measured(pod: &Value) -> bool {
    text(pod, "/status/phase") == "Running"
        && list(pod, "/status/containerStatuses")
            .iter()
            .any(|status| status.pointer("/state/running").is_some())
}

fn running(store: &Store, namespace: Option<&str>) -> Vec<(Key, Value)> {
    store
        .list(kinds::known("pods"), namespace)
        .filter(|(_, pod)| is_measured(pod))
        .map(|(key, pod)| (key.clone(), Value::clone(pod)))
        .collect()
}

/// The measurements of the running pods that `wanted` takes.
pub(super) fn of_pods(
    store: &Store,
    consumptions: &[Consumption],
    namespace: Option<&str>,
    wanted: impl Fn(&Value) -> bool,
) -> Vec<Value> {
    running(store, namespace)
        .iter()
        .filter(|(_, pod)| wanted(pod))
        .map(|(key, pod)| of_pod(consumptions, key, pod))
        .collect()
}

fn of_pod(consumptions: &[Consumption], key: &Key, pod: &Value) -> Value {
    let sidecars = list(pod, "/spec/initContainers")
        .iter()
        .filter(|container| text(container, "/restartPolicy") == "Always");
    let containers: Vec<Value> = sidecars
        .chain(list(pod, "/spec/containers"))
        .map(|container| {
            let usage = usage(consumptions, pod, container);
            json!({ "name": text(container, "/name"), "usage": measured(usage) })
        })
        .collect();
    json!({
        "kind": "PodMetrics",
        "apiVersion": "metrics.k8s.io/v1beta1",
        "metadata": {
            "name": key.name,
            "namespace": key.namespace,
            "creationTimestamp": now(),
            "labels": pod["metadata"]["labels"],
        },
        "timestamp": now(),
        "window": "15s",
        "containers": containers,
    })
}

/// The measurements of the nodes that `wanted` takes: their pods and a little for the node itself.
pub(super) fn of_nodes(
    store: &Store,
    consumptions: &[Consumption],
    wanted: impl Fn(&Value) -> bool,
) -> Vec<Value> {
    let pods = running(store, None);
    store
        .list(kinds::known("nodes"), None)
        .filter(|(_, node)| wanted(node))
        .map(|(key, node)| {
            let mut total = Usage {
                millicores: 100,
                bytes: 512 * MIB,
            };
            for (_, pod) in &pods {
                if text(pod, "/spec/nodeName") != key.name {
                    continue;
                }
                for container in list(pod, "/spec/containers") {
                    let one = usage(consumptions, pod, container);
                    total.millicores += one.millicores;
                    total.bytes += one.bytes;
                }
            }
            json!({
                "kind": "NodeMetrics",
                "apiVersion": "metrics.k8s.io/v1beta1",
                "metadata": {
                    "name": key.name,
                    "creationTimestamp": now(),
                    "labels": node["metadata"]["labels"],
                },
                "timestamp": now(),
                "window": "15s",
                "usage": measured(total),
            })
        })
        .collect()
}
