//! The end of a namespace, quotas and limits.

use k8s_openapi::api::core::v1::{ConfigMap, LimitRange, Namespace, Pod, ResourceQuota};
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::super::Settings;
use super::{
    config_map, create_deployment, deployed, deployment, object, refusal, until, with_namespace,
};

#[tokio::test]
async fn a_deleted_namespace_empties_itself_and_goes() {
    let (_standin, client) = with_namespace().await;
    create_deployment(&client, deployment("web", "nginx:1", 1)).await;
    deployed(&client, "web", 1).await;
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), "app");
    let mut held = config_map("held", json!({}));
    held.metadata.finalizers = Some(vec!["example.com/hold".into()]);
    maps.create(&PostParams::default(), &held).await.unwrap();

    let namespaces: Api<Namespace> = Api::all(client.clone());
    namespaces
        .delete("app", &DeleteParams::default())
        .await
        .unwrap();
    let status = refusal(
        maps.create(&PostParams::default(), &config_map("late", json!({})))
            .await,
    );
    assert_eq!((status.code, status.reason.as_str()), (403, "Forbidden"));
    assert!(
        status.message.ends_with("because it is being terminated"),
        "{}",
        status.message
    );
    assert_eq!(
        status.details.unwrap().causes[0].reason,
        "NamespaceTerminating"
    );
    assert_eq!(
        refusal(namespaces.delete("app", &DeleteParams::default()).await).code,
        409
    );

    until("everything else to be gone", || async {
        let namespace = namespaces.get("app").await.unwrap();
        let status = namespace.status.unwrap();
        assert_eq!(status.phase.as_deref(), Some("Terminating"));
        let message = status
            .conditions?
            .into_iter()
            .find(|c| c.type_ == "NamespaceContentRemaining")?
            .message?;
        (message == "Some resources are remaining: configmaps. has 1 resource instances")
            .then_some(())
    })
    .await;
    let free = Patch::Merge(json!({ "metadata": { "finalizers": null } }));
    maps.patch("held", &PatchParams::default(), &free)
        .await
        .unwrap();
    until("the namespace to go", || async {
        namespaces
            .get_opt("app")
            .await
            .unwrap()
            .is_none()
            .then_some(())
    })
    .await;
    assert_eq!(
        refusal(namespaces.delete("default", &DeleteParams::default()).await).code,
        403
    );
}

fn pod(name: &str, resources: Value) -> Pod {
    let container = json!({ "name": "main", "image": "nginx:1", "resources": resources });
    object(json!({ "metadata": { "name": name }, "spec": { "containers": [container] } }))
}

#[tokio::test]
async fn a_quota_is_counted_and_enforced() {
    let (_standin, client) = with_namespace().await;
    let quotas: Api<ResourceQuota> = Api::namespaced(client.clone(), "app");
    let hard = json!({ "pods": "2", "requests.memory": "1Gi", "count/secrets": "0" });
    let quota = object(json!({ "metadata": { "name": "instance" }, "spec": { "hard": hard } }));
    quotas.create(&PostParams::default(), &quota).await.unwrap();
    let pods: Api<Pod> = Api::namespaced(client.clone(), "app");
    let status = refusal(
        pods.create(&PostParams::default(), &pod("silent", json!({})))
            .await,
    );
    assert!(
        status
            .message
            .contains("must specify requests.memory for: main"),
        "{}",
        status.message
    );
    let sized = |memory: &str| json!({ "requests": { "memory": memory } });
    pods.create(&PostParams::default(), &pod("one", sized("600Mi")))
        .await
        .unwrap();
    let status = refusal(
        pods.create(&PostParams::default(), &pod("two", sized("600Mi")))
            .await,
    );
    assert_eq!(
        status.message,
        "pods \"two\" is forbidden: exceeded quota: instance, requested: requests.memory=600Mi, \
         used: requests.memory=600Mi, limited: requests.memory=1Gi"
    );
    pods.create(&PostParams::default(), &pod("two", sized("100Mi")))
        .await
        .unwrap();
    until("the quota to be counted", || async {
        let used = quotas.get("instance").await.unwrap().status?.used?;
        (used["pods"].0 == "2" && used["requests.memory"].0 == "700Mi").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_workload_beyond_the_quota_says_so_and_recovers() {
    let (_standin, client) = with_namespace().await;
    let quotas: Api<ResourceQuota> = Api::namespaced(client.clone(), "app");
    let quota = object(json!({ "metadata": { "name": "q" }, "spec": { "hard": { "pods": "0" } } }));
    quotas.create(&PostParams::default(), &quota).await.unwrap();
    create_deployment(&client, deployment("web", "nginx:1", 1)).await;
    let deployments: Api<k8s_openapi::api::apps::v1::Deployment> =
        Api::namespaced(client.clone(), "app");
    let why = until("the replica failure", || async {
        let status = deployments.get("web").await.unwrap().status?;
        status
            .conditions?
            .into_iter()
            .find(|c| c.type_ == "ReplicaFailure")?
            .message
    })
    .await;
    assert!(
        why.contains("exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0"),
        "{why}"
    );
    let more = Patch::Merge(json!({ "spec": { "hard": { "pods": "1" } } }));
    quotas
        .patch("q", &PatchParams::default(), &more)
        .await
        .unwrap();
    deployed(&client, "web", 1).await;
}

#[tokio::test]
async fn a_limit_range_fills_in_and_refuses() {
    let (_standin, client) = with_namespace().await;
    let ranges: Api<LimitRange> = Api::namespaced(client.clone(), "app");
    let limit = json!({
        "type": "Container",
        "default": { "memory": "256Mi" }, "defaultRequest": { "memory": "64Mi" }, "max": { "memory": "1Gi" }, "min": { "memory": "16Mi" },
    });
    let range =
        object(json!({ "metadata": { "name": "instance" }, "spec": { "limits": [limit] } }));
    ranges.create(&PostParams::default(), &range).await.unwrap();
    let pods: Api<Pod> = Api::namespaced(client, "app");
    let made = pods
        .create(&PostParams::default(), &pod("one", json!({})))
        .await
        .unwrap();
    let resources = made.spec.unwrap().containers[0].resources.clone().unwrap();
    assert_eq!(resources.limits.unwrap()["memory"].0, "256Mi");
    assert_eq!(resources.requests.unwrap()["memory"].0, "64Mi");
    let large = pod("two", json!({ "limits": { "memory": "2Gi" } }));
    let status = refusal(pods.create(&PostParams::default(), &large).await);
    assert!(
        status
            .message
            .contains("maximum memory usage per Container is 1Gi, but limit is 2Gi")
    );
    let small = pod("three", json!({ "requests": { "memory": "1Mi" } }));
    let status = refusal(pods.create(&PostParams::default(), &small).await);
    assert!(
        status
            .message
            .contains("minimum memory usage per Container is 16Mi, but request is 1Mi")
    );
}

#[tokio::test]
async fn a_quota_lags_behind_its_spec_and_counts_what_it_admits_at_once() {
    let (standin, client) = with_namespace().await;
    standin.configure(Settings {
        quota_lag_ms: 200,
        ..standin.settings()
    });
    let quotas: Api<ResourceQuota> = Api::namespaced(client.clone(), "app");
    let hard = json!({ "pods": "1" });
    let quota = object(json!({ "metadata": { "name": "q" }, "spec": { "hard": hard } }));
    quotas.create(&PostParams::default(), &quota).await.unwrap();
    let seen = |pods: &'static str| {
        let quotas = quotas.clone();
        async move {
            until("the status of the quota", || async {
                let hard = quotas.get("q").await.unwrap().status?.hard?;
                (hard["pods"].0 == pods).then_some(())
            })
            .await;
        }
    };
    seen("1").await;
    let pods: Api<Pod> = Api::namespaced(client.clone(), "app");
    let make = |name: &'static str| {
        let pods = pods.clone();
        async move {
            pods.create(&PostParams::default(), &pod(name, json!({})))
                .await
        }
    };
    make("one").await.unwrap();
    assert!(refusal(make("two").await).message.contains("used: pods=1"));
    let more = Patch::Merge(json!({ "spec": { "hard": { "pods": "2" } } }));
    quotas
        .patch("q", &PatchParams::default(), &more)
        .await
        .unwrap();
    assert!(
        refusal(make("two").await)
            .message
            .contains("limited: pods=1")
    );
    seen("2").await;
    make("two").await.unwrap();
}
