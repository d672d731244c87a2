use super::*;

/// A database that is to be of revision `new`, with this pod beside nodes of which one is lost.
async fn with_pod(pod: Value) -> Scripted {
    let set = ours(json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet",
        "metadata": {"name": "database", "uid": "set-1", "generation": 3},
        "spec": {"replicas": 1, "selector": {}, "template": {}, "serviceName": "database"},
        "status": {"replicas": 1, "observedGeneration": 3, "currentRevision": "new", "updateRevision": "new"},
    }));
    let pods = json!({"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": [pod]});
    Scripted::start(move |asked| match &*asked.call {
        call if call.ends_with("/statefulsets/database") => Answer::ok(set.clone()),
        "GET /api/v1/namespaces/x/pods" => Answer::ok(pods.clone()),
        call if call.ends_with("/nodes/lost") => Answer::ok(node("Unknown")),
        call if call.ends_with("/nodes/well") => Answer::ok(node("True")),
        call if call.ends_with("/nodes/gone") => Answer::refused(404, "not found"),
        _ => Answer::ok(json!({"kind": "Status", "status": "Success"})),
    })
    .await
}

fn node(ready: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    })
}

/// A pod of the revision before, which did not become ready.
fn stuck() -> Value {
    json!({
        "metadata": {
            "name": "database-0", "uid": "pod-1", "resourceVersion": "7",
            "labels": {"controller-revision-hash": "old"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "database", "uid": "set-1"}],
        },
        "spec": {"nodeName": "well", "containers": []},
        "status": {"phase": "Pending"},
    })
}

fn with(pointer: &str, value: Value) -> Value {
    let mut pod = stuck();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    pod.pointer_mut(parent).unwrap()[field] = value;
    pod
}

async fn deletions(pod: Value) -> Vec<Asked> {
    let api = with_pod(pod).await;
    api.cluster.free_database("x").await.unwrap();
    let asked = api.asked().into_iter();
    asked
        .filter(|asked| asked.call.starts_with("DELETE "))
        .collect()
}

#[tokio::test]
async fn a_pod_of_another_template_that_is_not_ready_makes_way_for_its_replacement() {
    for node in [json!("well"), Value::Null] {
        let deleted = deletions(with("/spec/nodeName", node)).await;
        let [deleted] = &deleted[..] else {
            panic!("{deleted:?}");
        };
        assert_eq!(deleted.call, "DELETE /api/v1/namespaces/x/pods/database-0");
        let this_one = json!({"uid": "pod-1", "resourceVersion": "7"});
        assert_eq!(deleted.body["preconditions"], this_one);
    }
}

#[tokio::test]
async fn a_pod_stays_that_is_well_or_wanted_or_going_or_out_of_reach() {
    let ready = json!([{"type": "Ready", "status": "True"}]);
    for pod in [
        with("/status/conditions", ready),
        with("/metadata/labels/controller-revision-hash", json!("new")),
        with("/metadata/deletionTimestamp", json!("2027-01-31T05:00:00Z")),
        with("/metadata/ownerReferences", json!([])),
        with("/spec/nodeName", json!("lost")),
        with("/spec/nodeName", json!("gone")),
    ] {
        let deleted = deletions(pod.clone()).await;
        assert!(deleted.is_empty(), "{pod}");
    }
}
