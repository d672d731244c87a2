use super::*;
use crate::kubernetes::cluster::nodes::{Evicted, HeldPod};

/// A namespace of ours, by its name alone.
const OURS: &str = "customer-01900000-0000-7000-8000-000000000001";

/// A pod that bears no label.
fn pod(name: &str, more: Value) -> Value {
    let mut pod = json!({"metadata": {"name": name, "namespace": OURS}});
    for (field, value) in more.as_object().unwrap() {
        pod[field] = value.clone();
    }
    pod
}

fn on_the_node() -> Answer {
    let daemon = json!([{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "d", "uid": "u"}]);
    let mut agent = pod("agent", json!({}));
    agent["metadata"]["ownerReferences"] = daemon;
    let mut leaving = pod("leaving", json!({}));
    leaving["metadata"]["deletionTimestamp"] = json!("2027-01-31T05:00:00Z");
    let elsewhere = |namespace: &str| {
        let mut pod = ours(pod("foreign", json!({})));
        pod["metadata"]["namespace"] = json!(namespace);
        pod
    };
    let pods = [
        elsewhere("kube-system"),
        elsewhere("customer-portal"),
        elsewhere("customer-01900000000070008000000000000001"),
        elsewhere("01900000-0000-7000-8000-000000000001"),
        pod("web", json!({})),
        pod("gone", json!({})),
        pod("database", json!({})),
        pod("ended", json!({"status": {"phase": "Succeeded"}})),
        agent,
        leaving,
    ];
    Answer::ok(json!({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": pods}))
}

#[tokio::test]
async fn ours_are_asked_to_go_and_what_a_budget_holds_is_counted() {
    let scripted = Scripted::start(|asked| match asked.call.as_str() {
        "GET /api/v1/pods" => on_the_node(),
        call if call.ends_with("/database/eviction") => Answer::refused(
            429,
            "Cannot evict pod as it would violate the pod's disruption budget.",
        ),
        call if call.ends_with("/gone/eviction") => Answer::refused(404, "pods \"gone\" not found"),
        _ => Answer::ok(json!({"kind": "Status", "status": "Success"})),
    })
    .await;
    let settings = ghost(&recipes()).settings;
    let evicted = scripted.cluster.evict_ours(&settings, "node-1").await;
    let held = vec![HeldPod {
        pod: format!("{OURS}/database"),
        why: None,
    }];
    assert_eq!(evicted.unwrap(), Evicted { left: 4, held });
    let asked = scripted.asked();
    assert!(
        asked[0].query.contains("spec.nodeName%3Dnode-1"),
        "{asked:?}"
    );
    let path = format!("POST /api/v1/namespaces/{OURS}/pods");
    let evictions = ["web", "gone", "database"].map(|name| format!("{path}/{name}/eviction"));
    assert_eq!(scripted.calls()[1..], evictions);
}

#[tokio::test]
async fn a_pod_that_the_cluster_does_not_let_go_keeps_none_of_the_others() {
    for (status, why) in [
        (422, "ValidatingAdmissionPolicy denied request"),
        (403, "User cannot create resource \"pods/eviction\""),
        (500, "This pod has more than one PodDisruptionBudget"),
    ] {
        let scripted = Scripted::start(move |asked| match asked.call.as_str() {
            "GET /api/v1/pods" => on_the_node(),
            call if call.ends_with("/web/eviction") => Answer::refused(status, why),
            _ => Answer::ok(json!({"kind": "Status", "status": "Success"})),
        })
        .await;
        let settings = ghost(&recipes()).settings;
        let evicted = scripted.cluster.evict_ours(&settings, "node-1").await;
        let [held] = &evicted.unwrap().held[..] else {
            panic!("{status}: one is held");
        };
        assert_eq!(held.pod, format!("{OURS}/web"));
        let told = held.why.as_ref().unwrap();
        assert!(told.contains(why), "{told}");
        let last = scripted.calls().pop().unwrap();
        assert!(last.ends_with("/database/eviction"), "{last}");
    }
}

#[tokio::test]
async fn whoever_does_not_know_us_is_asked_for_no_other_pod() {
    let scripted = Scripted::start(|asked| match asked.call.as_str() {
        "GET /api/v1/pods" => on_the_node(),
        _ => Answer::refused(401, "Unauthorized"),
    })
    .await;
    let settings = ghost(&recipes()).settings;
    let evicted = scripted.cluster.evict_ours(&settings, "node-1").await;
    assert_eq!(evicted.unwrap_err().code(), "cluster.unauthenticated");
    assert_eq!(scripted.calls().len(), 2);
}

#[tokio::test]
async fn a_cordon_touches_one_field_of_the_node() {
    let node = json!({"kind": "Node", "apiVersion": "v1", "metadata": {"name": "node-1"}});
    let scripted = Scripted::start(move |_| Answer::ok(node.clone())).await;
    scripted
        .cluster
        .set_unschedulable("node-1", true)
        .await
        .unwrap();
    let [asked] = &scripted.asked()[..] else {
        panic!("one call");
    };
    assert_eq!(asked.call, "PATCH /api/v1/nodes/node-1");
    assert_eq!(asked.body, json!({"spec": {"unschedulable": true}}));
}
