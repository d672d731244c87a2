//! What visitors of an app are told while it has no route of its own.

use crate::support::{
    Answer, Order, Person, TestApp, app, app_with, becomes,
    deploy::{apply, path_of},
};
use reqwest::Method;
use serde_json::json;

/// What somebody gets who comes to this app's address by way of the entrance.
async fn visits(app: &TestApp, subdomain: &str, accept: &str) -> Answer {
    let host = format!("{subdomain}.apps.purser.test");
    let ask = app
        .wire
        .get("/healthz")
        .with(|request| request.header("host", &host).header("accept", accept));
    ask.await
}

/// Whether the app has a route of its own.
async fn has_route(app: &TestApp, order: &Order) -> bool {
    let group = "apis/networking.k8s.io/v1";
    let namespace = format!("customer-{}", order.instance);
    let url = format!(
        "{}/{group}/namespaces/{namespace}/ingresses",
        app.wire.kubernetes
    );
    let list = app.wire.get(&url).await.is(200);
    !list["items"].as_array().unwrap().is_empty()
}

async fn shows(dewi: &Person, order: &Order, status: &str) {
    becomes(&format!("the pod is {status}"), async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        pod["status"] == status
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_app_answers_503_until_it_runs_again() {
    let app = app_with(|settings| settings.sweep.every_ms = 150).await;
    app.sells("n8n").await;
    let dewi = app.customer().await.with_credit(100_000).await;
    let order = dewi.buys("n8n").await;
    let subdomain = dewi.sees(&order, "active").await.text_of("subdomain");
    assert!(has_route(&app, &order).await);

    let path = |operation: &str| format!("/pods/{}/{operation}", order.instance);
    dewi.ask(Method::POST, &path("stop")).await.is(200);
    shows(&dewi, &order, "stopped").await;
    assert!(!has_route(&app, &order).await);
    let sweeps = "select coalesce(max(id), 0) from sweeps";
    let now = app.number(sweeps).await;
    becomes("two more sweeps", async || {
        app.number(sweeps).await > now + 1
    })
    .await;
    assert!(!has_route(&app, &order).await, "a sweep makes it again");
    let visit = visits(&app, &subdomain, "application/json").await;
    assert_eq!(visit.header("retry-after"), Some("300"));
    visit.refuses(503, "app.resting");
    let visit = visits(&app, &subdomain, "text/html,*/*;q=0.8")
        .await
        .is(503);
    assert_eq!(visit.header("retry-after"), Some("300"));
    assert_eq!(
        visit.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    for words in ["Aplikasi ini sedang dijeda.", "This app is paused."] {
        assert!(visit.text.contains(words), "{}", visit.text);
    }

    dewi.ask(Method::POST, &path("start")).await.is(200);
    shows(&dewi, &order, "ready").await;
    assert!(has_route(&app, &order).await);
    let visit = visits(&app, &subdomain, "*/*").await;
    visit.refuses(503, "app.on_its_way");

    let hold = format!("/admin/pods/{}/hold", order.instance);
    let ani = app.admin().await;
    ani.post(&hold, &json!({ "reason": "sends spam" }))
        .await
        .is(200);
    shows(&dewi, &order, "held").await;
    assert!(!has_route(&app, &order).await);
    let visit = visits(&app, &subdomain, "*/*").await;
    visit.refuses(503, "app.resting");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_api_is_reached_under_the_apps_domain() {
    let app = app().await;
    let visit = visits(&app, "nobody", "*/*").await;
    visit.refuses(404, "app.not_found");
    let visit = visits(&app, "nobody", "text/html").await.is(404);
    assert!(visit.text.contains("Tidak ada aplikasi"), "{}", visit.text);
    app.wire.get("/healthz").await.is(200);
    app.finish().await;
}

/// Somebody's policy that lets no Deployment rest.
fn restless() -> [serde_json::Value; 2] {
    let group = "admissionregistration.k8s.io/v1";
    let rule = json!({
        "apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["deployments"],
    });
    [
        json!({
            "apiVersion": group, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": "restless"},
            "spec": {
                "failurePolicy": "Fail",
                "matchConstraints": {"resourceRules": [rule]},
                "validations": [{"expression": "object.spec.replicas != 0"}],
            },
        }),
        json!({
            "apiVersion": group, "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": "restless"},
            "spec": {"policyName": "restless", "validationActions": ["Deny"]},
        }),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_could_not_be_stopped_gets_no_route_from_a_sweep() {
    let app = app_with(|settings| settings.sweep.every_ms = 150).await;
    app.sells("n8n").await;
    let dewi = app.customer().await.with_credit(100_000).await;
    let order = dewi.buys("n8n").await;
    dewi.sees(&order, "active").await;
    for object in restless() {
        apply(&app.wire, &object).await;
    }
    let stop = format!("/pods/{}/stop", order.instance);
    dewi.ask(Method::POST, &stop).await.is(200);
    becomes("stopping it has failed", async || {
        app.times("instance.operation_failed").await == 1
    })
    .await;
    let sweeps = "select coalesce(max(id), 0) from sweeps";
    let now = app.number(sweeps).await;
    becomes("three more sweeps", async || {
        app.number(sweeps).await > now + 2
    })
    .await;
    assert!(!has_route(&app, &order).await, "a sweep makes it again");
    let binding = path_of(&restless()[1]);
    let binding = format!("{}/{binding}", app.wire.kubernetes);
    app.wire.ask(Method::DELETE, &binding).await.is(200);
    // A sweep brings it to rest, and nobody has to ask for it again.
    shows(&dewi, &order, "stopped").await;
    assert_eq!(app.times("instance.stop_requested").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_sent_to_a_resting_app_is_answered_the_same() {
    let app = app().await;
    app.sells("n8n").await;
    let dewi = app.customer().await.with_credit(100_000).await;
    let order = dewi.buys("n8n").await;
    let subdomain = dewi.sees(&order, "active").await.text_of("subdomain");
    let stop = format!("/pods/{}/stop", order.instance);
    dewi.ask(Method::POST, &stop).await.is(200);
    shows(&dewi, &order, "stopped").await;
    let sent = async |host: &str| {
        let ask = app.wire.ask(Method::POST, "/webhook/orders").with(|ask| {
            let ask = ask.header("host", host).header("accept", "*/*");
            ask.body(vec![b'x'; 70_000])
        });
        ask.await
    };
    let visit = sent(&format!("{subdomain}.apps.purser.test")).await;
    assert_eq!(visit.header("retry-after"), Some("300"));
    visit.refuses(503, "app.resting");
    sent("purser.test").await.refuses(413, "body.too_large");
    app.finish().await;
}
