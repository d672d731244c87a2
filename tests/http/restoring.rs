//! Edits that an apply alone does not put back.

use super::sweeps::{edited, finds, next_sweep, place, swept};
use crate::support::{app_as_installed, becomes};
use purser_domain::user::Role;
use serde_json::{Value, json};

/// What each entry of ours in who owns fields of an object comes from.
fn operations_of_ours(object: &Value) -> Vec<&str> {
    let managers = object["metadata"]["managedFields"].as_array().unwrap();
    let ours = managers.iter();
    let ours = ours.filter(|entry| entry["manager"] == "purser-provisioner");
    ours.map(|entry| entry["operation"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_whose_restoring_a_kill_broke_off_are_found_and_disowned() {
    let (mut app, _, _) = swept().await;
    app.settle().await;
    app.stops().await;
    let url = place(&app, "api/v1", "services/web").await;
    let ports = app.wire.get(&url).await.is(200)["spec"]["ports"].clone();
    let theirs =
        json!({ "spec": { "ports": [{ "name": ports[0]["name"], "port": 81, "targetPort": 1 }] } });
    edited(&app, "api/v1", "services/web", &theirs).await;
    // As Purser does before it disowns what it wrote.
    let restored = reqwest::Client::new()
        .patch(format!("{url}?fieldManager=purser-provisioner"))
        .header("content-type", "application/merge-patch+json")
        .body(json!({ "spec": { "ports": ports } }).to_string());
    assert_eq!(restored.send().await.unwrap().status(), 200);
    let service = app.wire.get(&url).await.is(200);
    assert_eq!(operations_of_ours(&service.body), ["Apply", "Update"]);
    app.starts().await;
    finds(&app, "object_edited", "Service/web", "repaired").await;
    let service = app.wire.get(&url).await.is(200);
    assert_eq!(operations_of_ours(&service.body), ["Apply"]);
    assert_eq!(service["spec"]["ports"], ports);
    becomes("the correction is recorded", async || {
        app.times("instance.drift_corrected").await == 1
    })
    .await;
    app.settle().await;
    let auditor = app.staff(Role::Auditor).await;
    assert_eq!(next_sweep(&app, &auditor).await["findings"], json!([]));
    app.finish().await;
}

/// Whatever Purser writes to such an object is refused until it is gone.
#[tokio::test(flavor = "multi_thread")]
async fn what_our_own_policies_forbid_is_taken_out_again() {
    let app = app_as_installed(|settings| settings.sweep.every_ms = 150).await;
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("ghost").await;
    dewi.sees(&order, "active").await;
    app.settle().await;
    let everything = json!({ "service": { "name": "web", "port": { "name": "http" } } });
    for (group, path, object, field, value) in [
        (
            "api/v1",
            "services/web",
            "Service/web",
            "externalIPs",
            json!(["203.0.113.7"]),
        ),
        (
            "apis/networking.k8s.io/v1",
            "ingresses/web",
            "Ingress/web",
            "defaultBackend",
            everything,
        ),
    ] {
        let url = place(&app, group, path).await;
        let before = app.wire.get(&url).await.is(200)["spec"].clone();
        edited(&app, group, path, &json!({ "spec": { field: value } })).await;
        finds(&app, "object_edited", object, "repaired").await;
        let after = app.wire.get(&url).await.is(200).body;
        assert_eq!(after["spec"], before);
        assert_eq!(operations_of_ours(&after), ["Apply"]);
    }
    becomes("the corrections are recorded", async || {
        app.times("instance.drift_corrected").await == 2
    })
    .await;
    app.finish().await;
}
