//! The metrics API.

use kube::Client;
use serde_json::Value;

use super::super::{Consumption, Scope, Settings};
use super::{create_deployment, deployed, deployment, pods_of, refusal, with_namespace};

async fn get(client: &Client, path: &str) -> kube::Result<Value> {
    let request = http::Request::get(format!("/apis/metrics.k8s.io/v1beta1{path}"))
        .body(Vec::new())
        .unwrap();
    client.request(request).await
}

#[tokio::test]
async fn running_pods_and_nodes_are_measured() {
    let (standin, client) = with_namespace().await;
    let mut value = deployment("web", "nginx:1", 1);
    value["spec"]["template"]["spec"]["containers"][0]["resources"] =
        serde_json::json!({ "requests": { "cpu": "500m", "memory": "100Mi" } });
    create_deployment(&client, value).await;
    create_deployment(&client, deployment("db", "mysql:8", 1)).await;
    deployed(&client, "web", 1).await;
    deployed(&client, "db", 1).await;
    let all = get(&client, "/pods").await.unwrap();
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    let path = "/namespaces/app/pods?labelSelector=app%3Dweb";
    let web = get(&client, path).await.unwrap();
    let usage = &web["items"][0]["containers"][0]["usage"];
    assert_eq!(
        (usage["cpu"].as_str(), usage["memory"].as_str()),
        (Some("50000000n"), Some("61440Ki"))
    );
    standin.set_consumption(Consumption {
        scope: Scope {
            workload: Some("web".into()),
            ..Scope::default()
        },
        cpu_millicores: 250,
        memory_mib: 90,
    });
    let name = pods_of(&client, "web").await[0]
        .metadata
        .name
        .clone()
        .unwrap();
    let one = get(&client, &format!("/namespaces/app/pods/{name}"))
        .await
        .unwrap();
    let usage = &one["containers"][0]["usage"];
    assert_eq!(
        (usage["cpu"].as_str(), usage["memory"].as_str()),
        (Some("250000000n"), Some("92160Ki"))
    );
    let nodes = get(&client, "/nodes").await.unwrap();
    assert_eq!(nodes["items"].as_array().unwrap().len(), 3);
    assert!(get(&client, "/nodes/node-0").await.unwrap()["usage"]["cpu"].is_string());
    let status = refusal(get(&client, "/namespaces/app/pods/none").await);
    assert_eq!(
        (status.code, status.message.as_str()),
        (404, "pods \"app/none\" not found")
    );
}

#[tokio::test]
async fn a_cluster_may_have_no_metrics() {
    let (standin, client) = with_namespace().await;
    let group = "metrics.k8s.io";
    let has = |groups: &k8s_openapi::apimachinery::pkg::apis::meta::v1::APIGroupList| {
        groups.groups.iter().any(|one| one.name == group)
    };
    assert!(has(&client.list_api_groups().await.unwrap()));
    standin.configure(Settings {
        metrics_api: false,
        ..standin.settings()
    });
    assert!(!has(&client.list_api_groups().await.unwrap()));
    assert_eq!(refusal(get(&client, "/pods").await).code, 404);
}
