use super::*;

/// A Deployment that the cluster has brought to what is wanted of it.
fn web(ready: u32) -> Value {
    let mut web = ours(object("Deployment", "web"));
    web["metadata"]["resourceVersion"] = json!("41");
    web["spec"]["replicas"] = json!(1);
    web["status"] = json!({ "replicas": 1, "updatedReplicas": 1, "readyReplicas": ready });
    web
}

fn claims(has: &str) -> Value {
    let claim = json!({
        "metadata": { "name": "web" },
        "spec": { "resources": { "requests": { "storage": "10Gi" } } },
        "status": { "capacity": { "storage": has } },
    });
    let kind = "PersistentVolumeClaimList";
    json!({ "apiVersion": "v1", "kind": kind, "metadata": {}, "items": [claim] })
}

/// An app without a database; somebody was faster where its version is another one by now.
async fn with_volume(ready: u32, has: &'static str, version: &'static str) -> Scripted {
    Scripted::start(move |asked| match &*asked.call {
        call if call.ends_with("/statefulsets/database") => Answer::refused(404, "not found"),
        call if call.ends_with("/persistentvolumeclaims") => Answer::ok(claims(has)),
        call if call.starts_with("GET ") => Answer::ok(web(ready)),
        _ if asked.body["metadata"]["resourceVersion"] == version => Answer::ok(web(ready)),
        _ => Answer::refused(409, "the object has been modified"),
    })
    .await
}

#[tokio::test]
async fn only_what_is_ready_in_volumes_that_have_grown_has_come_to_its_figures() {
    for (ready, has, is) in [(1, "10Gi", true), (0, "10Gi", false), (1, "5Gi", false)] {
        let api = with_volume(ready, has, "41").await;
        let grown = api.cluster.grown_app("x").await.unwrap();
        assert_eq!(grown.is_some(), is, "{ready} {has}");
        assert!(api.calls().iter().all(|call| call.starts_with("GET ")));
    }
}

#[tokio::test]
async fn a_resize_is_finished_by_its_mark_alone_and_not_after_something_newer() {
    for version in ["41", "42"] {
        let api = with_volume(1, "10Gi", version).await;
        let grown = api.cluster.grown_app("x").await.unwrap().unwrap();
        api.cluster.finish_resize("x", 2, &grown).await.unwrap();
        let asked = api.asked().into_iter();
        let written: Vec<_> = asked.filter(|it| !it.call.starts_with("GET ")).collect();
        let [mark] = &written[..] else {
            panic!("one write: {written:?}");
        };
        assert!(mark.call.ends_with("/deployments/web"), "{mark:?}");
        let annotations = json!({ "purser.example/operation": "2" });
        let metadata = json!({ "annotations": annotations, "resourceVersion": "41" });
        assert_eq!(mark.body, json!({ "metadata": metadata }));
    }
}
