use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::kubernetes::error::Backoff;

fn is_patch_of(asked: &Asked, name: &str) -> bool {
    asked.call.starts_with("PATCH ") && asked.call.ends_with(name)
}

fn edited(mut object: serde_json::Value) -> serde_json::Value {
    object["metadata"]["managedFields"] = serde_json::json!([{
        "manager": "kubectl-edit", "operation": "Update", "fieldsV1": {"f:spec": {"f:template": {}}},
    }]);
    object
}

#[tokio::test]
async fn a_stage_is_applied_in_order_under_our_field_manager_and_without_force() {
    let api = Scripted::start(|asked| Answer::ok(asked.body.clone())).await;
    let recipes = recipes();
    let spec = ghost(&recipes);
    let applied = api
        .cluster
        .run_stage(&recipes, &spec, Stage::App, EFFECT)
        .await
        .unwrap();
    assert_eq!(applied, Applied::default());
    let namespace = spec.namespace();
    assert_eq!(
        api.calls(),
        [
            format!("PATCH /api/v1/namespaces/{namespace}/persistentvolumeclaims/web"),
            format!("PATCH /api/v1/namespaces/{namespace}/services/web"),
            format!("PATCH /apis/apps/v1/namespaces/{namespace}/deployments/web"),
        ]
    );
    for asked in api.asked() {
        assert!(
            asked.query.contains("fieldManager=purser-provisioner"),
            "{}",
            asked.query
        );
        assert!(!asked.query.contains("force"), "{}", asked.query);
    }
}

#[tokio::test]
async fn drift_in_an_object_of_ours_is_put_back_and_reported() {
    let api = Scripted::start(|asked| match asked {
        _ if asked.call.starts_with("GET ") => {
            Answer::ok(edited(ours(object("Deployment", "web"))))
        }
        _ if is_patch_of(asked, "deployments/web") && !asked.query.contains("force=true") => {
            Answer::field_conflict("conflict with \"kubectl-edit\": .spec.template")
        }
        _ => Answer::ok(asked.body.clone()),
    })
    .await;
    let recipes = recipes();
    let applied = api
        .cluster
        .run_stage(&recipes, &ghost(&recipes), Stage::App, EFFECT)
        .await
        .unwrap();
    let put_back = &applied.put_back[0];
    assert_eq!(put_back.object, "Deployment/web");
    assert_eq!(put_back.managers[0].manager, "kubectl-edit");
    assert_eq!(put_back.managers[0].paths, [".spec.template"]);
    assert!(applied.put_back.len() == 1 && applied.left_alone.is_empty());
}

#[tokio::test]
async fn lists_are_restored_to_the_end_although_somebody_else_writes_meanwhile() {
    let (restored, written_meanwhile) = (AtomicBool::new(false), AtomicBool::new(true));
    let api = Scripted::start(move |asked| {
        let mut there = edited(ours(object("Service", "web")));
        let managers = there["metadata"]["managedFields"].as_array_mut().unwrap();
        managers.push(json!({
            "manager": "purser-provisioner", "operation": "Update", "fieldsV1": {"f:spec": {"f:ports": {}}},
        }));
        match asked {
            _ if asked.call.starts_with("GET ") => Answer::ok(there),
            _ if !is_patch_of(asked, "services/web") => Answer::ok(asked.body.clone()),
            // Of an update only what it changes is said.
            _ if asked.body["metadata"]["managedFields"].is_array() => {
                match written_meanwhile.swap(false, Ordering::SeqCst) {
                    true => Answer::refused(409, "the object has been modified"),
                    false => Answer::ok(there),
                }
            }
            _ if asked.body["kind"].is_null() => {
                restored.store(true, Ordering::SeqCst);
                Answer::ok(there)
            }
            _ if !asked.query.contains("force=true") => {
                Answer::field_conflict("conflict with \"kubectl-edit\": .spec.ports")
            }
            _ if !restored.load(Ordering::SeqCst) => {
                Answer::refused(422, "spec.ports[1].name: Duplicate value")
            }
            _ => Answer::ok(asked.body.clone()),
        }
    })
    .await;
    let recipes = recipes();
    let applied = api
        .cluster
        .run_stage(&recipes, &ghost(&recipes), Stage::App, EFFECT)
        .await
        .unwrap();
    assert_eq!(applied.put_back[0].object, "Service/web");
    let asked = api.asked();
    let kept = asked.iter().filter_map(|asked| {
        let managers = asked.body["metadata"]["managedFields"].as_array()?;
        let managers = managers
            .iter()
            .map(|entry| entry["manager"].as_str().unwrap());
        Some(managers.collect::<Vec<_>>())
    });
    let kept: Vec<_> = kept.collect();
    assert_eq!(kept, [["kubectl-edit"], ["kubectl-edit"]]);
}

#[tokio::test]
async fn what_somebody_keeps_editing_is_left_alone() {
    let api = Scripted::start(|asked| match asked {
        _ if asked.call.starts_with("GET ") => Answer::ok(ours(object("Deployment", "web"))),
        _ if is_patch_of(asked, "deployments/web") => {
            Answer::field_conflict("conflict with \"kubectl-edit\": .spec.template")
        }
        _ => Answer::ok(asked.body.clone()),
    })
    .await;
    let recipes = recipes();
    let mut spec = ghost(&recipes);
    spec.contested.insert("Deployment/web".into());
    let applied = api
        .cluster
        .run_stage(&recipes, &spec, Stage::App, EFFECT)
        .await
        .unwrap();
    assert_eq!(applied.left_alone, ["Deployment/web"]);
    assert!(applied.put_back.is_empty());
    let forced = api
        .asked()
        .iter()
        .any(|asked| asked.query.contains("force"));
    assert!(!forced);
}

#[tokio::test]
async fn somebody_elses_object_is_left_alone() {
    let api = Scripted::start(|asked| match asked {
        _ if asked.call.starts_with("GET ") => Answer::ok(object("Deployment", "web")),
        _ if is_patch_of(asked, "deployments/web") => {
            Answer::field_conflict("conflict with \"helm\"")
        }
        _ => Answer::ok(asked.body.clone()),
    })
    .await;
    let recipes = recipes();
    let refusal = api
        .cluster
        .run_stage(&recipes, &ghost(&recipes), Stage::App, EFFECT)
        .await
        .unwrap_err();
    assert_eq!(
        (refusal.code(), refusal.backoff()),
        ("cluster.not_ours", Backoff::Permanent)
    );
    assert!(
        api.asked()
            .iter()
            .all(|asked| !asked.query.contains("force=true"))
    );
}

#[tokio::test]
async fn a_warning_with_a_200_is_a_refusal_and_a_deprecation_is_not() {
    let warn = |text: &'static str| {
        Scripted::start(move |asked| Answer::ok(asked.body.clone()).warning(text))
    };
    let recipes = recipes();
    let spec = ghost(&recipes);
    let violating = warn("would violate PodSecurity \"restricted:v1.34\": runAsNonRoot").await;
    let refusal = violating
        .cluster
        .run_stage(&recipes, &spec, Stage::App, EFFECT)
        .await
        .unwrap_err();
    assert_eq!(
        (refusal.code(), refusal.backoff()),
        ("cluster.pod_security", Backoff::Permanent)
    );
    let unknown = warn("unknown field \"spec.colour\"").await;
    let refusal = unknown
        .cluster
        .run_stage(&recipes, &spec, Stage::App, EFFECT)
        .await
        .unwrap_err();
    assert_eq!(
        (refusal.code(), refusal.backoff()),
        ("cluster.warned", Backoff::Permanent)
    );
    let told = refusal.to_string();
    for part in ["/", "unknown field", "spec.colour"] {
        assert!(told.contains(part), "{told}");
    }
    let deprecated = warn("apps/v1 Deployment is deprecated in v1.99+").await;
    assert!(
        deprecated
            .cluster
            .run_stage(&recipes, &spec, Stage::App, EFFECT)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_refusal_keeps_its_kind_on_the_way_up() {
    for (status, message, code) in [
        (
            403,
            "User \"purser\" cannot patch resource \"persistentvolumeclaims\"",
            "cluster.forbidden",
        ),
        (403, "exceeded quota: instance", "cluster.quota"),
        (422, "field is immutable", "cluster.invalid"),
        (429, "too many requests", "cluster.too_many_requests"),
        (503, "apiserver is shutting down", "cluster.server_error"),
    ] {
        let api = Scripted::start(move |_| Answer::refused(status, message)).await;
        let recipes = recipes();
        let refusal = api
            .cluster
            .run_stage(&recipes, &ghost(&recipes), Stage::App, EFFECT)
            .await
            .unwrap_err();
        assert_eq!(refusal.code(), code);
        let calls = api.calls();
        let patches = calls.iter().filter(|call| call.starts_with("PATCH "));
        assert_eq!(patches.count(), 1, "nothing below the effects may retry");
    }
}

#[tokio::test]
async fn a_cluster_that_is_not_there_is_unreachable_and_worth_another_try() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let cluster = scripted::connect(&format!("http://{free}")).await;
    let recipes = recipes();
    let refusal = cluster
        .run_stage(&recipes, &ghost(&recipes), Stage::App, EFFECT)
        .await
        .unwrap_err();
    assert_eq!(refusal.code(), "cluster.unreachable");
    assert!(matches!(refusal.backoff(), Backoff::After(_)));
    assert!(cluster.answers().await.is_err());
}
