//! Once a day the gateway, the top-ups, the ledger, the wallets and their statements are compared.

use crate::support::{PASSWORD, Person, TestApp, app, becomes, until};
use purser::{
    reconcile::last_compared,
    standins::midtrans::{Outage, Quirks},
};
use purser_domain::period::jakarta_date;
use serde_json::{Value, json};

async fn case(admin: &Person, kind: &str) -> Value {
    until(&format!("there is a case {kind}"), async || {
        let list = admin.get("/admin/cases").await.is(200);
        let items = list["items"].as_array().unwrap();
        items.iter().find(|item| item["kind"] == kind).cloned()
    })
    .await
}

async fn yesterday_is_compared(app: &TestApp) {
    becomes("yesterday is compared", async || {
        let yesterday = jakarta_date(app.clock.now()).pred_opt();
        last_compared(&app.app().pool).await.unwrap() == yesterday
    })
    .await;
}

/// An order is paid twice more of which nobody tells, and the third payment hides the second from whoever asks about it.
async fn paid_in_silence(app: &TestApp, dewi: &Person, order: &str) {
    app.settle().await;
    app.midtrans.quirks(Quirks {
        drop_notifications: true,
        ..Quirks::default()
    });
    let before = dewi.balance().await;
    for _ in 0..2 {
        let by = json!({ "payment_type": "gopay" });
        app.wire.at_the_gateway("pay_again", order, &by).await;
    }
    app.minutes_pass(11);
    dewi.has(before + 50_000).await;
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_nothing_else_finds_is_found_credited_and_a_case() {
    let app = app().await;
    let admin = app.admin().await;
    let dewi = app.customer().await;
    let order = dewi.orders_credit(50_000).await;
    dewi.pays(&order).await;
    dewi.has(50_000).await;
    paid_in_silence(&app, &dewi, &order).await;
    app.minutes_pass(24 * 60);
    // Nobody is signed in for as long.
    let admin = Person::signs_in(&app.wire, &admin.email, PASSWORD).await;
    let dewi = Person::signs_in(&app.wire, &dewi.email, PASSWORD).await;
    let case = case(&admin, "not_credited").await;
    assert_eq!(case["order_id"], order);
    assert_eq!(case["owner_id"], Value::Null);
    dewi.has(150_000).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_shows_something_else_is_one_case() {
    let app = app().await;
    let admin = app.admin().await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.get("/top-ups").await.is(200)["items"][0]["order_id"].clone();
    let show = async |amount: i64| {
        let sql = "update wallet_transactions set amount = $1 where kind = 'top_up'";
        let show = sqlx::query(sql).bind(amount).execute(&app.app().pool);
        assert_eq!(show.await.unwrap().rows_affected(), 1);
    };
    app.settle().await;
    show(40_000).await;
    app.minutes_pass(24 * 60);
    let admin = Person::signs_in(&app.wire, &admin.email, PASSWORD).await;
    let case = case(&admin, "amount").await;
    assert_eq!(case["order_id"], order);
    let finding = case["finding"].as_str().unwrap();
    assert!(finding.contains("the statement shows 40000"), "{finding}");
    show(50_000).await;
    app.minutes_pass(24 * 60);
    yesterday_is_compared(&app).await;
    assert_eq!(app.times("case.opened").await, 1);
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
    becomes("the last look of its own is over", async || {
        let looks =
            "select count(*) from effects where step like 'check-paid-%-7' and status = 'done'";
        app.number(looks).await == 1
    })
    .await;
    app.midtrans.quirks(Quirks {
        drop_notifications: true,
        ..Quirks::default()
    });
    let part = json!({ "amount": 20_000 });
    app.wire.at_the_gateway("chargeback", &order, &part).await;
    app.minutes_pass(23 * 24 * 60);
    let admin = Person::signs_in(&app.wire, &admin.email, PASSWORD).await;
    let dewi = Person::signs_in(&app.wire, &dewi.email, PASSWORD).await;
    let case = case(&admin, "amount").await;
    assert_eq!(case["order_id"], order);
    dewi.has(30_000).await;
    app.settle().await;
    assert_eq!(app.times("wallet.reversed").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_the_gateway_cannot_tell_of_is_a_case_and_the_others_are_compared() {
    let app = app().await;
    let admin = app.admin().await;
    let dewi = app.customer().await;
    let order = dewi.orders_credit(50_000).await;
    dewi.pays(&order).await;
    dewi.has(50_000).await;
    let lost = dewi.orders_credit(50_000).await;
    dewi.pays(&lost).await;
    dewi.has(100_000).await;
    paid_in_silence(&app, &dewi, &lost).await;
    let garbled = Quirks {
        outage: Some(Outage::Garble),
        ..Quirks::default()
    };
    app.midtrans.quirks_for(&order, garbled);
    app.minutes_pass(24 * 60);
    let admin = Person::signs_in(&app.wire, &admin.email, PASSWORD).await;
    let dewi = Person::signs_in(&app.wire, &dewi.email, PASSWORD).await;
    assert_eq!(case(&admin, "unreadable").await["order_id"], order);
    assert_eq!(case(&admin, "not_credited").await["order_id"], lost);
    dewi.has(200_000).await;
    app.midtrans.quirks_for(&order, Quirks::default());
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_by_bank_of_which_nobody_says_what_became_is_one_case() {
    let app = app().await;
    let admin = app.admin().await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let path = format!("/admin/users/{}/payouts", dewi.id);
    let ask = json!({ "amount": 30_000 });
    let made = admin.post(&path, &ask).await.is(201);
    app.settle().await;
    app.minutes_pass(6 * 24 * 60);
    yesterday_is_compared(&app).await;
    assert_eq!(app.times("case.opened").await, 0);
    app.minutes_pass(2 * 24 * 60);
    let admin = admin.again().await;
    let case = case(&admin, "unfinished_payout").await;
    assert_eq!(case["payout_id"], made.text_of("payout_id"));
    let finding = case["finding"].as_str().unwrap();
    assert!(finding.contains("Rp 30.000"), "{finding}");
    app.minutes_pass(24 * 60);
    yesterday_is_compared(&app).await;
    assert_eq!(app.times("case.opened").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_gateway_lists_is_compared_by_what_it_says_of_each_payment() {
    let app = app().await;
    app.midtrans.quirks(Quirks {
        no_lists: true,
        ..Quirks::default()
    });
    let dewi = app.customer().await.with_credit(50_000).await;
    dewi.with_credit(50_000).await;
    app.settle().await;
    app.minutes_pass(24 * 60);
    yesterday_is_compared(&app).await;
    let lines = "select max(lines) from work.reconciliations";
    assert_eq!(app.number(lines).await, 2);
    assert_eq!(app.times("case.opened").await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_by_bank_is_looked_after_though_no_order_of_the_day_can_be_read() {
    let app = app().await;
    let admin = app.admin().await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let path = format!("/admin/users/{}/payouts", dewi.id);
    let made = admin.post(&path, &json!({ "amount": 30_000 })).await;
    let payout = made.is(201).text_of("payout_id");
    app.settle().await;
    app.minutes_pass(6 * 24 * 60);
    yesterday_is_compared(&app).await;
    let dewi = dewi.again().await;
    let before = dewi.balance().await;
    let orders = [
        dewi.orders_credit(50_000).await,
        dewi.orders_credit(50_000).await,
    ];
    for order in &orders {
        dewi.pays(order).await;
    }
    dewi.has(before + 100_000).await;
    app.settle().await;
    for order in &orders {
        let garbled = Quirks {
            outage: Some(Outage::Garble),
            ..Quirks::default()
        };
        app.midtrans.quirks_for(order, garbled);
    }
    app.minutes_pass(2 * 24 * 60);
    let admin = admin.again().await;
    let case = case(&admin, "unfinished_payout").await;
    assert_eq!(case["payout_id"], payout);
    assert_eq!(app.times("case.opened").await, 1);
    for order in &orders {
        app.midtrans.quirks_for(order, Quirks::default());
    }
    app.finish().await;
}
