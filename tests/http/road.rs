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
    assert_eq!(dewi.letters().await.len(), 4);
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
