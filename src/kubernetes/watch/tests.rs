mod jobs;

use k8s_openapi::api::{
    apps::v1::{Deployment, StatefulSet},
    batch::v1::Job,
    core::v1::{Namespace, Pod},
};
use serde_json::{Value, json};

use super::{facts::*, picture::Picture, trouble::Trouble, *};

mod held;
mod ills;
mod refused;
mod terminating;

const SHOP: Uuid = Uuid::from_u128(1);
const BLOG: Uuid = Uuid::from_u128(2);

fn typed<K: DeserializeOwned>(value: Value) -> K {
    serde_json::from_value(value).unwrap()
}

fn at(namespace: &str, name: &str) -> Key {
    (namespace.into(), name.into())
}

fn namespace_fact(instance: Uuid, status: Value, metadata: Value) -> NamespaceFact {
    let mut object =
        json!({"metadata": {"labels": {"purser.example/instance": instance}}, "status": status});
    object["metadata"]
        .as_object_mut()
        .unwrap()
        .extend(metadata.as_object().unwrap().clone());
    namespace(&typed::<Namespace>(object))
}

fn active(instance: Uuid) -> NamespaceFact {
    namespace_fact(instance, json!({}), json!({}))
}

fn app(spec: Value, status: Value) -> WorkloadFact {
    deployment(&typed::<Deployment>(
        json!({"metadata": {"generation": 2}, "spec": with(spec), "status": status}),
    ))
}

fn with(mut spec: Value) -> Value {
    spec["selector"] = json!({});
    spec["template"] = json!({});
    spec["serviceName"] = json!("database");
    spec
}

fn ready_app() -> WorkloadFact {
    app(
        json!({}),
        json!({"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1}),
    )
}

fn database(spec: Value, status: Value) -> WorkloadFact {
    stateful_set(&typed::<StatefulSet>(
        json!({"metadata": {"generation": 1}, "spec": with(spec), "status": status}),
    ))
}

fn owner(conditions: Value, created: &str) -> JobFact {
    job(&typed::<Job>(
        json!({"metadata": {"creationTimestamp": created}, "status": {"conditions": conditions}}),
    ))
}

fn a_pod(status: Value) -> PodFact {
    pod(&typed::<Pod>(
        json!({"metadata": {"name": "web-1"}, "status": status}),
    ))
}

fn container(more: Value) -> Value {
    let mut status = json!({"name": "app", "image": "ghost:6", "imageID": "", "ready": false, "restartCount": 0});
    status
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    json!({"phase": "Running", "containerStatuses": [status]})
}

/// A picture in which these namespaces, and nothing else, were listed.
fn listed(namespaces: &[(&str, Uuid)]) -> (Picture, Vec<Signal>) {
    let mut picture = Picture::default();
    let mut signals = Vec::new();
    let mut hear = |news| signals.extend(picture.hear(news));
    hear(News::Namespace(Change::ListingBegins));
    for (name, instance) in namespaces {
        hear(News::Namespace(Change::Listed(
            at(name, name),
            active(*instance),
        )));
    }
    hear(News::Namespace(Change::ListingDone));
    hear(News::App(Change::ListingDone));
    hear(News::Database(Change::ListingDone));
    hear(News::Job(Change::ListingDone));
    hear(News::Pod(Change::ListingDone));
    hear(News::Node(Change::ListingDone));
    hear(News::Told(Change::ListingDone));
    (picture, signals)
}

fn said(trouble: Option<Trouble>) -> Option<String> {
    trouble.map(|trouble| trouble.words)
}

fn observed(signals: &[Signal]) -> Vec<&Observation> {
    signals
        .iter()
        .filter_map(|signal| {
            if let Signal::Observed(it) = signal {
                Some(it)
            } else {
                None
            }
        })
        .collect()
}

fn trouble_of(signals: &[Signal]) -> Option<String> {
    observed(signals).first().unwrap().trouble.clone()
}

#[test]
fn nothing_is_said_before_every_kind_was_listed_and_then_everything_is() {
    let mut picture = Picture::default();
    assert_eq!(
        picture.hear(News::Namespace(Change::Listed(
            at("shop", "shop"),
            active(SHOP)
        ))),
        []
    );
    assert_eq!(picture.hear(News::Namespace(Change::ListingDone)), []);
    let (_, signals) = listed(&[("shop", SHOP), ("blog", BLOG)]);
    assert_eq!(observed(&signals).len(), 2);
    assert_eq!(signals.last(), Some(&Signal::Present([SHOP, BLOG].into())));
}

#[test]
fn an_instance_comes_up_step_by_step_and_each_step_is_said_once() {
    let (mut picture, _) = listed(&[("shop", SHOP)]);
    let ending = json!({
        "observedGeneration": 1, "replicas": 1, "readyReplicas": 1, "currentRevision": "a", "updateRevision": "a",
    });
    let mut up = ending.clone();
    up["updatedReplicas"] = 1.into();
    let steps = [
        // Its pod is on its way out, and is ready for as long.
        News::Database(Change::Is(
            at("shop", "database"),
            database(json!({}), ending),
        )),
        News::Database(Change::Is(
            at("shop", "database"),
            database(json!({}), up.clone()),
        )),
        News::Database(Change::Is(at("shop", "database"), database(json!({}), up))),
        News::Job(Change::Is(
            at("shop", "owner-1"),
            owner(json!([]), "2026-01-01T00:00:00Z"),
        )),
        News::Job(Change::Is(
            at("shop", "owner-1"),
            owner(
                json!([{"type": "Complete", "status": "True"}]),
                "2026-01-01T00:00:00Z",
            ),
        )),
        News::App(Change::Is(at("shop", "web"), ready_app())),
    ];
    let signals: Vec<_> = steps
        .into_iter()
        .flat_map(|step| picture.hear(step))
        .collect();
    let seen: Vec<_> = observed(&signals)
        .iter()
        .map(|it| (it.database_ready, it.owner_job.clone(), it.app_ready))
        .collect();
    assert_eq!(
        seen,
        [
            (false, JobResult::Missing, false),
            (true, JobResult::Missing, false),
            (true, JobResult::Running, false),
            (true, JobResult::Succeeded, false),
            (true, JobResult::Succeeded, true),
        ]
    );
}

#[test]
fn an_app_whose_new_intent_is_not_seen_or_not_out_yet_is_not_ready() {
    let stale =
        json!({"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1});
    let old_pods = json!({"observedGeneration": 2, "replicas": 1, "readyReplicas": 1});
    assert!(ready_app().ready);
    assert!(!app(json!({}), stale).ready);
    assert!(!app(json!({}), old_pods).ready);
}

#[test]
fn scaled_to_nothing_is_suspended_and_not_ready() {
    let (mut picture, _) = listed(&[("shop", SHOP)]);
    let zero = || json!({"replicas": 0});
    picture.hear(News::Database(Change::Is(
        at("shop", "database"),
        database(zero(), json!({"observedGeneration": 1, "replicas": 0})),
    )));
    let signals = picture.hear(News::App(Change::Is(
        at("shop", "web"),
        app(zero(), json!({"observedGeneration": 2})),
    )));
    let seen = observed(&signals)[0];
    assert!(seen.suspended && !seen.app_ready && !seen.database_ready);
}

#[test]
fn what_is_scaled_to_nothing_is_suspended_only_once_nothing_is_left() {
    let zero = || json!({"replicas": 0});
    let going = app(zero(), json!({"observedGeneration": 2, "replicas": 1}));
    let unseen = app(zero(), json!({"observedGeneration": 1, "replicas": 0}));
    assert!(!going.suspended && !unseen.suspended);
    let going = database(zero(), json!({"observedGeneration": 1, "replicas": 1}));
    assert!(!going.suspended);
}

#[test]
fn the_operation_that_was_carried_out_last_is_told() {
    let marked = |annotations: Value| {
        let object = json!({"metadata": {"annotations": annotations}, "spec": with(json!({}))});
        deployment(&typed::<Deployment>(object)).operation
    };
    assert_eq!(marked(json!({"purser.example/operation": "7"})), 7);
    assert_eq!(marked(json!({"purser.example/operation": "many"})), 0);
    assert_eq!(marked(json!({})), 0);
}

#[test]
fn an_app_says_whether_its_owner_is_its_own_business() {
    let marked = |annotations: Value| {
        let object = json!({"metadata": {"annotations": annotations}, "spec": with(json!({}))});
        deployment(&typed::<Deployment>(object)).handed_over
    };
    assert!(marked(json!({"purser.example/owner-created": "true"})));
    assert!(!marked(json!({"purser.example/owner-created": "false"})));
    assert!(!marked(json!({})));
}

#[test]
fn deletion_is_seen_from_the_first_moment_to_the_last() {
    let (mut picture, _) = listed(&[("shop", SHOP)]);
    let going = namespace_fact(
        SHOP,
        json!({"conditions": [{"type": "NamespaceFinalizersRemaining", "status": "True", "message": "1 finalizer"}]}),
        json!({"deletionTimestamp": "2026-01-01T00:00:00Z"}),
    );
    let signals = picture.hear(News::Namespace(Change::Is(at("shop", "shop"), going)));
    assert_eq!(observed(&signals)[0].namespace, NamespacePhase::Terminating);
    assert_eq!(
        trouble_of(&signals).unwrap(),
        "its deletion is waiting: 1 finalizer"
    );
    let signals = picture.hear(News::Namespace(Change::Gone(at("shop", "shop"))));
    assert_eq!(observed(&signals)[0].namespace, NamespacePhase::Absent);
    assert_eq!(
        picture.hear(News::Namespace(Change::Gone(at("shop", "shop")))),
        []
    );
}

#[test]
fn what_disappeared_during_a_gap_is_found_by_the_next_listing() {
    let (mut picture, _) = listed(&[("shop", SHOP), ("blog", BLOG)]);
    picture.hear(News::App(Change::Is(at("blog", "web"), ready_app())));
    picture.hear(News::Namespace(Change::ListingBegins));
    assert_eq!(
        picture.hear(News::Namespace(Change::Listed(
            at("blog", "blog"),
            active(BLOG)
        ))),
        []
    );
    let signals = picture.hear(News::Namespace(Change::ListingDone));
    assert_eq!(
        observed(&signals)
            .iter()
            .map(|it| (it.instance, it.namespace))
            .collect::<Vec<_>>(),
        [(SHOP, NamespacePhase::Absent)]
    );
    assert_eq!(signals.last(), Some(&Signal::Present([BLOG].into())));
}

#[test]
fn a_listing_that_breaks_off_changes_nothing() {
    let (mut picture, _) = listed(&[("shop", SHOP)]);
    picture.hear(News::App(Change::Is(at("shop", "web"), ready_app())));
    assert_eq!(picture.hear(News::App(Change::ListingBegins)), []);
    assert_eq!(picture.hear(News::App(Change::ListingBegins)), []);
    assert_eq!(
        picture.hear(News::App(Change::Listed(at("shop", "web"), ready_app()))),
        []
    );
    assert_eq!(picture.hear(News::App(Change::ListingDone)), []);
}

#[test]
fn objects_outside_our_namespaces_are_nobodys() {
    let (mut picture, _) = listed(&[("shop", SHOP)]);
    assert_eq!(
        picture.hear(News::App(Change::Is(at("shop-2", "web"), ready_app()))),
        []
    );
    assert_eq!(
        picture.hear(News::App(Change::Is(at("sho", "web"), ready_app()))),
        []
    );
}

#[test]
fn troubles_are_told_in_plain_words() {
    let unscheduled = |message: &str| json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}]});
    let waiting = |reason: &str| {
        container(
            json!({"state": {"waiting": {"reason": reason}}, "restartCount": 3,
        "lastState": {"terminated": {"exitCode": 7}}}),
        )
    };
    let oom = container(json!({"restartCount": 2, "state": {"running": {}},
        "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}));
    for (status, words) in [
        (
            waiting("ImagePullBackOff"),
            Some("the image ghost:6 cannot be pulled"),
        ),
        (
            waiting("CrashLoopBackOff"),
            Some("container app keeps crashing with exit code 7"),
        ),
        (
            container(
                json!({"state": {"running": {}}, "restartCount": 3, "lastState": {"terminated": {"exitCode": 7}}}),
            ),
            Some("container app keeps crashing with exit code 7"),
        ),
        (oom, Some("container app keeps running out of memory")),
        (
            unscheduled("0/2 nodes are available: 2 Insufficient cpu. preemption: none"),
            Some("no node has room for it: 0/2 nodes are available: 2 Insufficient cpu."),
        ),
        (
            unscheduled("unbound volume"),
            Some("no node can take it: unbound volume"),
        ),
        (container(json!({"ready": true, "restartCount": 5})), None),
        (
            container(json!({"state": {"waiting": {"reason": "ContainerCreating"}}})),
            None,
        ),
    ] {
        assert_eq!(said(a_pod(status).trouble).as_deref(), words);
    }
    let refused = json!({"conditions": [{"type": "ReplicaFailure", "status": "True",
        "message": "pods \"web-7d-x2x\" is forbidden: exceeded quota: instance"}]});
    assert_eq!(
        said(app(json!({}), refused).trouble).unwrap(),
        "the cluster refuses its pods: exceeded quota: instance"
    );
}
