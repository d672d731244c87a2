//! What staff does about a customer's money, and about his letters.

use crate::support::{Order, Person, TestApp, app, becomes, until};
use purser::standins::midtrans::Quirks;
use purser_domain::user::Role;
use serde_json::{Value, json};
use uuid::Uuid;

fn of(dewi: &Person, what: &str) -> String {
    format!("/admin/users/{}/{what}", dewi.id)
}

fn why(words: &str) -> Value {
    json!({ "reason": words })
}

/// Approves what is held, and says so.
async fn approves(oki: &Person, id: &str) -> i64 {
    let path = format!("/admin/approvals/{id}/approve");
    oki.post(&path, &json!({})).await.is(200).position()
}

/// Dewi pays 50,000 by card and spends 40,000 of it; then the card's holder disputes it.
async fn owing(app: &TestApp) -> (Person, String) {
    app.sells("ghost").await;
    let dewi = app.customer().await;
    let order = dewi.orders_credit(50_000).await;
    let by = json!({ "payment_type": "credit_card" });
    app.wire.at_the_gateway("pay", &order, &by).await;
    dewi.has(50_000).await;
    let wish = dewi.order_of("ghost").await;
    let bought = Order::of(&dewi.post("/subscriptions", &wish).await);
    dewi.sees(&bought, "active").await;
    app.wire
        .at_the_gateway("chargeback", &order, &json!({}))
        .await;
    becomes("40,000 is owed", async || {
        dewi.get("/wallet").await.is(200)["owed"] == 40_000
    })
    .await;
    (dewi, bought.id)
}

async fn the_reversal(admin: &Person, dewi: &Person) -> Value {
    let list = admin.get(&of(dewi, "reversals")).await.is(200);
    list["items"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn credit_is_corrected_with_a_reason_and_the_name_of_who_did_it() {
    let app = app().await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let admin = app.admin().await;
    let path = of(&dewi, "adjustments");
    let more = json!({ "side": "credit", "amount": 25_000, "reason": "paid at the counter" });
    for other in [&dewi, &app.staff(Role::Operator).await] {
        other.post(&path, &more).await.refuses(403, "role.missing");
    }
    let ask = || admin.post(&path, &more).key("adjust-1");
    let done = ask().await.is(200);
    assert_eq!(ask().await.is(200).position(), done.position());
    dewi.has(75_000).await;
    let less = json!({ "side": "debit", "amount": 75_001, "reason": "credited twice" });
    let less = admin.post(&path, &less).await;
    less.refuses(402, "wallet.insufficient_funds");
    let little = json!({ "side": "debit", "amount": 999, "reason": "credited twice" });
    let little = admin.post(&path, &little).await;
    little.refuses(422, "wallet.adjustment_out_of_range");
    let nobody = format!("/admin/users/{}/adjustments", Uuid::now_v7());
    let nobody = admin.post(&nobody, &more).await;
    nobody.refuses(404, "wallet.not_found");
    let actor = "select count(*) from events where event_type = 'wallet.adjusted'
        and metadata->>'actor' = 'staff:";
    let by_her = app.number(&format!("{actor}{}'", admin.id)).await;
    assert_eq!(by_her, 1);
    let auditor = app.staff(Role::Auditor).await;
    let read = format!("{}?min_position={}", of(&dewi, "wallet"), done.position());
    assert_eq!(auditor.get(&read).await.is(200)["paid"], 75_000);
    let list = auditor.get(&of(&dewi, "transactions")).await.is(200);
    assert_eq!(list["items"][0]["kind"], "adjustment");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn promotional_credit_is_granted_and_unfrozen_after_a_chargeback() {
    let app = app().await;
    let (dewi, _) = owing(&app).await;
    let admin = app.admin().await;
    let grant = |day: &str| json!({ "amount": 20_000, "expires_on": day, "reason": "sorry" });
    let path = of(&dewi, "promotions");
    let late = admin.post(&path, &grant("2020-01-01")).await;
    late.refuses(422, "wallet.grant_ends_before_today");
    let far = admin.post(&path, &grant("2099-12-31")).await;
    far.refuses(422, "wallet.grant_ends_too_late");
    let next_week = chrono::Utc::now().date_naive() + chrono::Days::new(7);
    let granted = admin.post(&path, &grant(&next_week.to_string()));
    granted.await.is(200);
    dewi.has(20_000).await;
    let path = of(&dewi, "promotions/unfreeze");
    dewi.post(&path, &why("please"))
        .await
        .refuses(403, "role.missing");
    admin.post(&path, &why("the bank decided")).await.is(200);
    admin.post(&path, &why("the bank decided")).await.is(200);
    app.settle().await;
    assert_eq!(app.times("wallet.promotion_unfrozen").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_owed_is_given_up_by_two_and_given_back_by_two() {
    let app = app().await;
    let (dewi, _) = owing(&app).await;
    let (ani, oki) = (app.proven_admin().await, app.proven_admin().await);
    let told = dewi.gets("Your payment of Rp 50.000 was taken back").await;
    assert!(told.text.contains("Rp 40.000"), "{}", told.text);
    let reversal = the_reversal(&ani, &dewi).await;
    assert_eq!(reversal["owed"], 40_000);
    let id = reversal["reversal_id"].as_str().unwrap();
    let write_off = of(&dewi, &format!("reversals/{id}/write-off"));
    let held = ani
        .post(&write_off, &why("not worth a letter"))
        .await
        .is(202);
    let approval = held.text_of("approval_id");
    let path = format!("/admin/approvals/{approval}/approve");
    assert_eq!(
        held.header("location"),
        Some(format!("/api/v1/admin/approvals/{approval}").as_str())
    );
    ani.post(&path, &json!({}))
        .await
        .refuses(403, "approval.own_request");
    approves(&oki, &approval).await;
    becomes("nothing is owed", async || {
        dewi.get("/wallet").await.is(200)["owed"] == 0
    })
    .await;
    let back = of(&dewi, &format!("reversals/{id}/return"));
    let all = json!({ "amount": 50_000, "reason": "the bank decided for us" });
    let held = ani.post(&back, &all).await.is(202);
    approves(&oki, &held.text_of("approval_id")).await;
    // 40,000 of it only make good what was given up.
    dewi.has(10_000).await;
    let reversal = the_reversal(&ani, &dewi).await;
    assert_eq!(
        (&reversal["returned"], &reversal["owed"]),
        (&json!(50_000), &json!(0))
    );
    let more = ani.post(&back, &all).await;
    more.refuses(409, "wallet.more_than_reversed");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_payment_is_booked_by_two() {
    let app = app().await;
    let dewi = app.customer().await;
    let (ani, oki) = (app.proven_admin().await, app.proven_admin().await);
    let order = dewi.orders_credit(50_000).await;
    app.midtrans.quirks(Quirks {
        wrong_amount: Some(40_000),
        ..Quirks::default()
    });
    dewi.pays(&order).await;
    let case = until("there is a case", async || {
        let list = ani.get("/admin/cases?status=open").await.is(200);
        let items = list["items"].as_array()?;
        let wrong = items.iter().find(|item| item["kind"] == "wrong_payment")?;
        wrong["id"].as_str().map(str::to_owned)
    })
    .await;
    app.settle().await;
    let path = format!("/admin/cases/{case}/book");
    let book = json!({ "amount": 40_000, "reason": "paid 40.000 of 50.000" });
    let held = ani.post(&path, &book).await.is(202);
    assert_eq!(dewi.balance().await, 0);
    approves(&oki, &held.text_of("approval_id")).await;
    dewi.has(40_000).await;
    dewi.gets("We received your payment of Rp 40.000").await;
    let closed = until("the case is closed", async || {
        let case = ani.get(&format!("/admin/cases/{case}")).answer().await?;
        (case["status"] == "closed").then_some(case.body)
    })
    .await;
    assert_eq!(closed["resolution"], "paid 40.000 of 50.000");
    assert_eq!(closed["closed_by"], format!("staff:{}", oki.id));
    ani.post(&path, &book).await.refuses(409, "case.closed");
    let nothing = format!("/admin/cases/{}/book", Uuid::now_v7());
    let nothing = ani.post(&nothing, &book).await;
    nothing.refuses(404, "case.not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_sent_again_under_a_name_of_its_own() {
    let app = app().await;
    let dewi = app.customer().await;
    dewi.gets("Welcome to Purser").await;
    app.settle().await;
    let operator = app.staff(Role::Operator).await;
    let list = format!("/admin/mails?user_id={}", dewi.id);
    dewi.get(&list).await.refuses(403, "role.missing");
    let list = operator.get(&list).await.is(200);
    let welcome = &list["items"][0];
    assert_eq!(
        (&welcome["letter"], &welcome["status"]),
        (&json!("welcome"), &json!("done"))
    );
    let again = |id: &str| format!("/admin/mails/{id}/resend");
    let path = again(welcome["id"].as_str().unwrap());
    let auditor = app.staff(Role::Auditor).await;
    auditor
        .post(&path, &why("it did not arrive"))
        .await
        .refuses(403, "role.missing");
    let ask = || operator.post(&path, &why("it did not arrive")).key("again");
    ask().await.is(200);
    ask().await.is(200);
    app.settle().await;
    let letters = dewi.letters().await;
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0].subject, letters[1].subject);
    assert_ne!(letters[0].message_id, letters[1].message_id);
    assert_eq!(app.times("mail.resend_requested").await, 1);
    operator
        .post(&again(&Uuid::now_v7().to_string()), &why("no"))
        .await
        .refuses(404, "mail.not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_gives_back_what_was_used_with_a_credit_note_and_a_letter() {
    let app = app().await;
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("ghost").await;
    dewi.sees(&order, "active").await;
    let admin = app.admin().await;
    let path = format!("/admin/subscriptions/{}/give-back", order.id);
    let some = |amount: i64| json!({ "amount": amount, "reason": "it was slow for days" });
    dewi.post(&path, &some(1_000))
        .await
        .refuses(403, "role.missing");
    let refused = admin.post(&path, &some(40_000)).await;
    refused.refuses(409, "subscription.less_was_used");
    let ask = || admin.post(&path, &some(1_000)).key("give-back-1");
    let done = ask().await.is(200);
    assert_eq!(ask().await.is(200).body, done.body);
    dewi.has(11_000).await;
    becomes("a credit note is issued", async || {
        let list = dewi.get("/documents").await.is(200);
        let items = list["items"].as_array().unwrap().clone();
        let note = items.iter().find(|it| it["kind"] == "credit_note").cloned();
        note.is_some_and(|note| note["total"] == 1_000)
    })
    .await;
    dewi.gets("We gave back Rp 1.000").await;
    app.finish().await;
}
