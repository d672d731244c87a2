//! Coupons over the wire: with an order, for a wallet, and who may make them.

use crate::support::{Order, PASSWORD, Person, TestApp, app, until};
use purser_domain::user::Role;
use serde_json::{Value, json};

/// Who makes coupons, and who approves those that can cost much.
struct Staff {
    ani: Person,
    oki: Person,
}

impl Staff {
    async fn creates(&self, coupon: Value) {
        let answer = self.ani.post("/admin/coupons", &coupon).await;
        if answer.status == 201 {
            return;
        }
        let held = answer.is(202).text_of("approval_id");
        let approve = format!("/admin/approvals/{held}/approve");
        self.oki.post(&approve, &json!({})).await.is(200);
    }
}

/// Ghost on sale, a customer with so much and a verified address, and the staff.
async fn shop(app: &TestApp, credit: i64) -> (Person, Staff) {
    app.sells("ghost").await;
    let dewi = match credit {
        0 => app.customer().await,
        credit => app.customer().await.with_credit(credit).await,
    };
    dewi.verifies().await;
    let (ani, oki) = (app.proven_admin().await, app.proven_admin().await);
    (dewi, Staff { ani, oki })
}

async fn orders_with(dewi: &Person, code: &str) -> crate::support::Answer {
    let mut order = dewi.order_of("ghost").await;
    order["coupon"] = code.into();
    dewi.post("/subscriptions", &order).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coupon_takes_something_off_an_order_and_its_renewals() {
    let app = app().await;
    let (dewi, staff) = shop(&app, 100_000).await;
    staff.creates(
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
    app.settle().await;
    let renewed = dewi.comes_to(&order, "active").await;
    app.day_comes(&renewed.text_of("period_end"));
    // It reached two periods.
    let dewi = dewi.again().await;
    dewi.has(0).await;
    app.settle().await;

    let used = dewi.comes_to(&order, "active").await;
    assert_eq!(used["price"], 40_000);
    let admin = staff.ani.again().await;
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
    let (dewi, staff) = shop(&app, 0).await;
    staff.creates(
        json!({ "code": "GRATIS", "kind": "percentage", "percent": 100, "periods": 1, "max_uses": 1 }),
    )
    .await;
    app.kubernetes
        .set_outage(purser::standins::kubernetes::Outage::Unavailable);
    let ordered = orders_with(&dewi, "gratis").await.is(201);
    assert_eq!(ordered["price"], 0);
    assert!(ordered["next_charge_on"].is_string());
    let letter = dewi.gets("We are setting up your ghost").await;
    for said in ["GRATIS (Rp 40.000 off)", "Nothing is charged before"] {
        assert!(letter.text.contains(said), "{said}: {}", letter.text);
    }
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
    let (dewi, staff) = shop(&app, 0).await;
    staff.creates(
        json!({ "code": "HALO", "kind": "credit", "amount": 50_000, "days": 30, "max_uses": 5 }),
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
    let (dewi, staff) = shop(&app, 40_000).await;
    staff
        .creates(json!({ "code": "BONUS-14", "kind": "free_days", "days": 14 }))
        .await;
    let ordered = orders_with(&dewi, "bonus-14").await.is(201);
    let order = Order::of(&ordered);
    let active = dewi.sees(&order, "active").await;
    assert_eq!(ordered["free_days"], 14);
    let letter = dewi.gets("We are setting up your ghost").await;
    for said in [
        "BONUS-14",
        "14 days after the first period",
        "is not before",
    ] {
        assert!(letter.text.contains(said), "{said}: {}", letter.text);
    }
    let until = until("the days are added", async || {
        let subscription = dewi
            .get(&format!("/subscriptions/{}", order.id))
            .answer()
            .await?;
        let end: chrono::NaiveDate = subscription.text_of("period_end").parse().unwrap();
        let start: chrono::NaiveDate = active.text_of("period_start").parse().unwrap();
        ((end - start).num_days() >= 28 + 14).then_some(end)
    });
    let end = until.await;
    assert_eq!(ordered["next_charge_on"], end.to_string());
    let letter = dewi.gets("Your ghost is ready").await;
    let until = end.format("Nothing is charged before %-d %B %Y.");
    for said in [&until.to_string(), "we take Rp 40.000"] {
        assert!(letter.text.contains(said), "{said}: {}", letter.text);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_free_days_are_worth_comes_off_another_cycle() {
    let app = app().await;
    let (dewi, staff) = shop(&app, 500_000).await;
    staff
        .creates(json!({ "code": "BONUS-14", "kind": "free_days", "days": 14 }))
        .await;
    let order = Order::of(&orders_with(&dewi, "bonus-14").await);
    dewi.sees(&order, "active").await;
    let plan = dewi.order_of("ghost").await["plan_id"].clone();
    let path = format!("/subscriptions/{}/plan-change", order.id);
    let quote = format!(
        "{path}?plan_id={}&billing_cycle=yearly",
        plan.as_str().unwrap()
    );
    let quote = dewi.get(&quote).await.is(200);
    let [given, charged, back] =
        ["given", "charged", "given_back"].map(|name| quote[name].as_i64().unwrap());
    // 14 days of a month at 40,000, off 400,000 for the year.
    assert!((18_064..=20_000).contains(&given), "{}", quote.text);
    assert_eq!(charged, 400_000 - given);
    let change = json!({ "plan_id": plan, "billing_cycle": "yearly" });
    let path = format!("/subscriptions/{}/plan", order.id);
    let changed = dewi
        .ask(reqwest::Method::PUT, &path)
        .json(&change)
        .await
        .is(200);
    assert_eq!(changed["quote"]["given"], given);
    dewi.has(460_000 + back - charged).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_say_why_and_only_staff_makes_coupons() {
    let app = app().await;
    let (dewi, staff) = shop(&app, 40_000).await;
    let admin = &staff.ani;
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
    staff.creates(coupon).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn what_a_coupon_can_cost_decides_how_many_make_it() {
    let app = app().await;
    app.sells("ghost").await;
    let (ani, oki) = (app.proven_admin().await, app.proven_admin().await);
    let credit = |code: &str, uses: i64| json!({ "code": code, "kind": "credit", "amount": 100_000, "days": 30, "max_uses": uses });
    let made = ani
        .post("/admin/coupons", &credit("KECIL", 5))
        .await
        .is(201);
    assert_eq!(made["code"], "KECIL");
    ani.post("/admin/coupons", &credit("LAGI", 5)).await.is(201);
    // A million within a day: the next one is asked for.
    let held = ani
        .post("/admin/coupons", &credit("SATU-LAGI", 1))
        .await
        .is(202);
    oki.get("/admin/coupons/SATU-LAGI")
        .await
        .refuses(404, "coupon.unknown");
    let approval = format!("/admin/approvals/{}", held.text_of("approval_id"));
    let path = format!("{approval}?min_position={}", held.position());
    let asked = oki.get(&path).await.is(200);
    assert_eq!(
        (&asked["deed"], &asked["amount"]),
        (&"create_coupon".into(), &100_000.into())
    );
    assert_eq!(asked["details"]["code"], "SATU-LAGI");
    let approve = format!("{approval}/approve");
    ani.post(&approve, &json!({}))
        .await
        .refuses(403, "approval.own_request");
    let letter = oki.gets("Ani Admin asks for your approval").await;
    assert!(letter.text.contains("a new coupon"), "{}", letter.text);
    let done = oki.post(&approve, &json!({})).await.is(200);
    let path = format!("/admin/coupons/SATU-LAGI?min_position={}", done.position());
    assert_eq!(oki.get(&path).await.is(200)["max_uses"], 1);
    let mut boundless = credit("TERUS", 1);
    boundless.as_object_mut().unwrap().remove("max_uses");
    ani.post("/admin/coupons", &boundless)
        .await
        .refuses(422, "coupon.credit_without_limit");
    // The starter plan of 40,000 costs 400,000 a year.
    let share = json!({ "code": "SEPEREMPAT", "kind": "percentage", "percent": 25, "periods": 1, "max_uses": 11 });
    oki.post("/admin/coupons", &share).await.is(202);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coupon_is_for_a_proven_mailbox_once() {
    let app = app().await;
    let (_, staff) = shop(&app, 0).await;
    staff
        .creates(json!({ "code": "HALO", "kind": "credit", "amount": 50_000, "days": 30, "max_uses": 5 }))
        .await;
    let code = json!({ "code": "halo" });
    let signs_up = async |email: String| {
        let account =
            json!({ "name": "Dewi", "email": email, "password": PASSWORD, "locale": "en" });
        app.wire
            .post("/api/v1/auth/register", &account)
            .await
            .is(201);
        Person::signs_in(&app.wire, &email, PASSWORD).await
    };
    let name = uuid::Uuid::now_v7().simple();
    let dewi = signs_up(format!("dewi.{name}@gmail.com")).await;
    dewi.post("/wallet/coupons", &code)
        .await
        .refuses(403, "user.email_not_verified");
    dewi.verifies().await;
    dewi.post("/wallet/coupons", &code).await.is(200);
    dewi.has(50_000).await;
    // The same mailbox, written differently.
    let again = signs_up(format!("dewi{name}@googlemail.com")).await;
    again.verifies().await;
    again
        .post("/wallet/coupons", &code)
        .await
        .refuses(409, "coupon.already_used");
    assert_eq!(again.balance().await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_had_something_for_nothing_is_new_no_more() {
    let app = app().await;
    let (dewi, staff) = shop(&app, 0).await;
    for code in ["GRATIS-1", "GRATIS-2"] {
        staff
            .creates(json!({
                "code": code, "kind": "percentage", "percent": 100, "periods": 1, "max_uses": 5, "new_customers": true,
            }))
            .await;
    }
    let order = Order::of(&orders_with(&dewi, "gratis-1").await);
    dewi.sees(&order, "active").await;
    orders_with(&dewi, "gratis-2")
        .await
        .refuses(409, "coupon.new_customers_only");
    let order = dewi.order_of("ghost").await;
    let quote = format!(
        "/coupons/GRATIS-2?plan_id={}&billing_cycle=monthly",
        order["plan_id"].as_str().unwrap()
    );
    dewi.get(&quote)
        .await
        .refuses(409, "coupon.new_customers_only");
    app.finish().await;
}
