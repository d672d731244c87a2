//! Cordon and drain over the wire: what of ours stands on a node, and who may not be asked to go.

use super::{
    sweeps::{edited_at, place},
    workers::{asks, becomes_so, nodes, worker},
};
use crate::support::{
    Order, Person, TestApp, app, app_as_installed, app_with, becomes,
    deploy::{manifest, path_of},
};
use purser::standins::kubernetes::Settings;
use purser_domain::user::Role;
use reqwest::Method;
use serde_json::{Value, json};

/// The nodes on which something of ours stands.
async fn nodes_in_use(app: &TestApp) -> Vec<String> {
    let ours = "labelSelector=app.kubernetes.io/managed-by%3Dpurser";
    let url = format!("{}/api/v1/pods?{ours}", app.wire.kubernetes);
    let pods = app.wire.get(&url).await.is(200);
    let pods = pods["items"].as_array().unwrap().iter();
    let standing = pods.filter(|pod| pod["status"]["phase"] == "Running");
    let nodes = standing.filter_map(|pod| pod["spec"]["nodeName"].as_str());
    nodes.map(str::to_owned).collect()
}

/// Name and id of a node on which something of a WordPress runs.
async fn in_use(app: &TestApp, operator: &Person) -> (String, String) {
    app.sells("wordpress").await;
    let dewi = app.customer().await.with_credit(100_000).await;
    let order = dewi.buys("wordpress").await;
    dewi.sees(&order, "active").await;
    let used = nodes_in_use(app).await.remove(0);
    let id = id_of(operator, &used).await;
    (used, id)
}

async fn id_of(operator: &Person, name: &str) -> String {
    let nodes = nodes(operator).await;
    let node = nodes.iter().find(|node| node["name"] == *name).unwrap();
    node["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_drained_and_what_ran_there_runs_elsewhere() {
    let app = app().await;
    let operator = app.staff(Role::Operator).await;
    let (used, id) = in_use(&app, &operator).await;
    let id = id.as_str();

    asks(&operator, id, "drain").await.is(200);
    becomes_so(&operator, id, "drain", json!("done")).await;
    becomes_so(&operator, id, "cordoned", json!(true)).await;
    becomes("the app runs elsewhere", async || {
        let nodes = nodes_in_use(&app).await;
        nodes.len() == 2 && !nodes.contains(&used)
    })
    .await;
    asks(&operator, id, "uncordon").await.is(200);
    becomes_so(&operator, id, "cordoned", json!(false)).await;
    assert_eq!(worker(&operator, id).await["drain"], Value::Null);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lost_our_label_leaves_a_node_with_the_rest() {
    let app = app().await;
    let operator = app.staff(Role::Operator).await;
    in_use(&app, &operator).await;
    let database = place(&app, "api/v1", "pods/database-0").await;
    let unmarked = json!({ "app.kubernetes.io/managed-by": null });
    edited_at(&database, &json!({ "metadata": { "labels": unmarked } })).await;
    let pod = app.wire.get(&database).await.is(200);
    let node = pod["spec"]["nodeName"].as_str().unwrap();
    let id = id_of(&operator, node).await;

    asks(&operator, &id, "drain").await.is(200);
    becomes_so(&operator, &id, "drain", json!("done")).await;
    becomes("the database runs elsewhere", async || {
        let pod = app.wire.get(&database).await;
        pod["status"]["phase"] == "Running" && pod["spec"]["nodeName"] != *node
    })
    .await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_that_a_budget_holds_for_too_long_has_failed_and_says_so() {
    let mut app = app_with(|settings| settings.fleet.drain_deadline_ms = 2_000).await;
    let operator = app.staff(Role::Operator).await;
    let (_, id) = in_use(&app, &operator).await;
    let id = id.as_str();
    let namespace = app.wire.namespaces().await.remove(0);
    let budgets = format!(
        "{}/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets",
        app.wire.kubernetes
    );
    let all = json!({ "minAvailable": "100%", "selector": {} });
    let budget = json!({ "metadata": { "name": "all" }, "spec": all });
    app.wire.post(&budgets, &budget).await.is(201);

    asks(&operator, id, "drain").await.is(200);
    becomes_so(&operator, id, "drain", json!("failed")).await;
    let failed = worker(&operator, id).await;
    let why = failed["drain_failed"].as_str().unwrap();
    assert!(why.contains("disruption budget"), "{why}");
    assert!(why.contains(&namespace), "{why}");
    becomes_so(&operator, id, "cordoned", json!(true)).await;

    let url = format!("{budgets}/all");
    let gone = app.wire.ask(Method::DELETE, &url).without_key().await;
    gone.is(200);
    // The next one may take its time.
    app.stops().await;
    app.settings.fleet.drain_deadline_ms = 3_600_000;
    app.starts().await;
    asks(&operator, id, "drain").await.is(200);
    becomes_so(&operator, id, "drain", json!("done")).await;
    assert_eq!(worker(&operator, id).await["drain_failed"], Value::Null);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_purser_may_not_cordon_is_not_called_drained() {
    let app = app_as_installed(|settings| settings.fleet.drain_deadline_ms = 1_000).await;
    let operator = app.staff(Role::Operator).await;
    let node = nodes(&operator).await.remove(0);
    let id = node["id"].as_str().unwrap();
    app.kubernetes.configure(Settings {
        rbac_lag_ms: 0,
        ..app.kubernetes.settings()
    });
    let binding = path_of(&manifest("ClusterRoleBinding", "purser-workers"));
    let url = format!("{}/{binding}", app.wire.kubernetes);
    let gone = app.wire.ask(Method::DELETE, &url).without_key().await;
    gone.is(200);

    // Nothing of ours stands on it.
    asks(&operator, id, "drain").await.is(200);
    becomes_so(&operator, id, "drain", json!("failed")).await;
    let failed = worker(&operator, id).await;
    let why = failed["drain_failed"].as_str().unwrap();
    assert!(why.contains("does not allow"), "{why}");
    assert_eq!(failed["cordoned"], false, "{}", failed.text);
    assert_eq!(app.times("worker.drained").await, 0);
    app.finish().await;
}

/// The nodes on which something of this app runs.
async fn nodes_of(app: &TestApp, order: &Order) -> Vec<String> {
    let namespace = format!("customer-{}", order.instance);
    let url = format!("{}/api/v1/namespaces/{namespace}/pods", app.wire.kubernetes);
    let pods = app.wire.get(&url).await.is(200);
    let pods = pods["items"].as_array().unwrap().iter();
    let running = pods.filter(|pod| pod["status"]["phase"] == "Running");
    let nodes = running.filter_map(|pod| pod["spec"]["nodeName"].as_str());
    nodes.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_that_lost_our_label_keeps_no_other_pod_on_a_node() {
    let app = app_as_installed(|settings| settings.fleet.drain_deadline_ms = 3_000).await;
    let operator = app.staff(Role::Operator).await;
    let nodes = nodes(&operator).await;
    let ids: Vec<&str> = nodes.iter().map(|it| it["id"].as_str().unwrap()).collect();
    for id in &ids[1..] {
        asks(&operator, id, "cordon").await.is(200);
        becomes_so(&operator, id, "cordoned", json!(true)).await;
    }
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(100_000).await;
    let unmarked = dewi.buys("ghost").await;
    dewi.sees(&unmarked, "active").await;
    let other = dewi.buys("ghost").await;
    dewi.sees(&other, "active").await;
    app.settle().await;
    for id in &ids[1..] {
        asks(&operator, id, "uncordon").await.is(200);
        becomes_so(&operator, id, "cordoned", json!(false)).await;
    }
    let namespace = format!("customer-{}", unmarked.instance);
    let url = format!("{}/api/v1/namespaces/{namespace}", app.wire.kubernetes);
    let marked = async |value: Value| {
        let labels = json!({ "app.kubernetes.io/managed-by": value });
        edited_at(&url, &json!({ "metadata": { "labels": labels } })).await;
    };
    marked(Value::Null).await;

    asks(&operator, ids[0], "drain").await.is(200);
    becomes_so(&operator, ids[0], "drain", json!("failed")).await;
    let failed = worker(&operator, ids[0]).await;
    let why = failed["drain_failed"].as_str().unwrap();
    for part in [&*namespace, "only inside its own namespaces"] {
        assert!(why.contains(part), "{why}");
    }
    becomes("the other app runs elsewhere", async || {
        let nodes = nodes_of(&app, &other).await;
        nodes.len() == 2 && !nodes.contains(&"node-0".to_owned())
    })
    .await;
    let stays = nodes_of(&app, &unmarked).await;
    assert!(stays.iter().all(|node| node == "node-0"), "{stays:?}");
    marked(json!("purser")).await;
    app.finish().await;
}
