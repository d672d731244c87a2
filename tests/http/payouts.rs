//! Credit goes back to where it was paid from, through the gateway or by bank.

use crate::support::{Person, TestApp, app, app_with, becomes, until};
use purser::standins::midtrans::Quirks;
use purser_domain::{Rupiah, user::Role};
use serde_json::{Value, json};

/// Dewi has 50,000, paid by this method; the top-up's id.
async fn paid(app: &TestApp, method: &str) -> (Person, String) {
    let dewi = app.customer().await;
    let top_up = dewi.post("/top-ups", &json!({ "amount": 50_000 })).await;
    let top_up = top_up.is(201);
    let by = json!({ "payment_type": method });
    let order = top_up.text_of("order_id");
    app.wire.at_the_gateway("pay", &order, &by).await;
    dewi.has(50_000).await;
    (dewi, top_up.text_of("top_up_id"))
}

fn refund(id: &str) -> String {
    format!("/admin/top-ups/{id}/refund")
}

fn wish(amount: i64) -> Value {
    json!({ "amount": amount, "reason": "ticket 4711" })
}

async fn ends(admin: &Person, id: &str, status: &str) -> Value {
    until(&format!("the payout is {status}"), async || {
        let payout = admin.get(&format!("/admin/payouts/{id}")).answer().await?;
        (payout["status"] == status).then_some(payout.body)
    })
    .await
}

async fn held(dewi: &Person, held: i64) {
    becomes(&format!("{held} is held"), async || {
        dewi.get("/wallet").await.is(200)["held"] == held
    })
    .await;
}

/// Nobody is told of what the gateway does, and as long as banks wait no refund is confirmed: what is asked for is under way.
fn banks_wait(app: &TestApp, wait: bool) {
    app.midtrans.quirks(Quirks {
        drop_notifications: true,
        slow_banks: wait,
        ..Quirks::default()
    });
}

async fn bank_confirms(app: &TestApp) {
    until("the bank has confirmed it", async || {
        let transaction = app.midtrans.transactions().remove(0);
        transaction.refunds.first()?.bank_confirmed_at
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_through_the_gateway_is_booked_once_the_bank_confirms_it() {
    let app = app().await;
    let (dewi, id) = paid(&app, "gopay").await;
    let admin = app.admin().await;
    dewi.post(&refund(&id), &wish(30_000))
        .await
        .refuses(403, "role.missing");
    let ask = || admin.post(&refund(&id), &wish(30_000)).key("refund-1");
    let payout = ask().await.is(201).text_of("payout_id");
    assert_eq!(ask().await.is(201).text_of("payout_id"), payout);
    let more = admin.post(&refund(&id), &wish(30_000)).await;
    more.refuses(409, "top_up.more_than_left");
    let row = ends(&admin, &payout, "paid_out").await;
    assert_eq!(row["amount"], 30_000);
    assert_eq!(row["requested_by"], format!("staff:{}", admin.id));
    dewi.has(20_000).await;
    held(&dewi, 0).await;
    let refunds = &app.midtrans.transactions()[0].refunds;
    assert_eq!((refunds.len(), refunds[0].key.as_str()), (1, &*payout));
    app.settle().await;
    // The gateway's own word of it takes nothing more.
    assert_eq!(app.times("wallet.reversed").await, 0);
    assert_eq!(app.times("wallet.paid_out").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_whose_end_nobody_tells_of_is_found() {
    let app = app().await;
    let (dewi, id) = paid(&app, "gopay").await;
    let admin = app.admin().await;
    app.settle().await;
    banks_wait(&app, true);
    let payout = admin.post(&refund(&id), &wish(50_000)).await.is(201);
    let payout = payout.text_of("payout_id");
    held(&dewi, 50_000).await;
    app.settle().await;
    // Purser has not heard the end of it yet, and gives back nothing that the gateway sends.
    let cancel = format!("/admin/payouts/{payout}/cancel");
    let why = json!({ "reason": "nobody heard of it" });
    let refused = admin.post(&cancel, &why).await;
    refused.refuses(409, "payout.sent_back");
    banks_wait(&app, false);
    bank_confirms(&app).await;
    app.minutes_pass(10);
    ends(&admin, &payout, "paid_out").await;
    held(&dewi, 0).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_the_gateway_refuses_gives_the_credit_back() {
    let app = app().await;
    let (dewi, id) = paid(&app, "gopay").await;
    let admin = app.admin().await;
    app.midtrans.quirks(Quirks {
        no_refund_funds: true,
        ..Quirks::default()
    });
    let payout = admin.post(&refund(&id), &wish(30_000)).await.is(201);
    let row = ends(&admin, &payout.text_of("payout_id"), "cancelled").await;
    let reason = row["reason"].as_str().unwrap();
    assert!(reason.contains("Insufficient merchant funds"), "{reason}");
    dewi.has(50_000).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_gateway_cannot_send_back_is_paid_out_by_bank() {
    let app = app().await;
    let (dewi, id) = paid(&app, "bca_va").await;
    let admin = app.admin().await;
    let refused = admin.post(&refund(&id), &wish(30_000)).await;
    refused.refuses(409, "top_up.not_refundable");
    let path = format!("/admin/users/{}/payouts", dewi.id);
    let more = admin.post(&path, &json!({ "amount": 50_001 })).await;
    more.refuses(402, "wallet.insufficient_funds");
    let ask = |amount: i64| {
        let (admin, path) = (admin.clone(), path.clone());
        async move {
            let made = admin
                .post(&path, &json!({ "amount": amount }))
                .await
                .is(201);
            let id = made.text_of("payout_id");
            let read = format!("/admin/payouts/{id}?min_position={}", made.position());
            admin.get(&read).await.is(200);
            id
        }
    };
    let (first, second) = (ask(30_000).await, ask(20_000).await);
    held(&dewi, 50_000).await;
    let proof = json!({ "proof": "BCA 4711" });
    let operator = app.staff(Role::Operator).await;
    let paid = format!("/admin/payouts/{first}/paid");
    operator
        .post(&paid, &proof)
        .await
        .refuses(403, "role.missing");
    admin.post(&paid, &proof).await.is(200);
    let cancel = |id: &str| format!("/admin/payouts/{id}/cancel");
    let why = json!({ "reason": "the account is closed" });
    let late = admin.post(&cancel(&first), &why).await;
    late.refuses(409, "wallet.payout_over");
    admin.post(&cancel(&second), &why).await.is(200);
    let row = ends(&admin, &first, "paid_out").await;
    assert_eq!(row["proof"], "BCA 4711");
    ends(&admin, &second, "cancelled").await;
    dewi.has(20_000).await;
    held(&dewi, 0).await;
    let list = admin.get("/admin/payouts?status=cancelled").await.is(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let nothing = format!("/admin/payouts/{}/cancel", uuid::Uuid::now_v7());
    admin
        .post(&nothing, &why)
        .await
        .refuses(404, "payout.not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_charged_back_meanwhile_is_not_paid_out_by_bank() {
    let app = app().await;
    let (dewi, _) = paid(&app, "credit_card").await;
    let admin = app.admin().await;
    let made = admin
        .post(&format!("/admin/users/{}/payouts", dewi.id), &wish(40_000))
        .await
        .is(201);
    let payout = format!("/admin/payouts/{}", made.text_of("payout_id"));
    held(&dewi, 40_000).await;
    let order = &app.midtrans.transactions()[0].order_id;
    app.wire
        .at_the_gateway("chargeback", order, &json!({}))
        .await;
    becomes("40,000 is owed", async || {
        dewi.get("/wallet").await.is(200)["owed"] == 40_000
    })
    .await;
    let where_to = admin.get(&format!("{payout}/bank-account")).await;
    where_to.refuses(409, "payout.customer_owes");
    let cancel = json!({ "reason": "its payment was charged back" });
    admin
        .post(&format!("{payout}/cancel"), &cancel)
        .await
        .is(200);
    becomes("nothing is owed any more", async || {
        let wallet = dewi.get("/wallet").await.is(200);
        wallet["owed"] == 0 && wallet["held"] == 0
    })
    .await;
    dewi.has(0).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_went_back_by_our_refund_is_not_charged_back_as_well() {
    let app = app().await;
    let (dewi, id) = paid(&app, "credit_card").await;
    let admin = app.admin().await;
    let order = app.midtrans.transactions()[0].order_id.clone();
    app.wire.at_the_gateway("settle", &order, &json!({})).await;
    app.settle().await;
    banks_wait(&app, true);
    let payout = admin.post(&refund(&id), &wish(20_000)).await.is(201);
    let payout = payout.text_of("payout_id");
    held(&dewi, 20_000).await;
    app.settle().await;
    banks_wait(&app, false);
    bank_confirms(&app).await;
    app.midtrans.quirks(Quirks::default());
    app.wire
        .at_the_gateway("chargeback", &order, &json!({}))
        .await;
    ends(&admin, &payout, "paid_out").await;
    app.settle().await;
    let wallet = dewi.get("/wallet").await.is(200);
    let left = ["balance", "held", "owed"].map(|name| wallet[name].as_i64());
    assert_eq!(left, [Some(0); 3], "{}", wallet.text);
    assert_eq!(app.times("wallet.reversed").await, 1);
    let books = admin.get("/admin/ledger/trial-balance").await.is(200);
    let accounts = books["accounts"].as_array().unwrap();
    let mut clearing = accounts.iter();
    let clearing = clearing.find(|one| one["account"] == "gateway_clearing");
    assert_eq!(clearing.unwrap()["balance"], 0, "{}", books.text);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_that_is_cancelled_counts_towards_what_one_moves_alone() {
    let limit = Rupiah::try_from(50_000).unwrap();
    let app = app_with(|settings| settings.two_persons.above = limit).await;
    let (dewi, _) = paid(&app, "bca_va").await;
    let (ani, oki) = (app.proven_admin().await, app.proven_admin().await);
    let made = ani
        .post(&format!("/admin/users/{}/payouts", dewi.id), &wish(40_000))
        .await
        .is(201);
    held(&dewi, 40_000).await;
    let id = made.text_of("payout_id");
    ends(&ani, &id, "requested").await;
    let why = json!({ "reason": "the account does not exist" });
    let cancel = format!("/admin/payouts/{id}/cancel");
    let asked = ani.post(&cancel, &why).await.is(202);
    let approve = format!("/admin/approvals/{}/approve", asked.text_of("approval_id"));
    assert_eq!(dewi.get("/wallet").await.is(200)["held"], 40_000);
    oki.post(&approve, &json!({})).await.is(200);
    ends(&ani, &id, "cancelled").await;
    dewi.has(50_000).await;
    app.finish().await;
}

/// Its read model comes later, and nobody is told meanwhile that there is no such payout.
#[tokio::test(flavor = "multi_thread")]
async fn a_payout_that_was_just_made_is_not_said_to_be_nowhere() {
    let app = app().await;
    let (dewi, _) = paid(&app, "bca_va").await;
    let admin = app.admin().await;
    app.settle().await;
    // Whoever has the row of a checkpoint holds its reader up.
    let mut busy = app.app().pool.begin().await.unwrap();
    let at_work = "select from checkpoints where name = 'payouts_v1' for update";
    sqlx::query(at_work).execute(&mut *busy).await.unwrap();
    let ask = admin.post(&format!("/admin/users/{}/payouts", dewi.id), &wish(30_000));
    let made = ask.await.is(201);
    let payout = format!("/admin/payouts/{}", made.text_of("payout_id"));
    let (paid, cancel) = (format!("{payout}/paid"), format!("{payout}/cancel"));
    let (where_to, proof) = (
        format!("{payout}/bank-account"),
        json!({ "proof": "BCA 1" }),
    );
    let why = json!({ "reason": "the account is closed" });
    let asks = [
        admin.get(&where_to),
        admin.post(&paid, &proof),
        admin.post(&cancel, &why),
    ];
    let answers = futures_util::future::join_all(asks.map(|ask| ask.answer())).await;
    for answer in answers {
        answer.unwrap().refuses(503, "read_model.behind");
    }
    busy.rollback().await.unwrap();
    admin.post(&cancel, &why).await.is(200);
    dewi.has(50_000).await;
    app.finish().await;
}
