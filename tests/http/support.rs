//! What the cluster may lack.

use super::resizing::{grows, storage_class};
use crate::support::{TestApp, app_with, becomes, deploy::apply};
use purser::kubernetes::NetworkPolicies;
use reqwest::Method;
use serde_json::json;

pub(super) async fn shows(app: &TestApp, part: &str, figure: u8) {
    let line = format!(r#"purser_cluster_support{{part="{part}"}} {figure}"#);
    becomes(&line, async || {
        let metrics = app.wire.get("/metrics").answer().await;
        metrics.is_some_and(|metrics| metrics.text.lines().any(|known| known == line))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_cluster_lacks_is_told_and_keeps_nobody_from_starting() {
    let mut app = app_with(|settings| settings.network_policies = NetworkPolicies::Enforced).await;
    for part in [
        "network_policies",
        "default_storage_class",
        "volume_expansion",
    ] {
        shows(&app, part, 1).await;
    }
    // Nothing runs where the settings say that the entrance does, and then something does.
    shows(&app, "entrance", 0).await;
    let named = |api: &str, kind: &str| json!({"apiVersion": api, "kind": kind, "metadata": {"name": "gateway-system"}});
    apply(&app.wire, &named("v1", "Namespace")).await;
    let mut pod = named("v1", "Pod");
    pod["metadata"]["namespace"] = json!("gateway-system");
    pod["spec"] = json!({"containers": [{"name": "entrance", "image": "traefik:v3.5"}]});
    app.stops().await;
    app.starts().await;
    shows(&app, "entrance", 0).await;
    apply(&app.wire, &pod).await;
    app.stops().await;
    app.starts().await;
    shows(&app, "entrance", 1).await;
    app.stops().await;
    let labels = [("app".to_owned(), "another".to_owned())];
    app.settings.cluster_settings.gateway_pod_labels = labels.into();
    app.starts().await;
    shows(&app, "entrance", 0).await;

    app.stops().await;
    let class = storage_class(&app).await;
    grows(&app, &class, false).await;
    app.starts().await;
    shows(&app, "default_storage_class", 1).await;
    shows(&app, "volume_expansion", 0).await;

    app.stops().await;
    app.wire.ask(Method::DELETE, &class).await.is(200);
    app.settings.network_policies = NetworkPolicies::Unverified;
    app.starts().await;
    shows(&app, "network_policies", 0).await;
    shows(&app, "default_storage_class", 0).await;
    app.finish().await;
}
