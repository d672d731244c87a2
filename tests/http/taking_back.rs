//! What goes back of a payment that only staff could book is taken back by staff.

use crate::support::{Person, app, becomes, until};
use purser::standins::midtrans::{Outage, Quirks};
use serde_json::{Value, json};

/// The open case of this kind that is not this one.
async fn case_beside(admin: &Person, other: Option<&str>) -> String {
    until("there is a case", async || {
        let list = admin.get("/admin/cases?status=open").await.is(200);
        let items = list["items"].as_array()?;
        let found = items
            .iter()
            .find(|item| item["kind"] == "wrong_payment" && item["id"].as_str() != other);
        found?["id"].as_str().map(str::to_owned)
    })
    .await
}

async fn with_two(ani: &Person, oki: &Person, path: &str, body: &Value) {
    let held = ani.post(path, body).await.is(202);
    let approval = held.text_of("approval_id");
    let path = format!("/admin/approvals/{approval}/approve");
    oki.post(&path, &json!({})).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booked_payment_that_is_charged_back_is_taken_back_by_two() {
    let app = app().await;
    app.sells("ghost").await;
    let dewi = app.customer().await;
    let (ani, oki) = (app.proven_admin().await, app.proven_admin().await);
    let order = dewi.orders_credit(50_000).await;
    let quirks = || Quirks {
        wrong_amount: Some(45_000),
        duplicates: 2,
        ..Quirks::default()
    };
    app.midtrans.quirks(quirks());
    let by = json!({ "payment_type": "credit_card" });
    app.wire.at_the_gateway("pay", &order, &by).await;
    let first = case_beside(&ani, None).await;
    app.settle().await;
    let book = json!({ "amount": 45_000, "reason": "paid 45.000 of 50.000" });
    with_two(&ani, &oki, &format!("/admin/cases/{first}/book"), &book).await;
    dewi.has(45_000).await;
    let bought = dewi.buys("ghost").await;
    dewi.sees(&bought, "active").await;
    app.wire
        .at_the_gateway("chargeback", &order, &json!({}))
        .await;
    let second = case_beside(&ani, Some(&first)).await;
    app.settle().await;
    // Nobody but staff takes it back.
    assert_eq!(app.times("wallet.reversed").await, 0);
    let path = format!("/admin/cases/{second}/take-back");
    let body = |amount: i64, cause: &str| json!({ "amount": amount, "cause": cause, "reason": "disputed, seen in the dashboard" });
    dewi.post(&path, &body(45_000, "chargeback"))
        .await
        .refuses(403, "role.missing");
    let more = ani.post(&path, &body(45_001, "chargeback")).await;
    more.refuses(409, "top_up.more_than_left");
    let unknown = ani.post(&path, &body(45_000, "whim")).await;
    unknown.refuses(400, "request.invalid");
    let nothing = format!("/admin/cases/{}/take-back", uuid::Uuid::now_v7());
    let nothing = ani.post(&nothing, &body(45_000, "chargeback")).await;
    nothing.refuses(404, "case.not_found");
    let asks = || {
        ani.post(&path, &body(45_000, "chargeback"))
            .key("take-back")
    };
    let held = asks().await.is(202);
    let approve = format!("/admin/approvals/{}/approve", held.text_of("approval_id"));
    let approves = || oki.post(&approve, &json!({})).key("approve");
    let approved = approves().await.is(200);
    // Whoever did not hear the answer hears it also while the gateway cannot be asked once more.
    app.midtrans.quirks(Quirks {
        outage: Some(Outage::Unavailable),
        ..quirks()
    });
    assert_eq!(approves().await.is(200).body, approved.body);
    assert_eq!(asks().await.is(202).body, held.body);
    app.midtrans.quirks(quirks());
    becomes("40,000 is owed", async || {
        dewi.get("/wallet").await.is(200)["owed"] == 40_000
    })
    .await;
    dewi.has(0).await;
    let wish = dewi.order_of("ghost").await;
    let refused = dewi.post("/subscriptions", &wish).await;
    refused.refuses(402, "wallet.owing");
    let again = ani.post(&path, &body(45_000, "chargeback")).await;
    again.refuses(409, "case.closed");
    let books = ani.get("/admin/ledger/trial-balance").await.is(200);
    let accounts = books["accounts"].as_array().unwrap();
    let clearing = accounts
        .iter()
        .find(|one| one["account"] == "gateway_clearing");
    assert_eq!(clearing.unwrap()["balance"], 0, "{}", books.text);
    // From now on the gateway says what it should have said at once; whoever asks hears of the same money.
    app.midtrans.quirks(Quirks::default());
    app.minutes_pass(10);
    app.settle().await;
    assert_eq!(app.times("wallet.reversed").await, 1);
    app.finish().await;
}

/// The second of two payments of an order is to be taken back, as somebody saw in the dashboard.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_gateway_takes_back_before_the_approval_is_not_taken_twice() {
    let app = app().await;
    let dewi = app.customer().await;
    let (ani, oki) = (app.proven_admin().await, app.proven_admin().await);
    let order = dewi.orders_credit(50_000).await;
    let by = |method: &str| json!({ "payment_type": method });
    app.wire.at_the_gateway("pay", &order, &by("qris")).await;
    dewi.has(50_000).await;
    app.wire
        .at_the_gateway("pay_again", &order, &by("permata_va"))
        .await;
    dewi.has(100_000).await;
    let case = until("there is a case", async || {
        let list = ani.get("/admin/cases?status=open").await.is(200);
        let mut items = list["items"].as_array()?.iter();
        let second = items.find(|item| item["kind"] == "second_payment")?;
        second["id"].as_str().map(str::to_owned)
    })
    .await;
    app.settle().await;
    // A part, so that the same sum would still be there to be taken a second time.
    let part = json!({ "amount": 20_000, "cause": "refund", "reason": "seen in the dashboard" });
    let path = format!("/admin/cases/{case}/take-back");
    let held = ani.post(&path, &part).await.is(202);
    app.midtrans.quirks(Quirks {
        drop_notifications: true,
        ..Quirks::default()
    });
    app.wire.at_the_gateway("reverse", &order, &json!({})).await;
    let approve = format!("/admin/approvals/{}/approve", held.text_of("approval_id"));
    let refused = oki.post(&approve, &json!({})).await;
    refused.refuses(409, "approval.state_moved");
    // Nobody told of it: it was asked for, and booked.
    assert_eq!(app.times("wallet.reversed").await, 1);
    dewi.has(50_000).await;
    let more = ani.post(&path, &part).await;
    more.refuses(409, "top_up.more_than_left");
    app.settle().await;
    assert_eq!(app.times("wallet.reversed").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn as_long_as_nobody_can_tell_what_the_gateway_took_nothing_is_taken() {
    let app = app().await;
    let dewi = app.customer().await;
    let (ani, oki) = (app.proven_admin().await, app.proven_admin().await);
    let order = dewi.orders_credit(50_000).await;
    app.midtrans.quirks(Quirks {
        wrong_amount: Some(45_000),
        ..Quirks::default()
    });
    let by = json!({ "payment_type": "credit_card" });
    app.wire.at_the_gateway("pay", &order, &by).await;
    let first = case_beside(&ani, None).await;
    app.settle().await;
    let book = json!({ "amount": 45_000, "reason": "paid 45.000 of 50.000" });
    with_two(&ani, &oki, &format!("/admin/cases/{first}/book"), &book).await;
    app.wire
        .at_the_gateway("chargeback", &order, &json!({}))
        .await;
    let second = case_beside(&ani, Some(&first)).await;
    app.settle().await;
    let path = format!("/admin/cases/{second}/take-back");
    let all = json!({ "amount": 45_000, "cause": "chargeback", "reason": "seen in the dashboard" });
    let held = ani.post(&path, &all).await.is(202);
    let approve = format!("/admin/approvals/{}/approve", held.text_of("approval_id"));
    app.midtrans.quirks(Quirks {
        outage: Some(Outage::Unavailable),
        ..Quirks::default()
    });
    let away = oki.post(&approve, &json!({})).await;
    away.refuses(503, "payment_gateway.unavailable");
    assert_eq!(app.times("wallet.reversed").await, 0);
    app.midtrans.quirks(Quirks {
        wrong_amount: Some(45_000),
        ..Quirks::default()
    });
    oki.post(&approve, &json!({})).await.is(200);
    dewi.has(0).await;
    assert_eq!(app.times("wallet.reversed").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_part_that_goes_back_of_a_booked_payment_is_a_case() {
    let app = app().await;
    let dewi = app.customer().await;
    let (ani, oki) = (app.proven_admin().await, app.proven_admin().await);
    let order = dewi.orders_credit(50_000).await;
    app.midtrans.quirks(Quirks {
        wrong_amount: Some(45_000),
        ..Quirks::default()
    });
    dewi.pays(&order).await;
    let mut known = case_beside(&ani, None).await;
    app.settle().await;
    let book = json!({ "amount": 45_000, "reason": "paid 45.000 of 50.000" });
    with_two(&ani, &oki, &format!("/admin/cases/{known}/book"), &book).await;
    dewi.has(45_000).await;
    let part = json!({ "amount": 10_000 });
    let back = json!({ "amount": 10_000, "cause": "refund", "reason": "seen in the dashboard" });
    for left in [35_000, 25_000] {
        app.wire.at_the_gateway("refund", &order, &part).await;
        let case = case_beside(&ani, Some(&known)).await;
        app.settle().await;
        with_two(&ani, &oki, &format!("/admin/cases/{case}/take-back"), &back).await;
        dewi.has(left).await;
        known = case;
    }
    app.settle().await;
    assert_eq!(app.times("case.opened").await, 3);
    app.finish().await;
}
