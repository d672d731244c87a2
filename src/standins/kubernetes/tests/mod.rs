//! The stand-in seen through the real client, over a real socket.

mod access;
mod apply;
mod cron_jobs;
mod faults;
mod metrics;
mod namespaces;
mod nodes;
mod objects;
mod policies;
mod security;
mod server;
mod watches;
mod workloads;

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Pod};
use kube::api::{ListParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::Status;
use kube::{Api, Client, Config};
use serde_json::{Value, json};

use super::{KubernetesStandin, Options};

/// Generous: it only matters to a test that fails.
const PATIENCE: Duration = Duration::from_secs(30);

async fn standin() -> KubernetesStandin {
    let listen = "127.0.0.1:0".parse().unwrap();
    KubernetesStandin::start(Options {
        listen,
        state_file: None,
        pod_start_ms: 10,
    })
    .await
    .unwrap()
}

async fn client(standin: &KubernetesStandin) -> Client {
    let kubeconfig = Kubeconfig::from_yaml(&standin.kubeconfig()).unwrap();
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
        .await
        .unwrap();
    // The tests want to see each answer, not the patience of the client.
    config.default_retry = false;
    Client::try_from(config).unwrap()
}

/// A stand-in, a client and an empty namespace `app`, whose default account is there.
async fn with_namespace() -> (KubernetesStandin, Client) {
    let standin = standin().await;
    let client = client(&standin).await;
    make_namespace(&client, "app").await;
    (standin, client)
}

async fn make_namespace(client: &Client, name: &str) {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let namespace: Namespace = object(json!({ "metadata": { "name": name } }));
    namespaces
        .create(&PostParams::default(), &namespace)
        .await
        .unwrap();
    let accounts: Api<k8s_openapi::api::core::v1::ServiceAccount> =
        Api::namespaced(client.clone(), name);
    until("the default account", || async {
        accounts.get_opt("default").await.unwrap()
    })
    .await;
}

fn object<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// Asks again and again until there is an answer.
async fn until<T, F, A>(what: &str, mut ask: A) -> T
where
    A: FnMut() -> F,
    F: Future<Output = Option<T>>,
{
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// The `Status` behind a refusal.
fn refusal<T: Debug>(result: kube::Result<T>) -> Status {
    match result {
        Err(kube::Error::Api(status)) => *status,
        other => panic!("not refused: {other:?}"),
    }
}

fn config_map(name: &str, data: Value) -> ConfigMap {
    object(json!({ "metadata": { "name": name, "labels": { "app": name } }, "data": data }))
}

fn deployment(name: &str, image: &str, replicas: i32) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": name },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { "app": name } },
            "template": {
                "metadata": { "labels": { "app": name } },
                "spec": { "containers": [{ "name": "main", "image": image, "readinessProbe": { "tcpSocket": { "port": 80 } } }] },
            },
        },
    })
}

async fn create_deployment(client: &Client, value: Value) -> Deployment {
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), "app");
    deployments
        .create(&PostParams::default(), &object(value))
        .await
        .unwrap()
}

/// Waits until a deployment has so many ready replicas of its newest template and no others.
async fn deployed(client: &Client, name: &str, replicas: i32) -> Deployment {
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), "app");
    until(&format!("{replicas} ready replicas of {name}"), || async {
        let deployment = deployments.get(name).await.unwrap();
        let status = deployment.status.clone().unwrap_or_default();
        let counts = [
            status.ready_replicas,
            status.updated_replicas,
            status.replicas,
        ];
        let settled = counts.iter().all(|count| count.unwrap_or(0) == replicas)
            && status.observed_generation == deployment.metadata.generation;
        settled.then_some(deployment)
    })
    .await
}

async fn pods_of(client: &Client, app: &str) -> Vec<Pod> {
    let pods: Api<Pod> = Api::namespaced(client.clone(), "app");
    pods.list(&ListParams::default().labels(&format!("app={app}")))
        .await
        .unwrap()
        .items
}

/// Waits for a pod of `app` of which `fact` holds.
async fn pod_where(client: &Client, app: &str, what: &str, fact: impl Fn(&Value) -> bool) -> Value {
    until(what, || async {
        let pods = pods_of(client, app).await;
        pods.iter()
            .map(|pod| serde_json::to_value(pod).unwrap())
            .find(|pod| fact(pod))
    })
    .await
}

fn waiting_for(pod: &Value, reason: &str) -> bool {
    pod.pointer("/status/containerStatuses/0/state/waiting/reason")
        .and_then(Value::as_str)
        == Some(reason)
}

fn is_ready(pod: &Value) -> bool {
    pod.pointer("/status/containerStatuses/0/ready") == Some(&Value::Bool(true))
}
