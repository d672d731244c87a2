//! The few words that each object is kept as.

use k8s_openapi::{
    api::{
        apps::v1::{Deployment, StatefulSet},
        batch::v1::Job,
        core::v1::{Namespace, Pod},
    },
    apimachinery::pkg::apis::meta::v1::Time,
};
use uuid::Uuid;

use super::{NamespacePhase, trouble};
use crate::kubernetes::{cluster::JobResult, instance_label};

/// Namespace and name.
pub(super) type Key = (String, String);

pub(super) enum Change<F> {
    ListingBegins,
    Listed(Key, F),
    ListingDone,
    Is(Key, F),
    Gone(Key),
}

pub(super) enum News {
    Namespace(Change<NamespaceFact>),
    App(Change<WorkloadFact>),
    Database(Change<WorkloadFact>),
    Job(Change<JobFact>),
    Pod(Change<PodFact>),
}

#[derive(Clone, Debug)]
pub(super) struct NamespaceFact {
    /// None for a namespace that carries our label and no readable id: not an instance.
    pub(super) instance: Option<Uuid>,
    pub(super) phase: NamespacePhase,
    pub(super) trouble: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct WorkloadFact {
    pub(super) ready: bool,
    pub(super) suspended: bool,
    pub(super) trouble: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct JobFact {
    pub(super) created: Option<Time>,
    pub(super) result: JobResult,
}

#[derive(Clone, Debug)]
pub(super) struct PodFact {
    pub(super) trouble: Option<String>,
}

pub(super) fn namespace(namespace: &Namespace) -> NamespaceFact {
    let metadata = &namespace.metadata;
    let label = metadata
        .labels
        .as_ref()
        .and_then(|labels| labels.get(&instance_label()));
    let phase = match metadata.deletion_timestamp {
        Some(_) => NamespacePhase::Terminating,
        None => NamespacePhase::Active,
    };
    NamespaceFact {
        instance: label.and_then(|id| id.parse().ok()),
        phase,
        trouble: trouble::of_namespace(namespace),
    }
}

/// Ready means the present intent: the controller has seen it, and every pod is of it and ready.
pub(super) fn deployment(deployment: &Deployment) -> WorkloadFact {
    let wanted = deployment
        .spec
        .as_ref()
        .and_then(|spec| spec.replicas)
        .unwrap_or(1);
    let ready = deployment.status.as_ref().is_some_and(|status| {
        status.observed_generation >= deployment.metadata.generation
            && [
                status.replicas,
                status.updated_replicas,
                status.ready_replicas,
            ]
            .iter()
            .all(|are| *are == Some(wanted))
    });
    WorkloadFact {
        ready: ready && wanted > 0,
        suspended: wanted == 0,
        trouble: trouble::of_deployment(deployment),
    }
}

pub(super) fn stateful_set(set: &StatefulSet) -> WorkloadFact {
    let wanted = set
        .spec
        .as_ref()
        .and_then(|spec| spec.replicas)
        .unwrap_or(1);
    let ready = set.status.as_ref().is_some_and(|status| {
        status.observed_generation >= set.metadata.generation
            && status.ready_replicas == Some(wanted)
            && status.update_revision == status.current_revision
    });
    WorkloadFact {
        ready: ready && wanted > 0,
        suspended: wanted == 0,
        trouble: None,
    }
}

pub(super) fn job(job: &Job) -> JobFact {
    JobFact {
        created: job.metadata.creation_timestamp.clone(),
        result: JobResult::of(job),
    }
}

pub(super) fn pod(pod: &Pod) -> PodFact {
    PodFact {
        trouble: trouble::of_pod(pod),
    }
}
