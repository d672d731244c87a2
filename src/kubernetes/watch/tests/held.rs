//! Pods that their node does not bring up, or not to an end.

use super::*;
use chrono::{DateTime, Utc};
use k8s_openapi::api::core::v1::{Event, Node};

const BEGUN: &str = "2027-01-31T05:00:00Z";

fn after(seconds: i64) -> DateTime<Utc> {
    let begun: DateTime<Utc> = BEGUN.parse().unwrap();
    begun + chrono::Duration::seconds(seconds)
}

/// The pod of an app on a node, with this in its metadata and its status.
fn web(metadata: Value, status: Value) -> News {
    let mut object = json!({
        "metadata": {"name": "web-1", "uid": "pod", "labels": {"app.kubernetes.io/component": "web"}},
        "spec": {"nodeName": "node-1", "containers": []},
        "status": {"phase": "Pending"},
    });
    for (part, more) in [("metadata", metadata), ("status", status)] {
        let part = object[part].as_object_mut().unwrap();
        part.extend(more.as_object().unwrap().clone());
    }
    News::Pod(Change::Is(at("shop", "web-1"), pod(&typed::<Pod>(object))))
}

fn condition(kind: &str, status: &str) -> Value {
    json!({"type": kind, "status": status, "lastTransitionTime": BEGUN})
}

/// A pod that is scheduled, and whether volumes and network are there.
fn started(ready: &str) -> News {
    let conditions = [
        condition("PodScheduled", "True"),
        condition("PodReadyToStartContainers", ready),
    ];
    web(json!({}), json!({"conditions": conditions}))
}

/// As a kubelet tells it that knows no such condition.
fn of_old(containers: Value) -> News {
    let status =
        json!({"conditions": [condition("PodScheduled", "True")], "containerStatuses": containers});
    web(json!({}), status)
}

fn waiting(reason: &str) -> Value {
    json!([{"name": "app", "image": "ghost:6", "imageID": "", "ready": false, "restartCount": 0,
        "state": {"waiting": {"reason": reason}}}])
}

fn says(name: &str, reason: &str, message: &str, seconds: i64) -> News {
    let event = json!({"metadata": {"creationTimestamp": after(seconds)}, "involvedObject": {"uid": "pod"},
        "reason": reason, "message": message});
    News::Told(Change::Is(at("shop", name), told(&typed::<Event>(event))))
}

/// A shop whose database is well, at this moment.
fn shop_at(seconds: i64) -> Picture {
    let (mut picture, _) = listed(&[("shop", SHOP)]);
    let status =
        json!({"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1});
    let stored = database(json!({}), status);
    picture.hear(News::Database(Change::Is(at("shop", "database"), stored)));
    picture.time_is(after(seconds));
    picture
}

fn last(signals: &[Signal]) -> (Option<String>, bool) {
    let seen = *observed(signals).last().unwrap();
    (seen.trouble.clone(), seen.ours)
}

const UNTOLD: &str = "its node gives its pod no volumes or no network";

#[test]
fn a_pod_without_volumes_or_network_is_our_fault_once_that_takes_a_minute() {
    for pod in [
        started("False"),
        of_old(json!([])),
        of_old(waiting("ContainerCreating")),
        of_old(waiting("PodInitializing")),
    ] {
        let mut picture = shop_at(30);
        assert_eq!(picture.hear(pod), [], "it may take a moment");
        assert_eq!(picture.time_is(after(59)), []);
        let signals = picture.time_is(after(60));
        assert_eq!(last(&signals), (Some(UNTOLD.into()), true));
        assert_eq!(picture.time_is(after(120)), [], "it was said already");
        assert_eq!(last(&picture.hear(started("True"))), (None, false));
    }
}

#[test]
fn what_is_seen_late_is_judged_at_once() {
    let mut picture = shop_at(600);
    let signals = picture.hear(started("False"));
    assert_eq!(last(&signals), (Some(UNTOLD.into()), true));
}

#[test]
fn a_pod_that_has_what_it_needs_or_no_node_yet_is_not_held_up() {
    let running = json!([{"name": "app", "image": "ghost:6", "imageID": "", "ready": false, "restartCount": 0,
        "state": {"running": {}}}]);
    let over = web(
        json!({}),
        json!({"phase": "Succeeded", "conditions": [condition("PodReadyToStartContainers", "False")]}),
    );
    for pod in [started("True"), of_old(running), over] {
        let mut picture = shop_at(600);
        let signals = picture.hear(pod);
        assert!(signals.is_empty() || last(&signals) == (None, false));
    }
    let conditions = json!({"conditions": [condition("PodReadyToStartContainers", "False")]});
    let (mut picture, _) = listed(&[("shop", SHOP)]);
    picture.time_is(after(600));
    let pod = a_pod(conditions);
    assert_eq!(
        picture.hear(News::Pod(Change::Is(at("shop", "web-1"), pod))),
        []
    );
}

#[test]
fn the_event_that_says_most_and_came_last_says_why() {
    let mut picture = shop_at(60);
    picture.hear(started("False"));
    let missing =
        r#"MountVolume.SetUp failed for volume "settings" : configmap "settings" not found"#;
    for (name, reason, message, seconds, words) in [
        (
            "late",
            "FailedMount",
            "Unable to attach or mount volumes: unmounted volumes=[settings]: timed out",
            130,
            "a volume of it cannot be mounted: Unable to attach or mount volumes: unmounted volumes=[settings]: timed out",
        ),
        (
            "mount",
            "FailedMount",
            missing,
            5,
            r#"a volume of it cannot be mounted: MountVolume.SetUp failed for volume "settings" : configmap "settings" not found"#,
        ),
        (
            "attach",
            "FailedAttachVolume",
            "Multi-Attach error",
            20,
            "a volume of it cannot be attached: Multi-Attach error",
        ),
        (
            "sandbox",
            "FailedCreatePodSandBox",
            r#"failed to setup network for sandbox "0c1d2e3f4a5b6c7d": no address"#,
            30,
            r#"its pod cannot be given a network: failed to setup network for sandbox "…": no address"#,
        ),
    ] {
        let signals = picture.hear(says(name, reason, message, seconds));
        assert_eq!(last(&signals), (Some(words.into()), true), "{name}");
    }
    for (name, reason, message, seconds) in [
        (
            "again",
            "FailedCreatePodSandBox",
            r#"failed to setup network for sandbox "ffff2e3f4a5b6c7d": no address"#,
            40,
        ),
        ("other", "DNSConfigForming", "Nameserver limits", 50),
    ] {
        let signals = picture.hear(says(name, reason, message, seconds));
        assert_eq!(signals, [], "{name} is no news");
    }
}

#[test]
fn another_attempt_with_an_id_of_its_own_is_no_news() {
    let mut picture = shop_at(60);
    picture.hear(started("False"));
    let message = |request: &str| {
        format!("attaching to ip-192-168-100-200 failed: request {request}: denied")
    };
    let first = message("7f3c2a10-9b4e-4d2c-8a61-0c1d2e3f4a5b");
    let signals = picture.hear(says("first", "FailedAttachVolume", &first, 20));
    let words = "a volume of it cannot be attached: attaching to ip-192-168-100-200 failed: request …: denied";
    assert_eq!(last(&signals), (Some(words.into()), true));
    let again = message("00112233-4455-4677-8899-aabbccddeeff");
    let signals = picture.hear(says("again", "FailedAttachVolume", &again, 40));
    assert_eq!(signals, []);
}

#[test]
fn a_pod_that_outlives_its_grace_on_a_node_that_answers_is_our_fault() {
    let dying = |phase: &str| web(json!({"deletionTimestamp": BEGUN}), json!({"phase": phase}));
    let words = "its pod was to end and does not";
    let mut picture = shop_at(0);
    picture.hear(dying("Running"));
    assert_eq!(picture.time_is(after(59)), []);
    let signals = picture.time_is(after(60));
    assert_eq!(last(&signals), (Some(words.into()), true));
    assert_eq!(last(&picture.hear(dying("Failed"))), (None, false));
    picture.hear(dying("Running"));
    let lost = json!({"metadata": {"name": "node-1"}, "status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}});
    let lost = node(&typed::<Node>(lost));
    let signals = picture.hear(News::Node(Change::Is(at("node-1", "node-1"), lost)));
    let words = "its node node-1 does not answer".to_owned();
    assert_eq!(last(&signals), (Some(words), true));
}
