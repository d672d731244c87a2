//! A request can be repeated, and what was written can be read.

use crate::support::{Ask, Order, PASSWORD, Person, TestApp, app, app_with, becomes};
use reqwest::Method;
use serde_json::{Value, json};

/// Makes of the one answer that looks like this what a release before answered.
pub(super) async fn answered_before(app: &TestApp, like: &str, before: &Value) {
    let superuser = purser::app::pool(&app.database.superuser, 1).unwrap();
    let unguarded = "set session_replication_role = replica";
    sqlx::query(unguarded).execute(&superuser).await.unwrap();
    let answered = "update commands set answer = $1::json where answer::text like $2";
    let answered = sqlx::query(answered).bind(before.to_string()).bind(like);
    let answered = answered.execute(&superuser).await.unwrap();
    assert_eq!(answered.rows_affected(), 1);
    superuser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_gives_the_same_answer_once() {
    let app = app().await;
    app.sells("wordpress").await;
    let dewi = app.customer().await.with_credit(100_000).await;
    let order = dewi.order_of("wordpress").await;
    let ask = || dewi.post("/subscriptions", &order).key("first");
    let first = ask().await.is(201);
    assert_eq!(first.header("idempotent-replayed"), None);
    let again = ask().await.is(201);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("etag"), first.header("etag"));

    let other = json!({ "plan_id": order["plan_id"], "billing_cycle": "yearly" });
    let other = dewi.post("/subscriptions", &other).key("first").await;
    other.refuses(422, "idempotency_key.reused");
    let without = dewi.post("/subscriptions", &order).without_key().await;
    without.refuses(400, "idempotency_key.missing");

    let second = dewi.post("/subscriptions", &order).key("second").await;
    let orders = [Order::of(&first), Order::of(&second)];
    for order in &orders {
        dewi.sees(order, "active").await;
    }
    dewi.has(20_000).await;
    app.finish().await;
}

/// A proxy may give the same to several.
#[tokio::test(flavor = "multi_thread")]
async fn the_id_of_a_request_is_no_key() {
    const ID: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";
    let app = app().await;
    let dewi = app.customer().await;
    let without_key = |ask: Ask| {
        ask.without_key()
            .with(|request| request.header("x-request-id", ID))
    };
    let login = json!({ "email": dewi.email, "password": PASSWORD });
    let signs_in = || without_key(app.wire.post("/api/v1/auth/login", &login));
    let sessions = [signs_in().await.is(200), signs_in().await.is(200)];
    assert_ne!(sessions[0]["session_id"], sessions[1]["session_id"]);
    for session in &sessions {
        assert_eq!(session.header("x-request-id"), Some(ID));
        assert_eq!(session.header("idempotent-replayed"), None);
        let person = Person::with(&app.wire, &dewi.email, session);
        let body = json!({ "refresh_token": person.refresh_token });
        let refresh = without_key(app.wire.post("/api/v1/auth/refresh", &body));
        let person = Person::with(&app.wire, &dewi.email, &refresh.await.is(200));
        let signs_out = person.ask(Method::POST, "/auth/logout");
        without_key(signs_out).await.is(200);
        person.get("/auth/me").await.refuses(401, "session.ended");
    }
    let email = json!({ "email": dewi.email });
    for _ in 0..2 {
        let letter = app.wire.post("/api/v1/auth/password-reset", &email);
        without_key(letter).await.is(202);
    }
    becomes("both letters are asked for", async || {
        app.times("user.password_reset_requested").await == 2
    })
    .await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_acted_before_anybody_else_was_asked_and_asks_again_has_done_it() {
    let app = app().await;
    let (admin, dewi) = (app.admin().await, app.customer().await);
    let path = format!("/admin/users/{}/deactivate", dewi.id);
    let reason = json!({ "reason": "asked for it" });
    let ask = || admin.post(&path, &reason).key("once");
    let first = ask().await.is(200);
    // What was answered then: the stream's id, of an end how much came back, or nothing.
    let mut like = "%acted%".to_owned();
    for before in [json!("the-id-of-a-stream"), json!(123_456_789), Value::Null] {
        answered_before(&app, &like, &before).await;
        let again = ask().await.is(200);
        assert_eq!(again.body, first.body, "{before}");
        like = before.to_string();
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_shown_a_password_before_there_were_others_is_shown_it_again() {
    let app = app().await;
    app.sells("wordpress").await;
    let dewi = app.customer().await.with_credit(40_000).await;
    let order = dewi.buys("wordpress").await;
    dewi.sees(&order, "active").await;
    let path = format!("/pods/{}/credentials", order.instance);
    let ask = || dewi.ask(Method::POST, &path).key("mine");
    let shown = ask().await.is(200);
    app.settle().await;
    answered_before(&app, "0", &json!(order.instance)).await;
    let again = ask().await.is(200);
    assert_eq!(again["password"], shown["password"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_is_answered_again_to_whoever_may_name_no_further_coupon() {
    let app = app().await;
    app.sells("ghost").await;
    let admin = app.proven_admin().await;
    for coupon in [
        json!({ "code": "HEMAT", "kind": "fixed", "amount": 5_000, "periods": 1, "max_uses": 5 }),
        json!({ "code": "HALO", "kind": "credit", "amount": 10_000, "days": 30, "max_uses": 5 }),
    ] {
        admin.post("/admin/coupons", &coupon).await.is(201);
    }
    let dewi = app.customer().await.with_credit(100_000).await;
    dewi.verifies().await;
    let mut order = dewi.order_of("ghost").await;
    order["coupon"] = "HEMAT".into();
    let orders = || dewi.post("/subscriptions", &order).key("order");
    let code = json!({ "code": "HALO" });
    let redeems = || dewi.post("/wallet/coupons", &code).key("redeem");
    let (ordered, redeemed) = (orders().await.is(201), redeems().await.is(200));

    let guess = json!({ "code": "TEBAK" });
    for _ in 0..10 {
        let guess = dewi.post("/wallet/coupons", &guess).await;
        guess.refuses(404, "coupon.unknown");
    }
    let further = dewi.post("/wallet/coupons", &code).await;
    further.refuses(429, "attempts.too_many");
    for (again, first) in [
        (orders().await.is(201), ordered),
        (redeems().await.is(200), redeemed),
    ] {
        assert_eq!(again.body, first.body);
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
    }
    let other = dewi.post("/wallet/coupons", &guess).key("redeem").await;
    other.refuses(422, "idempotency_key.reused");
    dewi.has(75_000).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_another_customer_is_another_request() {
    let app = app().await;
    app.sells("wordpress").await;
    let [dewi, budi] = [app.customer().await, app.customer().await];
    let [dewi, budi] = [
        dewi.with_credit(40_000).await,
        budi.with_credit(40_000).await,
    ];
    let order = dewi.order_of("wordpress").await;
    let ask = async |person: &Person| person.post("/subscriptions", &order).key("one").await;
    let orders = [Order::of(&ask(&dewi).await), Order::of(&ask(&budi).await)];
    assert_ne!(orders[0].id, orders[1].id);
    dewi.sees(&orders[0], "active").await;
    budi.sees(&orders[1], "active").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_at_the_same_time_is_accepted_once() {
    let app = app().await;
    app.sells("wordpress").await;
    let dewi = app.customer().await.with_credit(100_000).await;
    let order = dewi.order_of("wordpress").await;
    let asks = (0..6).map(|_| dewi.post("/subscriptions", &order).key("one").answer());
    let answers = futures_util::future::join_all(asks).await;
    let ids: Vec<Order> = answers.iter().flatten().map(Order::of).collect();
    assert_eq!(ids.len(), 6);
    assert!(ids.iter().all(|one| one.id == ids[0].id));
    dewi.sees(&ids[0], "active").await;
    dewi.has(60_000).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_can_be_read_at_once() {
    let app = app().await;
    app.sells("wordpress").await;
    let dewi = app.customer().await.with_credit(100_000).await;
    let order = dewi.buys("wordpress").await;
    for path in [
        &format!("/subscriptions/{}", order.id),
        &format!("/pods/{}", order.instance),
    ] {
        let path = format!("{path}?min_position={}", order.position);
        dewi.get(&path).await.is(200);
    }
    let path = format!("/wallet?min_position={}", order.position);
    assert_eq!(dewi.get(&path).await.is(200)["balance"], 60_000);
    dewi.sees(&order, "active").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_that_is_not_there_yet_is_not_answered_with_stale_data() {
    // Longer than anybody here waits for an answer: what nobody has written is not waited for.
    let app = app_with(|settings| settings.query_patience_ms = 3_600_000).await;
    let dewi = app.customer().await;
    app.settle().await;
    let head = app.head().await;
    dewi.get(&format!("/wallet?min_position={head}"))
        .await
        .is(200);
    for position in [head + 1, (1 << 53) - 1] {
        let beyond = dewi.get(&format!("/wallet?min_position={position}")).await;
        let beyond = beyond.refuses(503, "read_model.behind");
        assert_eq!(beyond.header("retry-after"), Some("1"));
    }
    app.finish().await;
}
