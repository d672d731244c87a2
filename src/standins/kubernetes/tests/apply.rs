//! Server-side apply: who owns what, and what happens when two want the same field.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use super::{deployment, refusal, with_namespace};

fn map(data: Value) -> Patch<Value> {
    Patch::Apply(
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "one" }, "data": data }),
    )
}

#[tokio::test]
async fn a_second_manager_meets_a_conflict_that_names_the_first() {
    let (_standin, client) = with_namespace().await;
    let maps: Api<ConfigMap> = Api::namespaced(client, "app");
    maps.patch(
        "one",
        &PatchParams::apply("first"),
        &map(json!({ "a": "1", "b": "1" })),
    )
    .await
    .unwrap();
    let same = maps
        .patch(
            "one",
            &PatchParams::apply("second"),
            &map(json!({ "b": "1" })),
        )
        .await;
    assert!(same.is_ok(), "the same value is shared");
    let status = refusal(
        maps.patch(
            "one",
            &PatchParams::apply("second"),
            &map(json!({ "a": "2" })),
        )
        .await,
    );
    assert_eq!((status.code, status.reason.as_str()), (409, "Conflict"));
    assert_eq!(
        status.message,
        "Apply failed with 1 conflict: conflict with \"first\": .data.a"
    );
    let cause = &status.details.unwrap().causes[0];
    assert_eq!(
        (cause.reason.as_str(), cause.field.as_str()),
        ("FieldManagerConflict", ".data.a")
    );

    let taken = maps
        .patch(
            "one",
            &PatchParams::apply("second").force(),
            &map(json!({ "a": "2" })),
        )
        .await
        .unwrap();
    assert_eq!(json!(taken.data), json!({ "a": "2", "b": "1" }));
    let owners = |object: &ConfigMap, field: &str| -> Vec<String> {
        let fields = object.metadata.managed_fields.clone().unwrap();
        fields
            .into_iter()
            .filter(|entry| {
                entry.fields_v1.as_ref().unwrap().0["f:data"]
                    .get(format!("f:{field}"))
                    .is_some()
            })
            .map(|entry| entry.manager.unwrap())
            .collect()
    };
    assert_eq!(owners(&taken, "a"), ["second"]);
    assert_eq!(owners(&taken, "b"), ["first"]);
}

#[tokio::test]
async fn what_is_left_out_goes_unless_someone_else_owns_it() {
    let (_standin, client) = with_namespace().await;
    let maps: Api<ConfigMap> = Api::namespaced(client, "app");
    let (first, second) = (PatchParams::apply("first"), PatchParams::apply("second"));
    maps.patch("one", &first, &map(json!({ "mine": "1", "ours": "1" })))
        .await
        .unwrap();
    maps.patch("one", &second, &map(json!({ "ours": "1", "theirs": "1" })))
        .await
        .unwrap();
    let left = maps.patch("one", &first, &map(json!({}))).await.unwrap();
    assert_eq!(json!(left.data), json!({ "ours": "1", "theirs": "1" }));
}

#[tokio::test]
async fn applying_the_same_again_is_no_write() {
    let (_standin, client) = with_namespace().await;
    let deployments: Api<Deployment> = Api::namespaced(client, "app");
    let intent = Patch::Apply(deployment("web", "nginx:1", 0));
    let params = PatchParams::apply("purser").force();
    deployments.patch("web", &params, &intent).await.unwrap();
    let settled = super::until("the controller to be done", || async {
        let current = deployments.get("web").await.unwrap();
        current
            .status
            .as_ref()?
            .conditions
            .as_ref()?
            .iter()
            .find(|c| c.reason.as_deref() == Some("NewReplicaSetAvailable"))?;
        Some(current)
    })
    .await;
    let again = deployments.patch("web", &params, &intent).await.unwrap();
    assert_eq!(
        again.metadata.resource_version,
        settled.metadata.resource_version
    );
    assert_eq!(again.metadata.generation, Some(1));
    let changed = Patch::Apply(deployment("web", "nginx:2", 0));
    let changed = deployments.patch("web", &params, &changed).await.unwrap();
    assert_eq!(changed.metadata.generation, Some(2));
}

#[tokio::test]
async fn keyed_lists_merge_item_by_item() {
    let (_standin, client) = with_namespace().await;
    let deployments: Api<Deployment> = Api::namespaced(client, "app");
    let params = PatchParams::apply("purser");
    let mut intent = deployment("web", "nginx:1", 0);
    let container = "/spec/template/spec/containers/0";
    intent.pointer_mut(container).unwrap()["env"] =
        json!([{ "name": "A", "value": "1" }, { "name": "B", "value": "2" }]);
    intent.pointer_mut(container).unwrap()["ports"] = json!([{ "containerPort": 80 }]);
    deployments
        .patch("web", &params, &Patch::Apply(intent.clone()))
        .await
        .unwrap();
    // Someone adds a variable by hand; ours come and go without touching it.
    let by_hand = json!({ "spec": { "template": { "spec": { "containers": [
        { "name": "main", "env": [{ "name": "C", "value": "3" }] }
    ] } } } });
    deployments
        .patch("web", &PatchParams::default(), &Patch::Strategic(by_hand))
        .await
        .unwrap();
    intent.pointer_mut(container).unwrap()["env"] = json!([{ "name": "B", "value": "4" }]);
    let merged = deployments
        .patch("web", &params, &Patch::Apply(intent))
        .await
        .unwrap();
    let merged = serde_json::to_value(merged).unwrap();
    let env = merged.pointer(&format!("{container}/env")).unwrap();
    let mut env: Vec<Value> = env.as_array().unwrap().clone();
    env.sort_by_key(|variable| variable["name"].to_string());
    assert_eq!(
        json!(env),
        json!([{ "name": "B", "value": "4" }, { "name": "C", "value": "3" }])
    );
    let ours = &merged["metadata"]["managedFields"][0]["fieldsV1"];
    let key = "/f:spec/f:template/f:spec/f:containers/k:{\"name\":\"main\"}/f:ports";
    let ports = ours.pointer(key).unwrap();
    assert!(
        ports
            .get("k:{\"containerPort\":80,\"protocol\":\"TCP\"}")
            .is_some(),
        "{ports}"
    );
}

#[tokio::test]
async fn a_scaler_owns_the_replicas_that_the_intent_leaves_out() {
    let (_standin, client) = with_namespace().await;
    let deployments: Api<Deployment> = Api::namespaced(client, "app");
    let mut intent = deployment("web", "nginx:1", 1);
    intent["spec"].as_object_mut().unwrap().remove("replicas");
    let provisioner = PatchParams::apply("provisioner");
    deployments
        .patch("web", &provisioner, &Patch::Apply(intent.clone()))
        .await
        .unwrap();
    let scale = Patch::Apply(json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" }, "spec": { "replicas": 0 },
    }));
    deployments
        .patch("web", &PatchParams::apply("scaler"), &scale)
        .await
        .unwrap();
    let kept = deployments
        .patch("web", &provisioner, &Patch::Apply(intent))
        .await
        .unwrap();
    assert_eq!(kept.spec.unwrap().replicas, Some(0));
    let missing = Patch::Apply(json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "gone" }, "spec": { "replicas": 0 },
    }));
    let status = refusal(
        deployments
            .patch("gone", &PatchParams::apply("scaler"), &missing)
            .await,
    );
    assert_eq!(status.code, 422, "half an object cannot be made");
}

#[tokio::test]
async fn an_ordinary_write_takes_the_fields_it_changes() {
    let (_standin, client) = with_namespace().await;
    let maps: Api<ConfigMap> = Api::namespaced(client, "app");
    maps.patch(
        "one",
        &PatchParams::apply("purser"),
        &map(json!({ "a": "1" })),
    )
    .await
    .unwrap();
    let edit = PatchParams {
        field_manager: Some("editor".into()),
        ..PatchParams::default()
    };
    maps.patch("one", &edit, &Patch::Merge(json!({ "data": { "a": "2" } })))
        .await
        .unwrap();
    let status = refusal(
        maps.patch(
            "one",
            &PatchParams::apply("purser"),
            &map(json!({ "a": "1" })),
        )
        .await,
    );
    assert!(
        status
            .message
            .contains("conflict with \"editor\" using v1 at "),
        "{}",
        status.message
    );
    let back = maps
        .patch(
            "one",
            &PatchParams::apply("purser").force(),
            &map(json!({ "a": "1" })),
        )
        .await
        .unwrap();
    assert_eq!(json!(back.data), json!({ "a": "1" }));
}

#[tokio::test]
async fn what_a_write_says_of_who_owns_what_counts() {
    let (_standin, client) = with_namespace().await;
    let maps: Api<ConfigMap> = Api::namespaced(client, "app");
    let params = PatchParams::apply("first");
    let first = map(json!({ "a": "1" }));
    maps.patch("one", &params, &first).await.unwrap();
    let by_hand = Patch::Merge(json!({ "data": { "b": "2" } }));
    let hand = PatchParams {
        field_manager: Some("hand".into()),
        ..PatchParams::default()
    };
    let edited = maps.patch("one", &hand, &by_hand).await.unwrap();
    let mut managers = edited.metadata.managed_fields.unwrap();
    assert_eq!(managers.len(), 2);
    managers.retain(|entry| entry.operation.as_deref() == Some("Apply"));
    let without = Patch::Merge(json!({ "metadata": { "managedFields": managers } }));
    let disowned = maps.patch("one", &hand, &without).await.unwrap();
    let managers = disowned.metadata.managed_fields.unwrap();
    let managers: Vec<_> = managers.iter().map(|it| it.manager.as_deref()).collect();
    assert_eq!(managers, [Some("first")]);
    assert_eq!(disowned.data.unwrap()["b"], "2");
}
