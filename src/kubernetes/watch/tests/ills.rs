//! Whose fault it is, and what a lost node does to those who were on it.

use super::*;
use k8s_openapi::api::core::v1::Node;

fn pod_on(node: &str, more: Value) -> PodFact {
    let mut object = json!({
        "metadata": {"name": "web-1", "labels": {"app.kubernetes.io/component": "web"}},
        "spec": {"nodeName": node, "containers": []},
        "status": {"phase": "Running", "containerStatuses": [
            {"name": "app", "image": "ghost:6", "imageID": "", "ready": false, "started": true, "restartCount": 0}]},
    });
    object["metadata"]
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    pod(&typed::<Pod>(object))
}

fn node_is(ready: &str) -> News {
    let object = json!({"metadata": {"name": "node-1"}, "status": {"conditions": [{"type": "Ready", "status": ready}]}});
    News::Node(Change::Is(
        at("node-1", "node-1"),
        node(&typed::<Node>(object)),
    ))
}

fn stored() -> News {
    let status =
        json!({"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1});
    News::Database(Change::Is(
        at("shop", "database"),
        database(json!({}), status),
    ))
}

fn last(signals: &[Signal]) -> (AppPod, Option<String>, bool) {
    let seen = *observed(signals).last().unwrap();
    (seen.app, seen.trouble.clone(), seen.ours)
}

#[test]
fn what_ran_on_a_lost_node_is_away_and_that_is_our_fault() {
    let (mut picture, _) = listed(&[("shop", SHOP)]);
    picture.hear(stored());
    picture.hear(node_is("True"));
    let pod = News::Pod(Change::Is(at("shop", "web-1"), pod_on("node-1", json!({}))));
    assert_eq!(last(&picture.hear(pod)), (AppPod::Started, None, false));
    let words = Some("its node node-1 does not answer".to_owned());
    let lost = (AppPod::NodeLost, words, true);
    assert_eq!(last(&picture.hear(node_is("Unknown"))), lost);
    let evicted = pod_on(
        "node-1",
        json!({"deletionTimestamp": "2027-01-31T05:00:00Z"}),
    );
    let evicted = News::Pod(Change::Is(at("shop", "web-1"), evicted));
    assert_eq!(
        picture.hear(evicted),
        [],
        "it is still believed to be there"
    );
    assert_eq!(
        last(&picture.hear(node_is("True"))),
        (AppPod::Starting, None, false)
    );
}

#[test]
fn an_app_that_is_ready_elsewhere_is_not_lost() {
    let (mut picture, _) = listed(&[("shop", SHOP)]);
    picture.hear(stored());
    let pod = pod_on("node-1", json!({}));
    picture.hear(News::Pod(Change::Is(at("shop", "web-1"), pod)));
    picture.hear(News::App(Change::Is(at("shop", "web"), ready_app())));
    assert_eq!(picture.hear(node_is("False")), []);
}

#[test]
fn no_room_no_image_and_no_database_are_our_fault_and_a_crash_is_not() {
    let pull = json!({"state": {"waiting": {"reason": "ErrImagePull"}}});
    let crash = json!({"state": {"waiting": {"reason": "CrashLoopBackOff"}}});
    for (status, ours) in [(pull, true), (crash, false)] {
        let (mut picture, _) = listed(&[("shop", SHOP)]);
        picture.hear(stored());
        let pod = a_pod(container(status));
        let signals = picture.hear(News::Pod(Change::Is(at("shop", "web-1"), pod)));
        assert_eq!(last(&signals).2, ours, "{signals:?}");
    }
    let (mut picture, signals) = listed(&[("shop", SHOP)]);
    assert!(!last(&signals).2, "it may have none");
    let down = database(json!({}), json!({}));
    let at_rest = News::Database(Change::Is(at("shop", "database"), down));
    assert!(
        last(&picture.hear(at_rest)).2,
        "its database does not answer"
    );
}

#[test]
fn a_trouble_is_reported_when_it_comes_and_when_it_is_over() {
    let (mut picture, _) = listed(&[("shop", SHOP)]);
    let stuck = a_pod(container(
        json!({"state": {"waiting": {"reason": "ErrImagePull"}}}),
    ));
    let signals = picture.hear(News::Pod(Change::Is(at("shop", "web-1"), stuck)));
    assert_eq!(
        trouble_of(&signals).unwrap(),
        "the image ghost:6 cannot be pulled"
    );
    let backing_off = a_pod(container(
        json!({"state": {"waiting": {"reason": "ImagePullBackOff"}}}),
    ));
    assert_eq!(
        picture.hear(News::Pod(Change::Is(at("shop", "web-1"), backing_off))),
        []
    );
    let signals = picture.hear(News::Pod(Change::Gone(at("shop", "web-1"))));
    assert_eq!(trouble_of(&signals), None);
}

/// An app that does not answer, with the moments of its last start and of when it stopped being ready.
fn silent(started: &str, unready: &str) -> PodFact {
    pod(&typed::<Pod>(json!({
        "metadata": {"name": "web-1", "labels": {"app.kubernetes.io/component": "web"}},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": unready}],
            "containerStatuses": [{
                "name": "app", "image": "ghost:6", "imageID": "", "ready": false, "started": true, "restartCount": 2,
                "state": {"running": {"startedAt": started}},
            }],
        },
    })))
}

#[test]
fn who_ran_well_for_long_hangs_and_does_not_crash() {
    for (unready, app, words) in [
        ("2027-06-01T05:00:00Z", AppPod::Started, None),
        (
            "2027-03-01T05:04:00Z",
            AppPod::Crashing,
            Some("container app keeps crashing"),
        ),
        (
            "2027-03-01T04:59:00Z",
            AppPod::Crashing,
            Some("container app keeps crashing"),
        ),
    ] {
        let (mut picture, _) = listed(&[("shop", SHOP)]);
        picture.hear(stored());
        let pod = silent("2027-03-01T05:00:00Z", unready);
        let signals = picture.hear(News::Pod(Change::Is(at("shop", "web-1"), pod)));
        let words = words.map(str::to_owned);
        assert_eq!(last(&signals), (app, words, false), "{unready}");
    }
}

#[test]
fn a_job_that_is_over_is_on_no_node_any_more() {
    let (mut picture, _) = listed(&[("shop", SHOP)]);
    picture.hear(stored());
    picture.hear(node_is("False"));
    let over = json!({
        "metadata": {"name": "owner-1", "labels": {"app.kubernetes.io/component": "job"}},
        "spec": {"nodeName": "node-1", "containers": []}, "status": {"phase": "Succeeded"},
    });
    let over = News::Pod(Change::Is(at("shop", "owner-1"), pod(&typed::<Pod>(over))));
    assert_eq!(picture.hear(over), []);
}
