//! Coupons over the wire: with an order, for a wallet, and who may make them.

use crate::support::{Order, Person, TestApp, app, until};
use purser_domain::user::Role;
use serde_json::{Value, json};

async fn creates(admin: &Person, coupon: Value) -> i64 {
    let created = admin.post("/admin/coupons", &coupon).await;
    created.is(201).position()
}

/// Ghost on sale, a customer with so much, and who makes coupons.
async fn shop(app: &TestApp, credit: i64) -> (Person, Person) {
    app.sells("ghost").await;
    let dewi = match credit {
        0 => app.customer().await,
        credit => app.customer().await.with_credit(credit).await,
    };
    (dewi, app.admin().await)
}

async fn orders_with(dewi: &Person, code: &str) -> crate::support::Answer {
    let mut order = dewi.order_of("ghost").await;
    order["coupon"] = code.into();
    dewi.post("/subscriptions", &order).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coupon_takes_something_off_an_order_and_its_renewals() {
    let app = app().await;
    let (dewi, admin) = shop(&app, 100_000).await;
    creates(
        &admin,
        json!({ "code": "hemat25", "kind": "percentage", "percent": 25, "periods": 2, "max_uses": 5 }),
    )
    .await;
    let order = dewi.order_of("ghost").await;
    let plan = order["plan_id"].as_str().unwrap();
    let quote = format!("/coupons/Hemat25?plan_id={plan}&billing_cycle=monthly");
    let quote = dewi.get(&quote).await.is(200);
    assert_eq!(
        (&quote["charged"], &quote["periods"]),
        (&30_000.into(), &2.into())
    );

    let ordered = orders_with(&dewi, "HEMAT25").await.is(201);
    assert_eq!(
        (&ordered["price"], &ordered["discount"]),
        (&30_000.into(), &10_000.into())
    );
    let order = Order::of(&ordered);
    let active = dewi.sees(&order, "active").await;
    assert_eq!(active["price"], 30_000);
    assert_eq!(active["coupon"], "HEMAT25");
    dewi.has(70_000).await;
    app.day_comes(&active.text_of("period_end"));
    let dewi = dewi.again().await;
    dewi.has(40_000).await;
    let renewed = dewi.comes_to(&order, "active").await;
    app.day_comes(&renewed.text_of("period_end"));
    // It reached two periods.
    let dewi = dewi.again().await;
    dewi.has(0).await;

    let used = dewi.comes_to(&order, "active").await;
    assert_eq!(used["price"], 40_000);
    let admin = admin.again().await;
    let coupon = admin.get("/admin/coupons/hemat25").await.is(200);
    assert_eq!(
        (&coupon["code"], &coupon["uses"]),
        (&"HEMAT25".into(), &1.into())
    );
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_coupon_pays_whole_costs_nothing_and_its_use_comes_back_with_the_order() {
    let app = app().await;
    let (dewi, admin) = shop(&app, 0).await;
    creates(
        &admin,
        json!({ "code": "GRATIS", "kind": "percentage", "percent": 100, "periods": 1, "max_uses": 1 }),
    )
    .await;
    app.kubernetes
        .set_outage(purser::standins::kubernetes::Outage::Unavailable);
    let ordered = orders_with(&dewi, "gratis").await.is(201);
    assert_eq!(ordered["price"], 0);
    let order = Order::of(&ordered);
    orders_with(&dewi, "gratis")
        .await
        .refuses(409, "coupon.already_used");
    let cancel = format!("/subscriptions/{}", order.id);
    let cancelled = dewi.ask(reqwest::Method::DELETE, &cancel).await.is(200);
    assert_eq!(cancelled["status"], "failed");
    app.kubernetes
        .set_outage(purser::standins::kubernetes::Outage::None);
    let again = Order::of(&orders_with(&dewi, "gratis").await);
    dewi.sees(&again, "active").await;
    assert_eq!(app.times("wallet.charged").await, 0);
    assert_eq!(app.times("coupon.returned").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coupon_for_a_wallet_gives_promotional_credit_until_its_day() {
    let app = app().await;
    let (dewi, admin) = shop(&app, 0).await;
    creates(
        &admin,
        json!({ "code": "HALO", "kind": "credit", "amount": 50_000, "days": 30 }),
    )
    .await;
    let code = json!({ "code": "halo" });
    let redeemed = dewi.post("/wallet/coupons", &code).await.is(200);
    assert_eq!(redeemed["amount"], 50_000);
    dewi.has(50_000).await;
    let wallet = dewi.get("/wallet").await.is(200);
    assert_eq!(
        (&wallet["paid"], &wallet["promotional"]),
        (&0.into(), &50_000.into())
    );
    dewi.post("/wallet/coupons", &code)
        .await
        .refuses(409, "coupon.already_used");
    // It is spent first, and comes back where it came from.
    let order = dewi.buys("ghost").await;
    dewi.sees(&order, "active").await;
    dewi.has(10_000).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn free_days_make_the_first_period_longer() {
    let app = app().await;
    let (dewi, admin) = shop(&app, 40_000).await;
    creates(
        &admin,
        json!({ "code": "BONUS-14", "kind": "free_days", "days": 14 }),
    )
    .await;
    let order = Order::of(&orders_with(&dewi, "bonus-14").await);
    let active = dewi.sees(&order, "active").await;
    let until = until("the days are added", async || {
        let subscription = dewi
            .get(&format!("/subscriptions/{}", order.id))
            .answer()
            .await?;
        let end: chrono::NaiveDate = subscription.text_of("period_end").parse().unwrap();
        let start: chrono::NaiveDate = active.text_of("period_start").parse().unwrap();
        ((end - start).num_days() >= 28 + 14).then_some(end)
    });
    until.await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_say_why_and_only_staff_makes_coupons() {
    let app = app().await;
    let (dewi, admin) = shop(&app, 40_000).await;
    orders_with(&dewi, "NOBODYS")
        .await
        .refuses(404, "coupon.unknown");
    orders_with(&dewi, "no code!")
        .await
        .refuses(400, "request.invalid");
    let coupon = json!({ "code": "SEKALI", "kind": "fixed", "amount": 5_000, "max_uses": 1 });
    dewi.post("/admin/coupons", &coupon)
        .await
        .refuses(403, "role.missing");
    creates(&admin, coupon).await;
    let other = json!({ "code": "sekali", "kind": "fixed", "amount": 6_000 });
    admin
        .post("/admin/coupons", &other)
        .await
        .refuses(409, "coupon.already_created");
    let without = json!({ "code": "TANPA", "kind": "percentage" });
    admin
        .post("/admin/coupons", &without)
        .await
        .refuses(400, "request.invalid");
    let reason = json!({ "reason": "the campaign is over" });
    let withdrawn = admin.post("/admin/coupons/SEKALI/withdraw", &reason).await;
    let path = format!(
        "/admin/coupons/SEKALI?min_position={}",
        withdrawn.is(200).position()
    );
    let auditor = app.staff(Role::Auditor).await;
    let read = auditor.get(&path).await.is(200);
    assert_eq!(read["status"], "withdrawn");
    let open = auditor.get("/admin/coupons?status=open").await.is(200);
    assert_eq!(open["items"], json!([]));
    orders_with(&dewi, "SEKALI")
        .await
        .refuses(409, "coupon.withdrawn");
    let wallet = json!({ "code": "SEKALI" });
    dewi.post("/wallet/coupons", &wallet)
        .await
        .refuses(409, "coupon.withdrawn");
    assert_eq!(dewi.balance().await, 40_000);
    app.finish().await;
}
