//! Pods that their node does not bring up, or not to an end. Volumes, the network and the end of what ran are the cluster's
//! business, and nothing happens meanwhile that a watch could tell: they are judged by how long it lasts.

use chrono::{DateTime, Utc};
use k8s_openapi::{
    api::core::v1::{Pod, PodStatus},
    apimachinery::pkg::apis::meta::v1::Time,
};

use super::{
    facts::{Uid, is_over, uid},
    trouble::Trouble,
};

/// For how many seconds volumes may be mounted and a network made, or a pod may outlive its grace.
const PATIENCE: i64 = 60;

/// A pod whose node has something to do with it before, or after, its containers run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) uid: Uid,
    since: DateTime<Utc>,
    pub(super) at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    Start,
    End,
}

impl Held {
    /// By this moment it has lasted for too long.
    pub(super) fn lasts(&self, now: DateTime<Utc>) -> bool {
        (now - self.since).num_seconds() >= PATIENCE
    }

    /// What is wrong where no event tells.
    pub(super) fn trouble(&self) -> Trouble {
        let words = match self.at {
            At::Start => "its node gives its pod no volumes or no network",
            At::End => "its pod was to end and does not",
        };
        Trouble::ours(words.into())
    }
}

pub(super) fn of_pod(pod: &Pod) -> Option<Held> {
    let held = |at: At, since: Option<&Time>| {
        let since = DateTime::from_timestamp(since?.0.as_second(), 0)?;
        let uid = uid(&pod.metadata);
        Some(Held { uid, since, at })
    };
    if is_over(pod) {
        return None;
    }
    // The moment at which its grace is over.
    if let Some(due) = &pod.metadata.deletion_timestamp {
        return held(At::End, Some(due));
    }
    let status = pod.status.as_ref()?;
    pod.spec.as_ref()?.node_name.as_ref()?;
    let condition = |name: &str| {
        let mut conditions = status.conditions.iter().flatten();
        conditions.find(|condition| condition.type_ == name)
    };
    let scheduled = condition("PodScheduled").and_then(|it| it.last_transition_time.as_ref());
    match condition("PodReadyToStartContainers") {
        Some(ready) if ready.status == "True" => None,
        Some(ready) => held(At::Start, ready.last_transition_time.as_ref().or(scheduled)),
        // A kubelet before 1.29 does not say it.
        None if has_begun(status) => None,
        None => held(At::Start, scheduled),
    }
}

/// Something of it got further than to wait for what every container waits for.
fn has_begun(status: &PodStatus) -> bool {
    let inits = status.init_container_statuses.iter().flatten();
    let mut all = inits.chain(status.container_statuses.iter().flatten());
    all.any(|container| {
        let state = container.state.as_ref();
        let waiting = state.and_then(|state| state.waiting.as_ref());
        let reason = waiting.and_then(|waiting| waiting.reason.as_deref());
        !matches!(reason, Some("ContainerCreating" | "PodInitializing"))
    })
}
