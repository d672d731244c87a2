//! Once a day the gateway, the top-ups and the wallets are compared.

use crate::support::{PASSWORD, Person, app, until};
use purser::standins::midtrans::Quirks;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_nothing_else_finds_is_found_credited_and_a_case() {
    let app = app().await;
    let admin = app.admin().await;
    let dewi = app.customer().await;
    let order = dewi.orders_credit(50_000).await;
    dewi.pays(&order).await;
    dewi.has(50_000).await;
    app.settle().await;
    app.midtrans.quirks(Quirks {
        drop_notifications: true,
        ..Quirks::default()
    });
    // Nobody tells of the second payment, and the third hides it from whoever asks about the order.
    for _ in 0..2 {
        let by = json!({ "payment_type": "gopay" });
        app.wire.at_the_gateway("pay_again", &order, &by).await;
    }
    app.minutes_pass(11);
    dewi.has(100_000).await;
    app.settle().await;
    app.minutes_pass(24 * 60);
    // Nobody is signed in for as long.
    let admin = Person::signs_in(&app.wire, &admin.email, PASSWORD).await;
    let dewi = Person::signs_in(&app.wire, &dewi.email, PASSWORD).await;
    let case = until("the lost payment is a case", async || {
        let list = admin.get("/admin/cases").await.is(200);
        let items = list["items"].as_array().unwrap();
        let found = items.iter().find(|item| item["kind"] == "not_credited");
        found.cloned()
    })
    .await;
    assert_eq!(case["order_id"], order);
    assert_eq!(case["owner_id"], Value::Null);
    dewi.has(150_000).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chargeback_that_nothing_else_finds_is_booked_and_a_case() {
    let app = app().await;
    let admin = app.admin().await;
    let dewi = app.customer().await;
    let order = dewi.orders_credit(50_000).await;
    let by = json!({ "payment_type": "credit_card" });
    app.wire.at_the_gateway("pay", &order, &by).await;
    dewi.has(50_000).await;
    app.settle().await;
    // Nobody looks at a payment of eight days but the reconciliation.
    app.minutes_pass(8 * 24 * 60);
    app.settle().await;
    app.midtrans.quirks(Quirks {
        drop_notifications: true,
        ..Quirks::default()
    });
    let part = json!({ "amount": 20_000 });
    app.wire.at_the_gateway("chargeback", &order, &part).await;
    app.minutes_pass(23 * 24 * 60);
    let admin = Person::signs_in(&app.wire, &admin.email, PASSWORD).await;
    let dewi = Person::signs_in(&app.wire, &dewi.email, PASSWORD).await;
    let case = until("the lost chargeback is a case", async || {
        let list = admin.get("/admin/cases").await.is(200);
        let items = list["items"].as_array().unwrap();
        let found = items.iter().find(|item| item["kind"] == "amount");
        found.cloned()
    })
    .await;
    assert_eq!(case["order_id"], order);
    dewi.has(30_000).await;
    app.settle().await;
    assert_eq!(app.times("wallet.reversed").await, 1);
    app.finish().await;
}
