//! How requests reach an app: by Ingress or by the Gateway API, whichever the installation has.

use crate::support::{TestApp, app, becomes};
use purser::{
    app::{App, AppError},
    clock::Clock,
    kubernetes::RouteBy,
    standins::kubernetes,
};
use reqwest::Method;
use serde_json::json;

fn by_gateway() -> RouteBy {
    RouteBy::Gateway {
        name: "public".into(),
        namespace: "gateway-system".into(),
    }
}

async fn with_gateway_api(app: &TestApp) {
    app.kubernetes.configure(kubernetes::Settings {
        gateway_api: true,
        ..app.kubernetes.settings()
    });
    let namespace =
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gateway-system"}});
    let url = format!("{}/api/v1/namespaces", app.wire.kubernetes);
    app.wire.post(&url, &namespace).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_ready_once_the_gateway_has_taken_its_route() {
    let mut app = app().await;
    app.stops().await;
    with_gateway_api(&app).await;
    app.settings.cluster_settings.route = by_gateway();
    app.starts().await;
    app.sells("n8n").await;
    let dewi = app.customer().await.with_credit(100_000).await;
    let order = dewi.buys("n8n").await;
    becomes("it is told that no gateway takes its route", async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        let trouble = pod["trouble"].as_str().unwrap_or_default();
        trouble.contains("no gateway has taken up its route")
    })
    .await;

    let gateway = json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
        "metadata": {"name": "public"}, "spec": {"gatewayClassName": "any", "listeners": []},
    });
    let group = "apis/gateway.networking.k8s.io/v1";
    let url = format!(
        "{}/{group}/namespaces/gateway-system/gateways",
        app.wire.kubernetes
    );
    app.wire.post(&url, &gateway).await.is(201);
    let active = dewi.sees(&order, "active").await;
    let namespace = app.wire.namespaces().await.remove(0);
    let url = format!(
        "{}/{group}/namespaces/{namespace}/httproutes/web",
        app.wire.kubernetes
    );
    let route = app.wire.ask(Method::GET, &url).await.is(200);
    let host = format!("{}.apps.purser.test", active.text_of("subdomain"));
    assert_eq!(route["spec"]["hostnames"], json!([host]));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_without_the_gateway_api_is_said_at_the_start() {
    let app = app().await;
    let mut settings = app.settings.clone();
    settings.cluster_settings.route = by_gateway();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let started = App::start(settings, Clock::default(), listener, None).await;
    let refused = started.err().unwrap();
    assert!(
        matches!(refused, AppError::UnknownRoute("HTTPRoute")),
        "{refused}"
    );
    assert!(
        refused.to_string().contains("ROUTE_KIND=ingress"),
        "{refused}"
    );
    app.finish().await;
}
