//! A change of figures that fails is undone by itself.

use super::{
    deadlines::{deadline_passes_while_it_starts, never_starts},
    sweeps::edited,
};
use crate::support::{Answer, Order, Person, TestApp, app, app_with, becomes, until};
use purser::standins::kubernetes::Settings;
use reqwest::Method;
use serde_json::{Value, json};

/// Dewi with a ready app, and staff who gives it other figures.
async fn running(app: &TestApp) -> (Person, Order, Person) {
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("ghost").await;
    dewi.sees(&order, "active").await;
    let ani = app.admin().await;
    (dewi, order, ani)
}

async fn impatient() -> TestApp {
    app_with(|settings| settings.readiness_deadline_ms = Some(12_000)).await
}

async fn resize(ani: &Person, order: &Order, cpu: u32, storage: u32) -> Answer {
    let path = format!("/admin/pods/{}/resize", order.instance);
    let figures = json!({ "cpu_millicores": cpu, "memory_mib": 768, "storage_mib": storage });
    ani.post(&path, &figures).await
}

/// Waits until this happened so often.
async fn happens(app: &TestApp, event: &str, times: i64) {
    let event = format!("instance.{event}");
    becomes(&event, async || app.times(&event).await == times).await;
}

/// The pod once it is ready.
async fn ready(dewi: &Person, order: &Order) -> Answer {
    until("the pod is ready", async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).answer();
        let pod = pod.await?;
        (pod["status"] == "ready").then_some(pod)
    })
    .await
}

/// An object of the app's namespace.
async fn object(app: &TestApp, group: &str, name: &str) -> Answer {
    let namespace = app.wire.namespaces().await.remove(0);
    let api = &app.wire.kubernetes;
    let url = format!("{api}/{group}/namespaces/{namespace}/{name}");
    app.wire.get(&url).await.is(200)
}

async fn cpu_limit(app: &TestApp) -> Value {
    let web = object(app, "apis/apps/v1", "deployments/web").await;
    web["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_that_no_node_has_room_for_are_taken_back() {
    let app = impatient().await;
    let (dewi, order, ani) = running(&app).await;
    let before = cpu_limit(&app).await;
    let asked = resize(&ani, &order, 64_000, 10_240).await.is(200);
    assert_eq!(asked["status"], "resizing");
    happens(&app, "resize_undone", 1).await;
    let pod = ready(&dewi, &order).await;
    assert_eq!(pod["cpu_millicores"], 500, "{}", pod.text);
    // The cluster has made it larger, and takes nothing back.
    assert_eq!(pod["storage_mib"], 10_240, "{}", pod.text);
    let why = "the app was not seen to come to it in time";
    assert_eq!(pod["resize_failed"], why, "{}", pod.text);
    assert!(pod["trouble"].is_null(), "{}", pod.text);
    assert_eq!(cpu_limit(&app).await, before);

    resize(&ani, &order, 1_000, 10_240).await.is(200);
    happens(&app, "resized", 1).await;
    let pod = ready(&dewi, &order).await;
    assert_eq!(pod["cpu_millicores"], 1_000, "{}", pod.text);
    assert!(pod["resize_failed"].is_null(), "{}", pod.text);
    assert_eq!(app.times("instance.operation_failed").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_not_taken_back_while_their_app_is_still_starting() {
    let app = app().await;
    let (dewi, order, ani) = running(&app).await;
    never_starts(&app);
    resize(&ani, &order, 1_000, 5_120).await.is(200);
    deadline_passes_while_it_starts(&app).await;
    let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
    assert_eq!(pod["status"], "resizing", "{}", pod.text);
    assert_eq!(cpu_limit(&app).await, "1");
    app.kubernetes.clear_behaviours();
    happens(&app, "resized", 1).await;
    let pod = ready(&dewi, &order).await;
    assert_eq!(pod["cpu_millicores"], 1_000, "{}", pod.text);
    app.settle().await;
    assert_eq!(app.times("instance.operation_failed").await, 0);
    app.finish().await;
}

/// The address of the only storage class.
pub(super) async fn storage_class(app: &TestApp) -> String {
    let classes = format!(
        "{}/apis/storage.k8s.io/v1/storageclasses",
        app.wire.kubernetes
    );
    let found = app.wire.get(&classes).await.is(200);
    let name = found["items"][0]["metadata"]["name"].as_str().unwrap();
    format!("{classes}/{name}")
}

/// Says whether the volumes of a class can be made larger.
pub(super) async fn grows(app: &TestApp, class: &str, grows: bool) {
    let ask = app.wire.ask(Method::PATCH, class);
    let merge = "application/merge-patch+json";
    let ask = ask.with(|request| request.header("content-type", merge));
    let patch = json!({ "allowVolumeExpansion": grows });
    ask.json(&patch).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_that_cannot_grow_is_told_and_the_resize_may_be_asked_for_again() {
    let app = impatient().await;
    let (dewi, order, ani) = running(&app).await;
    let class = storage_class(&app).await;
    grows(&app, &class, false).await;
    resize(&ani, &order, 1_000, 10_240).await.is(200);
    happens(&app, "resize_undone", 1).await;
    let pod = ready(&dewi, &order).await;
    let figures = (&pod["cpu_millicores"], &pod["storage_mib"]);
    assert_eq!(figures, (&json!(500), &json!(5_120)), "{}", pod.text);
    let why = "its volume cannot grow on this cluster";
    assert_eq!(pod["resize_failed"], why, "{}", pod.text);
    let claim = object(&app, "api/v1", "persistentvolumeclaims/web").await;
    assert_eq!(claim["spec"]["resources"]["requests"]["storage"], "5Gi");

    grows(&app, &class, true).await;
    let retry = format!("/admin/pods/{}/retry", order.instance);
    let again = ani.ask(Method::POST, &retry).await.is(200);
    assert_eq!(again["status"], "resizing");
    happens(&app, "resized", 1).await;
    let pod = ready(&dewi, &order).await;
    let figures = (&pod["cpu_millicores"], &pod["storage_mib"]);
    assert_eq!(figures, (&json!(1_000), &json!(10_240)), "{}", pod.text);
    app.finish().await;
}

/// Says whether the cluster carries out that volumes are to be larger.
fn volumes_grow(app: &TestApp, volumes_grow: bool) {
    let settings = app.kubernetes.settings();
    app.kubernetes.configure(Settings {
        volumes_grow,
        ..settings
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_given_once_the_volume_has_really_grown() {
    let app = app().await;
    let (dewi, order, ani) = running(&app).await;
    volumes_grow(&app, false);
    resize(&ani, &order, 1_000, 10_240).await.is(200);
    becomes("its volume was waited for three times", async || {
        let waited = "select count(*) from effects
            where step like 'operate-%' and status = 'waiting' and epoch > 2";
        app.number(waited).await == 1
    })
    .await;
    let claim = object(&app, "api/v1", "persistentvolumeclaims/web").await;
    assert_eq!(claim["spec"]["resources"]["requests"]["storage"], "10Gi");
    let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
    assert_eq!(pod["status"], "resizing", "{}", pod.text);
    assert_eq!(app.times("instance.resized").await, 0);
    volumes_grow(&app, true);
    happens(&app, "resized", 1).await;
    assert_eq!(ready(&dewi, &order).await["storage_mib"], 10_240);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_that_does_not_come_to_grow_is_no_hindrance_to_taking_figures_back() {
    let app = impatient().await;
    let (dewi, order, ani) = running(&app).await;
    volumes_grow(&app, false);
    resize(&ani, &order, 1_000, 10_240).await.is(200);
    happens(&app, "resize_undone", 1).await;
    let pod = ready(&dewi, &order).await;
    assert_eq!(pod["cpu_millicores"], 500, "{}", pod.text);
    assert_eq!(app.times("instance.resized").await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_that_grows_after_the_deadline_is_seen_and_resized_again() {
    let mut app = app_with(|settings| settings.sweep.every_ms = 150).await;
    let (dewi, order, ani) = running(&app).await;
    // Only what is to come too late has so little time.
    app.stops().await;
    let usual = app.settings.readiness_deadline_ms.replace(12_000);
    app.starts().await;
    volumes_grow(&app, false);
    // Of the figures only the volume is another: there is nothing to take back.
    resize(&ani, &order, 500, 10_240).await.is(200);
    happens(&app, "operation_failed", 1).await;
    let path = format!("/pods/{}", order.instance);
    becomes("it is degraded", async || {
        dewi.get(&path).await["status"] == "degraded"
    })
    .await;
    assert_eq!(app.times("instance.resized").await, 0);

    app.stops().await;
    app.settings.readiness_deadline_ms = usual;
    app.starts().await;
    volumes_grow(&app, true);
    happens(&app, "resized", 1).await;
    assert_eq!(ready(&dewi, &order).await["storage_mib"], 10_240);
    resize(&ani, &order, 1_000, 20_480).await.is(200);
    happens(&app, "resized", 2).await;
    assert_eq!(ready(&dewi, &order).await["storage_mib"], 20_480);
    assert_eq!(app.times("instance.resize_undone").await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_edited_again_while_an_operation_waits_is_noted_again() {
    let mut app = app().await;
    let (_, order, ani) = running(&app).await;
    volumes_grow(&app, false);
    resize(&ani, &order, 1_000, 10_240).await.is(200);
    let edit = json!({ "spec": { "policyTypes": ["Ingress"] } });
    let policy = "networkpolicies/default-deny";
    for times in 1..=2 {
        edited(&app, "apis/networking.k8s.io/v1", policy, &edit).await;
        // Who takes the operation over applies everything once more.
        app.stops().await;
        app.starts().await;
        happens(&app, "drift_corrected", times).await;
    }
    volumes_grow(&app, true);
    happens(&app, "resized", 1).await;
    assert_eq!(app.times("instance.drift_corrected").await, 2);
    app.finish().await;
}
