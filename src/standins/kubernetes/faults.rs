//! What can be made to go wrong: workloads that misbehave, and outages of the whole server.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::paths::{entries, list, text, truth};

/// The pods a behaviour is about. What is not said matches everything; `*` stands for any letters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The name of the Deployment, StatefulSet or Job, or of a pod that has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// How matching pods behave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "behaviour", rename_all = "snake_case")]
pub enum Fault {
    /// Containers start and exit with 1, again and again; running ones exit as well.
    CrashLoop,
    /// The image of a container that is to be started does not exist.
    ImagePull,
    /// No node takes the pod.
    Unschedulable,
    /// Every start takes this much longer.
    Slow { ms: u64 },
    /// Containers run and never become ready; a Job never ends.
    NeverReady,
    /// Containers with a startup probe begin to run and do not come to its end; what has started goes on.
    NeverStarts,
    /// Pods that run to completion exit with 1.
    JobFails,
    /// Pods that are deleted do not end.
    Lingers,
}

/// A fault and whom it strikes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behaviour {
    #[serde(flatten)]
    pub scope: Scope,
    #[serde(flatten)]
    pub fault: Fault,
}

/// What the server as a whole does instead of answering.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outage", rename_all = "snake_case")]
pub enum Outage {
    #[default]
    None,
    /// Connections are accepted, then closed without an answer; open ones are cut.
    Refuse,
    /// 503 with a `Status`; open connections, and with them the watches, are cut.
    Unavailable,
    /// Every answer comes this much later.
    Slow { ms: u64 },
    /// No answer, until this is over: then every one comes.
    Hang,
    /// 500: the server is there, and its store is not.
    Broken,
    /// 429 with `Retry-After`.
    TooManyRequests,
}

pub(super) fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            text.char_indices()
                .map(|(at, _)| at)
                .chain([text.len()])
                .any(|at| glob(rest, &text[at..]))
        }),
    }
}

impl Scope {
    pub(super) fn matches(&self, pod: &Value) -> bool {
        let namespace = text(pod, "/metadata/namespace");
        let labels = entries(pod, "/metadata/labels");
        self.namespace
            .as_ref()
            .is_none_or(|pattern| glob(pattern, namespace))
            && self
                .workload
                .as_ref()
                .is_none_or(|pattern| glob(pattern, &workload(pod)))
            && self.labels.iter().all(|(key, value)| {
                labels
                    .and_then(|labels| labels.get(key))
                    .and_then(Value::as_str)
                    == Some(value)
            })
    }
}

/// The name of what stands behind a pod; for a Deployment its own name, not that of its ReplicaSet.
fn workload(pod: &Value) -> String {
    let owner = list(pod, "/metadata/ownerReferences")
        .iter()
        .find(|owner| truth(owner, "/controller"));
    let name = owner.map_or(text(pod, "/metadata/name"), |owner| text(owner, "/name"));
    let hash = format!("-{}", text(pod, "/metadata/labels/pod-template-hash"));
    name.strip_suffix(&hash).unwrap_or(name).to_owned()
}

/// The faults that strike one pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mode {
    pub(super) slow_ms: u64,
    faults: Vec<Fault>,
}

impl Mode {
    pub(super) fn of(behaviours: &[Behaviour], pod: &Value) -> Self {
        let mut mode = Self::default();
        for behaviour in behaviours
            .iter()
            .filter(|behaviour| behaviour.scope.matches(pod))
        {
            match behaviour.fault {
                Fault::Slow { ms } => mode.slow_ms = mode.slow_ms.max(ms),
                ref fault => mode.faults.push(fault.clone()),
            }
        }
        mode
    }

    pub(super) fn has(&self, fault: &Fault) -> bool {
        self.faults.contains(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_star_stands_for_any_letters() {
        assert!(
            glob("app-*", "app-1") && glob("*", "") && glob("a*c*e", "abcde") && glob("web", "web")
        );
        assert!(!glob("app-*", "ap") && !glob("web", "web-1") && !glob("a*c", "abd"));
    }

    #[test]
    fn a_deployments_pods_are_matched_by_the_deployments_name() {
        let pod = json!({ "metadata": {
            "name": "web-abc-x", "namespace": "app-1", "labels": { "pod-template-hash": "abc" },
            "ownerReferences": [{ "controller": true, "kind": "ReplicaSet", "name": "web-abc" }],
        }});
        let behaviour: Behaviour = serde_json::from_value(
            json!({ "namespace": "app-*", "workload": "web", "behaviour": "crash_loop" }),
        )
        .unwrap();
        assert!(Mode::of(&[behaviour], &pod).has(&Fault::CrashLoop));
    }
}
