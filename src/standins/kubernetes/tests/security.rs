//! Pod Security admission as clients meet it.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::Api;
use kube::api::{Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::{deployed, deployment, object, refusal, until, with_namespace};

const SAID: &str = "allowPrivilegeEscalation != false (container \"main\" must set \
    securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container \"main\" must set \
    securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true (pod or container \"main\" must set \
    securityContext.runAsNonRoot=true), seccompProfile (pod or container \"main\" must set \
    securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")";

async fn label(client: &kube::Client, labels: Value) -> kube::Result<Namespace> {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let patch = Patch::Merge(json!({ "metadata": { "labels": labels } }));
    namespaces
        .patch("app", &PatchParams::default(), &patch)
        .await
}

fn restricted() -> Value {
    json!({
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/enforce-version": "v1.34",
        "pod-security.kubernetes.io/warn": "restricted",
        "pod-security.kubernetes.io/warn-version": "v1.34",
    })
}

fn harden(spec: &mut Value) {
    spec["securityContext"] =
        json!({ "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } });
    spec["containers"][0]["securityContext"] =
        json!({ "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] } });
}

fn bare_pod() -> Value {
    json!({ "metadata": { "name": "one" }, "spec": { "containers": [{ "name": "main", "image": "nginx:1" }] } })
}

/// The warnings that come with the creation of a deployment.
async fn warnings(client: &kube::Client, value: &Value, query: &str) -> Vec<String> {
    let request = http::Request::post(format!("/apis/apps/v1/namespaces/app/deployments{query}"))
        .header("content-type", "application/json")
        .body(kube::client::Body::from(value.to_string().into_bytes()))
        .unwrap();
    let answer = client.send(request).await.unwrap();
    assert_eq!(answer.status(), 201);
    let all = answer.headers().get_all("warning").iter();
    all.map(|one| one.to_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_careless_pod_is_refused_and_a_careful_one_taken() {
    let (_standin, client) = with_namespace().await;
    label(&client, restricted()).await.unwrap();
    let pods: Api<Pod> = Api::namespaced(client, "app");
    let mut pod = bare_pod();
    for dry_run in [true, false] {
        let params = PostParams {
            dry_run,
            ..PostParams::default()
        };
        let status = refusal(pods.create(&params, &object(pod.clone())).await);
        assert_eq!((status.code, status.reason.as_str()), (403, "Forbidden"));
        assert_eq!(
            status.message,
            format!("pods \"one\" is forbidden: violates PodSecurity \"restricted:v1.34\": {SAID}")
        );
    }
    harden(&mut pod["spec"]);
    pods.create(&PostParams::default(), &object(pod))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_careless_deployment_is_taken_with_a_warning_and_never_gets_a_pod() {
    let (_standin, client) = with_namespace().await;
    label(&client, restricted()).await.unwrap();
    let value = deployment("web", "nginx:1", 1);
    let expected = format!("would violate PodSecurity \"restricted:v1.34\": {SAID}");
    let expected = format!("299 - \"{}\"", expected.replace('"', "\\\""));
    for query in ["?dryRun=All", "?fieldValidation=Ignore"] {
        assert_eq!(warnings(&client, &value, query).await.concat(), expected);
    }
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), "app");
    let why = until("the replica failure", || async {
        let conditions = deployments.get("web").await.unwrap().status?.conditions?;
        let failure = conditions
            .into_iter()
            .find(|c| c.type_ == "ReplicaFailure")?;
        (failure.reason.as_deref() == Some("FailedCreate")).then_some(failure.message?)
    })
    .await;
    assert!(
        why.contains("is forbidden: violates PodSecurity \"restricted:v1.34\""),
        "{why}"
    );
    let mut better = deployment("good", "nginx:1", 1);
    harden(&mut better["spec"]["template"]["spec"]);
    assert!(warnings(&client, &better, "").await.is_empty());
    deployed(&client, "good", 1).await;
}

#[tokio::test]
async fn labels_are_checked_and_pods_that_are_left_behind_are_named() {
    let (_standin, client) = with_namespace().await;
    let wrong = json!({ "pod-security.kubernetes.io/enforce": "strict" });
    let status = refusal(label(&client, wrong).await);
    assert_eq!(status.code, 422);
    assert!(
        status
            .message
            .contains("must be one of privileged, baseline, restricted"),
        "{}",
        status.message
    );
    let pods: Api<Pod> = Api::namespaced(client.clone(), "app");
    pods.create(&PostParams::default(), &object(bare_pod()))
        .await
        .unwrap();
    let body = json!({ "metadata": { "labels": restricted() } }).to_string();
    let request = http::Request::patch("/api/v1/namespaces/app")
        .header("content-type", "application/merge-patch+json")
        .body(kube::client::Body::from(body.into_bytes()))
        .unwrap();
    let answer = client.send(request).await.unwrap();
    let said: Vec<&str> = answer
        .headers()
        .get_all("warning")
        .iter()
        .map(|one| one.to_str().unwrap())
        .collect();
    assert_eq!(
        said,
        [
            "299 - \"existing pods in namespace \\\"app\\\" violate the new PodSecurity enforce level \
             \\\"restricted:v1.34\\\"\"",
            "299 - \"one: allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, \
             seccompProfile\"",
        ]
    );
}
