//! The few words that each object is kept as.

use k8s_openapi::{
    api::{
        apps::v1::{Deployment, StatefulSet},
        batch::v1::Job,
        core::v1::{Event, Namespace, Node, Pod},
    },
    apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time},
};
use uuid::Uuid;

use super::{
    AppPod, NamespacePhase,
    held::{self, Held},
    trouble::{self, Trouble},
};
use crate::kubernetes::{
    COMPONENT_LABEL,
    cluster::{JobResult, app_is_ready, is_ready},
    instance_label, operation_annotation, owner_annotation,
};

/// The events that tell why pods are refused or do not start, whoever tells it, but for those that come again and again and
/// tell nothing that the pods themselves do not: one watch cannot ask for several reasons.
pub(super) const TOLD: &str =
    "type=Warning,reason!=BackOff,reason!=Unhealthy,reason!=Failed,reason!=FailedScheduling";

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
    Node(Change<NodeFact>),
    Told(Change<ToldFact>),
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
    /// Whether it is asked to run.
    pub(super) wanted: bool,
    /// Scaled to nothing, and nothing is left but pods on their way out, which a Deployment does not count.
    pub(super) suspended: bool,
    /// The number of the operation that was carried out last, or of the stop that was begun; 0 before the first.
    pub(super) operation: u32,
    /// The app's own environment does not set its owner any more.
    pub(super) handed_over: bool,
    pub(super) trouble: Option<Trouble>,
    /// Set while there are fewer pods of it than there are to be.
    pub(super) lacks_pods: Option<Uid>,
}

#[derive(Clone, Debug)]
pub(super) struct JobFact {
    pub(super) created: Option<Time>,
    /// The number of the operation that it is run for; 0 for one of provisioning.
    pub(super) operation: u32,
    pub(super) result: JobResult,
    /// Set while it is not over and has no pod.
    pub(super) lacks_pods: Option<Uid>,
}

#[derive(Clone, Debug)]
pub(super) struct PodFact {
    /// None for a pod that is not the app's, or on its way out.
    pub(super) app: Option<AppPod>,
    /// It is of app or database, and something of it may still run: while it is on its way out it does.
    pub(super) stands: bool,
    /// The node that it runs on, or ran on while it cannot be said that it does not.
    pub(super) node: Option<String>,
    pub(super) trouble: Option<Trouble>,
    /// What its node has to do with it yet.
    pub(super) held: Option<Held>,
}

/// The `uid` of an object.
pub(super) type Uid = String;

/// What only an event says: why pods are refused to their controller, or what keeps one from starting. Of a Deployment its
/// own conditions say the former.
#[derive(Clone, Debug)]
pub(super) struct ToldFact {
    pub(super) of: Uid,
    /// When it was told first: what is told again and again is no news.
    pub(super) since: Option<Time>,
    /// It says what is wrong, not merely that something takes too long.
    pub(super) precise: bool,
    /// None where the event is about something else.
    pub(super) trouble: Option<Trouble>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct NodeFact {
    pub(super) answers: bool,
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

pub(super) fn deployment(deployment: &Deployment) -> WorkloadFact {
    let wanted = deployment
        .spec
        .as_ref()
        .and_then(|spec| spec.replicas)
        .unwrap_or(1);
    let status = deployment
        .status
        .as_ref()
        .filter(|status| status.observed_generation >= deployment.metadata.generation);
    WorkloadFact {
        ready: app_is_ready(deployment),
        wanted: wanted > 0,
        suspended: wanted == 0 && status.is_some_and(|status| status.replicas.unwrap_or(0) == 0),
        operation: operation_of(&deployment.metadata),
        handed_over: annotation(&deployment.metadata, &owner_annotation())
            .is_some_and(|it| it == "true"),
        trouble: trouble::of_deployment(deployment),
        lacks_pods: None,
    }
}

/// The number of the operation that an object says it was made or changed by; 0 where it says none.
pub(in crate::kubernetes) fn operation_of(metadata: &ObjectMeta) -> u32 {
    annotation(metadata, &operation_annotation())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

fn annotation<'a>(metadata: &'a ObjectMeta, name: &str) -> Option<&'a str> {
    let annotations = metadata.annotations.as_ref()?;
    annotations.get(name).map(String::as_str)
}

pub(super) fn stateful_set(set: &StatefulSet) -> WorkloadFact {
    let wanted = set
        .spec
        .as_ref()
        .and_then(|spec| spec.replicas)
        .unwrap_or(1);
    let status = set
        .status
        .as_ref()
        .filter(|status| status.observed_generation >= set.metadata.generation);
    let gone = status.is_some_and(|status| status.replicas == 0);
    let lacks_pods = status.is_some_and(|status| status.replicas < wanted);
    WorkloadFact {
        ready: is_ready(set),
        wanted: wanted > 0,
        suspended: wanted == 0 && gone,
        operation: 0,
        handed_over: false,
        trouble: None,
        lacks_pods: lacks_pods.then(|| uid(&set.metadata)),
    }
}

pub(super) fn uid(metadata: &ObjectMeta) -> Uid {
    metadata.uid.clone().unwrap_or_default()
}

pub(super) fn job(job: &Job) -> JobFact {
    let result = JobResult::of(job);
    let active = job.status.as_ref().and_then(|status| status.active);
    let lacks_pods = result == JobResult::Running && active.unwrap_or(0) == 0;
    JobFact {
        created: job.metadata.creation_timestamp.clone(),
        operation: operation_of(&job.metadata),
        result,
        lacks_pods: lacks_pods.then(|| uid(&job.metadata)),
    }
}

/// An event of [`TOLD`].
pub(super) fn told(event: &Event) -> ToldFact {
    let reason = event.reason.as_deref().unwrap_or_default();
    let message = event.message.as_deref().unwrap_or_default();
    ToldFact {
        of: event.involved_object.uid.clone().unwrap_or_default(),
        since: event.metadata.creation_timestamp.clone(),
        precise: !trouble::is_about_time(message),
        trouble: trouble::told(reason, message),
    }
}

pub(super) fn pod(pod: &Pod) -> PodFact {
    let labels = pod.metadata.labels.as_ref();
    let component = labels.and_then(|labels| labels.get(COMPONENT_LABEL));
    let is_of = |part: &str| component.is_some_and(|component| component == part);
    let app = is_of("web") && pod.metadata.deletion_timestamp.is_none();
    PodFact {
        app: app.then(|| app_pod(pod)),
        stands: (is_of("web") || is_of("database")) && !is_over(pod),
        node: node_of(pod),
        trouble: trouble::of_pod(pod),
        held: held::of_pod(pod),
    }
}

/// Where something of it runs; a Job that is over runs nowhere.
fn node_of(pod: &Pod) -> Option<String> {
    match is_over(pod) {
        true => None,
        false => pod.spec.as_ref()?.node_name.clone(),
    }
}

pub(super) fn is_over(pod: &Pod) -> bool {
    let phase = pod
        .status
        .as_ref()
        .and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}

pub(super) fn node(node: &Node) -> NodeFact {
    NodeFact {
        answers: node_answers(node),
    }
}

/// Whether the cluster hears of the node.
pub(in crate::kubernetes) fn node_answers(node: &Node) -> bool {
    let conditions = node.status.iter().flat_map(|it| it.conditions.iter());
    let ready = conditions
        .flatten()
        .find(|condition| condition.type_ == "Ready");
    ready.is_none_or(|condition| condition.status == "True")
}

/// Whether something of a pod runs and has not come to the end of its startup probe, which the kubelet waits for: an app
/// may be at its migrations.
pub(in crate::kubernetes) fn is_starting(pod: &Pod) -> bool {
    let Some(status) = &pod.status else {
        return false;
    };
    let mut containers = status.container_statuses.iter().flatten();
    let starting = containers.any(|container| {
        let state = container.state.as_ref();
        let runs = state.is_some_and(|state| state.running.is_some());
        runs && container.started == Some(false) && !trouble::is_crashing(status, container)
    });
    starting && pod.metadata.deletion_timestamp.is_none()
}

fn app_pod(pod: &Pod) -> AppPod {
    let Some(status) = &pod.status else {
        return AppPod::Starting;
    };
    let containers = status.container_statuses.as_deref().unwrap_or_default();
    let crashing = |container| trouble::is_crashing(status, container);
    if containers.iter().any(crashing) {
        AppPod::Crashing
    } else if !containers.is_empty() && containers.iter().all(|it| it.started == Some(true)) {
        AppPod::Started
    } else {
        AppPod::Starting
    }
}
