//! What a sweep meets that applying alone does not put right.

use super::sweeps::{edited, finds, place, swept};
use crate::support::{TestApp, becomes};
use purser::standins::kubernetes::{Behaviour, Fault, Scope};
use serde_json::json;

/// Gives the database's pods a label that no node takes.
async fn breaks_the_database(app: &TestApp) {
    let label = ("app.kubernetes.io/part-of", "nowhere");
    app.kubernetes.set_behaviour(Behaviour {
        scope: Scope {
            labels: [(label.0.into(), label.1.into())].into(),
            ..Scope::default()
        },
        fault: Fault::Unschedulable,
    });
    let template = json!({ "metadata": { "labels": { label.0: label.1 } } });
    let edit = json!({ "spec": { "template": template } });
    edited(app, "apis/apps/v1", "statefulsets/database", &edit).await;
    let url = place(app, "api/v1", "pods/database-0").await;
    becomes("its pod finds no node", async || {
        let pod = app.wire.get(&url).await;
        pod["metadata"]["labels"][label.0] == label.1
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_an_edited_template_keeps_from_starting_comes_back_with_ours() {
    let (mut app, dewi, order) = swept().await;
    app.settle().await;
    app.stops().await;
    breaks_the_database(&app).await;
    app.starts().await;
    finds(&app, "object_edited", "StatefulSet/database", "repaired").await;
    let url = place(&app, "apis/apps/v1", "statefulsets/database").await;
    becomes("the database is ready again, as it was", async || {
        let status = app.wire.get(&url).await["status"].clone();
        status["readyReplicas"] == 1 && status["updatedReplicas"] == 1
    })
    .await;
    becomes("so is the app", async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        pod["status"] == "ready"
    })
    .await;
    app.finish().await;
}
