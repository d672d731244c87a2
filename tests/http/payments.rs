//! Money comes in once, whatever the gateway and the network do.

use crate::support::{PASSWORD, Person, SERVER_KEY, TestApp, app, until};
use purser::{
    app::App,
    standins::midtrans::{Outage, Outcome, PageState, Quirks, signature},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(super) const NOTIFICATIONS: &str = "/api/v1/payments/midtrans/notifications";

/// What the gateway sends of an order.
pub(super) fn notification(order: &str, status: &str, amount: i64) -> Value {
    let amount = format!("{amount}.00");
    json!({
        "order_id": order, "transaction_id": "0a1b2c3d", "transaction_status": status,
        "status_code": "200", "gross_amount": amount, "currency": "IDR", "payment_type": "qris",
        "merchant_id": "G000000001", "signature_key": signature(order, "200", &amount, SERVER_KEY),
    })
}

pub(super) async fn told(app: &TestApp, notification: &Value) {
    app.wire
        .post(NOTIFICATIONS, notification)
        .without_key()
        .await
        .is(200);
}

async fn status(dewi: &Person, order: &str) -> String {
    until("the top-up is listed", async || {
        let list = dewi.get("/top-ups").await.is(200);
        let items = list["items"].as_array().unwrap();
        let top_up = items.iter().find(|item| item["order_id"] == order)?;
        Some(top_up["status"].as_str().unwrap().to_owned())
    })
    .await
}

/// Waits until the gateway has nothing more to send.
async fn all_sent(app: &TestApp) {
    until("every notification is sent", async || {
        let waiting = app.midtrans.deliveries().into_iter();
        let waiting = waiting.filter(|one| one.outcome == Outcome::Waiting);
        (waiting.count() == 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_nobody_signed_is_refused() {
    let app = app().await;
    let dewi = app.customer().await;
    let order = dewi.orders_credit(50_000).await;
    app.settle().await;
    let before = app.head().await;
    let mut forged = notification(&order, "settlement", 50_000);
    forged["gross_amount"] = "90000.00".into();
    let forged = app.wire.post(NOTIFICATIONS, &forged).without_key().await;
    forged.refuses(400, "notification.bad_signature");
    let nonsense = app
        .wire
        .post(NOTIFICATIONS, &json!([1]))
        .without_key()
        .await;
    nonsense.refuses(400, "notification.unreadable");
    assert_eq!(app.head().await, before);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_of_nobodys_order_is_taken_and_left() {
    let app = app().await;
    app.settle().await;
    let before = app.head().await;
    let unknown = format!("topup-{}", uuid::Uuid::now_v7());
    for status in ["pending", "settlement"] {
        told(&app, &notification("topup-1", status, 50_000)).await;
        told(&app, &notification(&unknown, status, 50_000)).await;
    }
    // Somebody has to wonder, once an order.
    assert_eq!(app.head().await, before + 2);
    assert_eq!(app.times("case.opened").await, 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_that_comes_three_times_credits_once() {
    let app = app().await;
    let dewi = app.customer().await;
    app.midtrans.quirks(Quirks {
        duplicates: 2,
        ..Quirks::default()
    });
    let dewi = dewi.with_credit(50_000).await;
    all_sent(&app).await;
    app.settle().await;
    assert_eq!(dewi.movements().await.len(), 1);
    assert_eq!(app.times("wallet.credited").await, 1);
    dewi.has(50_000).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_late_does_not_undo_a_payment() {
    let app = app().await;
    let dewi = app.customer().await;
    app.midtrans.quirks(Quirks {
        disorder: true,
        ..Quirks::default()
    });
    let order = dewi.orders_credit(50_000).await;
    dewi.pays(&order).await;
    dewi.has(50_000).await;
    for late in ["pending", "expire", "deny"] {
        told(&app, &notification(&order, late, 50_000)).await;
    }
    app.settle().await;
    assert_eq!(status(&dewi, &order).await, "paid");
    dewi.has(50_000).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_nobody_tells_of_is_asked_for() {
    let app = app().await;
    let dewi = app.customer().await;
    app.midtrans.quirks(Quirks {
        drop_notifications: true,
        ..Quirks::default()
    });
    let order = dewi.orders_credit(50_000).await;
    dewi.pays(&order).await;
    app.settle().await;
    assert_eq!(dewi.balance().await, 0);
    app.minutes_pass(1);
    dewi.has(50_000).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_amount_than_was_asked_for_is_not_credited() {
    let app = app().await;
    let dewi = app.customer().await;
    let order = dewi.orders_credit(50_000).await;
    app.midtrans.quirks(Quirks {
        wrong_amount: Some(40_000),
        ..Quirks::default()
    });
    dewi.pays(&order).await;
    until("the payment is disputed", async || {
        (status(&dewi, &order).await == "disputed").then_some(())
    })
    .await;
    app.settle().await;
    assert_eq!(dewi.balance().await, 0);
    assert_eq!(app.times("wallet.credited").await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_away_gives_the_page_once_it_is_back() {
    let app = app().await;
    let dewi = app.customer().await;
    for outage in [Outage::Unavailable, Outage::Refuse, Outage::LoseAnswers] {
        app.midtrans.quirks(Quirks {
            outage: Some(outage),
            ..Quirks::default()
        });
        let key = format!("{outage:?}");
        let ask = || {
            dewi.post("/top-ups", &json!({ "amount": 50_000 }))
                .key(&key)
        };
        ask().await.refuses(503, "payment_gateway.unavailable");
        app.midtrans.quirks(Quirks::default());
        let page = ask().await.is(201).text_of("redirect_url");
        assert_eq!(ask().await.is(201).text_of("redirect_url"), page);
    }
    assert_eq!(app.times("top_up.requested").await, 3);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_credited_once_the_gateway_answers_again() {
    let app = app().await;
    let dewi = app.customer().await;
    let order = dewi.orders_credit(50_000).await;
    app.midtrans.quirks(Quirks {
        outage: Some(Outage::Unavailable),
        ..Quirks::default()
    });
    dewi.pays(&order).await;
    until("the status was asked for in vain", async || {
        let tried = "select count(*) from effects where saga = 'payment' and attempt > 1";
        (app.number(tried).await > 0).then_some(())
    })
    .await;
    assert_eq!(dewi.balance().await, 0);
    app.midtrans.quirks(Quirks::default());
    dewi.has(50_000).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_expires_closes_and_a_late_payment_still_counts() {
    let app = app().await;
    let dewi = app.customer().await;
    let order = dewi.orders_credit(50_000).await;
    let by = json!({ "payment_type": "bca_va" });
    app.wire.at_the_gateway("choose", &order, &by).await;
    app.wire.at_the_gateway("expire", &order, &json!({})).await;
    app.minutes_pass(60);
    // Nobody is signed in for as long.
    let dewi = Person::signs_in(&app.wire, &dewi.email, PASSWORD).await;
    until("the order is expired", async || {
        (status(&dewi, &order).await == "expired").then_some(())
    })
    .await;
    assert_eq!(dewi.balance().await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_card_check_leaves_the_page_to_another_try() {
    let app = app().await;
    let dewi = app.customer().await;
    let ask = || {
        let amount = json!({ "amount": 50_000 });
        dewi.post("/top-ups", &amount).key("once")
    };
    let opened = ask().await.is(201);
    let (order, page) = (opened.text_of("order_id"), opened.text_of("redirect_url"));
    let by_card = json!({ "payment_type": "credit_card" });
    app.wire.at_the_gateway("choose", &order, &by_card).await;
    app.wire.at_the_gateway("expire", &order, &json!({})).await;
    all_sent(&app).await;
    app.settle().await;
    assert_eq!(status(&dewi, &order).await, "pending");
    assert_eq!(ask().await.is(201).text_of("redirect_url"), page);
    let by_wallet = json!({ "payment_type": "gopay" });
    app.wire.at_the_gateway("pay", &order, &by_wallet).await;
    dewi.has(50_000).await;
    app.settle().await;
    assert_eq!(app.times("top_up.closed").await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_open_one_page_for_one_order() {
    let app = app().await;
    let dewi = app.customer().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (settings, clock) = (app.settings.clone(), app.clock.clone());
    let other = App::start(settings, clock, listener, None).await.unwrap();
    // Long enough for both to be asked before either has an answer.
    app.midtrans.quirks(Quirks {
        slow_ms: 300,
        ..Quirks::default()
    });
    let amount = json!({ "amount": 50_000 });
    let ask = |url: String| app.wire.post(&url, &amount).token(&dewi.token).key("once");
    let (one, two) = tokio::join!(
        ask("/api/v1/top-ups".into()),
        ask(format!("{address}/api/v1/top-ups"))
    );
    let page = one.is(201).text_of("redirect_url");
    assert_eq!(two.is(201).text_of("redirect_url"), page);
    let pages = app.midtrans.pages();
    let states: Vec<_> = pages.iter().map(|page| page.state).collect();
    assert_eq!(states, [PageState::Open]);
    assert_eq!(app.times("top_up.page_opened").await, 1);
    app.midtrans.quirks(Quirks::default());
    other.stop().await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_loses_the_turn_at_an_order_records_no_page() {
    let app = app().await;
    let dewi = app.customer().await;
    // Long enough for the turn to be lost before the page is there.
    app.midtrans.quirks(Quirks {
        slow_ms: 2_000,
        ..Quirks::default()
    });
    let amount = json!({ "amount": 50_000 });
    let ask = || dewi.post("/top-ups", &amount).key("once");
    let lost = until("the turn is somebody else's", async || {
        let sql = "update work.turns set holder = gen_random_uuid(), until = clock_timestamp()";
        let lost = sqlx::query(sql).execute(&app.app().pool).await.unwrap();
        (lost.rows_affected() == 1).then_some(())
    });
    let (answer, ()) = tokio::join!(ask(), lost);
    answer.refuses(503, "payment_gateway.unavailable");
    assert_eq!(app.times("top_up.page_opened").await, 0);
    app.midtrans.quirks(Quirks::default());
    ask().await.is(201);
    assert_eq!(app.times("top_up.page_opened").await, 1);
    app.finish().await;
}
