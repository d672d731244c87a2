//! Nodes that are lost: the kubelet falls silent, the pods are no longer ready, and nothing of them changes until the
//! node is back.

use serde_json::{Value, json};

use super::super::kinds;
use super::super::paths::{entry, list, object_at, text, truth};
use super::super::refusal::Refusal;
use super::super::store::{Key, Store};
use super::super::writes;
use super::conditions;

const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const MANAGER: &str = "kube-controller-manager";

/// Whether the node of a pod is lost.
pub(super) fn is_lost(store: &Store, pod: &Value) -> bool {
    let node = Key::of("nodes", "", text(pod, "/spec/nodeName"));
    store.get(&node).is_some_and(|node| {
        entry(list(node, "/status/conditions"), "type", "Ready")
            .is_some_and(|ready| text(ready, "/status") == "Unknown")
    })
}

/// Gives every node room for everything.
pub(in super::super) fn make_room(store: &mut Store) {
    let amounts = json!({
        "cpu": "100000", "memory": "1000Ti", "ephemeral-storage": "1000Ti", "pods": "100000",
    });
    let nodes: Vec<(Key, Value)> = store
        .list(kinds::known("nodes"), None)
        .map(|(key, node)| (key.clone(), node["status"].clone()))
        .collect();
    for (key, mut status) in nodes {
        status["capacity"] = amounts.clone();
        status["allocatable"] = amounts.clone();
        writes::set_status(store, &key, status, MANAGER);
    }
}

/// Loses a node or brings it back.
pub(in super::super) fn set_ready(
    store: &mut Store,
    name: &str,
    ready: bool,
) -> Result<(), Refusal> {
    let key = Key::of("nodes", "", name);
    let node = store
        .get(&key)
        .cloned()
        .ok_or_else(|| Refusal::not_found(key.kind, name))?;
    let mut status = node["status"].clone();
    let mut all = list(&node, "/status/conditions").to_vec();
    if ready {
        let said = "kubelet is posting ready status";
        conditions::set(&mut all, "Ready", "True", "KubeletReady", said);
    } else {
        let said = "Kubelet stopped posting node status.";
        conditions::set(&mut all, "Ready", "Unknown", "NodeStatusUnknown", said);
    }
    status["conditions"] = all.into();
    let mut tainted = Value::clone(&node);
    let mut taints = list(&node, "/spec/taints").to_vec();
    taints.retain(|taint| text(taint, "/key") != UNREACHABLE);
    if !ready {
        for effect in ["NoSchedule", "NoExecute"] {
            taints.push(json!({ "key": UNREACHABLE, "effect": effect }));
        }
    }
    let spec = object_at(&mut tainted, &["spec"]);
    spec.remove("taints");
    if !taints.is_empty() {
        spec.insert("taints".into(), taints.into());
    }
    store.put(key.clone(), tainted);
    writes::set_status(store, &key, status, MANAGER);
    let pods: Vec<(Key, Value)> = store
        .list(kinds::known("pods"), None)
        .filter(|(_, pod)| text(pod, "/spec/nodeName") == name)
        .map(|(key, pod)| (key.clone(), Value::clone(pod)))
        .collect();
    for (key, pod) in pods {
        let containers = list(&pod, "/status/containerStatuses");
        let running = !containers.is_empty() && containers.iter().all(|one| truth(one, "/ready"));
        if !running {
            continue;
        }
        let mut status = pod["status"].clone();
        let mut all = list(&pod, "/status/conditions").to_vec();
        let word = if ready { "True" } else { "False" };
        conditions::set(&mut all, "Ready", word, "", "");
        status["conditions"] = all.into();
        writes::set_status(store, &key, status, MANAGER);
    }
    Ok(())
}
