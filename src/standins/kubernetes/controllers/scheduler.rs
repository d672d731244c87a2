//! The scheduler: pods go to the ready node with the most room for their requests.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::super::kinds;
use super::super::paths::{entry, list, text, truth};
use super::super::rules::{quantity, quota};
use super::super::store::{Key, Store};

/// What the pods on each node request, kept up to date by the changes of pods.
#[derive(Default)]
pub(super) struct Usage {
    pods: HashMap<Key, (String, Amounts)>,
    nodes: HashMap<String, Amounts>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Amounts {
    cpu: i128,
    memory: i128,
    pods: i128,
}

impl Usage {
    pub(super) fn note(&mut self, key: &Key, pod: Option<&std::sync::Arc<Value>>) {
        if let Some((node, amounts)) = self.pods.remove(key) {
            let total = self.nodes.entry(node).or_default();
            total.cpu -= amounts.cpu;
            total.memory -= amounts.memory;
            total.pods -= amounts.pods;
        }
        let Some(pod) = pod else { return };
        let node = text(pod, "/spec/nodeName");
        if node.is_empty() || matches!(text(pod, "/status/phase"), "Succeeded" | "Failed") {
            return;
        }
        let amounts = requests(pod);
        let total = self.nodes.entry(node.to_owned()).or_default();
        total.cpu += amounts.cpu;
        total.memory += amounts.memory;
        total.pods += amounts.pods;
        self.pods.insert(key.clone(), (node.to_owned(), amounts));
    }
}

fn requests(pod: &Value) -> Amounts {
    let resources = quota::pod_resources(pod);
    let get = |name: &str| resources.get(name).copied().unwrap_or(0);
    Amounts {
        cpu: get("requests.cpu"),
        memory: get("requests.memory"),
        pods: 1000,
    }
}

/// The first taint of a node that keeps the pod away, in the scheduler's words.
fn untolerated(node: &Value, pod: &Value) -> Option<String> {
    let tolerates = |taint: &Value| {
        list(pod, "/spec/tolerations").iter().any(|toleration| {
            let (key, effect) = (text(toleration, "/key"), text(toleration, "/effect"));
            let exists = text(toleration, "/operator") == "Exists";
            (effect.is_empty() || effect == text(taint, "/effect"))
                && (key == text(taint, "/key") || (key.is_empty() && exists))
                && (exists || text(toleration, "/value") == text(taint, "/value"))
        })
    };
    let taint = list(node, "/spec/taints")
        .iter()
        .filter(|taint| matches!(text(taint, "/effect"), "NoSchedule" | "NoExecute"))
        .find(|taint| !tolerates(taint))?;
    Some(format!(
        "node(s) had untolerated taint {{{}: {}}}",
        text(taint, "/key"),
        text(taint, "/value")
    ))
}

/// The node for a pod, or why there is none.
pub(super) fn choose(
    store: &Store,
    usage: &Usage,
    key: &Key,
    pod: &Value,
) -> Result<String, String> {
    for volume in list(pod, "/spec/volumes") {
        let claim = text(volume, "/persistentVolumeClaim/claimName");
        if claim.is_empty() {
            continue;
        }
        let total = store.list(kinds::known("nodes"), None).count();
        match store.get(&Key::of("persistentvolumeclaims", &key.namespace, claim)) {
            None => {
                return Err(format!(
                    "0/{total} nodes are available: persistentvolumeclaim {claim:?} not found. {NO_PREEMPTION}"
                ));
            }
            Some(claim) if text(claim, "/status/phase") != "Bound" => {
                return Err(format!(
                    "0/{total} nodes are available: pod has unbound immediate PersistentVolumeClaims. {NO_PREEMPTION}"
                ));
            }
            Some(_) => {}
        }
    }
    let wanted = requests(pod);
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut best: Option<(i128, String)> = None;
    for (node_key, node) in store.list(kinds::known("nodes"), None) {
        let used = usage.nodes.get(&node_key.name).copied().unwrap_or_default();
        let room = |resource: &str, used: i128| {
            let total = text(node, &format!("/status/allocatable/{resource}"));
            quantity::parse(total).unwrap_or(0) - used
        };
        let ready = entry(list(node, "/status/conditions"), "type", "Ready")
            .is_some_and(|condition| text(condition, "/status") == "True");
        let memory = room("memory", used.memory);
        let taint = untolerated(node, pod);
        let reason = if let Some(taint) = &taint {
            taint.as_str()
        } else if truth(node, "/spec/unschedulable") {
            "node(s) were unschedulable"
        } else if !ready {
            "node(s) had untolerated taint {node.kubernetes.io/not-ready: }"
        } else if room("pods", used.pods) < wanted.pods {
            "Too many pods"
        } else if room("cpu", used.cpu) < wanted.cpu {
            "Insufficient cpu"
        } else if memory < wanted.memory {
            "Insufficient memory"
        } else {
            if best.as_ref().is_none_or(|(most, _)| memory > *most) {
                best = Some((memory, node_key.name.clone()));
            }
            continue;
        };
        *reasons.entry(reason.to_owned()).or_default() += 1;
    }
    best.map(|(_, name)| name)
        .ok_or_else(|| unavailable(&reasons))
}

const NO_PREEMPTION: &str = "preemption: not eligible due to a non-preempting reason.";

fn unavailable(reasons: &BTreeMap<String, usize>) -> String {
    let total: usize = reasons.values().sum();
    let parts: Vec<String> = reasons
        .iter()
        .map(|(reason, count)| format!("{count} {reason}"))
        .collect();
    format!(
        "0/{total} nodes are available: {}. preemption: 0/{total} nodes are available: {total} No preemption victims \
         found for incoming pod.",
        parts.join(", ")
    )
}

/// What the scheduler says of a pod that was told to fit nowhere.
pub(super) fn simulated_shortage(store: &Store) -> String {
    let total = store.list(kinds::known("nodes"), None).count();
    unavailable(&BTreeMap::from([("Insufficient cpu".into(), total)]))
}
