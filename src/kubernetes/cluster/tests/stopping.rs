use super::*;

/// An app with a database and with one pod in this phase, on a node that answers or does not.
async fn with_pod(node_answers: bool, phase: &'static str) -> Scripted {
    of_app(object("Deployment", "web"), node_answers, phase).await
}

async fn of_app(app: Value, node_answers: bool, phase: &'static str) -> Scripted {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web-1", "deletionTimestamp": "2027-01-31T05:00:00Z"},
        "spec": {"nodeName": "node-1", "containers": []}, "status": {"phase": phase},
    });
    let pods = json!({"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": [pod]});
    let ready = if node_answers { "True" } else { "Unknown" };
    let mut node = object("Node", "node-1");
    node["status"] = json!({"conditions": [{"type": "Ready", "status": ready}]});
    Scripted::start(move |asked| match &*asked.call {
        call if call.ends_with("/pods") => Answer::ok(pods.clone()),
        call if call.ends_with("/nodes/node-1") => Answer::ok(node.clone()),
        call if call.ends_with("/statefulsets/database") => {
            let mut set = ours(object("StatefulSet", "database"));
            set["apiVersion"] = json!("apps/v1");
            set["spec"] =
                json!({"selector": {}, "template": {}, "serviceName": "database", "replicas": 1});
            Answer::ok(set)
        }
        _ => Answer::ok(ours(app.clone())),
    })
    .await
}

/// What is patched, in order, and to how many replicas; none where only the operation is noted.
fn patched(api: &Scripted) -> Vec<(String, Option<i64>)> {
    let patches = api.asked().into_iter();
    let patches = patches.filter(|asked| asked.call.starts_with("PATCH "));
    let name = |call: &str| call.rsplit('/').next().unwrap().to_owned();
    let patched = patches.map(|it| (name(&it.call), it.body["spec"]["replicas"].as_i64()));
    patched.collect()
}

#[tokio::test]
async fn a_database_runs_until_its_app_has_ended() {
    let api = with_pod(true, "Running").await;
    for _ in 0..2 {
        assert!(!api.cluster.suspend("x", 1).await.unwrap());
    }
    let (web, database) = ("web".to_owned(), "database".to_owned());
    // The operation first: the app may end after it was given up.
    let app_only = [(web.clone(), None), (web.clone(), Some(0))];
    assert_eq!(patched(&api), [app_only.clone(), app_only].concat());

    let in_order = [(web.clone(), None), (web, Some(0)), (database, Some(0))];
    for phase in ["Failed", "Succeeded"] {
        let api = with_pod(true, phase).await;
        assert!(api.cluster.suspend("x", 1).await.unwrap());
        assert_eq!(patched(&api), in_order);
    }
    // A pod on a lost node ends when the node comes back, if ever.
    let api = with_pod(false, "Running").await;
    assert!(api.cluster.suspend("x", 1).await.unwrap());
    assert_eq!(patched(&api), in_order);
    // Whoever died between the steps begins anew.
    assert!(api.cluster.suspend("x", 1).await.unwrap());
    assert_eq!(patched(&api), [in_order.clone(), in_order].concat());
}

/// An app at nothing, which this manager says it is to be at, and on which the stop is marked.
async fn at_nothing(manager: &str) -> Scripted {
    let mut app = object("Deployment", "web");
    app["spec"]["replicas"] = json!(0);
    app["metadata"]["annotations"] = json!({"purser.example/operation": "1"});
    let fields = json!({"f:spec": {"f:replicas": {}}});
    app["metadata"]["managedFields"] =
        json!([{"manager": manager, "operation": "Apply", "fieldsV1": fields}]);
    of_app(app, true, "Running").await
}

#[tokio::test]
async fn an_app_that_is_brought_to_nothing_already_is_only_looked_at() {
    let api = at_nothing("purser-scaler").await;
    assert!(!api.cluster.suspend("x", 1).await.unwrap());
    assert!(patched(&api).is_empty());
}

#[tokio::test]
async fn an_app_that_was_made_again_at_nothing_is_kept_there_by_the_scaler() {
    let api = at_nothing("purser-provisioner").await;
    assert!(!api.cluster.shut_down("x").await.unwrap());
    assert_eq!(patched(&api), [("web".to_owned(), Some(0))]);
    let scaled = api.asked().into_iter();
    let scaled = scaled.filter(|it| it.call.starts_with("PATCH "));
    let by: Vec<String> = scaled.map(|it| it.query).collect();
    assert!(by[0].contains("fieldManager=purser-scaler"), "{by:?}");
}
