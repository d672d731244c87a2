//! A customer gives up a top-up, or lets its time pass: what the gateway then says of it is what is recorded.

use crate::support::{Answer, PASSWORD, Person, TestApp, app, becomes, until};
use purser::standins::midtrans::{Outage, PageState, Quirks};
use serde_json::{Value, json};

async fn ordered(dewi: &Person) -> (String, String) {
    let top_up = dewi.post("/top-ups", &json!({ "amount": 50_000 })).await;
    let top_up = top_up.is(201);
    (top_up.text_of("top_up_id"), top_up.text_of("order_id"))
}

fn cancel(id: &str) -> String {
    format!("/top-ups/{id}/cancel")
}

async fn read(dewi: &Person, id: &str, position: i64) -> Value {
    let path = format!("/top-ups/{id}?min_position={position}");
    dewi.get(&path).await.is(200).body
}

fn page(app: &TestApp, order: &str) -> PageState {
    let pages = app.midtrans.pages();
    pages
        .iter()
        .find(|page| page.order_id == order)
        .unwrap()
        .state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_nobody_paid_on_is_closed() {
    let app = app().await;
    let (dewi, other) = (app.customer().await, app.customer().await);
    let (id, order) = ordered(&dewi).await;
    let foreign = other.ask(reqwest::Method::POST, &cancel(&id)).await;
    foreign.refuses(404, "top_up.not_found");
    let ask = || dewi.ask(reqwest::Method::POST, &cancel(&id)).key("once");
    let position = ask().await.is(200).position();
    assert_eq!(page(&app, &order), PageState::Canceled);
    assert_eq!(read(&dewi, &id, position).await["status"], "cancelled");
    assert_eq!(ask().await.is(200).position(), position);
    dewi.ask(reqwest::Method::POST, &cancel(&id)).await.is(200);
    assert_eq!(app.times("top_up.closed").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_is_pending_is_cancelled_with_its_page() {
    let app = app().await;
    let dewi = app.customer().await;
    let (id, order) = ordered(&dewi).await;
    let by = json!({ "payment_type": "bca_va" });
    app.wire.at_the_gateway("choose", &order, &by).await;
    app.settle().await;
    let done = dewi.ask(reqwest::Method::POST, &cancel(&id)).await.is(200);
    let read = read(&dewi, &id, done.position()).await;
    assert_eq!(read["status"], "cancelled");
    let transaction = app.midtrans.transactions().remove(0);
    assert_eq!(transaction.status.as_str(), "cancel");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paid_is_not_cancelled() {
    let app = app().await;
    let dewi = app.customer().await;
    let (id, order) = ordered(&dewi).await;
    app.midtrans.quirks(Quirks {
        drop_notifications: true,
        ..Quirks::default()
    });
    dewi.pays(&order).await;
    for _ in 0..2 {
        let late = dewi.ask(reqwest::Method::POST, &cancel(&id)).await;
        late.refuses(409, "top_up.already_settled");
        app.minutes_pass(1);
        dewi.has(50_000).await;
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_back_before_anybody_heard_of_it_can_be_cancelled() {
    let app = app().await;
    let dewi = app.customer().await;
    let (id, order) = ordered(&dewi).await;
    app.midtrans.quirks(Quirks {
        drop_notifications: true,
        reversal: true,
        ..Quirks::default()
    });
    let by = json!({ "payment_type": "permata_va" });
    app.wire.at_the_gateway("pay", &order, &by).await;
    let done = dewi.ask(reqwest::Method::POST, &cancel(&id)).await.is(200);
    let read = read(&dewi, &id, done.position()).await;
    assert_eq!(read["status"], "cancelled");
    assert_eq!(dewi.balance().await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_did_not_hear_that_it_is_given_up_hears_it_also_once_it_was_paid_after_all() {
    let app = app().await;
    let dewi = app.customer().await;
    let (id, order) = ordered(&dewi).await;
    let ask = || dewi.ask(reqwest::Method::POST, &cancel(&id)).key("once");
    let first = ask().await.is(200);
    let by = json!({ "payment_type": "gopay" });
    app.wire.at_the_gateway("pay_again", &order, &by).await;
    dewi.has(50_000).await;
    let again = ask().await.is(200);
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let late = dewi.ask(reqwest::Method::POST, &cancel(&id)).await;
    late.refuses(409, "top_up.already_settled");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_away_cancels_once_it_is_back() {
    let app = app().await;
    let dewi = app.customer().await;
    let (id, _) = ordered(&dewi).await;
    app.midtrans.quirks(Quirks {
        outage: Some(Outage::Unavailable),
        ..Quirks::default()
    });
    let ask = || dewi.ask(reqwest::Method::POST, &cancel(&id)).key("again");
    let away = ask().await;
    assert!(away.header("retry-after").is_some());
    away.refuses(503, "payment_gateway.unavailable");
    assert_eq!(app.times("top_up.closed").await, 0);
    app.midtrans.quirks(Quirks::default());
    ask().await.is(200);
    until("it is cancelled", async || {
        let top_up = dewi.get(&format!("/top-ups/{id}")).await.is(200);
        (top_up["status"] == "cancelled").then_some(())
    })
    .await;
    app.finish().await;
}

async fn asks_once(app: &TestApp, dewi: &Person) -> Answer {
    // Nobody is signed in for as long.
    let dewi = Person::signs_in(&app.wire, &dewi.email, PASSWORD).await;
    let wish = json!({ "amount": 50_000 });
    dewi.post("/top-ups", &wish).key("once").await
}

/// Dewi asked for a top-up while the gateway was away.
async fn asked_in_vain(app: &TestApp) -> Person {
    let dewi = app.customer().await;
    app.midtrans.quirks(Quirks {
        outage: Some(Outage::Unavailable),
        ..Quirks::default()
    });
    let away = asks_once(app, &dewi).await;
    away.refuses(503, "payment_gateway.unavailable");
    app.midtrans.quirks(Quirks::default());
    dewi
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_opened_late_is_over_with_its_order() {
    let app = app().await;
    let dewi = asked_in_vain(&app).await;
    app.minutes_pass(50);
    asks_once(&app, &dewi).await.is(201);
    let page = app.midtrans.pages().remove(0);
    let open = (page.page_ends_at - page.opened_at).num_minutes();
    assert!((5..=10).contains(&open), "{open}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_is_opened_for_an_order_whose_time_is_over() {
    let app = app().await;
    let dewi = asked_in_vain(&app).await;
    app.minutes_pass(61);
    let late = asks_once(&app, &dewi).await;
    late.refuses(409, "top_up.already_closed");
    assert_eq!(app.midtrans.pages().len(), 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_over_is_not_given_again() {
    let app = app().await;
    let dewi = app.customer().await;
    let first = asks_once(&app, &dewi).await.is(201);
    let again = asks_once(&app, &dewi).await.is(201);
    assert_eq!(again["redirect_url"], first["redirect_url"]);
    app.settle().await;
    app.minutes_pass(61);
    becomes("the order is closed", async || {
        app.times("top_up.closed").await == 1
    })
    .await;
    let late = asks_once(&app, &dewi).await;
    late.refuses(409, "top_up.already_closed");
    app.finish().await;
}
