//! Nodes that are cordoned, tainted, drained and lost.

use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::{EvictParams, Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::{Value, json};

use super::{
    create_deployment, deployed, deployment, object, pod_where, pods_of, refusal, until,
    with_namespace,
};

async fn patch_nodes(client: &Client, names: &[&str], spec: Value) {
    let nodes: Api<Node> = Api::all(client.clone());
    for name in names {
        let patch = Patch::Merge(json!({ "spec": spec }));
        nodes
            .patch(name, &PatchParams::default(), &patch)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn cordoned_and_tainted_nodes_take_no_pods() {
    let (_standin, client) = with_namespace().await;
    patch_nodes(
        &client,
        &["node-0", "node-1"],
        json!({ "unschedulable": true }),
    )
    .await;
    let taint = json!([{ "key": "only", "value": "databases", "effect": "NoSchedule" }]);
    patch_nodes(&client, &["node-2"], json!({ "taints": taint })).await;
    create_deployment(&client, deployment("web", "nginx:1", 1)).await;
    let waiting = pod_where(&client, "web", "a pod that fits nowhere", |pod| {
        pod.pointer("/status/conditions/0/reason")
            .and_then(Value::as_str)
            == Some("Unschedulable")
    })
    .await;
    let said = waiting["status"]["conditions"][0]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        said.contains("1 node(s) had untolerated taint {only: databases}"),
        "{said}"
    );
    assert!(said.contains("2 node(s) were unschedulable"), "{said}");
    let mut tolerant = deployment("db", "mysql:8", 1);
    tolerant["spec"]["template"]["spec"]["tolerations"] = json!([{ "key": "only", "operator": "Equal", "value": "databases", "effect": "NoSchedule" }]);
    create_deployment(&client, tolerant).await;
    deployed(&client, "db", 1).await;
    patch_nodes(&client, &["node-0"], json!({ "unschedulable": null })).await;
    deployed(&client, "web", 1).await;
}

#[tokio::test]
async fn an_eviction_respects_the_budget() {
    let (_standin, client) = with_namespace().await;
    create_deployment(&client, deployment("web", "nginx:1", 1)).await;
    deployed(&client, "web", 1).await;
    let budgets: Api<PodDisruptionBudget> = Api::namespaced(client.clone(), "app");
    let spec = json!({ "minAvailable": 1, "selector": { "matchLabels": { "app": "web" } } });
    let budget = object(json!({ "metadata": { "name": "web" }, "spec": spec }));
    budgets
        .create(&PostParams::default(), &budget)
        .await
        .unwrap();
    let pods: Api<Pod> = Api::namespaced(client.clone(), "app");
    let name = pods_of(&client, "web").await[0]
        .metadata
        .name
        .clone()
        .unwrap();
    let status = refusal(pods.evict(&name, &EvictParams::default()).await);
    assert_eq!(
        (status.code, status.reason.as_str()),
        (429, "TooManyRequests")
    );
    assert_eq!(
        status.message,
        "Cannot evict pod as it would violate the pod's disruption budget."
    );
    let details = status.details.unwrap();
    let cause = &details.causes[0];
    assert_eq!(
        (cause.reason.as_str(), cause.message.as_str()),
        (
            "DisruptionBudget",
            "The disruption budget web needs 1 healthy pods and has 1 currently"
        )
    );
    let allowed = |count: i32| {
        let budgets = budgets.clone();
        async move {
            until("the budget to be counted", || async {
                let status = budgets.get("web").await.unwrap().status?;
                (status.disruptions_allowed == count).then_some(())
            })
            .await;
        }
    };
    allowed(0).await;
    let looser = Patch::Merge(json!({ "spec": { "minAvailable": 0 } }));
    budgets
        .patch("web", &PatchParams::default(), &looser)
        .await
        .unwrap();
    allowed(1).await;
    pods.evict(&name, &EvictParams::default()).await.unwrap();
    until("another pod to take over", || async {
        let all = pods_of(&client, "web").await;
        all.iter()
            .all(|pod| pod.metadata.name.as_ref() != Some(&name))
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_pods_of_a_lost_node_are_not_ready_and_do_not_go() {
    let (standin, client) = with_namespace().await;
    create_deployment(&client, deployment("web", "nginx:1", 1)).await;
    deployed(&client, "web", 1).await;
    let pod = pods_of(&client, "web").await.remove(0);
    let node = pod.spec.unwrap().node_name.unwrap();
    standin.set_node_ready(&node, false).unwrap();
    let nodes: Api<Node> = Api::all(client.clone());
    let conditions = nodes
        .get(&node)
        .await
        .unwrap()
        .status
        .unwrap()
        .conditions
        .unwrap();
    let ready = conditions
        .into_iter()
        .find(|one| one.type_ == "Ready")
        .unwrap();
    assert_eq!(
        (ready.status.as_str(), ready.reason.as_deref()),
        ("Unknown", Some("NodeStatusUnknown"))
    );
    deployed_but_unready(&client).await;
    standin.set_node_ready(&node, true).unwrap();
    deployed(&client, "web", 1).await;
    assert!(standin.set_node_ready("none", true).is_err());
}

async fn deployed_but_unready(client: &Client) {
    let deployments: Api<k8s_openapi::api::apps::v1::Deployment> =
        Api::namespaced(client.clone(), "app");
    until("an unready deployment", || async {
        let status = deployments.get("web").await.unwrap().status?;
        (status.ready_replicas.unwrap_or(0) == 0 && status.replicas == Some(1)).then_some(())
    })
    .await;
}
