//! What about money waits for a person: it has an owner, and it ends with a reason.

use crate::support::{PASSWORD, Person, TestApp, app, app_with, becomes, until};
use purser::standins::midtrans::Quirks;
use purser_domain::user::Role;
use reqwest::Method;
use serde_json::{Value, json};

async fn the_case(admin: &Person, kind: &str) -> Value {
    until(&format!("there is a case {kind}"), async || {
        let list = admin.get("/admin/cases?status=open").await.is(200);
        let items = list["items"].as_array().unwrap();
        items.iter().find(|item| item["kind"] == kind).cloned()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_payment_is_a_case_that_somebody_takes_and_closes() {
    let app = app().await;
    let (dewi, admin) = (app.customer().await, app.admin().await);
    let order = dewi.orders_credit(50_000).await;
    app.midtrans.quirks(Quirks {
        wrong_amount: Some(40_000),
        ..Quirks::default()
    });
    dewi.pays(&order).await;
    let case = the_case(&admin, "wrong_payment").await;
    assert_eq!(
        (&case["order_id"], &case["status"]),
        (&order.into(), &"open".into())
    );
    assert_eq!(case["owner_id"], Value::Null);
    let path = format!("/admin/cases/{}", case["id"].as_str().unwrap());
    let auditor = app.staff(Role::Auditor).await;
    auditor.get(&path).await.is(200);
    let take = auditor.post(&format!("{path}/assign"), &json!({})).await;
    take.refuses(403, "role.missing");
    dewi.get(&path).await.refuses(403, "role.missing");
    let to_dewi = json!({ "owner_id": dewi.id });
    let wrong = admin.post(&format!("{path}/assign"), &to_dewi).await;
    wrong.refuses(422, "case.owner_not_staff");
    admin
        .post(&format!("{path}/assign"), &json!({}))
        .await
        .is(200);
    let how = json!({ "resolution": "paid back by bank" });
    let closed = admin.post(&format!("{path}/close"), &how).await.is(200);
    let read = format!("{path}?min_position={}", closed.position());
    let read = admin.get(&read).await.is(200);
    assert_eq!(read["status"], "closed");
    assert_eq!(read["owner_id"], admin.id.to_string());
    assert_eq!(read["closed_by"], format!("staff:{}", admin.id));
    let late = admin.post(&format!("{path}/assign"), &json!({})).await;
    late.is(200);
    let other = app.admin().await;
    let late = other.post(&format!("{path}/assign"), &json!({})).await;
    late.refuses(409, "case.closed");
    let nothing = format!("/admin/cases/{}", uuid::Uuid::now_v7());
    admin.get(&nothing).await.refuses(404, "case.not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_payment_of_an_order_is_a_case() {
    let app = app().await;
    let (dewi, admin) = (
        app.customer().await.with_credit(50_000).await,
        app.admin().await,
    );
    let list = dewi.get("/top-ups").await.is(200);
    let order = list["items"][0]["order_id"].as_str().unwrap().to_owned();
    let by = json!({ "payment_type": "gopay" });
    app.wire.at_the_gateway("pay_again", &order, &by).await;
    dewi.has(100_000).await;
    let case = the_case(&admin, "second_payment").await;
    assert_eq!(case["order_id"], order);
    app.finish().await;
}

/// Genuine word of a payment of another amount.
async fn wrongly_paid(app: &TestApp, dewi: &Person) -> String {
    let order = dewi.orders_credit(50_000).await;
    app.midtrans.quirks(Quirks {
        wrong_amount: Some(40_000),
        ..Quirks::default()
    });
    dewi.pays(&order).await;
    order
}

async fn unowned(app: &TestApp, count: i64) {
    becomes(&format!("{count} cases are nobody's"), async || {
        let metrics = app.wire.get("/metrics").await.text;
        let line = format!("purser_cases_unowned {count}");
        metrics.lines().any(|known| known == line)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_his_who_is_named_for_cases_from_the_beginning() {
    let app = app_with(|settings| {
        settings.case_owner = Some("kasus@purser.test".parse().unwrap());
    })
    .await;
    let (dewi, admin) = (app.customer().await, app.admin().await);
    unowned(&app, 0).await;
    // As long as nobody has the address a case is nobody's.
    wrongly_paid(&app, &dewi).await;
    app.settle().await;
    let first = the_case(&admin, "wrong_payment").await;
    assert_eq!(first["owner_id"], Value::Null);
    unowned(&app, 1).await;
    let kasus = json!({
        "name": "Kasus", "email": "Kasus@purser.test", "password": PASSWORD, "roles": ["customer"],
    });
    let kasus = admin.post("/admin/users", &kasus).await.is(201);
    let kasus = kasus.text_of("user_id");
    let (ani, oki) = (app.proven_admin().await, app.proven_admin().await);
    let roles = json!({ "roles": ["operator"], "reason": "takes the cases" });
    let held = ani.ask(Method::PUT, &format!("/admin/users/{kasus}/roles"));
    let held = held.json(&roles).await.is(202).text_of("approval_id");
    let approve = format!("/admin/approvals/{held}/approve");
    oki.post(&approve, &json!({})).await.is(200);
    let second = wrongly_paid(&app, &dewi).await;
    let owned = until("the second case has its owner", async || {
        let list = admin.get("/admin/cases?status=open").await.is(200);
        let mut items = list["items"].as_array()?.iter();
        let case = items.find(|item| item["order_id"] == second)?;
        (case["owner_id"] == kasus).then(|| case.clone())
    })
    .await;
    // He gives it to another one, and it stays there.
    let path = format!("/admin/cases/{}/assign", owned["id"].as_str().unwrap());
    admin.post(&path, &json!({})).await.is(200);
    app.settle().await;
    assert_eq!(app.times("case.assigned").await, 2);
    unowned(&app, 1).await;
    app.finish().await;
}
