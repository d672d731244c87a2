//! What a sweep finds of an instance's Secret.

use super::sweeps::{deleted, edited, finds, next_sweep, place, swept};
use crate::support::becomes;
use purser_domain::user::Role;
use serde_json::{Value, json};

/// Where the keys stand that it was given, and those of a Ghost.
const NOTED: &str = "purser.example/secret-keys";
const KEYS: &str = "admin-password,db-password,db-root-password";

/// Its passwords are those that the database knows: made again they would be others.
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_gone_or_lacks_something_is_reported_and_not_made_again() {
    let (app, dewi, _) = swept().await;
    let secret = place(&app, "api/v1", "secrets/app").await;
    let as_made = app.wire.get(&secret).await.is(200);
    let without = json!({ "data": { "db-password": null } });
    edited(&app, "api/v1", "secrets/app", &without).await;
    finds(&app, "secret_missing", "Secret/app", "reported").await;
    let staff = app.staff(Role::Operator).await;
    let sweep = staff.get("/admin/sweep").await.is(200).text;
    assert!(sweep.contains("it lacks db-password"), "{sweep}");
    let back = json!({ "data": { "db-password": as_made["data"]["db-password"] } });
    edited(&app, "api/v1", "secrets/app", &back).await;
    becomes("nothing is found", async || {
        let sweep = next_sweep(&app, &staff).await;
        !sweep.to_string().contains("secret_missing")
    })
    .await;

    deleted(&app, "api/v1", "secrets/app").await;
    becomes("it is found to be gone", async || {
        let sweep = next_sweep(&app, &staff).await;
        sweep.to_string().contains("it is gone")
    })
    .await;
    app.wire.get(&secret).await.is(404);
    let sweep = next_sweep(&app, &staff).await;
    let value = as_made["data"]["db-password"].as_str().unwrap();
    assert!(!sweep.to_string().contains(value), "{sweep}");
    dewi.get("/pods").await.is(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_a_newer_recipe_asks_for_is_added_by_a_sweep_and_the_others_stay() {
    let (mut app, _, _) = swept().await;
    app.settle().await;
    app.stops().await;
    let secret = place(&app, "api/v1", "secrets/app").await;
    let as_made = app.wire.get(&secret).await.is(200);
    assert_eq!(as_made["metadata"]["annotations"][NOTED], KEYS);
    // As a recipe made it that asked for two of them.
    let older = json!({
        "metadata": { "annotations": { NOTED: "admin-password,db-password" } },
        "data": { "db-root-password": null },
    });
    edited(&app, "api/v1", "secrets/app", &older).await;
    app.starts().await;
    finds(&app, "secret_incomplete", "Secret/app", "repaired").await;
    let completed = app.wire.get(&secret).await.is(200);
    assert!(completed["data"]["db-root-password"].is_string());
    for key in ["admin-password", "db-password"] {
        assert_eq!(completed["data"][key], as_made["data"][key], "{key}");
    }
    assert_eq!(completed["metadata"]["annotations"][NOTED], KEYS);
    let staff = app.staff(Role::Operator).await;
    becomes("nothing is found", async || {
        next_sweep(&app, &staff).await["findings"] == json!([])
    })
    .await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_a_secret_that_was_made_before_they_were_noted_are_noted_by_a_sweep() {
    let (app, _, _) = swept().await;
    let secret = place(&app, "api/v1", "secrets/app").await;
    let unnoted = json!({ "metadata": { "annotations": { NOTED: Value::Null } } });
    edited(&app, "api/v1", "secrets/app", &unnoted).await;
    becomes("they are noted", async || {
        app.wire.get(&secret).await["metadata"]["annotations"][NOTED] == KEYS
    })
    .await;
    app.finish().await;
}
