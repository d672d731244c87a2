//! Where customers want to be paid out to.

use crate::support::{Person, app};
use purser_domain::user::Role;
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn who_pays_out_by_bank_sees_where_to_and_nobody_else() {
    let app = app().await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let admin = app.admin().await;
    let path = "/wallet/bank-account";
    dewi.get(path).await.refuses(404, "bank_account.not_found");
    let give = |number: &str| {
        let account = json!({
            "bank": "BCA", "account_number": number, "account_holder": "Dewi Lestari",
        });
        dewi.ask(Method::PUT, path).json(&account)
    };
    give("12;34567").await.refuses(400, "request.invalid");
    give("123-456 7890")
        .await
        .refuses(403, "user.email_not_verified");
    dewi.verifies().await;
    give("123-456 7890").await.is(200);
    let own = dewi.get(path).await.is(200);
    assert_eq!(own["account_number"], "1234567890");

    let ask = json!({ "amount": 30_000, "reason": "the account is being closed" });
    let payouts = format!("/admin/users/{}/payouts", dewi.id);
    let made = admin.post(&payouts, &ask).await.is(201);
    let payout = format!("/admin/payouts/{}", made.text_of("payout_id"));
    let read = format!("{payout}?min_position={}", made.position());
    let row = admin.get(&read).await.is(200);
    assert_eq!(row["request_reason"], "the account is being closed");
    let where_to = format!("{payout}/bank-account");
    for role in [Role::Operator, Role::Auditor] {
        let other = app.staff(role).await;
        other.get(&where_to).await.refuses(403, "role.missing");
    }
    let shown = admin.get(&where_to).await.is(200);
    assert_eq!(shown["bank"], "BCA");
    assert_eq!(shown["account_holder"], "Dewi Lestari");
    let number = "select count(*) from events where payload::text like '%1234567890%'";
    assert_eq!(app.number(number).await, 0);

    let proof = json!({ "proof": "BCA 4711" });
    let paid = admin.post(&format!("{payout}/paid"), &proof).await.is(200);
    let read = format!("{payout}?min_position={}", paid.position());
    admin.get(&read).await.is(200);
    let over = admin.get(&where_to).await;
    over.refuses(404, "payout.not_by_bank");
    let letter = dewi.gets("We have sent you Rp 30.000").await;
    assert!(letter.text.contains("BCA 4711"), "{}", letter.text);
    dewi.ask(Method::DELETE, path).await.is(200);
    dewi.get(path).await.refuses(404, "bank_account.not_found");
    app.finish().await;
}

/// Each time there is a letter.
#[tokio::test(flavor = "multi_thread")]
async fn it_is_said_three_times_an_hour_where_to_pay_out_to() {
    let app = app().await;
    let dewi = app.customer().await;
    dewi.verifies().await;
    let account = json!({
        "bank": "BCA", "account_number": "1234567890", "account_holder": "Dewi Lestari",
    });
    let give = |who: &Person| who.ask(Method::PUT, "/wallet/bank-account").json(&account);
    for _ in 0..3 {
        give(&dewi).await.is(200);
    }
    give(&dewi)
        .await
        .refuses(409, "user.bank_account_too_often");
    assert_eq!(app.times("user.bank_account_given").await, 3);
    let remove = dewi.ask(Method::DELETE, "/wallet/bank-account");
    remove.await.is(200);
    app.minutes_pass(60);
    give(&dewi.again().await).await.is(200);
    app.finish().await;
}
