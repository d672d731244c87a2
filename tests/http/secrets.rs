//! What a sweep finds of an instance's Secret.

use super::sweeps::{deleted, edited, finds, next_sweep, place, swept};
use crate::support::becomes;
use purser_domain::user::Role;
use serde_json::json;

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
