//! What is refused leaves no trace.

use crate::support::{TestApp, app, app_with};
use reqwest::Method;
use serde_json::{Value, json};

/// Asks for what is refused, and sees that nothing was written in anybody's name. What the cluster does
/// for earlier orders goes on meanwhile.
async fn refuses(app: &TestApp, ask: crate::support::Ask, status: u16, code: &str) {
    let by_people = "select count(*) from events where metadata ->> 'actor' like 'user:%'";
    let before = app.number(by_people).await;
    ask.await.refuses(status, code);
    assert_eq!(app.number(by_people).await, before);
}

fn called(mut order: Value, subdomain: &str) -> Value {
    order["subdomain"] = subdomain.into();
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn credit_that_does_not_reach_buys_nothing() {
    let app = app().await;
    app.sells("wordpress").await;
    let dewi = app.customer().await.with_credit(39_999).await;
    let order = dewi.order_of("wordpress").await;
    let ask = dewi.post("/subscriptions", &order).key("one");
    refuses(&app, ask, 402, "wallet.insufficient_funds").await;
    let dewi = dewi.with_credit(10_000).await;
    // Only what was accepted is remembered: the same key now buys.
    dewi.post("/subscriptions", &order).key("one").await.is(201);
    dewi.has(9_999).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sold_out_is_not_sold() {
    let app = app().await;
    app.sells_few("ghost", 1, 5).await;
    let first = app.customer().await.with_credit(100_000).await;
    let second = app.customer().await.with_credit(100_000).await;
    let order = first.buys("ghost").await;
    let ask = second.post("/subscriptions", &second.order_of("ghost").await);
    refuses(&app, ask, 409, "plan.sold_out").await;
    let path = format!("/api/v1/services/ghost?min_position={}", order.position);
    let plan = &app.wire.get(&path).await.is(200)["plans"][0].clone();
    assert_eq!(plan["availability"], "sold_out", "{plan}");
    assert_eq!(plan["available"], 0, "{plan}");
    first.sees(&order, "active").await;
    second.has(100_000).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_more_than_the_customers_maximum() {
    let app = app().await;
    app.sells_few("ghost", 9, 1).await;
    let dewi = app.customer().await.with_credit(100_000).await;
    let order = dewi.buys("ghost").await;
    let ask = dewi.post("/subscriptions", &dewi.order_of("ghost").await);
    refuses(&app, ask, 409, "plan.customer_limit").await;
    dewi.sees(&order, "active").await;
    let other = app.customer().await.with_credit(40_000).await;
    let order = other.buys("ghost").await;
    other.sees(&order, "active").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subdomain_belongs_to_one() {
    let app = app_with(|settings| {
        settings.reserved_subdomains = ["toko-kita", "panel-kita"].map(str::to_owned).into();
    })
    .await;
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(100_000).await;
    let order = dewi.order_of("ghost").await;
    let first = called(order.clone(), "toko-dewi");
    let first = dewi.post("/subscriptions", &first).await.is(201);
    assert_eq!(first["subdomain"], "toko-dewi");
    let ask = dewi.post("/subscriptions", &called(order.clone(), "TOKO-dewi"));
    refuses(&app, ask, 409, "claim.subdomain_taken").await;
    for reserved in ["admin", "-x-", "a", "toko-kita", "Panel-Kita"] {
        let ask = dewi.post("/subscriptions", &called(order.clone(), reserved));
        refuses(&app, ask, 400, "request.invalid").await;
    }
    dewi.sees(&crate::support::Order::of(&first), "active")
        .await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_somebody_elses_is_not_there() {
    let app = app().await;
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(100_000).await;
    let other = app.customer().await;
    let order = dewi.buys("ghost").await;
    dewi.sees(&order, "active").await;
    let top_up = dewi.get("/top-ups").await["items"][0]["id"].clone();
    let top_up = format!("/top-ups/{}", top_up.as_str().unwrap());
    let subscription = format!("/subscriptions/{}", order.id);
    let pod = format!("/pods/{}", order.instance);
    for path in [
        &top_up,
        &subscription,
        &pod,
        &format!("{pod}/status"),
        &format!("{pod}/logs"),
    ] {
        dewi.get(path).await.is(200);
        let code = match path {
            path if path.starts_with("/top") => "top_up.not_found",
            path if path.starts_with("/sub") => "subscription.not_found",
            _ => "pod.not_found",
        };
        other.get(path).await.refuses(404, code);
    }
    let ask = other.ask(Method::DELETE, &subscription);
    refuses(&app, ask, 404, "subscription.not_found").await;
    let ask = other.ask(Method::POST, &format!("{pod}/credentials"));
    refuses(&app, ask, 404, "instance.not_found").await;
    assert_eq!(other.get("/subscriptions").await["items"], json!([]));
    app.finish().await;
}
