//! What the admission policies refuse, although the roles would allow it.

use crate::support::{
    Answer, Wire,
    deploy::{apply, bare_cluster, install, manifest, path_of, remove},
};
use reqwest::Method;
use serde_json::{Value, json};

const PURSER: &str = "system:serviceaccount:purser:purser";
pub(super) const OURS: &str = "customer-0190f8a2";

/// What Purser asks for, with a body of this sort.
pub(super) async fn purser_asks(
    wire: &Wire,
    method: Method,
    url: &str,
    sort: &str,
    body: &Value,
) -> Answer {
    let ask = wire.ask(method, url).with(|request| {
        let request = request.header("impersonate-user", PURSER);
        let request = request.header("content-type", sort);
        request.body(body.to_string())
    });
    ask.without_key().await
}

/// As Purser asks for its objects; nothing of it is done.
pub(super) async fn tries(wire: &Wire, method: Method, object: &Value) -> Answer {
    let query = "dryRun=All&fieldManager=purser-provisioner&force=true";
    let url = format!("{}/{}?{query}", wire.kubernetes, path_of(object));
    purser_asks(wire, method, &url, "application/apply-patch+yaml", object).await
}

pub(super) async fn is_denied(wire: &Wire, method: Method, object: &Value, words: &str) {
    let answer = tries(wire, method, object).await.is(422);
    assert!(answer.text.contains(words), "{object}: {}", answer.text);
}

fn namespace(name: &str, more: Value) -> Value {
    let mut labels = json!({
        "app.kubernetes.io/managed-by": "purser",
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/enforce-version": "v1.34",
    });
    for (label, value) in more.as_object().unwrap() {
        labels[label] = value.clone();
    }
    let mut labels: serde_json::Map<String, Value> = labels.as_object().unwrap().clone();
    labels.retain(|_, value| !value.is_null());
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
}

pub(super) fn binding(namespace: &str) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": "purser-instance", "namespace": namespace},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "purser-instance"},
        "subjects": [{"kind": "ServiceAccount", "name": "purser", "namespace": "purser"}],
    })
}

/// A cluster with `deploy/`, a namespace of an instance, and one of somebody else under our prefix.
pub(super) async fn cluster() -> (purser::standins::kubernetes::KubernetesStandin, Wire) {
    let (standin, wire) = bare_cluster().await;
    install(&wire).await;
    apply(&wire, &namespace(OURS, json!({}))).await;
    let foreign = json!({"app.kubernetes.io/managed-by": "somebody"});
    apply(&wire, &namespace("customer-foreign", foreign)).await;
    (standin, wire)
}

#[tokio::test]
async fn purser_keeps_to_namespaces_of_its_own() {
    let (_standin, wire) = cluster().await;
    let (fresh, apply, delete) = ("customer-0190f8a3", Method::PATCH, Method::DELETE);
    tries(&wire, apply.clone(), &namespace(fresh, json!({})))
        .await
        .is(201);
    tries(&wire, apply.clone(), &namespace(OURS, json!({})))
        .await
        .is(200);
    tries(&wire, delete.clone(), &namespace(OURS, json!({})))
        .await
        .is(200);

    let elsewhere = "only namespaces with its own prefix";
    is_denied(
        &wire,
        apply.clone(),
        &namespace("other", json!({})),
        elsewhere,
    )
    .await;
    is_denied(
        &wire,
        apply.clone(),
        &namespace("purser", json!({})),
        elsewhere,
    )
    .await;
    is_denied(
        &wire,
        delete.clone(),
        &namespace("purser", json!({})),
        elsewhere,
    )
    .await;
    let foreign = namespace("customer-foreign", json!({}));
    let adopting = "may not adopt or delete a namespace that it did not make";
    is_denied(&wire, apply.clone(), &foreign, adopting).await;
    is_denied(&wire, delete, &foreign, adopting).await;
    let labels = "carries managed-by=purser and pod-security enforce=restricted";
    for more in [
        json!({"app.kubernetes.io/managed-by": null}),
        json!({"pod-security.kubernetes.io/enforce": null}),
        json!({"pod-security.kubernetes.io/enforce": "privileged"}),
        json!({"pod-security.kubernetes.io/enforce-version": "v1.20"}),
    ] {
        is_denied(&wire, apply.clone(), &namespace(fresh, more), labels).await;
    }
}

#[tokio::test]
async fn purser_binds_itself_to_one_role_inside_of_its_namespaces_and_nowhere_else() {
    let (_standin, wire) = cluster().await;
    let apply = Method::PATCH;
    tries(&wire, apply.clone(), &binding(OURS)).await.is(201);
    let inside = "only inside its own namespaces";
    for elsewhere in ["kube-system", "purser", "customer-foreign"] {
        is_denied(&wire, apply.clone(), &binding(elsewhere), inside).await;
    }
    let only = "the only binding purser may write";
    let mut two = binding(OURS);
    let second = json!({"kind": "ServiceAccount", "name": "default", "namespace": "default"});
    two["subjects"].as_array_mut().unwrap().push(second);
    is_denied(&wire, apply.clone(), &two, only).await;
    let mut renamed = binding(OURS);
    renamed["metadata"]["name"] = json!("mine");
    is_denied(&wire, apply.clone(), &renamed, only).await;
    let mut admin = binding(OURS);
    admin["roleRef"]["name"] = json!("cluster-admin");
    tries(&wire, apply, &admin).await.is(403);
}

/// Nothing is left that says which prefix it is.
pub(super) async fn without_settings(wire: &Wire) {
    remove(wire, &manifest("ConfigMap", "purser-settings")).await;
}

pub(super) async fn with_prefix(wire: &Wire, prefix: &str) {
    let mut settings = manifest("ConfigMap", "purser-settings");
    settings["data"]["K8S_NAMESPACE_PREFIX"] = json!(prefix);
    apply(wire, &settings).await;
}

#[tokio::test]
async fn without_their_settings_the_policies_hold_up_nobody_else() {
    let (_standin, wire) = cluster().await;
    without_settings(&wire).await;
    let theirs = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "theirs"}});
    apply(&wire, &theirs).await;
    apply(&wire, &binding("theirs")).await;
    remove(&wire, &binding("theirs")).await;
    remove(&wire, &theirs).await;
}

#[tokio::test]
async fn without_their_settings_the_policies_hold_purser_to_everything_but_the_prefix() {
    let (_standin, wire) = cluster().await;
    without_settings(&wire).await;
    let (fresh, apply, delete) = ("customer-0190f8a3", Method::PATCH, Method::DELETE);
    let ours = namespace(OURS, json!({}));
    tries(&wire, apply.clone(), &ours).await.is(200);
    tries(&wire, apply.clone(), &binding(OURS)).await.is(201);
    tries(&wire, delete.clone(), &ours).await.is(200);

    let adopting = "may not adopt or delete a namespace that it did not make";
    for foreign in ["kube-system", "purser", "customer-foreign"] {
        let inside = "only inside its own namespaces";
        is_denied(&wire, apply.clone(), &binding(foreign), inside).await;
        let foreign = namespace(foreign, json!({}));
        is_denied(&wire, apply.clone(), &foreign, adopting).await;
        is_denied(&wire, delete.clone(), &foreign, adopting).await;
    }
    let mut renamed = binding(OURS);
    renamed["metadata"]["name"] = json!("mine");
    let only = "the only binding purser may write";
    is_denied(&wire, apply.clone(), &renamed, only).await;
    let weaker = json!({"pod-security.kubernetes.io/enforce": "baseline"});
    let labels = "carries managed-by=purser and pod-security enforce=restricted";
    is_denied(&wire, apply.clone(), &namespace(fresh, weaker), labels).await;
    // By this Purser finds out.
    let other = namespace("other", json!({}));
    tries(&wire, apply, &other).await.is(201);
}

/// It would begin the names of others.
#[tokio::test]
async fn a_prefix_of_two_letters_is_none() {
    let (_standin, wire) = cluster().await;
    with_prefix(&wire, "cu").await;
    let apply = Method::PATCH;
    let elsewhere = "only namespaces with its own prefix";
    is_denied(&wire, apply.clone(), &namespace(OURS, json!({})), elsewhere).await;
    let inside = "only inside its own namespaces";
    is_denied(&wire, apply, &binding(OURS), inside).await;
}
