use super::*;

/// An app with one pod, whose container is as this says, on a node that answers or does not.
async fn with_container(node_answers: bool, container: Value, more: Value) -> Scripted {
    let mut container = container;
    container["name"] = json!("app");
    container["image"] = json!("ghost:6");
    container["imageID"] = json!("");
    container["ready"] = json!(false);
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1"},
        "spec": {"nodeName": "node-1", "containers": []},
        "status": {"phase": "Running", "containerStatuses": [container]},
    });
    let metadata = pod["metadata"].as_object_mut().unwrap();
    metadata.extend(more.as_object().unwrap().clone());
    let pods = json!({"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": [pod]});
    let ready = if node_answers { "True" } else { "Unknown" };
    let mut node = object("Node", "node-1");
    node["status"] = json!({"conditions": [{"type": "Ready", "status": ready}]});
    Scripted::start(move |asked| match asked.call.ends_with("/pods") {
        true => Answer::ok(pods.clone()),
        false => Answer::ok(node.clone()),
    })
    .await
}

#[tokio::test]
async fn an_app_is_starting_while_its_container_runs_and_its_startup_probe_has_not_passed() {
    let runs = |started: bool, restarts: u32| {
        let state = json!({"running": {"startedAt": "2027-01-31T05:00:00Z"}});
        json!({"started": started, "restartCount": restarts, "state": state})
    };
    let waits = json!({
        "started": false, "restartCount": 0, "state": {"waiting": {"reason": "ImagePullBackOff"}},
    });
    let (here, going) = (
        json!({}),
        json!({"deletionTimestamp": "2027-01-31T05:00:00Z"}),
    );
    for (what, node_answers, container, more, is) in [
        ("starting", true, runs(false, 0), &here, true),
        ("started", true, runs(true, 0), &here, false),
        ("waiting for its image", true, waits, &here, false),
        ("crashing", true, runs(false, 2), &here, false),
        ("on its way out", true, runs(false, 0), &going, false),
        ("on a lost node", false, runs(false, 0), &here, false),
    ] {
        let api = with_container(node_answers, container, more.clone()).await;
        let starting = api.cluster.app_is_starting("x").await;
        assert_eq!(starting.unwrap(), is, "{what}");
    }
}
