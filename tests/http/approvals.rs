//! Two persons for what is worth it.

use crate::support::{Answer, Person, app, app_with, becomes, until};
use purser_domain::user::Role;
use serde_json::{Value, json};
use uuid::Uuid;

const LIMIT: &str = "/admin/approval-limit";

fn credit(amount: i64) -> Value {
    json!({ "side": "credit", "amount": amount, "reason": "paid at the counter" })
}

async fn adjusts(ani: &Person, dewi: &Person, amount: i64) -> Answer {
    let path = format!("/admin/users/{}/adjustments", dewi.id);
    ani.post(&path, &credit(amount)).await
}

async fn decides(by: &Person, id: &str, how: &str) -> Answer {
    let why = match how {
        "reject" => json!({ "reason": "there is no receipt" }),
        _ => json!({}),
    };
    by.post(&format!("/admin/approvals/{id}/{how}"), &why).await
}

async fn is(admin: &Person, id: &str, status: &str) -> Value {
    until(&format!("the request is {status}"), async || {
        let path = format!("/admin/approvals/{id}");
        let request = admin.get(&path).answer().await?;
        (request["status"] == status).then_some(request.body)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_worth_it_is_done_once_another_one_approves_it() {
    let app = app().await;
    let dewi = app.customer().await;
    let (ani, oki) = (app.proven_admin().await, app.proven_admin().await);
    let held = adjusts(&ani, &dewi, 1_000_001).await.is(202);
    let id = held.text_of("approval_id");
    let letter = oki.gets("Ani Admin asks for your approval").await;
    assert!(letter.text.contains("Rp 1.000.001"), "{}", letter.text);
    let open = is(&oki, &id, "open").await;
    assert_eq!(
        (&open["deed"], &open["amount"]),
        (&json!("adjust"), &json!(1_000_001))
    );
    assert_eq!(open["details"]["side"], "credit");
    assert_eq!(open["requested_by"], ani.id.to_string());
    let list = app.staff(Role::Auditor).await;
    let list = list.get("/admin/approvals?status=open").await.is(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    decides(&dewi, &id, "approve")
        .await
        .refuses(403, "role.missing");
    decides(&ani, &id, "approve")
        .await
        .refuses(403, "approval.own_request");
    assert_eq!(dewi.balance().await, 0);
    decides(&oki, &id, "approve").await.is(200);
    dewi.has(1_000_001).await;
    // Once, whoever asks again.
    decides(&oki, &id, "approve").await.is(200);
    let done = is(&oki, &id, "approved").await;
    assert_eq!(done["decided_by"], oki.id.to_string());
    ani.gets("What you asked for was approved and done").await;
    app.settle().await;
    assert_eq!(app.times("wallet.adjusted").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_split_up_is_counted_together() {
    let app = app().await;
    let dewi = app.customer().await;
    let (ani, oki) = (app.proven_admin().await, app.proven_admin().await);
    for _ in 0..2 {
        adjusts(&ani, &dewi, 500_000).await.is(200);
    }
    adjusts(&ani, &dewi, 1_000).await.is(202);
    adjusts(&oki, &dewi, 1_000).await.is(200);
    app.minutes_pass(24 * 60);
    let ani = ani.again().await;
    adjusts(&ani, &dewi, 1_000).await.is(200);
    dewi.again().await.has(1_002_000).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_spread_over_customers_is_counted_together() {
    let app = app_with(|settings| settings.two_persons.above = rp(10_000)).await;
    let bare = app.admin().await;
    let oki = app.proven_admin().await;
    let mut crowd = vec![];
    for _ in 0..6 {
        crowd.push(app.customer().await);
    }
    // All at once: five of them are within what he moves alone, whichever they are.
    let asked = crowd.iter().map(|person| adjusts(&bare, person, 10_000));
    let asked = futures_util::future::join_all(asked).await;
    let done = asked.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(done, 5);
    let refused = asked.into_iter().find(|answer| answer.status != 200);
    refused.unwrap().refuses(403, "second_factor.required");
    assert_eq!(app.times("wallet.adjusted").await, 5);
    let ani = bare.enrols(&app.clock).await;
    let sixth = app.customer().await;
    let held = adjusts(&ani, &sixth, 1_000).await.is(202);
    decides(&oki, &held.text_of("approval_id"), "approve")
        .await
        .is(200);
    sixth.has(1_000).await;
    // What somebody else moves is his own.
    adjusts(&oki, &sixth, 1_000).await.is(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_alone_moves_no_more_than_one_may() {
    let app = app().await;
    let dewi = app.customer().await;
    let ani = app.proven_admin().await;
    app.staff(Role::Operator).await;
    adjusts(&ani, &dewi, 1_000_000).await.is(200);
    let more = adjusts(&ani, &dewi, 1_000).await;
    more.refuses(409, "approval.alone");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_taken_back_or_too_old_is_not_done() {
    let app = app_with(|settings| settings.two_persons.hours = 2).await;
    let dewi = app.customer().await;
    let (ani, oki) = (app.proven_admin().await, app.proven_admin().await);
    let ask = async || {
        let held = adjusts(&ani, &dewi, 2_000_000).await.is(202);
        held.text_of("approval_id")
    };
    let (first, second, third) = (ask().await, ask().await, ask().await);
    decides(&oki, &first, "reject").await.is(200);
    let refused = is(&oki, &first, "rejected").await;
    assert_eq!(refused["rejection"], "there is no receipt");
    decides(&oki, &first, "approve")
        .await
        .refuses(409, "approval.decided");
    decides(&ani, &second, "reject").await.is(200);
    app.settle().await;
    app.minutes_pass(121);
    let (ani, oki) = (ani.again().await, oki.again().await);
    is(&oki, &third, "expired").await;
    decides(&oki, &third, "approve")
        .await
        .refuses(409, "approval.expired");
    ani.gets("What you asked for was decided by nobody in its time")
        .await;
    let nothing = Uuid::now_v7().to_string();
    decides(&oki, &nothing, "approve")
        .await
        .refuses(404, "approval.not_found");
    assert_eq!(dewi.again().await.balance().await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_moved_since_is_not_done() {
    let app = app().await;
    let dewi = app.customer().await;
    let (ani, oki) = (app.proven_admin().await, app.proven_admin().await);
    let held = adjusts(&ani, &dewi, 2_000_000).await.is(202);
    adjusts(&ani, &dewi, 5_000).await.is(200);
    decides(&oki, &held.text_of("approval_id"), "approve")
        .await
        .refuses(409, "approval.state_moved");
    dewi.has(5_000).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_asked_for_who_was_shut_out_is_not_done() {
    let app = app().await;
    let dewi = app.customer().await;
    let (ani, oki) = (app.proven_admin().await, app.proven_admin().await);
    let held = adjusts(&ani, &dewi, 2_000_000).await.is(202);
    let id = held.text_of("approval_id");
    let sari = app.proven_admin().await;
    let path = format!("/admin/users/{}/deactivate", ani.id);
    let out = oki.post(&path, &json!({ "reason": "left us" })).await;
    let out = out.is(202).text_of("approval_id");
    decides(&sari, &out, "approve").await.is(200);
    decides(&oki, &id, "approve")
        .await
        .refuses(409, "approval.requester_gone");
    decides(&oki, &id, "reject").await.is(200);
    assert_eq!(dewi.balance().await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_stays() {
    let app = app().await;
    let ani = app.proven_admin().await;
    let path = |who: &Uuid| format!("/admin/users/{who}/deactivate");
    let why = json!({ "reason": "left us" });
    let alone = ani.post(&path(&ani.id), &why).await;
    alone.refuses(409, "approval.alone");
    let oki = app.proven_admin().await;
    ani.post(&path(&oki.id), &why)
        .await
        .refuses(409, "approval.alone");
    let own = ani.post(&path(&ani.id), &why).await.is(202);
    ani.get("/auth/me").await.is(200);
    decides(&oki, &own.text_of("approval_id"), "approve")
        .await
        .is(200);
    ani.get("/auth/me").await.refuses(403, "user.deactivated");
    oki.post(&path(&oki.id), &why)
        .await
        .refuses(409, "approval.alone");
    let customer = app.customer().await;
    oki.post(&path(&customer.id), &why).await.is(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_payouts_days_and_ends_ask_for_another_one_too() {
    let app = app_with(|settings| settings.two_persons.above = rp(0)).await;
    app.sells("ghost").await;
    let dewi = app.customer().await;
    let order = dewi.orders_credit(90_000).await;
    let by = json!({ "payment_type": "gopay" });
    app.wire.at_the_gateway("pay", &order, &by).await;
    dewi.has(90_000).await;
    let bought = dewi.buys("ghost").await;
    dewi.sees(&bought, "active").await;
    let (ani, oki) = (app.proven_admin().await, app.proven_admin().await);
    let top_up = dewi.get("/top-ups").await.is(200);
    let top_up = top_up["items"][0]["id"].as_str().unwrap().to_owned();
    let reason = "ticket 4711";
    let refund = json!({ "amount": 20_000, "reason": reason });
    let days = json!({ "days": 1, "reason": reason });
    let (why, payout) = (json!({ "reason": reason }), json!({ "amount": 10_000 }));
    let subscription = format!("/admin/subscriptions/{}", bought.id);
    for (path, body) in [
        (format!("/admin/users/{}/payouts", dewi.id), payout),
        (format!("{subscription}/extend"), days),
        (format!("{subscription}/end"), why),
        (format!("/admin/top-ups/{top_up}/refund"), refund),
    ] {
        let held = ani.post(&path, &body).await.is(202);
        let approved = decides(&oki, &held.text_of("approval_id"), "approve").await;
        approved.is(200);
        app.settle().await;
    }
    assert_eq!(app.times("wallet.payout_requested").await, 2);
    assert_eq!(app.times("subscription.extended").await, 1);
    dewi.comes_to(&bought, "terminated").await;
    app.finish().await;
}

fn rp(amount: i64) -> purser_domain::Rupiah {
    purser_domain::Rupiah::try_from(amount).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_changed_by_two_and_count_at_once() {
    let app = app().await;
    let (ani, oki) = (app.proven_admin().await, app.proven_admin().await);
    let dewi = app.customer().await;
    for role in ["admin", "auditor", "operator"] {
        let puppet = json!({
            "name": "Siti Rahayu", "email": "siti@purser.test", "password": "correct horse battery",
            "roles": ["customer", role],
        });
        let alone = ani.post("/admin/users", &puppet).await;
        alone.refuses(409, "user.role_needs_approval");
    }
    assert_eq!(app.times("user.roles_changed").await, 0);
    let customer = json!({
        "name": "Siti Rahayu", "email": "siti@purser.test", "password": "correct horse battery",
        "roles": ["customer"],
    });
    ani.post("/admin/users", &customer).await.is(201);
    let path = format!("/admin/users/{}/roles", dewi.id);
    let roles = json!({ "roles": ["customer", "auditor"], "reason": "joined us" });
    dewi.get("/admin/cases").await.refuses(403, "role.missing");
    let held = ani.ask(reqwest::Method::PUT, &path).json(&roles);
    let id = held.await.is(202).text_of("approval_id");
    decides(&oki, &id, "approve").await.is(200);
    dewi.get("/admin/cases").await.is(200);
    becomes("the account shows its roles", async || {
        let user = ani.get(&format!("/admin/users/{}", dewi.id)).await.is(200);
        user["roles"] == json!(["customer", "auditor"])
    })
    .await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_itself_is_changed_by_two() {
    let app = app().await;
    let dewi = app.customer().await;
    let (ani, oki) = (app.proven_admin().await, app.proven_admin().await);
    let first = ani.get(LIMIT).await.is(200);
    assert_eq!(
        (&first["above"], &first["over_all"], &first["decided"]),
        (&json!(1_000_000), &json!(5_000_000), &json!(false))
    );
    let lower = json!({ "above": 100_000, "reason": "we are more now" });
    let ask = || ani.ask(reqwest::Method::PUT, LIMIT).json(&lower);
    let id = ask().await.is(202).text_of("approval_id");
    adjusts(&ani, &dewi, 50_000).await.is(200);
    decides(&oki, &id, "approve").await.is(200);
    dewi.get(LIMIT).await.refuses(403, "role.missing");
    let decided = oki.get(LIMIT).await.is(200);
    assert_eq!(
        (&decided["above"], &decided["decided"]),
        (&json!(100_000), &json!(true))
    );
    adjusts(&ani, &dewi, 50_001).await.is(202);
    // It is so already: nobody is asked.
    ask().await.is(200);
    app.finish().await;
}
