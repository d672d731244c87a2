//! What goes back of a payment that only staff could book is taken back by staff.

use crate::support::{Person, app, becomes, until};
use purser::standins::midtrans::Quirks;
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
    app.midtrans.quirks(Quirks {
        wrong_amount: Some(45_000),
        duplicates: 2,
        ..Quirks::default()
    });
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
    with_two(&ani, &oki, &path, &body(45_000, "chargeback")).await;
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
