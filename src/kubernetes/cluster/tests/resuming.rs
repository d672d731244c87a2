use super::*;

/// An app without a database and with one pod, which has this in its metadata.
async fn with_pod(more: Value) -> Scripted {
    let mut pod = json!({
        "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": {"name": "web-1"},
    });
    pod["metadata"]
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let pods = json!({
        "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadataList", "metadata": {}, "items": [pod],
    });
    Scripted::start(move |asked| match &*asked.call {
        call if call.ends_with("/statefulsets/database") => Answer::refused(404, "not found"),
        call if call.ends_with("/pods") => Answer::ok(pods.clone()),
        _ => Answer::ok(ours(object("Deployment", "web"))),
    })
    .await
}

#[tokio::test]
async fn an_app_is_not_started_beside_its_pod_that_is_on_its_way_out() {
    let api = with_pod(json!({"deletionTimestamp": "2027-01-31T05:00:00Z"})).await;
    assert!(!api.cluster.resume("x", 2).await.unwrap());
    assert!(api.calls().iter().all(|call| call.starts_with("GET ")));

    let api = with_pod(json!({})).await;
    assert!(api.cluster.resume("x", 2).await.unwrap());
    let scaled = |call: &String| call.starts_with("PATCH ") && call.ends_with("/deployments/web");
    assert!(api.calls().iter().any(scaled));
}

#[tokio::test]
async fn a_database_that_is_asked_to_run_already_is_only_looked_at() {
    for (replicas, is_scaled) in [(0, true), (1, false)] {
        let api = Scripted::start(move |asked| match &*asked.call {
            call if call.ends_with("/pods") => Answer::ok(json!({
                "apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": [],
            })),
            _ => {
                let mut set = ours(object("StatefulSet", "database"));
                set["apiVersion"] = json!("apps/v1");
                set["spec"] = json!({
                    "selector": {}, "template": {}, "serviceName": "database", "replicas": replicas,
                });
                Answer::ok(set)
            }
        })
        .await;
        assert!(!api.cluster.resume("x", 2).await.unwrap());
        let scaled = api.calls().iter().any(|call| call.starts_with("PATCH "));
        assert_eq!(scaled, is_scaled, "{replicas}");
    }
}
