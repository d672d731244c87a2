//! What is wrong, in words that a customer's support can use. Worded so that the same trouble gives the same text:
//! counters and random names would report a change every few seconds.

use k8s_openapi::{
    api::{
        apps::v1::Deployment,
        core::v1::{ContainerStatus, Namespace, Pod, PodStatus},
    },
    jiff::SignedDuration,
};

/// What is wrong with a part of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) words: String,
    /// Whether the cause is on our side: neither the app nor its customer can do anything about it.
    pub(super) ours: bool,
}

impl Trouble {
    pub(super) fn ours(words: String) -> Self {
        Self { words, ours: true }
    }

    fn of_the_app(words: String) -> Self {
        Self { words, ours: false }
    }

    pub(super) fn of_node(name: &str) -> Self {
        Self::ours(format!("its node {name} does not answer"))
    }

    /// Its own retries are over by then.
    pub(super) fn of_owner_job(why: &str) -> Self {
        Self::ours(format!("the job that makes its owner failed: {why}"))
    }
}

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

pub(super) fn of_deployment(deployment: &Deployment) -> Option<Trouble> {
    let conditions = deployment.status.as_ref()?.conditions.as_ref()?;
    let refused = conditions
        .iter()
        .find(|condition| condition.type_ == "ReplicaFailure" && condition.status == "True");
    if let Some(refused) = refused {
        return Some(self::refused(
            refused.message.as_deref().unwrap_or_default(),
        ));
    }
    let late = |condition: &&_| is_late(condition);
    conditions
        .iter()
        .find(late)
        .map(|_| Trouble::of_the_app("it did not become ready in time".into()))
}

/// What an event of this reason tells of the object that it is about; nothing where it is about something else.
pub(super) fn told(reason: &str, message: &str) -> Option<Trouble> {
    let what = match reason {
        "FailedCreate" => return Some(refused(message)),
        "FailedMount" => "a volume of it cannot be mounted",
        "FailedAttachVolume" => "a volume of it cannot be attached",
        "FailedCreatePodSandBox" => "its pod cannot be given a network",
        _ => return None,
    };
    Some(Trouble::ours(format!("{what}: {}", steady(message))))
}

/// What the kubelet adds after some minutes to what it said at once.
pub(super) fn is_about_time(message: &str) -> bool {
    message.starts_with("Unable to attach or mount volumes")
}

/// Without what is another one at every attempt: the ids of sandboxes and of requests, the names of mounts.
fn steady(message: &str) -> String {
    let ends_word = |letter: char| !letter.is_ascii_alphanumeric() && letter != '-';
    let mut said = String::with_capacity(message.len());
    for part in message.split_inclusive(ends_word) {
        let word = part.trim_end_matches(ends_word);
        let groups: Vec<&str> = word.split('-').collect();
        // What dashes join may be one id, as a UUID is.
        let joined = groups.chunk_by(|one, next| is_of_an_id(one) && is_of_an_id(next));
        let joined: Vec<String> = joined.map(without_id).collect();
        said.push_str(&joined.join("-"));
        said.push_str(&part[word.len()..]);
    }
    said
}

fn without_id(groups: &[&str]) -> String {
    let letters: usize = groups.iter().map(|group| group.len()).sum();
    match letters >= 12 && groups.iter().all(|group| is_of_an_id(group)) {
        true => "…".into(),
        false => groups.join("-"),
    }
}

/// Of the names of mounts the first letter says what they are. What is shorter is a number, as in an address.
fn is_of_an_id(group: &str) -> bool {
    let mut after = group.bytes().skip(1);
    group.len() >= 4 && after.all(|letter| letter.is_ascii_hexdigit())
}

/// Pods that the cluster does not take; `message` names one of them at random before it says why.
fn refused(message: &str) -> Trouble {
    let why = message
        .split_once("is forbidden: ")
        .map_or(message, |(_, why)| why);
    Trouble::ours(format!("the cluster refuses its pods: {why}"))
}

fn is_late(condition: &k8s_openapi::api::apps::v1::DeploymentCondition) -> bool {
    condition.type_ == "Progressing"
        && condition.reason.as_deref() == Some("ProgressDeadlineExceeded")
}

pub(super) fn of_pod(pod: &Pod) -> Option<Trouble> {
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
        } else if message.contains("unbound immediate PersistentVolumeClaims") {
            "its volume is not there yet"
        } else {
            "no node can take it"
        };
        return Some(Trouble::ours(format!("{what}: {message}")));
    }
    let inits = status.init_container_statuses.iter().flatten();
    inits
        .chain(status.container_statuses.iter().flatten())
        .find_map(|container| of_container(status, container))
}

/// Between two crashes it runs for a moment, and that is no recovery.
pub(super) fn is_crashing(pod: &PodStatus, container: &ContainerStatus) -> bool {
    let waiting = container
        .state
        .as_ref()
        .and_then(|state| state.waiting.as_ref());
    waiting.is_some_and(|waiting| waiting.reason.as_deref() == Some("CrashLoopBackOff"))
        || (!container.ready && container.restart_count >= 2 && !ran_well(pod, container))
}

/// For how long an app has to have run since its last start for its restarts to be forgotten, as the kubelet forgets them.
const CALM: SignedDuration = SignedDuration::from_secs(600);

/// It was ready for a while since its last start, and is not any more: it hangs, which is another trouble.
fn ran_well(pod: &PodStatus, container: &ContainerStatus) -> bool {
    let running = container
        .state
        .as_ref()
        .and_then(|state| state.running.as_ref()?.started_at.as_ref());
    let mut conditions = pod.conditions.iter().flatten();
    let unready = conditions
        .find(|condition| condition.type_ == "Ready" && condition.status == "False")
        .and_then(|condition| condition.last_transition_time.as_ref());
    running
        .zip(unready)
        .is_some_and(|(started, unready)| unready.0.duration_since(started.0) >= CALM)
}

/// The first container of a pod that keeps crashing.
pub(in crate::kubernetes) fn crashing_container(pod: &Pod) -> Option<&ContainerStatus> {
    let status = pod.status.as_ref()?;
    let inits = status.init_container_statuses.iter().flatten();
    let mut containers = inits.chain(status.container_statuses.iter().flatten());
    containers.find(|container| is_crashing(status, container))
}

fn of_container(pod: &PodStatus, container: &ContainerStatus) -> Option<Trouble> {
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
        | "RegistryUnavailable" => Some(Trouble::ours(format!(
            "the image {} cannot be pulled",
            container.image
        ))),
        "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => {
            let message = waiting
                .and_then(|waiting| waiting.message.as_deref())
                .unwrap_or(reason);
            Some(Trouble::ours(format!(
                "container {name} cannot be started: {message}"
            )))
        }
        _ if is_crashing(pod, container) => Some(Trouble::of_the_app(match died {
            Some(died) if died.reason.as_deref() == Some("OOMKilled") => {
                format!("container {name} keeps running out of memory")
            }
            Some(died) => format!(
                "container {name} keeps crashing with exit code {}",
                died.exit_code
            ),
            None => format!("container {name} keeps crashing"),
        })),
        _ => None,
    }
}
