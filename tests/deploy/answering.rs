//! A cluster that answers somebody else and not Purser is none that answers; and what its policies refuse for a while.

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

/// Policies go by the settings at once, Purser from its next start on.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_waits_while_the_policies_go_by_other_settings_than_purser() {
    let app = app_as_installed(|_| ()).await;
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let settings = manifest("ConfigMap", "purser-settings");
    let mut newer = settings.clone();
    newer["data"]["K8S_POD_SECURITY_VERSION"] = "v1.35".into();
    apply(&app.wire, &newer).await;
    let order = dewi.buys("ghost").await;
    becomes("its namespace is refused", async || {
        let refused = "select count(*) from effects where status = 'waiting' and last_error like 'cluster.denied%'";
        app.number(refused).await == 1
    })
    .await;
    apply(&app.wire, &settings).await;
    let again = "update effects set due_at = clock_timestamp() where status = 'waiting'";
    sqlx::query(again).execute(&app.app().pool).await.unwrap();
    dewi.sees(&order, "active").await;
    assert_eq!(app.times("wallet.refunded").await, 0);
    app.finish().await;
}
