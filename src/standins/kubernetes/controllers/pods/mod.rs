//! The life of a pod: scheduled, started, ready, failing, finished, removed. The stage is read off the pod itself.

mod failing;
mod needs;
mod status;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use self::failing::pull_error;
use self::status::{ContainerState, Report};
use super::super::faults::{Fault, Mode};
use super::super::fields::{Writer, after_write};
use super::super::paths::{is_deleting, list, number, object_at, text, truth};
use super::super::store::{Key, Store};
use super::{Controllers, conditions, events, nodes, scheduler};

/// Where a pod stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Unscheduled,
    Creating,
    PullFailed,
    PullBackOff,
    ConfigError,
    Running,
    Ready,
    Exited,
    CrashBackOff,
}

fn stage(pod: &Value) -> Stage {
    if text(pod, "/spec/nodeName").is_empty() {
        return Stage::Unscheduled;
    }
    let Some(first) = list(pod, "/status/containerStatuses").first() else {
        return Stage::Creating;
    };
    if first.pointer("/state/terminated").is_some() {
        return Stage::Exited;
    }
    if first.pointer("/state/running").is_some() {
        return if truth(first, "/ready") {
            Stage::Ready
        } else {
            Stage::Running
        };
    }
    match text(first, "/state/waiting/reason") {
        "ErrImagePull" => Stage::PullFailed,
        "ImagePullBackOff" => Stage::PullBackOff,
        "CreateContainerConfigError" => Stage::ConfigError,
        "CrashLoopBackOff" => Stage::CrashBackOff,
        _ => Stage::Creating,
    }
}

pub(super) fn reconcile(
    controllers: &mut Controllers,
    store: &mut Store,
    key: &Key,
    pod: &Arc<Value>,
) {
    if nodes::is_lost(store, pod) {
        return;
    }
    if is_deleting(pod) {
        terminate(controllers, store, key, pod);
        return;
    }
    if matches!(text(pod, "/status/phase"), "Succeeded" | "Failed") {
        return;
    }
    let stage = stage(pod);
    let mode = Mode::of(&controllers.behaviours, pod);
    let mut kubelet = Kubelet {
        controllers,
        store,
        key,
        pod,
        mode,
        stage,
    };
    match stage {
        Stage::Unscheduled => kubelet.schedule(),
        Stage::Creating => kubelet.create(),
        Stage::PullFailed => kubelet.pull_failed(),
        Stage::PullBackOff | Stage::ConfigError => kubelet.try_again(),
        Stage::Running => kubelet.running(),
        Stage::Ready => kubelet.ready(),
        Stage::Exited => kubelet.exited(),
        Stage::CrashBackOff => kubelet.crash_back_off(),
    }
}

fn terminate(controllers: &mut Controllers, store: &mut Store, key: &Key, pod: &Value) {
    let grace = number(pod, "/metadata/deletionGracePeriodSeconds")
        .unwrap_or(0)
        .unsigned_abs();
    let delay = Duration::from_secs(grace).min(controllers.start / 3);
    if controllers
        .stages
        .get(key)
        .is_none_or(|(stage, _)| stage != "terminating")
    {
        for container in list(pod, "/spec/containers") {
            let message = format!("Stopping container {}", text(container, "/name"));
            events::normal(store, key, &events::KUBELET, "Killing", &message);
        }
    }
    let lingers = Mode::of(&controllers.behaviours, pod).has(&Fault::Lingers);
    if !controllers.has_been(key, "terminating", delay) || lingers {
        return;
    }
    if list(pod, "/metadata/finalizers").is_empty() {
        store.remove(key);
    }
}

/// One look at one pod.
struct Kubelet<'a> {
    controllers: &'a mut Controllers,
    store: &'a mut Store,
    key: &'a Key,
    pod: &'a Arc<Value>,
    mode: Mode,
    stage: Stage,
}

impl Kubelet<'_> {
    /// Whether the pod has been in this stage for that part (in tenths) of a start.
    fn waited(&mut self, tenths: u32, extra: Duration) -> bool {
        let delay = self.controllers.start * tenths / 10 + extra;
        self.waited_for(delay)
    }

    fn waited_for(&mut self, delay: Duration) -> bool {
        let restarts = self.restarts();
        let stage = format!("{:?} {restarts}", self.stage);
        self.controllers.has_been(self.key, &stage, delay)
    }

    fn restarts(&self) -> i64 {
        number(self.pod, "/status/containerStatuses/0/restartCount").unwrap_or(0)
    }

    fn normal(&mut self, reason: &str, message: &str) {
        events::normal(self.store, self.key, &events::KUBELET, reason, message);
    }

    fn warning(&mut self, reason: &str, message: &str) {
        events::warning(self.store, self.key, &events::KUBELET, reason, message);
    }

    fn report(&mut self, report: &Report) {
        let status = report.status(self.pod);
        super::super::writes::set_status(self.store, self.key, status, "kubelet");
    }

    fn schedule(&mut self) {
        if !self.waited(1, Duration::ZERO) {
            return;
        }
        let chosen = if self.mode.has(&Fault::Unschedulable) {
            Err(scheduler::simulated_shortage(self.store))
        } else {
            scheduler::choose(self.store, &self.controllers.usage, self.key, self.pod)
        };
        match chosen {
            Ok(node) => self.bind(&node),
            Err(why) => {
                let known = list(self.pod, "/status/conditions")
                    .iter()
                    .any(|condition| text(condition, "/message") == why);
                if !known {
                    events::warning(
                        self.store,
                        self.key,
                        &events::SCHEDULER,
                        "FailedScheduling",
                        &why,
                    );
                    let mut status = self.pod["status"].clone();
                    let mut list_of = list(self.pod, "/status/conditions").to_vec();
                    conditions::set(&mut list_of, "PodScheduled", "False", "Unschedulable", &why);
                    status["conditions"] = list_of.into();
                    super::super::writes::set_status(
                        self.store,
                        self.key,
                        status,
                        "kube-scheduler",
                    );
                }
                let again = self.controllers.start.max(Duration::from_millis(50));
                self.controllers.after(self.key, again);
            }
        }
    }

    fn bind(&mut self, node: &str) {
        let mut bound = Value::clone(self.pod);
        bound["spec"]["nodeName"] = node.into();
        let mut list_of = list(self.pod, "/status/conditions").to_vec();
        conditions::set(&mut list_of, "PodScheduled", "True", "", "");
        bound["status"]["conditions"] = list_of.into();
        after_write(
            Some(self.pod),
            &mut bound,
            &Writer::new("kube-scheduler", "status"),
        );
        self.store.put(self.key.clone(), bound);
        let message = format!(
            "Successfully assigned {}/{} to {node}",
            self.key.namespace, self.key.name
        );
        events::normal(
            self.store,
            self.key,
            &events::SCHEDULER,
            "Scheduled",
            &message,
        );
    }

    fn create(&mut self) {
        if list(self.pod, "/status/containerStatuses").is_empty() {
            let report = Report::all(ContainerState::waiting("ContainerCreating", ""));
            self.report(&report);
            return;
        }
        let extra = Duration::from_millis(self.mode.slow_ms);
        if self.waited(4, extra) {
            self.start_containers();
        }
    }

    /// Starts the containers, or says why that is not possible.
    fn start_containers(&mut self) {
        let images: Vec<String> = list(self.pod, "/spec/containers")
            .iter()
            .map(|container| text(container, "/image").to_owned())
            .collect();
        if self.mode.has(&Fault::ImagePull) {
            let image = images.first().cloned().unwrap_or_default();
            let why = pull_error(&image);
            self.normal("Pulling", &format!("Pulling image {image:?}"));
            self.warning("Failed", &format!("Failed to pull image {image:?}: {why}"));
            self.warning("Failed", "Error: ErrImagePull");
            self.report(&Report::all(ContainerState::waiting("ErrImagePull", &why)));
            return;
        }
        if let Some(missing) = needs::missing(self.store, self.key, self.pod) {
            match missing {
                needs::Missing::Volume(why) => self.warning("FailedMount", &why),
                needs::Missing::Reference(why) => {
                    self.warning("Failed", &format!("Error: {why}"));
                    self.report(&Report::all(ContainerState::waiting(
                        "CreateContainerConfigError",
                        &why,
                    )));
                }
            }
            let again = self.controllers.start.max(Duration::from_millis(50));
            self.controllers.after(self.key, again);
            return;
        }
        let address = match text(self.pod, "/status/podIP") {
            "" => self.store.pod_address(),
            given => given.to_owned(),
        };
        let inits = list(self.pod, "/spec/initContainers").to_vec();
        for container in inits.iter().chain(list(self.pod, "/spec/containers")) {
            let (name, image) = (text(container, "/name"), text(container, "/image"));
            let message = format!("Container image {image:?} already present on machine");
            events::normal(self.store, self.key, &events::KUBELET, "Pulled", &message);
            let message = format!("Created container: {name}");
            events::normal(self.store, self.key, &events::KUBELET, "Created", &message);
            events::normal(
                self.store,
                self.key,
                &events::KUBELET,
                "Started",
                &format!("Started container {name}"),
            );
        }
        let mut report = Report::all(ContainerState::running(false));
        report.address = Some(address);
        report.starting = self.mode.has(&Fault::NeverStarts);
        self.report(&report);
    }

    fn finishes(&self) -> bool {
        text(self.pod, "/spec/restartPolicy") != "Always"
    }

    fn running(&mut self) {
        let slow = Duration::from_millis(self.mode.slow_ms);
        if self.finishes() {
            self.run_to_completion(slow);
            return;
        }
        if !self.waited(5, slow) {
            return;
        }
        if self.mode.has(&Fault::CrashLoop) {
            self.crash();
        } else if self.mode.has(&Fault::NeverStarts) && self.has_probe("startupProbe") {
            self.unhealthy("Startup");
        } else if self.mode.has(&Fault::NeverReady) {
            if self.has_probe("readinessProbe") {
                self.unhealthy("Readiness");
            }
        } else {
            self.report(&Report::all(ContainerState::running(true)));
        }
    }

    fn has_probe(&self, probe: &str) -> bool {
        list(self.pod, "/spec/containers")
            .iter()
            .any(|container| container.get(probe).is_some())
    }

    fn unhealthy(&mut self, probe: &str) {
        let why = format!("{probe} probe failed: HTTP probe failed with statuscode: 503");
        self.warning("Unhealthy", &why);
    }

    fn run_to_completion(&mut self, slow: Duration) {
        if !truth(self.pod, "/status/containerStatuses/0/ready") {
            self.report(&Report::all(ContainerState::running(true)));
        }
        if self.mode.has(&Fault::NeverReady) || !self.waited(10, slow) {
            return;
        }
        let fails = self.mode.has(&Fault::JobFails) || self.mode.has(&Fault::CrashLoop);
        if fails && text(self.pod, "/spec/restartPolicy") == "OnFailure" {
            self.crash();
            return;
        }
        let mut report = Report::all(ContainerState::terminated(i64::from(fails)));
        report.phase = if fails { "Failed" } else { "Succeeded" };
        self.report(&report);
    }

    fn ready(&mut self) {
        if self.finishes() {
            self.stage = Stage::Running;
            self.run_to_completion(Duration::from_millis(self.mode.slow_ms));
        } else if self.mode.has(&Fault::CrashLoop) {
            self.crash();
        } else if self.mode.has(&Fault::NeverReady) {
            if self.has_probe("readinessProbe") {
                self.unhealthy("Readiness");
            }
            self.report(&Report::all(ContainerState::running(false)));
        }
    }
}

/// Fields of a pod's status that the kubelet keeps from one report to the next.
fn kept_status(pod: &Value) -> Value {
    let mut status = pod["status"].clone();
    if !status.is_object() {
        status = json!({});
    }
    object_at(&mut status, &[]).remove("reason");
    status
}
