//! Admission policies with parameters: bindings that name none, and bindings whose parameters are missing.

use k8s_openapi::api::admissionregistration::v1::{
    ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::PostParams;
use kube::{Api, Client};
use serde_json::{Value, json};

use super::{config_map, object, refusal, with_namespace};

/// Puts a policy in force that judges some Secrets, by parameters where it is given any.
async fn bind(client: &Client, binding: Value) {
    let rule = json!({
        "apiGroups": [""], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["secrets"],
    });
    let policy = json!({
        "metadata": { "name": "secrets" },
        "spec": {
            "failurePolicy": "Fail",
            "paramKind": { "apiVersion": "v1", "kind": "ConfigMap" },
            "matchConstraints": { "resourceRules": [rule] },
            "matchConditions": [{ "name": "judged", "expression": "request.name.startsWith('judged')" }],
            "validations": [
                { "expression": "params == null || params.data['allowed'] == 'yes'", "message": "the parameters forbid it" },
                { "expression": "request.name != 'judged-never'", "message": "it is never allowed" },
            ],
        },
    });
    let policies: Api<ValidatingAdmissionPolicy> = Api::all(client.clone());
    let params = PostParams::default();
    policies.create(&params, &object(policy)).await.unwrap();
    let bindings: Api<ValidatingAdmissionPolicyBinding> = Api::all(client.clone());
    let binding = json!({ "metadata": { "name": "secrets" }, "spec": binding });
    bindings.create(&params, &object(binding)).await.unwrap();
}

/// A binding to the parameters `rules` in the namespace `app`.
fn with_parameters(not_found: &str) -> Value {
    let reference =
        json!({ "name": "rules", "namespace": "app", "parameterNotFoundAction": not_found });
    json!({ "policyName": "secrets", "paramRef": reference, "validationActions": ["Deny"] })
}

async fn give_parameters(client: &Client, allowed: &str) {
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), "app");
    let rules = config_map("rules", json!({ "allowed": allowed }));
    maps.create(&PostParams::default(), &rules).await.unwrap();
}

async fn make_secret(client: &Client, name: &str) -> kube::Result<Secret> {
    let secrets: Api<Secret> = Api::namespaced(client.clone(), "app");
    let secret = object(json!({ "metadata": { "name": name } }));
    secrets.create(&PostParams::default(), &secret).await
}

async fn is_denied(client: &Client, name: &str, why: &str) {
    let status = refusal(make_secret(client, name).await);
    assert_eq!(status.code, 422, "{}", status.message);
    assert!(status.message.contains(why), "{}", status.message);
}

#[tokio::test]
async fn a_binding_that_names_no_parameters_judges_with_null_for_them() {
    let (_standin, client) = with_namespace().await;
    bind(
        &client,
        json!({ "policyName": "secrets", "validationActions": ["Deny"] }),
    )
    .await;
    make_secret(&client, "judged").await.unwrap();
    is_denied(&client, "judged-never", "it is never allowed").await;
}

#[tokio::test]
async fn a_binding_that_allows_its_parameters_to_be_missing_judges_nothing_without_them() {
    let (_standin, client) = with_namespace().await;
    bind(&client, with_parameters("Allow")).await;
    make_secret(&client, "judged-never").await.unwrap();
    give_parameters(&client, "no").await;
    is_denied(&client, "judged", "the parameters forbid it").await;
}

/// The administrator, too, and for what the conditions leave alone.
#[tokio::test]
async fn a_binding_that_denies_without_its_parameters_denies_everybody() {
    let (_standin, client) = with_namespace().await;
    bind(&client, with_parameters("Deny")).await;
    for name in ["judged", "left-alone"] {
        is_denied(&client, name, "no params found for policy binding").await;
    }
    give_parameters(&client, "yes").await;
    for name in ["judged", "left-alone"] {
        make_secret(&client, name).await.unwrap();
    }
    is_denied(&client, "judged-never", "it is never allowed").await;
}
