//! The server as a whole: credentials, outages, switches over HTTP, restarts.

use std::path::PathBuf;

use k8s_openapi::api::core::v1::{ConfigMap, Node};
use kube::Api;
use kube::api::{ListParams, PostParams};
use serde_json::{Value, json};

use super::super::{Behaviour, Fault, KubernetesStandin, Options, Outage, Scope};
use super::{
    client, config_map, create_deployment, deployed, deployment, pods_of, refusal, standin, until,
    with_namespace,
};

#[tokio::test]
async fn the_token_is_asked_for() {
    let standin = standin().await;
    let http = plain_get;
    let (code, body) = http(&standin.url(), "/api/v1/nodes", None).await;
    assert_eq!((code, body["reason"].as_str()), (401, Some("Unauthorized")));
    assert_eq!(
        http(&standin.url(), "/api/v1/nodes", Some("wrong")).await.0,
        401
    );
    assert_eq!(
        http(&standin.url(), "/token-wrong/api/v1/nodes", None)
            .await
            .0,
        401
    );
    assert_eq!(http(&standin.url(), "/version", None).await.0, 200);
    assert_eq!(http(&standin.url(), "/healthz", None).await.0, 200);
    let nodes: Api<Node> = Api::all(client(&standin).await);
    assert_eq!(
        nodes
            .list(&ListParams::default())
            .await
            .unwrap()
            .items
            .len(),
        3
    );
}

/// A GET without the help of a Kubernetes client.
async fn plain_get(url: &str, path: &str, token: Option<&str>) -> (u16, Value) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let credentials = token
        .map(|token| format!("Authorization: Bearer {token}\r\n"))
        .unwrap_or_default();
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{credentials}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let code = answer
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .unwrap_or(0);
    let body = answer.split("\r\n\r\n").nth(1).unwrap_or("");
    (code, serde_json::from_str(body).unwrap_or(Value::Null))
}

#[tokio::test]
async fn an_outage_looks_like_one_and_ends() {
    let (standin, client) = with_namespace().await;
    let maps: Api<ConfigMap> = Api::namespaced(client, "app");
    standin.set_outage(Outage::Unavailable);
    let status = refusal(maps.get("kube-root-ca.crt").await);
    assert_eq!(
        (status.code, status.reason.as_str()),
        (503, "ServiceUnavailable")
    );
    standin.set_outage(Outage::Broken);
    assert_eq!(refusal(maps.get("kube-root-ca.crt").await).code, 500);
    standin.set_outage(Outage::TooManyRequests);
    assert_eq!(refusal(maps.get("kube-root-ca.crt").await).code, 429);
    standin.set_outage(Outage::None);
    let watching = maps
        .watch(&kube::api::WatchParams::default(), "0")
        .await
        .unwrap();
    standin.set_outage(Outage::Unavailable);
    let drained: Vec<_> = futures_util::StreamExt::collect(watching).await;
    assert!(!drained.is_empty(), "the watch has ended");
    standin.set_outage(Outage::Refuse);
    let refused = maps.get("kube-root-ca.crt").await;
    assert!(
        matches!(
            refused,
            Err(kube::Error::HyperError(_) | kube::Error::Service(_))
        ),
        "{refused:?}"
    );
    standin.set_outage(Outage::Slow { ms: 1 });
    maps.get("kube-root-ca.crt").await.unwrap();
    standin.set_outage(Outage::None);
    maps.get("kube-root-ca.crt").await.unwrap();
}

#[tokio::test]
async fn the_switches_are_within_reach_over_http_during_an_outage() {
    let (standin, client) = with_namespace().await;
    let call = |method: &str, path: &str, body: Value| {
        let bytes = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .body(bytes)
            .unwrap();
        let client = client.clone();
        async move { client.request::<Value>(request).await.unwrap() }
    };
    let behaviour =
        json!({ "namespace": "app", "labels": { "app": "web" }, "behaviour": "slow", "ms": 5 });
    let set = call("PUT", "/standin/behaviour", behaviour.clone()).await;
    assert_eq!(set, json!([behaviour]));
    let faster =
        json!({ "namespace": "app", "labels": { "app": "web" }, "behaviour": "slow", "ms": 1 });
    assert_eq!(
        call("PUT", "/standin/behaviour", faster.clone()).await,
        json!([faster])
    );
    assert_eq!(
        call("DELETE", "/standin/behaviour", Value::Null).await,
        json!([])
    );
    call("PUT", "/standin/outage", json!({ "outage": "refuse" })).await;
    assert!(client.apiserver_version().await.is_err());
    // The connection pool may hold connections that were cut.
    until("the switch", || async {
        let request = http::Request::delete("/standin/outage")
            .body(Vec::new())
            .unwrap();
        client.request::<Value>(request).await.ok()
    })
    .await;
    assert_eq!(client.apiserver_version().await.unwrap().minor, "34");
    drop(standin);
}

fn state_file(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("purser-standin-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder.join("kubernetes.json")
}

async fn start_with(path: &std::path::Path) -> KubernetesStandin {
    let listen = "127.0.0.1:0".parse().unwrap();
    let options = Options {
        listen,
        state_file: Some(path.to_owned()),
        pod_start_ms: 10,
    };
    KubernetesStandin::start(options).await.unwrap()
}

#[tokio::test]
async fn a_restarted_standin_shows_the_same_cluster() {
    let path = state_file("restart");
    let standin = start_with(&path).await;
    let kube = client(&standin).await;
    super::make_namespace(&kube, "app").await;
    create_deployment(&kube, deployment("web", "nginx:1", 1)).await;
    let before = deployed(&kube, "web", 1).await;
    let pods = pods_of(&kube, "web").await;
    let scope = Scope {
        workload: Some("none".into()),
        ..Scope::default()
    };
    standin.set_behaviour(Behaviour {
        scope,
        fault: Fault::NeverReady,
    });
    let token = standin.cluster.token().to_owned();
    standin.stop().await;

    let standin = start_with(&path).await;
    assert_eq!(standin.cluster.token(), token, "a kubeconfig stays valid");
    assert_eq!(standin.cluster.behaviours().len(), 1);
    let kube = client(&standin).await;
    let after = deployed(&kube, "web", 1).await;
    assert_eq!(after.metadata.uid, before.metadata.uid);
    assert_eq!(
        pods_of(&kube, "web").await[0].metadata.uid,
        pods[0].metadata.uid
    );
    let maps: Api<ConfigMap> = Api::namespaced(kube, "app");
    let made = maps
        .create(&PostParams::default(), &config_map("late", json!({})))
        .await
        .unwrap();
    let number = |version: Option<String>| version.unwrap().parse::<u64>().unwrap();
    assert!(number(made.metadata.resource_version) > number(before.metadata.resource_version));
    drop(standin);
    std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
}

#[tokio::test]
async fn what_is_on_disk_can_be_loaded_at_any_moment() {
    let path = state_file("crash");
    let standin = start_with(&path).await;
    let kube = client(&standin).await;
    super::make_namespace(&kube, "app").await;
    let maps: Api<ConfigMap> = Api::namespaced(kube.clone(), "app");
    for number in 0..50 {
        maps.create(
            &PostParams::default(),
            &config_map(&format!("map-{number}"), json!({})),
        )
        .await
        .unwrap();
        if path.exists() {
            assert!(super::super::state_file::load(&path).unwrap().is_some());
        }
    }
    until("everything to be saved", || async {
        let restored = super::super::state_file::load(&path).unwrap()?;
        let saved = restored.store.of("configmaps", "app").count();
        (saved == 51).then_some(())
    })
    .await;
    drop(standin);
    std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
}

#[tokio::test]
async fn dropping_it_ends_everything() {
    let (standin, client) = with_namespace().await;
    let cluster = std::sync::Arc::downgrade(&standin.cluster);
    let address = standin.url().strip_prefix("http://").unwrap().to_owned();
    let maps: Api<ConfigMap> = Api::namespaced(client, "app");
    let watching = maps
        .watch(&kube::api::WatchParams::default(), "0")
        .await
        .unwrap();
    drop(standin);
    let drained: Vec<_> = futures_util::StreamExt::collect(watching).await;
    assert!(!drained.is_empty());
    until("the port to be closed", || async {
        tokio::net::TcpStream::connect(&address).await.err()
    })
    .await;
    until("the tasks to end", || async {
        cluster.upgrade().is_none().then_some(())
    })
    .await;
}
