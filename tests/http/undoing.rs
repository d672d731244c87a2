//! An order that comes to nothing leaves nothing behind: the money is back, and slot, name and namespace.

use crate::support::{Order, Person, TestApp, app, app_with, becomes};
use purser::standins::kubernetes::{Behaviour, Fault, Scope};
use reqwest::Method;
use serde_json::json;

fn everywhere(fault: Fault) -> Behaviour {
    Behaviour {
        scope: Scope::default(),
        fault,
    }
}

/// Orders an app that is the last of its plan, under a name.
async fn orders(dewi: &Person, subdomain: &str) -> Order {
    let mut order = dewi.order_of("ghost").await;
    order["subdomain"] = subdomain.into();
    Order::of(&dewi.post("/subscriptions", &order).await)
}

/// Waits until nothing of the order is left on the cluster.
async fn is_gone(app: &TestApp, dewi: &Person, order: &Order) {
    becomes("the namespace is gone", async || {
        app.wire.namespaces().await.is_empty()
    })
    .await;
    becomes("the pod is removed", async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        pod["status"] == "removed"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_cancelled_before_it_is_ready_leaves_nothing() {
    let app = app().await;
    app.sells_few("ghost", 1, 1).await;
    let dewi = app.customer().await.with_credit(50_000).await;
    app.kubernetes.set_behaviour(everywhere(Fault::NeverReady));
    let order = orders(&dewi, "toko-dewi").await;
    becomes("the namespace is there", async || {
        app.wire.namespaces().await.len() == 1
    })
    .await;
    let path = format!("/subscriptions/{}", order.id);
    dewi.ask(Method::DELETE, &path).key("no").await.is(200);
    dewi.ask(Method::DELETE, &path).key("no").await.is(200);
    let again = dewi.ask(Method::DELETE, &path).await;
    again.is(200);
    dewi.sees(&order, "failed").await;
    dewi.has(50_000).await;
    is_gone(&app, &dewi, &order).await;
    dewi.gets("Your ghost order is cancelled").await;

    app.kubernetes.clear_behaviours();
    let order = orders(&dewi, "toko-dewi").await;
    dewi.sees(&order, "active").await;
    dewi.has(10_000).await;
    let late = dewi.ask(Method::DELETE, &format!("/subscriptions/{}", order.id));
    // What is active ends with its paid time instead.
    assert_eq!(late.await.is(200)["status"], "active");
    app.settle().await;
    assert_eq!(app.times("wallet.refunded").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_whose_image_is_missing_is_refunded_after_its_deadline() {
    let app = app_with(|settings| settings.readiness_deadline_ms = Some(1_500)).await;
    app.sells_few("ghost", 1, 1).await;
    let dewi = app.customer().await.with_credit(50_000).await;
    app.kubernetes.set_behaviour(everywhere(Fault::ImagePull));
    let order = orders(&dewi, "toko-dewi").await;
    becomes("the trouble is told", async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        pod["trouble"].is_string()
    })
    .await;
    dewi.sees(&order, "failed").await;
    dewi.has(50_000).await;
    is_gone(&app, &dewi, &order).await;
    dewi.gets("Sorry, we could not set up your ghost").await;
    app.settle().await;
    assert_eq!(app.times("wallet.refunded").await, 1);
    assert_eq!(app.times("plan_slots.returned").await, 1);
    // One of them is the receipt; there is no other paper.
    assert_eq!(dewi.letters().await.len(), 5);
    assert_eq!(app.times("document.issued").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_that_does_not_go_is_an_alarm_until_it_is_gone() {
    let app = app_with(|settings| settings.removal_alarm_ms = 300).await;
    app.sells_few("ghost", 1, 1).await;
    let dewi = app.customer().await.with_credit(50_000).await;
    app.kubernetes.set_behaviour(everywhere(Fault::NeverReady));
    let order = orders(&dewi, "toko-dewi").await;
    becomes("the namespace is there", async || {
        app.wire.namespaces().await.len() == 1
    })
    .await;
    let namespace = app.wire.namespaces().await.remove(0);
    let maps = format!(
        "{}/api/v1/namespaces/{namespace}/configmaps",
        app.wire.kubernetes
    );
    let held = json!({ "metadata": { "name": "held", "finalizers": ["example.com/hold"] } });
    app.wire.post(&maps, &held).await.is(201);
    let path = format!("/subscriptions/{}", order.id);
    dewi.ask(Method::DELETE, &path).await.is(200);
    dewi.has(50_000).await;
    becomes("it is told what keeps it", async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        let trouble = pod["trouble"].as_str().unwrap_or_default();
        trouble.starts_with("its deletion is waiting: ")
    })
    .await;
    let metrics = app.wire.get("/metrics").await.is(200);
    assert!(metrics.text.contains("purser_removals_stuck 1"));
    let held = format!("{maps}/held");
    let free = json!({ "metadata": { "finalizers": null } });
    let patch = app.wire.ask(Method::PATCH, &held);
    let merge = "application/merge-patch+json";
    let patch = patch.with(|request| request.header("content-type", merge));
    patch.json(&free).await.is(200);
    is_gone(&app, &dewi, &order).await;
    let metrics = app.wire.get("/metrics").await.is(200);
    assert!(metrics.text.contains("purser_removals_stuck 0"));
    app.settle().await;
    app.finish().await;
}
