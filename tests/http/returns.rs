//! Money that the gateway takes back goes once, and what was spent of it is owed.

use crate::support::{Order, Person, TestApp, app, becomes, until};
use purser::standins::midtrans::Quirks;
use serde_json::{Value, json};

async fn top_up(dewi: &Person, order: &str) -> Value {
    let list = dewi.get("/top-ups").await.is(200);
    let items = list["items"].as_array().unwrap();
    let found = items.iter().find(|item| item["order_id"] == order);
    found.cloned().unwrap_or_default()
}

async fn has_status(dewi: &Person, order: &str, status: &str) -> Value {
    until(&format!("the top-up is {status}"), async || {
        let top_up = top_up(dewi, order).await;
        (top_up["status"] == status).then_some(top_up)
    })
    .await
}

async fn pays_by(dewi: &Person, order: &str, method: &str) {
    let by = json!({ "payment_type": method });
    dewi.wire.at_the_gateway("pay", order, &by).await;
}

async fn owes(dewi: &Person, owed: i64) {
    becomes(&format!("{owed} is owed"), async || {
        dewi.get("/wallet").await.is(200)["owed"] == owed
    })
    .await;
}

/// Dewi pays so much by this method and has it.
async fn paid(app: &TestApp, amount: i64, method: &str) -> (Person, String) {
    let dewi = app.customer().await;
    let order = dewi.orders_credit(amount).await;
    pays_by(&dewi, &order, method).await;
    dewi.has(amount).await;
    (dewi, order)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reversal_after_spending_is_owed_and_blocks_orders_until_it_is_paid() {
    let app = app().await;
    app.sells("ghost").await;
    let (dewi, order) = paid(&app, 50_000, "permata_va").await;
    // What may still be taken back buys nothing new.
    let wish = dewi.order_of("ghost").await;
    let early = dewi.post("/subscriptions", &wish).await;
    early.refuses(402, "wallet.credit_too_young");
    app.minutes_pass(11);
    let bought = Order::of(&dewi.post("/subscriptions", &wish).await);
    dewi.sees(&bought, "active").await;
    app.wire.at_the_gateway("reverse", &order, &json!({})).await;
    owes(&dewi, 40_000).await;
    let top_up = has_status(&dewi, &order, "reversed").await;
    assert_eq!(top_up["returned"], 50_000);
    dewi.has(0).await;
    let refused = dewi.post("/subscriptions", &wish).await;
    refused.refuses(402, "wallet.owing");
    let dewi = {
        let next = dewi.orders_credit(90_000).await;
        dewi.pays(&next).await;
        dewi.has(50_000).await;
        dewi
    };
    owes(&dewi, 0).await;
    Order::of(&dewi.post("/subscriptions", &wish).await);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reversal_that_nobody_tells_of_is_found() {
    let app = app().await;
    let (dewi, order) = paid(&app, 50_000, "indomaret").await;
    app.settle().await;
    app.midtrans.quirks(Quirks {
        drop_notifications: true,
        ..Quirks::default()
    });
    app.wire.at_the_gateway("reverse", &order, &json!({})).await;
    app.minutes_pass(10);
    has_status(&dewi, &order, "reversed").await;
    dewi.has(0).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chargeback_takes_its_part_and_then_the_rest() {
    let app = app().await;
    let (dewi, order) = paid(&app, 50_000, "credit_card").await;
    let part = json!({ "amount": 20_000 });
    app.wire.at_the_gateway("chargeback", &order, &part).await;
    dewi.has(30_000).await;
    assert_eq!(has_status(&dewi, &order, "paid").await["returned"], 20_000);
    app.midtrans.quirks(Quirks {
        duplicates: 2,
        ..Quirks::default()
    });
    app.wire
        .at_the_gateway("chargeback", &order, &json!({}))
        .await;
    has_status(&dewi, &order, "charged_back").await;
    dewi.has(0).await;
    app.settle().await;
    assert_eq!(app.times("top_up.charged_back").await, 2);
    assert_eq!(app.times("wallet.reversed").await, 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_at_the_gateway_counts_once_the_bank_confirms_it() {
    let app = app().await;
    let (dewi, order) = paid(&app, 50_000, "gopay").await;
    for (amount, left) in [(20_000, 30_000), (30_000, 0)] {
        let part = json!({ "amount": amount });
        app.wire.at_the_gateway("refund", &order, &part).await;
        dewi.has(left).await;
    }
    let refunded = has_status(&dewi, &order, "refunded").await;
    assert_eq!(refunded["returned"], 50_000);
    app.settle().await;
    assert_eq!(app.times("top_up.refunded_by_gateway").await, 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_payments_of_one_order_are_both_credited_and_one_is_taken_back_alone() {
    let app = app().await;
    let (dewi, order) = paid(&app, 50_000, "qris").await;
    let by = json!({ "payment_type": "permata_va" });
    app.wire.at_the_gateway("pay_again", &order, &by).await;
    dewi.has(100_000).await;
    app.settle().await;
    assert_eq!(has_status(&dewi, &order, "paid").await["payments"], 2);
    app.wire.at_the_gateway("reverse", &order, &json!({})).await;
    dewi.has(50_000).await;
    assert_eq!(has_status(&dewi, &order, "paid").await["returned"], 50_000);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_is_known_by_its_own_name_alone_is_credited() {
    let app = app().await;
    paid(&app, 50_000, "dana").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_on_a_page_from_before_a_chargeback_pays_what_is_owed_first() {
    let app = app().await;
    app.sells("ghost").await;
    let (dewi, order) = paid(&app, 50_000, "credit_card").await;
    app.minutes_pass(11);
    let bought = dewi.buys("ghost").await;
    dewi.sees(&bought, "active").await;
    let open = dewi.orders_credit(90_000).await;
    app.wire
        .at_the_gateway("chargeback", &order, &json!({}))
        .await;
    owes(&dewi, 40_000).await;
    pays_by(&dewi, &open, "credit_card").await;
    dewi.has(50_000).await;
    has_status(&dewi, &open, "paid").await;
    owes(&dewi, 0).await;
    app.settle().await;
    assert_eq!(app.times("wallet.receivable_paid").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_chargeback_no_card_is_taken_until_staff_says_otherwise() {
    let app = app().await;
    let (dewi, order) = paid(&app, 50_000, "credit_card").await;
    let takes_cards = |order: String| {
        let pages = app.midtrans.pages();
        let page = pages.iter().find(|page| page.order_id == order).unwrap();
        let takes = |name: &str| page.methods.iter().any(|method| method.name == name);
        assert!(takes("other_qris"));
        takes("credit_card")
    };
    assert!(takes_cards(order.clone()));
    app.wire
        .at_the_gateway("chargeback", &order, &json!({}))
        .await;
    has_status(&dewi, &order, "charged_back").await;
    assert!(!takes_cards(dewi.orders_credit(50_000).await));
    let admin = app.admin().await;
    let path = format!("/admin/users/{}/promotions/unfreeze", dewi.id);
    let why = json!({ "reason": "the bank decided for him" });
    admin.post(&path, &why).await.is(200);
    assert!(takes_cards(dewi.orders_credit(50_000).await));
    app.finish().await;
}
