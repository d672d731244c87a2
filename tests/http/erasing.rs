//! Erasing a person: nothing personal is left to be read, but for what stands on paper.

use super::documents::{cancels, papers, path, running};
use crate::support::{Answer, PASSWORD, Person, TestApp, app, app_with, until};
use purser::standins::midtrans::Quirks;
use purser::store::{Appender, AppenderOptions, Command};
use purser_domain::{
    Actor,
    decisions::One,
    ids::UserId,
    user::{Role, User, UserCommand},
};
use reqwest::Method;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

const GONE: &str = "select count(*) from person_keys where wrapped = ''";

async fn erases(admin: &Person, whom: &Person) -> Answer {
    let path = format!("/admin/users/{}/erase", whom.id);
    let reason = json!({ "reason": "asked for it in ticket 4711" });
    admin.post(&path, &reason).await
}

/// Waits until it is over, and nothing is left to do for it.
async fn ended(app: &TestApp, dewi: &Person, subscription: &str) {
    let path = format!("/subscriptions/{subscription}");
    until("the subscription is over", async || {
        let subscription = dewi.get(&path).answer().await?;
        let over = ["ended", "terminated"].map(Into::into);
        over.contains(&subscription["status"]).then_some(())
    })
    .await;
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_erased_is_unreadable_but_for_his_paper() {
    let app = app().await;
    let (dewi, order) = running(&app).await;
    let invoice = papers(&dewi, "invoice", 1).await.remove(0);
    let (bare, admin) = (app.admin().await, app.proven_admin().await);
    let (auditor, operator) = (
        app.staff(Role::Auditor).await,
        app.staff(Role::Operator).await,
    );
    let pdf = format!("/admin{}", path(&invoice, "/pdf"));
    let html = format!("/admin{}", path(&invoice, "/html"));
    for staff in [&auditor, &operator, &admin] {
        let page = staff.get(&html).await.is(200).text;
        assert!(page.contains("Dewi Lestari"), "{page}");
    }
    erases(&bare, &dewi)
        .await
        .refuses(403, "second_factor.required");
    erases(&dewi, &admin).await.refuses(403, "role.missing");
    erases(&admin, &admin)
        .await
        .refuses(409, "user.own_erasure");

    erases(&admin, &dewi)
        .await
        .refuses(409, "user.subscription_open");
    cancels(&dewi, &order).await;
    papers(&dewi, "credit_note", 1).await;
    ended(&app, &dewi, &order.id).await;
    erases(&admin, &dewi).await.refuses(409, "user.credit_left");
    let account = json!({
        "bank": "BCA", "account_number": "1234567890", "account_holder": "Dewi Lestari",
    });
    dewi.verifies().await;
    let bank = dewi.ask(Method::PUT, "/wallet/bank-account");
    bank.json(&account).await.is(200);
    let ask = json!({ "amount": dewi.balance().await, "reason": "the account is being closed" });
    let payouts = format!("/admin/users/{}/payouts", dewi.id);
    let payout = admin.post(&payouts, &ask).await.is(201);
    erases(&admin, &dewi)
        .await
        .refuses(409, "user.wallet_unsettled");
    let paid = format!("/admin/payouts/{}/paid", payout.text_of("payout_id"));
    let proof = json!({ "proof": "BCA 4711" });
    admin.post(&paid, &proof).await.is(200);
    let page = dewi.post("/top-ups", &json!({ "amount": 50_000 })).await;
    let page = page.is(201).text_of("top_up_id");
    erases(&admin, &dewi)
        .await
        .refuses(409, "user.payment_open");
    let cancel = format!("/top-ups/{page}/cancel");
    dewi.ask(Method::POST, &cancel).await.is(200);
    app.settle().await;
    erases(&admin, &dewi)
        .await
        .refuses(409, "user.still_active");
    assert_eq!(app.times("user.erased").await, 0);
    let shut = format!("/admin/users/{}/deactivate", dewi.id);
    let reason = json!({ "reason": "asked for it in ticket 4711" });
    bare.post(&shut, &reason).await.is(200);
    app.settle().await;

    let letters = dewi.letters().await.len();
    let erased = erases(&admin, &dewi).await.is(200);
    let again = erases(&admin, &dewi).await.is(200);
    assert_eq!(again["version"], erased["version"]);
    assert_eq!(app.times("user.erased").await, 1);
    let by = format!(
        "select count(*) from events where event_type = 'user.erased'
           and metadata->>'actor' = 'staff:{}' and payload::text like '%ticket 4711%'",
        admin.id
    );
    assert_eq!(app.number(&by).await, 1);
    dewi.get("/auth/me").await.refuses(403, "user.deactivated");
    let login = json!({ "email": dewi.email, "password": PASSWORD });
    let login = app.wire.post("/api/v1/auth/login", &login).await;
    login.refuses(401, "credentials.wrong");
    let user = format!("/admin/users/{}", dewi.id);
    let read = format!("{user}?min_position={}", erased.position());
    let row = admin.get(&read).await.is(200);
    assert_eq!(
        (&row["erased"], &row["active"]),
        (&true.into(), &false.into())
    );
    let reason = json!({ "reason": "a mistake" });
    let activate = admin.post(&format!("{user}/activate"), &reason).await;
    activate.refuses(409, "user.erased");
    app.settle().await;
    assert_eq!(app.number(GONE).await, 1);
    assert_eq!(dewi.letters().await.len(), letters);

    let account = json!({ "name": "Dewi", "email": dewi.email, "password": PASSWORD });
    let anew = app.wire.post("/api/v1/auth/register", &account).await;
    assert_ne!(anew.is(201).text_of("user_id"), dewi.id.to_string());
    let whole = auditor.get(&pdf).await.is(200).bytes;
    assert_eq!(
        hex::encode(Sha256::digest(&whole)),
        invoice["pdf_sha256"].as_str().unwrap()
    );
    let page = auditor.get(&html).await.is(200).text;
    assert!(page.contains("Dewi Lestari"));
    for staff in [&operator, &admin] {
        let page = staff.get(&html).await.is(200).text;
        assert!(page.contains("personal data erased"), "{page}");
        assert!(!page.contains("Dewi Lestari"), "{page}");
        let without = staff.get(&pdf).await.is(200).bytes;
        assert!(without.starts_with(b"%PDF") && without != whole);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_process_left_of_an_erasure_the_next_one_does() {
    let mut app = app().await;
    let dewi = app.customer().await;
    app.settle().await;
    app.stops().await;
    let pool = purser::app::pool(&app.database.urls.app, 4).unwrap();
    let appender = Appender::start(pool.clone(), app.clock.clone(), AppenderOptions::default());
    let id = Uuid::now_v7();
    let erase = One::<User> {
        id: UserId::new(dewi.id),
        command: UserCommand::Erase {
            reason: "asked for it".parse().unwrap(),
            at: app.clock.now(),
        },
    };
    let erase = Command::of_effect(id, id, Actor::System("test"), erase);
    appender.execute(erase).await.unwrap();
    let gone: i64 = sqlx::query_scalar(GONE).fetch_one(&pool).await.unwrap();
    assert_eq!(gone, 0);
    pool.close().await;
    app.starts().await;
    app.settle().await;
    assert_eq!(app.number(GONE).await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paid_once_its_payer_is_erased_is_a_case_and_can_be_sent_back() {
    let app = app().await;
    let (dewi, bare) = (app.customer().await, app.admin().await);
    let admin = app.proven_admin().await;
    let page = dewi.post("/top-ups", &json!({ "amount": 50_000 })).await;
    let page = page.is(201);
    let (id, order) = (page.text_of("top_up_id"), page.text_of("order_id"));
    let cancel = format!("/top-ups/{id}/cancel");
    dewi.ask(Method::POST, &cancel).await.is(200);
    app.settle().await;
    let shut = format!("/admin/users/{}/deactivate", dewi.id);
    let reason = json!({ "reason": "asked for it in ticket 4711" });
    bare.post(&shut, &reason).await.is(200);
    app.settle().await;
    erases(&admin, &dewi).await.is(200);
    app.settle().await;

    let by = json!({ "payment_type": "gopay" });
    app.wire.at_the_gateway("pay_again", &order, &by).await;
    let case = until("there is a case of an erased payer", async || {
        let list = admin.get("/admin/cases?status=open").await.is(200);
        let mut items = list["items"].as_array()?.iter();
        let case = items.find(|item| item["kind"] == "erased_payer")?;
        Some(case.clone())
    })
    .await;
    assert_eq!(case["order_id"], order);
    let refund = json!({ "amount": 50_000, "reason": "nobody is left to spend it" });
    let refunds = format!("/admin/top-ups/{id}/refund");
    let payout = admin.post(&refunds, &refund).await.is(201);
    let payout = format!("/admin/payouts/{}", payout.text_of("payout_id"));
    until("the money is back", async || {
        let payout = admin.get(&payout).answer().await?;
        (payout["status"] == "paid_out").then_some(())
    })
    .await;
    let close = format!("/admin/cases/{}/close", case["id"].as_str().unwrap());
    let how = json!({ "resolution": "sent back through the gateway" });
    admin.post(&close, &how).await.is(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_erased_while_a_payment_of_his_is_parked() {
    let app = app_with(|settings| settings.topup_minutes = 5).await;
    let (dewi, bare) = (app.customer().await, app.admin().await);
    let admin = app.proven_admin().await;
    let order = dewi.orders_credit(50_000).await;
    app.midtrans.quirks(Quirks {
        wrong_amount: Some(40_000),
        ..Quirks::default()
    });
    dewi.pays(&order).await;
    let case = until("the payment is a case", async || {
        let list = admin.get("/admin/cases?status=open").await.is(200);
        list["items"][0]["id"].as_str().map(str::to_owned)
    })
    .await;
    app.settle().await;
    let shut = format!("/admin/users/{}/deactivate", dewi.id);
    let reason = json!({ "reason": "asked for it in ticket 4711" });
    bare.post(&shut, &reason).await.is(200);
    // Something else can still be paid on its page.
    erases(&admin, &dewi)
        .await
        .refuses(409, "user.payment_open");
    app.minutes_pass(6);
    app.settle().await;
    erases(&admin, &dewi).await.refuses(409, "user.case_open");
    assert_eq!(app.times("user.erased").await, 0);
    let close = format!("/admin/cases/{case}/close");
    let how = json!({ "resolution": "paid back by bank" });
    admin.post(&close, &how).await.is(200);
    erases(&admin, &dewi).await.is(200);
    app.finish().await;
}
