//! A cluster that answers somebody else and not Purser is none that answers.

use crate::support::{
    TestApp, app_as_installed, becomes,
    deploy::{apply, manifest, remove},
};
use purser::standins::kubernetes::Outage;
use serde_json::Value;

/// What `/readyz` says of the cluster; null where it is well.
async fn said(app: &TestApp) -> Value {
    let ready = app.wire.get("/readyz").await.is(200);
    let parts = ready["parts"].as_array().unwrap().iter();
    let mut cluster = parts.filter(|part| part["name"] == "cluster");
    cluster.next().unwrap()["trouble"].clone()
}

async fn is_well(app: &TestApp) {
    becomes("the cluster is well", async || said(app).await.is_null()).await;
}

async fn is_not_well(app: &TestApp) {
    becomes("the cluster is not well", async || {
        let trouble = said(app).await;
        trouble
            .as_str()
            .is_some_and(|it| it.contains("orders wait"))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_refuses_purser_or_has_lost_its_storage_is_said_not_to_answer() {
    let app = app_as_installed(|_| ()).await;
    is_well(&app).await;
    let binding = manifest("ClusterRoleBinding", "purser-provisioner");
    remove(&app.wire, &binding).await;
    is_not_well(&app).await;
    apply(&app.wire, &binding).await;
    is_well(&app).await;

    app.kubernetes.set_outage(Outage::Broken);
    is_not_well(&app).await;
    app.kubernetes.set_outage(Outage::None);
    is_well(&app).await;
    app.finish().await;
}
