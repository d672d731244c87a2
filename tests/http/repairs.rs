//! Purser's own rights: they count a moment after they are given, and may be taken away.

use super::{
    mending::marks,
    sweeps::{deleted, finds, place},
};
use crate::support::{
    Order, Person, TestApp, app_as_installed, app_with, becomes,
    deploy::{apply, manifest},
};
use purser::standins::kubernetes::Settings;
use purser_domain::user::Role;
use serde_json::{Value, json};

const RBAC: &str = "apis/rbac.authorization.k8s.io/v1";
const BINDING: &str = "rolebindings/purser-instance";

/// Dewi with an app that is ready.
async fn running(app: &TestApp) -> (Person, Order) {
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("ghost").await;
    dewi.sees(&order, "active").await;
    app.settle().await;
    (dewi, order)
}

async fn is_there(app: &TestApp, group: &str, object: &str) {
    let url = place(app, group, object).await;
    becomes(&format!("{object} is there"), async || {
        app.wire.get(&url).await.status == 200
    })
    .await;
}

async fn shows(person: &Person, order: &Order, status: &str) {
    becomes(&format!("the pod is {status}"), async || {
        person.get(&format!("/pods/{}", order.instance)).await["status"] == status
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_binding_of_purser_itself_is_made_again_by_a_sweep_and_then_the_rest() {
    let app = app_as_installed(|settings| settings.sweep.every_ms = 150).await;
    running(&app).await;
    deleted(&app, RBAC, BINDING).await;
    let policy = "networkpolicies/default-deny";
    deleted(&app, "apis/networking.k8s.io/v1", policy).await;
    is_there(&app, RBAC, BINDING).await;
    is_there(&app, "apis/networking.k8s.io/v1", policy).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_goes_on_where_an_app_cannot_be_looked_at() {
    let app = app_as_installed(|settings| settings.sweep.every_ms = 150).await;
    let (dewi, order) = running(&app).await;
    let role = manifest("ClusterRole", "purser-provisioner");
    let mut blind = role.clone();
    // Namespaces may be listed and not be looked at.
    blind["rules"][0]["verbs"] = json!(["list", "watch", "create", "patch", "delete"]);
    apply(&app.wire, &blind).await;
    let label = "app.kubernetes.io/managed-by";
    marks(&app, label, Value::Null).await;
    finds(&app, "not_comparable", "", "reported").await;

    apply(&app.wire, &role).await;
    finds(&app, "namespace_not_ours", "", "reported").await;
    marks(&app, label, "purser".into()).await;
    app.settle().await;
    shows(&dewi, &order, "ready").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_holds_and_releases_an_app_whose_binding_somebody_deleted() {
    let app = app_as_installed(|_| ()).await;
    let (dewi, order) = running(&app).await;
    let ani = app.admin().await;
    let path = |what: &str| format!("/admin/pods/{}/{what}", order.instance);
    deleted(&app, RBAC, BINDING).await;
    let why = json!({ "reason": "sends spam" });
    ani.post(&path("hold"), &why).await.is(200);
    shows(&dewi, &order, "held").await;

    deleted(&app, RBAC, BINDING).await;
    ani.post(&path("release"), &why).await.is(200);
    shows(&dewi, &order, "ready").await;
    is_there(&app, RBAC, BINDING).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_counts_a_moment_later_does_not_cost_the_pause_after_an_outage() {
    // As if every effect had been tried in vain for long.
    let app = app_as_installed(|settings| {
        settings.workers.backoff_ms = 3_600_000;
        settings.workers.backoff_max_ms = 3_600_000;
    })
    .await;
    app.kubernetes.configure(Settings {
        rbac_lag_ms: 600,
        ..app.kubernetes.settings()
    });
    running(&app).await;
    app.finish().await;
}

/// How many NetworkPolicies let the apps' own namespace of this name in.
async fn let_in(app: &TestApp, namespace: &str) -> usize {
    let url = place(app, "apis/networking.k8s.io/v1", "networkpolicies").await;
    let policies = app.wire.get(&url).await.is(200);
    policies.text.matches(namespace).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn guards_that_are_wanted_otherwise_now_are_applied_by_a_sweep_and_replace_no_pod() {
    let mut app = app_with(|settings| settings.sweep.every_ms = 150).await;
    running(&app).await;
    let pods = place(&app, "api/v1", "pods").await;
    let names = async |app: &TestApp| {
        let pods = app.wire.get(&pods).await.is(200);
        let pods = pods["items"].as_array().unwrap().iter();
        let names = pods.map(|pod| pod["metadata"]["uid"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    let before = names(&app).await;
    app.stops().await;
    app.settings.cluster_settings.gateway_namespace = "another-gateway".into();
    app.starts().await;
    becomes("the new one is let in", async || {
        let_in(&app, "another-gateway").await > 0
    })
    .await;
    assert_eq!(names(&app).await, before);
    let repaired = "select count(*) from sweeps, jsonb_array_elements(report -> 'findings') it
         where it ->> 'finding' = 'object_outdated' and it ->> 'outcome' = 'repaired'";
    becomes("that is told", async || app.number(repaired).await > 0).await;
    app.settle().await;
    let auditor = app.staff(Role::Auditor).await;
    becomes("nothing is found any more", async || {
        auditor.get("/admin/sweep").await.is(200)["findings"] == json!([])
    })
    .await;
    app.finish().await;
}
