//! The whole road of one purchase.

use crate::support::app;
use reqwest::Method;

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_comes_from_sign_up_to_a_running_app() {
    let app = app().await;
    app.sells("wordpress").await;
    let dewi = app.customer().await;
    dewi.gets("Welcome to Purser").await;
    let dewi = dewi.with_credit(100_000).await;
    dewi.gets("We received your payment of Rp 100.000").await;

    let order = dewi.buys("wordpress").await;
    let active = dewi.sees(&order, "active").await;
    assert_eq!(active["price"], 40_000);
    assert_ne!(active["period_start"], active["period_end"]);
    dewi.gets("We are setting up your wordpress").await;
    let ready = dewi.gets("Your wordpress is ready").await;
    assert!(ready.text.contains(&active.text_of("subdomain")));
    let pod = dewi.get(&format!("/pods/{}", order.instance)).await.is(200);
    assert_eq!(pod["status"], "ready");
    assert_eq!(pod["steps"].as_array().unwrap().len(), 7, "{}", pod.text);
    let expected = [
        ("top_up".to_owned(), 100_000),
        ("charge".to_owned(), -40_000),
    ];
    assert_eq!(dewi.movements().await, expected);
    assert_eq!(app.wire.namespaces().await.len(), 1);

    let path = format!("/pods/{}/credentials", order.instance);
    let shown = dewi.ask(Method::POST, &path).key("mine").await.is(200);
    assert!(!shown.text_of("password").is_empty());
    let refused = dewi.ask(Method::POST, &path).await;
    refused.refuses(409, "instance.credentials_already_revealed");
    let again = dewi.ask(Method::POST, &path).key("mine").await.is(200);
    assert_eq!(again["password"], shown["password"]);

    app.settle().await;
    // With the receipt of the payment and the invoice of the period.
    assert_eq!(dewi.letters().await.len(), 6);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_app_of_the_catalogue_becomes_ready() {
    let app = app().await;
    for service in ["ghost", "n8n"] {
        app.sells(service).await;
    }
    let dewi = app.customer().await.with_credit(100_000).await;
    for service in ["ghost", "n8n"] {
        let order = dewi.buys(service).await;
        dewi.sees(&order, "active").await;
    }
    dewi.has(20_000).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_makes_its_owner_from_its_environment_is_handed_over_before_it_is_reachable() {
    let app = app().await;
    app.sells("n8n").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("n8n").await;
    dewi.sees(&order, "active").await;
    app.settle().await;

    let pod = dewi.get(&format!("/pods/{}", order.instance)).await.is(200);
    let steps = pod["steps"].as_array().unwrap();
    let last: Vec<_> = steps.iter().rev().map(|it| &it["step"]).take(3).collect();
    assert_eq!(last, ["route", "handover", "app"], "{}", pod.text);
    // Each rollout of the app leaves its ReplicaSet: first with the owner in the environment, then without.
    let sets = format!("{}/apis/apps/v1/replicasets", app.wire.kubernetes);
    let list = app.wire.get(&sets).await.is(200);
    let mut managed: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(managed)
        .collect();
    managed.sort();
    assert_eq!(managed, [("false".into(), 1), ("true".into(), 0)]);
    app.finish().await;
}

/// Whether the app of a ReplicaSet takes its owner from the environment, and how many pods it wants.
fn managed(set: &serde_json::Value) -> (String, i64) {
    let variables = set["spec"]["template"]["spec"]["containers"][0]["env"].as_array();
    let mut variables = variables.into_iter().flatten();
    let managed = variables.find(|it| it["name"] == "N8N_INSTANCE_OWNER_MANAGED_BY_ENV");
    let managed = managed
        .and_then(|it| it["value"].as_str())
        .unwrap_or_default();
    (
        managed.to_owned(),
        set["spec"]["replicas"].as_i64().unwrap_or(-1),
    )
}
