//! Edits that an apply alone does not put back.

use super::sweeps::{edited, finds, next_sweep, place, swept};
use crate::support::becomes;
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
    assert_eq!(operations_of_ours(&service), ["Apply", "Update"]);
    app.starts().await;
    finds(&app, "object_edited", "Service/web", "repaired").await;
    let service = app.wire.get(&url).await.is(200);
    assert_eq!(operations_of_ours(&service), ["Apply"]);
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
