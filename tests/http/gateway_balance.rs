//! The total of a day at the gateway finds money there that belongs to no order that is known.

use crate::support::{SERVER_KEY, TestApp, app, becomes, until};
use purser::{reconcile::last_compared, standins::midtrans::Quirks};
use purser_domain::period::jakarta_date;
use serde_json::{Value, json};

const DAY: &str = "2027-03-06";
/// When the total of [`DAY`] is compared.
const TWO_DAYS_LATER: &str = "2027-03-08";

async fn balance_is_compared(app: &TestApp) {
    becomes("the balance is compared", async || {
        told(app, "true").await == 1
    })
    .await;
}

/// Somebody else sells with our key, or somebody pays an order that nobody has: no word of it comes.
async fn a_stranger_pays(app: &TestApp, amount: i64) {
    let silence = Quirks {
        drop_notifications: true,
        ..Quirks::default()
    };
    app.midtrans.quirks_for("stranger-1", silence);
    let order =
        json!({ "transaction_details": { "order_id": "stranger-1", "gross_amount": amount } });
    let url = format!("{}/transactions", app.midtrans.snap_url());
    let opened = app.wire.post(&url, &order).without_key();
    let opened = opened.with(|request| request.basic_auth(SERVER_KEY, Some("")));
    opened.await.is(201);
    app.midtrans.pay("stranger-1", "other_qris").await.unwrap();
}

/// How often the total of the day stands in the report with this said of it.
async fn told(app: &TestApp, what: &str) -> i64 {
    let sql = format!("select count(*) from work.gateway_balances where day = '{DAY}' and {what}");
    app.number(&sql).await
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_belongs_to_no_order_is_one_case() {
    let app = app().await;
    app.day_comes(DAY);
    let admin = app.admin().await;
    app.customer().await.with_credit(50_000).await;
    a_stranger_pays(&app, 70_000).await;
    app.settle().await;
    app.day_comes(TWO_DAYS_LATER);
    let admin = admin.again().await;
    let case = until("there is a case", async || {
        let list = admin.get("/admin/cases").await.is(200);
        list["items"].as_array()?.first().cloned()
    })
    .await;
    assert_eq!(case["kind"], "unknown_money");
    assert_eq!(case["owner_id"], Value::Null);
    let finding = case["finding"].as_str().unwrap();
    assert!(finding.contains("on 2027-03-06"), "{finding}");
    assert!(
        finding.contains("70000.00 belongs to no payment"),
        "{finding}"
    );
    balance_is_compared(&app).await;
    let amounts = "opening = 0 and closing = 120000 and known = 50000 and not_explained = 70000";
    assert_eq!(told(&app, amounts).await, 1);

    // The day's run once more.
    let forget = "delete from work.gateway_balances";
    sqlx::query(forget).execute(&app.app().pool).await.unwrap();
    app.minutes_pass(1);
    balance_is_compared(&app).await;
    assert_eq!(app.times("case.opened").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_with_payments_a_refund_and_a_reversal_is_explained() {
    let app = app().await;
    app.day_comes(DAY);
    let dewi = app.customer().await.with_credit(50_000).await;
    let refunded = dewi.orders_credit(40_000).await;
    let by = json!({ "payment_type": "gopay" });
    app.wire.at_the_gateway("pay", &refunded, &by).await;
    dewi.has(90_000).await;
    let part = json!({ "amount": 15_000 });
    app.wire.at_the_gateway("refund", &refunded, &part).await;
    dewi.has(75_000).await;
    let reversed = dewi.orders_credit(30_000).await;
    let by = json!({ "payment_type": "permata_va" });
    app.wire.at_the_gateway("pay", &reversed, &by).await;
    dewi.has(105_000).await;
    app.wire
        .at_the_gateway("reverse", &reversed, &json!({}))
        .await;
    dewi.has(75_000).await;
    app.settle().await;
    app.day_comes(TWO_DAYS_LATER);
    balance_is_compared(&app).await;
    let explained =
        "closing - opening = 75000 and known = 75000 and not_explained = 0 and note = ''";
    assert_eq!(told(&app, explained).await, 1);
    assert_eq!(app.times("case.opened").await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_does_not_tell_its_balance_stops_nothing_and_the_report_says_so() {
    let app = app().await;
    app.midtrans.quirks(Quirks {
        no_balance: Some(402),
        ..Quirks::default()
    });
    app.day_comes(DAY);
    app.customer().await.with_credit(50_000).await;
    a_stranger_pays(&app, 70_000).await;
    app.settle().await;
    app.day_comes(TWO_DAYS_LATER);
    balance_is_compared(&app).await;
    let silent =
        "opening is null and note like 'not compared: the gateway does not tell its balance:%402%'";
    assert_eq!(told(&app, silent).await, 1);
    assert_eq!(app.times("case.opened").await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balance_that_cannot_be_asked_for_keeps_no_orders_from_being_compared() {
    let app = app().await;
    app.day_comes(DAY);
    let admin = app.admin().await;
    a_stranger_pays(&app, 70_000).await;
    app.settle().await;
    app.midtrans.quirks(Quirks {
        no_balance: Some(503),
        ..Quirks::default()
    });
    app.day_comes(TWO_DAYS_LATER);
    let admin = admin.again().await;
    becomes("yesterday is compared", async || {
        let yesterday = jakarta_date(app.clock.now()).pred_opt();
        last_compared(&app.app().pool).await.unwrap() == yesterday
    })
    .await;
    assert_eq!(told(&app, "true").await, 0);
    // It is asked for again.
    app.midtrans.quirks(Quirks::default());
    app.minutes_pass(1);
    balance_is_compared(&app).await;
    app.settle().await;
    let list = admin.get("/admin/cases").await.is(200);
    assert_eq!(list["items"][0]["kind"], "unknown_money");
    app.finish().await;
}
