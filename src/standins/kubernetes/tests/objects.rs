//! Creating, reading, changing and deleting single objects, and what is refused.

use k8s_openapi::api::core::v1::{ConfigMap, PersistentVolumeClaim, Secret, Service};
use kube::Api;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, ValidationDirective};
use serde_json::json;

use super::{config_map, object, refusal, until, with_namespace};

#[tokio::test]
async fn objects_are_created_read_listed_and_deleted() {
    let (_standin, client) = with_namespace().await;
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), "app");
    let made = maps
        .create(
            &PostParams::default(),
            &config_map("one", json!({ "a": "1" })),
        )
        .await
        .unwrap();
    assert!(made.metadata.uid.is_some() && made.metadata.creation_timestamp.is_some());
    assert_eq!(maps.get("one").await.unwrap(), made);

    let drawn: ConfigMap = object(json!({ "metadata": { "generateName": "drawn-" } }));
    let drawn = maps.create(&PostParams::default(), &drawn).await.unwrap();
    assert!(drawn.metadata.name.unwrap().len() > "drawn-".len());

    let everywhere: Api<ConfigMap> = Api::all(client);
    let found = everywhere
        .list(&ListParams::default().fields("metadata.name=one"))
        .await
        .unwrap();
    assert_eq!(found.items.len(), 1);
    assert!(found.metadata.resource_version.is_some());

    maps.delete("one", &DeleteParams::default()).await.unwrap();
    let status = refusal(maps.get("one").await);
    assert_eq!((status.code, status.reason.as_str()), (404, "NotFound"));
    assert_eq!(status.message, "configmaps \"one\" not found");
}

#[tokio::test]
async fn selectors_choose_by_label() {
    let (_standin, client) = with_namespace().await;
    let maps: Api<ConfigMap> = Api::namespaced(client, "app");
    for name in ["a", "b", "c"] {
        maps.create(&PostParams::default(), &config_map(name, json!({})))
            .await
            .unwrap();
    }
    for (selector, expected) in [
        ("app=a", "a"),
        ("app==a", "a"),
        ("app in (a, c)", "ac"),
        ("app,app notin (a)", "bc"),
        ("app!=a,app", "bc"),
        ("app", "abc"),
    ] {
        let found = maps
            .list(&ListParams::default().labels(selector))
            .await
            .unwrap();
        let names: String = found
            .items
            .into_iter()
            .map(|map| map.metadata.name.unwrap())
            .collect();
        assert_eq!(names, expected, "{selector}");
    }
    let unlabelled = maps
        .list(&ListParams::default().labels("!app"))
        .await
        .unwrap();
    assert_eq!(
        unlabelled.items[0].metadata.name.as_deref(),
        Some("kube-root-ca.crt")
    );
    let status = refusal(maps.list(&ListParams::default().fields("data.a=1")).await);
    assert_eq!(status.code, 400);
}

#[tokio::test]
async fn lists_come_in_pages() {
    let (standin, client) = with_namespace().await;
    let maps: Api<ConfigMap> = Api::namespaced(client, "app");
    for number in 0..5 {
        maps.create(
            &PostParams::default(),
            &config_map(&format!("map-{number}"), json!({})),
        )
        .await
        .unwrap();
    }
    let params = ListParams::default().labels("app").limit(2);
    let first = maps.list(&params).await.unwrap();
    assert_eq!(
        (first.items.len(), first.metadata.remaining_item_count),
        (2, Some(3))
    );
    let token = first.metadata.continue_.unwrap();
    let second = maps
        .list(&params.clone().continue_token(&token))
        .await
        .unwrap();
    assert_eq!(
        second.metadata.resource_version,
        first.metadata.resource_version
    );
    let last = maps
        .list(
            &params
                .clone()
                .continue_token(&second.metadata.continue_.unwrap()),
        )
        .await
        .unwrap();
    assert_eq!((last.items.len(), last.metadata.continue_), (1, None));

    maps.create(&PostParams::default(), &config_map("late", json!({})))
        .await
        .unwrap();
    standin.compact();
    let status = refusal(maps.list(&params.continue_token(&token)).await);
    assert_eq!((status.code, status.reason.as_str()), (410, "Expired"));
}

#[tokio::test]
async fn a_stale_update_is_a_conflict_and_an_empty_one_no_write() {
    let (_standin, client) = with_namespace().await;
    let maps: Api<ConfigMap> = Api::namespaced(client, "app");
    let first = maps
        .create(
            &PostParams::default(),
            &config_map("one", json!({ "a": "1" })),
        )
        .await
        .unwrap();
    let mut changed = first.clone();
    changed
        .data
        .as_mut()
        .unwrap()
        .insert("a".into(), "2".into());
    let second = maps
        .replace("one", &PostParams::default(), &changed)
        .await
        .unwrap();
    assert_ne!(
        second.metadata.resource_version,
        first.metadata.resource_version
    );
    let status = refusal(maps.replace("one", &PostParams::default(), &changed).await);
    assert_eq!((status.code, status.reason.as_str()), (409, "Conflict"));
    assert!(
        status.message.contains("the object has been modified"),
        "{}",
        status.message
    );
    let same = maps
        .replace("one", &PostParams::default(), &second)
        .await
        .unwrap();
    assert_eq!(
        same.metadata.resource_version,
        second.metadata.resource_version
    );
    let again = refusal(
        maps.create(&PostParams::default(), &config_map("one", json!({})))
            .await,
    );
    assert_eq!((again.code, again.reason.as_str()), (409, "AlreadyExists"));
}

#[tokio::test]
async fn patches_of_all_sorts_change_what_they_say() {
    let (_standin, client) = with_namespace().await;
    let maps: Api<ConfigMap> = Api::namespaced(client, "app");
    let start = json!({ "a": "1", "b": "2" });
    maps.create(&PostParams::default(), &config_map("one", start))
        .await
        .unwrap();
    let params = PatchParams::default();
    let merged = maps
        .patch(
            "one",
            &params,
            &Patch::Merge(json!({ "data": { "a": null, "c": "3" } })),
        )
        .await
        .unwrap();
    assert_eq!(json!(merged.data), json!({ "b": "2", "c": "3" }));
    let strategic = json!({ "metadata": { "labels": { "x": "y" } }, "data": { "b": null } });
    let merged = maps
        .patch("one", &params, &Patch::Strategic(strategic))
        .await
        .unwrap();
    assert_eq!(json!(merged.data), json!({ "c": "3" }));
    assert_eq!(
        json!(merged.metadata.labels),
        json!({ "app": "one", "x": "y" })
    );
    let stale = json!({ "metadata": { "resourceVersion": "1" }, "data": {} });
    assert_eq!(
        refusal(maps.patch("one", &params, &Patch::Merge(stale)).await).code,
        409
    );
    assert_eq!(
        refusal(maps.patch("none", &params, &Patch::Merge(json!({}))).await).code,
        404
    );
}

#[tokio::test]
async fn malformed_objects_are_refused_with_the_field_that_is_wrong() {
    let (_standin, client) = with_namespace().await;
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), "app");
    let status = refusal(
        maps.create(&PostParams::default(), &config_map("Not_A_Name", json!({})))
            .await,
    );
    assert_eq!((status.code, status.reason.as_str()), (422, "Invalid"));
    assert_eq!(status.details.unwrap().causes[0].field, "metadata.name");

    let raw = |path: &str, body: serde_json::Value| {
        let request = http::Request::post(path)
            .body(body.to_string().into_bytes())
            .unwrap();
        let client = client.clone();
        async move { client.request::<serde_json::Value>(request).await }
    };
    let path = "/api/v1/namespaces/app/configmaps";
    let status = refusal(
        raw(
            path,
            json!({ "metadata": { "name": "x" }, "data": { "a": 1 } }),
        )
        .await,
    );
    assert_eq!((status.code, status.reason.as_str()), (400, "BadRequest"));
    let strict = format!("{path}?fieldValidation=Strict");
    let status = refusal(raw(&strict, json!({ "metadata": { "name": "x" }, "dta": {} })).await);
    assert!(
        status.message.contains("unknown field \"dta\""),
        "{}",
        status.message
    );
    let kept = raw(path, json!({ "metadata": { "name": "x" }, "dta": {} }))
        .await
        .unwrap();
    assert!(kept.get("dta").is_none());

    let pod = json!({ "metadata": { "name": "p" }, "spec": { "containers": [] } });
    let status = refusal(raw("/api/v1/namespaces/app/pods", pod).await);
    assert!(
        status.message.contains("spec.containers: Required value"),
        "{}",
        status.message
    );
    let lost = refusal(
        raw(
            "/api/v1/namespaces/nowhere/configmaps",
            json!({ "metadata": { "name": "x" } }),
        )
        .await,
    );
    assert_eq!(lost.message, "namespaces \"nowhere\" not found");
}

#[tokio::test]
async fn a_dry_run_answers_like_a_write_and_leaves_nothing() {
    let (_standin, client) = with_namespace().await;
    let maps: Api<ConfigMap> = Api::namespaced(client, "app");
    let dry = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let made = maps
        .create(&dry, &config_map("one", json!({})))
        .await
        .unwrap();
    assert!(made.metadata.uid.is_some());
    assert!(maps.get_opt("one").await.unwrap().is_none());
    let params = PatchParams {
        dry_run: true,
        ..PatchParams::apply("me")
    }
    .validation(ValidationDirective::Strict);
    let body = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "one" } });
    maps.patch("one", &params, &Patch::Apply(body))
        .await
        .unwrap();
    assert!(maps.get_opt("one").await.unwrap().is_none());
}

#[tokio::test]
async fn deletion_minds_preconditions_and_finalizers() {
    let (_standin, client) = with_namespace().await;
    let maps: Api<ConfigMap> = Api::namespaced(client, "app");
    let mut held = config_map("held", json!({}));
    held.metadata.finalizers = Some(vec!["example.com/hold".into()]);
    maps.create(&PostParams::default(), &held).await.unwrap();
    let wrong = DeleteParams {
        preconditions: Some(kube::api::Preconditions {
            uid: Some("other".into()),
            resource_version: None,
        }),
        ..DeleteParams::default()
    };
    assert_eq!(refusal(maps.delete("held", &wrong).await).code, 409);
    let marked = maps
        .delete("held", &DeleteParams::default())
        .await
        .unwrap()
        .left()
        .unwrap();
    assert!(marked.metadata.deletion_timestamp.is_some());
    let free = json!({ "metadata": { "finalizers": null } });
    maps.patch("held", &PatchParams::default(), &Patch::Merge(free))
        .await
        .unwrap();
    assert!(maps.get_opt("held").await.unwrap().is_none());
    maps.create(&PostParams::default(), &config_map("a", json!({})))
        .await
        .unwrap();
    maps.delete_collection(
        &DeleteParams::default(),
        &ListParams::default().labels("app"),
    )
    .await
    .unwrap();
    assert!(
        maps.list(&ListParams::default().labels("app"))
            .await
            .unwrap()
            .items
            .is_empty()
    );
}

#[tokio::test]
async fn the_server_fills_in_what_it_fills_in() {
    let (_standin, client) = with_namespace().await;
    let services: Api<Service> = Api::namespaced(client.clone(), "app");
    let service =
        object(json!({ "metadata": { "name": "web" }, "spec": { "ports": [{ "port": 80 }] } }));
    let made = services
        .create(&PostParams::default(), &service)
        .await
        .unwrap()
        .spec
        .unwrap();
    assert!(made.cluster_ip.unwrap().starts_with("10.96."));
    assert_eq!(made.ports.unwrap()[0].protocol.as_deref(), Some("TCP"));

    let secrets: Api<Secret> = Api::namespaced(client.clone(), "app");
    let secret = object(json!({ "metadata": { "name": "s" }, "stringData": { "key": "value" } }));
    let made = secrets
        .create(&PostParams::default(), &secret)
        .await
        .unwrap();
    assert_eq!(made.data.unwrap()["key"].0, b"value");

    let claims: Api<PersistentVolumeClaim> = Api::namespaced(client, "app");
    let claim = |size: &str| json!({ "spec": { "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": size } } } });
    let mut first = claim("2Gi");
    first["metadata"]["name"] = "data".into();
    claims
        .create(&PostParams::default(), &object(first))
        .await
        .unwrap();
    until("the claim to be bound", || async {
        let claim = claims.get("data").await.unwrap();
        (claim.status?.phase? == "Bound").then_some(())
    })
    .await;
    let shrink = claims
        .patch("data", &PatchParams::default(), &Patch::Merge(claim("1Gi")))
        .await;
    let status = refusal(shrink);
    assert!(
        status
            .message
            .contains("can not be less than status.capacity"),
        "{}",
        status.message
    );
    claims
        .patch("data", &PatchParams::default(), &Patch::Merge(claim("3Gi")))
        .await
        .unwrap();
    until("the claim to grow", || async {
        let capacity = claims.get("data").await.unwrap().status?.capacity?;
        (capacity["storage"].0 == "3Gi").then_some(())
    })
    .await;
}
