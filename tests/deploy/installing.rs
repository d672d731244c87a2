//! The manifests on a cluster: decoded as what they are, and good enough for a restricted namespace.

use crate::support::deploy::{apply, bare_cluster, install, manifest, manifests};
use purser::standins::kubernetes::Settings;
use serde_json::{Value, json};

#[tokio::test]
async fn every_manifest_is_taken_without_a_complaint_and_a_second_time_changes_nothing() {
    let (_standin, wire) = bare_cluster().await;
    install(&wire).await;
    for object in manifests("") {
        // What runs has a status that goes on changing.
        if object["kind"] == "Deployment" || object["kind"] == "PodDisruptionBudget" {
            continue;
        }
        let version = async || {
            let answer = apply(&wire, &object).await;
            answer["metadata"]["resourceVersion"].clone()
        };
        let first = version().await;
        assert_eq!(first, version().await, "{object}");
    }
}

#[tokio::test]
async fn both_kinds_of_routes_are_taken_without_a_complaint() {
    let (standin, wire) = bare_cluster().await;
    standin.configure(Settings {
        gateway_api: true,
        ..standin.settings()
    });
    install(&wire).await;
    for route in ["ingress", "gateway"].into_iter().flat_map(manifests) {
        apply(&wire, &route).await;
    }
}

#[tokio::test]
async fn a_pod_of_the_deployment_is_let_into_its_restricted_namespace() {
    let (_standin, wire) = bare_cluster().await;
    install(&wire).await;
    let pod = bare_pod(&manifest("Deployment", "purser"));
    let path = "api/v1/namespaces/purser/pods?dryRun=All&fieldValidation=Strict";
    let address = format!("{}/{path}", wire.kubernetes);
    let answer = wire.post(&address, &pod).await.is(201);
    assert_eq!(answer.header("warning"), None);
    let mut rooted = pod;
    rooted["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = json!(true);
    let refused = wire.post(&address, &rooted).await.is(403);
    assert!(
        refused.text.contains("violates PodSecurity"),
        "{}",
        refused.text
    );
}

fn bare_pod(deployment: &Value) -> Value {
    let mut pod = deployment["spec"]["template"].clone();
    pod["apiVersion"] = json!("v1");
    pod["kind"] = json!("Pod");
    pod["metadata"]["name"] = json!("bare");
    pod
}
