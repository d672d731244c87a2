//! What is wrong, in words that a customer's support can use. Worded so that the same trouble gives the same text:
//! counters and random names would report a change every few seconds.

use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{ContainerStatus, Namespace, Pod},
};

pub(in crate::kubernetes) fn of_namespace(namespace: &Namespace) -> Option<String> {
    namespace.metadata.deletion_timestamp.as_ref()?;
    let conditions = namespace.status.as_ref()?.conditions.as_ref()?;
    let stuck = conditions
        .iter()
        .find(|condition| condition.status == "True")?;
    Some(format!(
        "its deletion is waiting: {}",
        stuck.message.as_deref().unwrap_or(&stuck.type_)
    ))
}

pub(super) fn of_deployment(deployment: &Deployment) -> Option<String> {
    let conditions = deployment.status.as_ref()?.conditions.as_ref()?;
    let refused = conditions
        .iter()
        .find(|condition| condition.type_ == "ReplicaFailure" && condition.status == "True");
    if let Some(refused) = refused {
        let message = refused.message.as_deref().unwrap_or_default();
        let why = message
            .split_once("is forbidden: ")
            .map_or(message, |(_, why)| why);
        return Some(format!("the cluster refuses its pods: {why}"));
    }
    let late = |condition: &&_| is_late(condition);
    conditions
        .iter()
        .find(late)
        .map(|_| "it did not become ready in time".into())
}

fn is_late(condition: &k8s_openapi::api::apps::v1::DeploymentCondition) -> bool {
    condition.type_ == "Progressing"
        && condition.reason.as_deref() == Some("ProgressDeadlineExceeded")
}

pub(super) fn of_pod(pod: &Pod) -> Option<String> {
    let status = pod.status.as_ref()?;
    let over = matches!(status.phase.as_deref(), Some("Succeeded" | "Failed"));
    if over || pod.metadata.deletion_timestamp.is_some() {
        return None;
    }
    let mut conditions = status.conditions.iter().flatten();
    let unscheduled = conditions.find(|condition| {
        condition.type_ == "PodScheduled" && condition.reason.as_deref() == Some("Unschedulable")
    });
    if let Some(unscheduled) = unscheduled {
        let message = unscheduled.message.as_deref().unwrap_or_default();
        let message = message.split(" preemption:").next().unwrap_or(message);
        let what = if message.contains("Insufficient") {
            "no node has room for it"
        } else {
            "no node can take it"
        };
        return Some(format!("{what}: {message}"));
    }
    let inits = status.init_container_statuses.iter().flatten();
    inits
        .chain(status.container_statuses.iter().flatten())
        .find_map(of_container)
}

/// Between two crashes it runs for a moment, and that is no recovery.
pub(super) fn is_crashing(container: &ContainerStatus) -> bool {
    let waiting = container
        .state
        .as_ref()
        .and_then(|state| state.waiting.as_ref());
    waiting.is_some_and(|waiting| waiting.reason.as_deref() == Some("CrashLoopBackOff"))
        || (!container.ready && container.restart_count >= 2)
}

fn of_container(container: &ContainerStatus) -> Option<String> {
    let name = &container.name;
    let waiting = container
        .state
        .as_ref()
        .and_then(|state| state.waiting.as_ref());
    let reason = waiting
        .and_then(|waiting| waiting.reason.as_deref())
        .unwrap_or_default();
    let died = container
        .last_state
        .as_ref()
        .and_then(|state| state.terminated.as_ref());
    match reason {
        "ErrImagePull"
        | "ImagePullBackOff"
        | "InvalidImageName"
        | "ErrImageNeverPull"
        | "RegistryUnavailable" => Some(format!("the image {} cannot be pulled", container.image)),
        "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => {
            let message = waiting
                .and_then(|waiting| waiting.message.as_deref())
                .unwrap_or(reason);
            Some(format!("container {name} cannot be started: {message}"))
        }
        _ if is_crashing(container) => match died {
            Some(died) if died.reason.as_deref() == Some("OOMKilled") => {
                Some(format!("container {name} keeps running out of memory"))
            }
            Some(died) => Some(format!(
                "container {name} keeps crashing with exit code {}",
                died.exit_code
            )),
            None => Some(format!("container {name} keeps crashing")),
        },
        _ => None,
    }
}
