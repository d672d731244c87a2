//! A pod's status as the kubelet reports it.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::super::super::paths::{entry, list, now, number, text};
use super::super::conditions;
use super::kept_status;

/// The state of the main containers; the stand-in lets them all do the same.
#[derive(Clone, Debug)]
pub(super) enum ContainerState {
    Waiting {
        reason: &'static str,
        message: String,
    },
    Running {
        ready: bool,
    },
    Terminated {
        code: i64,
    },
}

impl ContainerState {
    pub(super) fn waiting(reason: &'static str, message: &str) -> Self {
        Self::Waiting {
            reason,
            message: message.to_owned(),
        }
    }
    pub(super) fn running(ready: bool) -> Self {
        Self::Running { ready }
    }
    pub(super) fn terminated(code: i64) -> Self {
        Self::Terminated { code }
    }
}

/// What to say about a pod.
pub(super) struct Report {
    state: ContainerState,
    pub(super) phase: &'static str,
    pub(super) address: Option<String>,
    /// Those with a startup probe have not come to its end.
    pub(super) starting: bool,
    /// The containers start once more.
    pub(super) restarted: bool,
    /// The containers exited just now and wait for their restart.
    pub(super) crashed: bool,
}

impl Report {
    pub(super) fn all(state: ContainerState) -> Self {
        let phase = match state {
            ContainerState::Waiting {
                reason: "CrashLoopBackOff",
                ..
            }
            | ContainerState::Running { .. }
            | ContainerState::Terminated { .. } => "Running",
            ContainerState::Waiting { .. } => "Pending",
        };
        Self {
            state,
            phase,
            address: None,
            starting: false,
            restarted: false,
            crashed: false,
        }
    }

    pub(super) fn status(&self, pod: &Value) -> Value {
        let mut status = kept_status(pod);
        let containers: Vec<Value> = list(pod, "/spec/containers")
            .iter()
            .map(|container| self.main_container(pod, container))
            .collect();
        let begun = !matches!(self.state, ContainerState::Waiting { reason, .. } if reason != "CrashLoopBackOff");
        let finished = matches!(self.phase, "Succeeded" | "Failed");
        let inits: Vec<Value> = list(pod, "/spec/initContainers")
            .iter()
            .map(|container| init_container(pod, container, begun, finished))
            .collect();
        let ready = matches!(self.state, ContainerState::Running { ready: true });
        status["conditions"] = pod_conditions(pod, ready, begun, finished).into();
        status["phase"] = self.phase.into();
        status["containerStatuses"] = containers.into();
        if !inits.is_empty() {
            status["initContainerStatuses"] = inits.into();
        }
        if text(&status, "/startTime").is_empty() {
            status["startTime"] = now().into();
        }
        let host = format!("10.0.0.{}", host_number(text(pod, "/spec/nodeName")));
        status["hostIP"] = host.clone().into();
        status["hostIPs"] = json!([{ "ip": host }]);
        if let Some(address) = &self.address {
            status["podIP"] = address.clone().into();
            status["podIPs"] = json!([{ "ip": address }]);
        }
        status
    }

    fn main_container(&self, pod: &Value, container: &Value) -> Value {
        let name = text(container, "/name");
        let old = entry(list(pod, "/status/containerStatuses"), "name", name);
        let old_state = old.map_or(Value::Null, |old| old["state"].clone());
        let mut restarts = old
            .and_then(|old| number(old, "/restartCount"))
            .unwrap_or(0);
        let mut last = old
            .and_then(|old| old.get("lastState"))
            .cloned()
            .unwrap_or_else(|| json!({}));
        if self.restarted {
            restarts += 1;
            if old_state.get("terminated").is_some() {
                last = old_state.clone();
            }
        }
        if self.crashed {
            last = json!({ "terminated": exit(&old_state, name, 1) });
        }
        let (state, ready, started) = match &self.state {
            ContainerState::Waiting { reason, message } => {
                let mut waiting = json!({ "reason": reason });
                if !message.is_empty() {
                    waiting["message"] = message.clone().into();
                }
                (json!({ "waiting": waiting }), false, false)
            }
            ContainerState::Running { ready } => {
                let running = match old_state.get("running").filter(|_| !self.restarted) {
                    Some(running) => running.clone(),
                    None => json!({ "startedAt": now() }),
                };
                let started = !self.starting || container.get("startupProbe").is_none();
                (json!({ "running": running }), *ready, started)
            }
            ContainerState::Terminated { code } => (
                json!({ "terminated": exit(&old_state, name, *code) }),
                false,
                false,
            ),
        };
        described(
            pod,
            container,
            json!({
                "name": name,
                "state": state,
                "lastState": last,
                "ready": ready,
                "started": started,
                "restartCount": restarts,
            }),
        )
    }
}

/// The end of a container that was in `state`.
fn exit(state: &Value, name: &str, code: i64) -> Value {
    let started = state
        .pointer("/running/startedAt")
        .cloned()
        .unwrap_or_else(|| now().into());
    json!({
        "exitCode": code,
        "reason": if code == 0 { "Completed" } else { "Error" },
        "startedAt": started,
        "finishedAt": now(),
        "containerID": format!("containerd://{}", digest(&format!("{name}{started}"))),
    })
}

/// Init containers are done as soon as the pod has begun; sidecars run as long as it does.
fn init_container(pod: &Value, container: &Value, begun: bool, finished: bool) -> Value {
    let name = text(container, "/name");
    let old = entry(list(pod, "/status/initContainerStatuses"), "name", name);
    let old_state = old.map_or(Value::Null, |old| old["state"].clone());
    let sidecar = text(container, "/restartPolicy") == "Always";
    let state = if !begun {
        json!({ "waiting": { "reason": "PodInitializing" } })
    } else if sidecar && !finished {
        old_state.get("running").map_or_else(
            || json!({ "running": { "startedAt": now() } }),
            |running| json!({ "running": running }),
        )
    } else if old_state.get("terminated").is_some() {
        old_state.clone()
    } else {
        json!({ "terminated": exit(&old_state, name, 0) })
    };
    described(
        pod,
        container,
        json!({
            "name": name,
            "state": state,
            "lastState": {},
            "ready": begun && !(sidecar && finished),
            "started": begun && sidecar && !finished,
            "restartCount": 0,
        }),
    )
}

fn described(pod: &Value, container: &Value, mut status: Value) -> Value {
    let image = text(container, "/image");
    status["image"] = image.into();
    let running = status.pointer("/state/waiting").is_none();
    status["imageID"] = if running {
        format!("{image}@sha256:{}", digest(image))
    } else {
        String::new()
    }
    .into();
    if running {
        let id = format!(
            "{}{}{}",
            text(pod, "/metadata/uid"),
            text(&status, "/name"),
            status["restartCount"]
        );
        status["containerID"] = format!("containerd://{}", digest(&id)).into();
    }
    status
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

fn host_number(node: &str) -> u64 {
    node.rsplit('-')
        .next()
        .and_then(|number| number.parse::<u64>().ok())
        .unwrap_or(0)
        + 10
}

fn pod_conditions(pod: &Value, ready: bool, begun: bool, finished: bool) -> Vec<Value> {
    let mut all = list(pod, "/status/conditions").to_vec();
    let names: Vec<&str> = list(pod, "/spec/containers")
        .iter()
        .map(|container| text(container, "/name"))
        .collect();
    let unready = format!("containers with unready status: [{}]", names.join(" "));
    let word = |holds: bool| if holds { "True" } else { "False" };
    conditions::set(
        &mut all,
        "PodReadyToStartContainers",
        word(begun && !finished),
        "",
        "",
    );
    if begun {
        conditions::set(
            &mut all,
            "Initialized",
            "True",
            if finished { "PodCompleted" } else { "" },
            "",
        );
    } else if list(pod, "/spec/initContainers").is_empty() {
        conditions::set(&mut all, "Initialized", "True", "", "");
    } else {
        let message = "containers with incomplete status";
        conditions::set(
            &mut all,
            "Initialized",
            "False",
            "ContainersNotInitialized",
            message,
        );
    }
    for kind in ["Ready", "ContainersReady"] {
        let (reason, message) = match (ready, finished) {
            (true, _) => ("", ""),
            (false, true) => ("PodCompleted", ""),
            (false, false) => ("ContainersNotReady", unready.as_str()),
        };
        conditions::set(&mut all, kind, word(ready), reason, message);
    }
    let generation = number(pod, "/metadata/generation").unwrap_or(1);
    for condition in &mut all {
        let map: Option<&mut Map<String, Value>> = condition.as_object_mut();
        if let Some(map) = map {
            map.insert("observedGeneration".into(), generation.into());
        }
    }
    all
}
