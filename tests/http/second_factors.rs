//! A second factor: made, confirmed, asked for at every sign-in, and for what needs two.

use crate::support::{Answer, Authenticator, PASSWORD, Person, TestApp, app, app_with};
use purser::auth::TotpSecret;
use serde_json::{Value, json};

async fn signs_in(app: &TestApp, of: &Person, code: Option<&str>) -> Answer {
    let mut login = json!({ "email": of.email, "password": PASSWORD });
    if let Some(code) = code {
        login["code"] = code.into();
    }
    app.wire.post("/api/v1/auth/login", &login).await
}

/// Gives a code to one of the operations that take one.
async fn gives(of: &Person, code: &str, to: &str) -> Answer {
    let path = format!("/auth/second-factor/{to}");
    of.post(&path, &json!({ "code": code })).await
}

/// A code that it does not show.
fn wrong(authenticator: &Authenticator) -> String {
    let now = authenticator.clock.now();
    let mut codes = (0..9).map(|code| format!("{code:06}"));
    let wrong = codes.find(|code| authenticator.secret.verify(code, now).is_none());
    wrong.unwrap()
}

fn shown(of: &Person) -> &Authenticator {
    of.authenticator.as_ref().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_second_factor_nobody_signs_in_without_a_new_code() {
    let app = app().await;
    let ani = app.admin().await;
    let offer = |password: &str| {
        let password = json!({ "password": password });
        ani.post("/auth/second-factor", &password)
    };
    offer("not my password")
        .await
        .refuses(401, "credentials.wrong");
    gives(&ani, "000000", "confirm")
        .await
        .refuses(409, "second_factor.not_there");
    let offered = offer(PASSWORD).key("offer").await.is(201);
    let again = offer(PASSWORD).key("offer").await.is(201);
    assert_eq!(offered["secret"], again["secret"]);
    let uri = offered.text_of("uri");
    assert!(uri.starts_with("otpauth://totp/Purser:"), "{uri}");
    // It does not count yet.
    signs_in(&app, &ani, None).await.is(200);
    let authenticator = Authenticator {
        secret: TotpSecret::parse(&offered.text_of("secret")).unwrap(),
        clock: app.clock.clone(),
    };
    gives(&ani, &wrong(&authenticator), "confirm")
        .await
        .refuses(403, "second_factor.wrong_code");
    let code = authenticator.shows();
    let confirmed = gives(&ani, &code, "confirm").await.is(200);
    offer(PASSWORD).await.refuses(409, "second_factor.in_place");
    let me = ani.get("/auth/me").await.is(200);
    assert_eq!(me["second_factor"], true);
    assert_eq!(me["proven_until"], confirmed["proven_until"]);
    ani.gets("Your account has a second factor now").await;

    signs_in(&app, &ani, None)
        .await
        .refuses(401, "second_factor.code_missing");
    signs_in(&app, &ani, Some(&wrong(&authenticator)))
        .await
        .refuses(403, "second_factor.wrong_code");
    signs_in(&app, &ani, Some(&code))
        .await
        .refuses(403, "second_factor.code_used");
    app.minutes_pass(1);
    let next = authenticator.shows();
    signs_in(&app, &ani, Some(&next)).await.is(200);
    signs_in(&app, &ani, Some(&next))
        .await
        .refuses(403, "second_factor.code_used");
    let secret = authenticator.secret.base32();
    let sql = format!("select count(*) from events where payload::text like '%{secret}%'");
    assert_eq!(app.number(&sql).await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_waits_with_the_right_code_too() {
    let app = app().await;
    let ani = app.proven_admin().await;
    for _ in 0..5 {
        gives(&ani, &wrong(shown(&ani)), "prove")
            .await
            .refuses(403, "second_factor.wrong_code");
    }
    app.minutes_pass(1);
    let right = shown(&ani).shows();
    gives(&ani, &right, "prove")
        .await
        .refuses(403, "second_factor.locked");
    signs_in(&app, &ani, Some(&right))
        .await
        .refuses(403, "second_factor.locked");
    assert_eq!(app.times("second_factor.missed").await, 5);
    app.minutes_pass(15);
    let right = shown(&ani).shows();
    signs_in(&app, &ani, Some(&right)).await.is(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_repeated_gives_its_code_once() {
    let app = app().await;
    let ani = app.proven_admin().await;
    app.minutes_pass(1);
    let code = json!({ "code": shown(&ani).shows() });
    let prove = || ani.post("/auth/second-factor/prove", &code).key("prove");
    let first = prove().await.is(200);
    app.minutes_pass(5);
    let again = prove().await.is(200);
    assert_eq!(first["proven_until"], again["proven_until"]);
    assert_eq!(app.times("second_factor.used").await, 1);
    assert_eq!(app.times("second_factor.missed").await, 0);
    app.finish().await;
}

/// As the document says: a wrong code is counted, and so it is no refusal after which nothing is known of a request.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_is_kept_under_its_key() {
    let app = app().await;
    let ani = app.proven_admin().await;
    app.minutes_pass(1);
    let prove = |code: &str, key: &str| {
        let code = json!({ "code": code });
        ani.post("/auth/second-factor/prove", &code).key(key)
    };
    let (wrong, right) = (wrong(shown(&ani)), shown(&ani).shows());
    for _ in 0..2 {
        prove(&wrong, "first")
            .await
            .refuses(403, "second_factor.wrong_code");
    }
    assert_eq!(app.times("second_factor.missed").await, 1);
    prove(&right, "first")
        .await
        .refuses(422, "idempotency_key.reused");
    prove(&right, "second").await.is(200);
    app.finish().await;
}

fn credit(amount: i64) -> Value {
    json!({ "side": "credit", "amount": amount, "reason": "paid at the counter" })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_two_needs_a_second_factor_of_both_and_for_a_while() {
    let app = app_with(|settings| settings.sessions.proof_hours = 1).await;
    let dewi = app.customer().await;
    let (bare, ani) = (app.admin().await, app.proven_admin().await);
    let path = format!("/admin/users/{}/adjustments", dewi.id);
    bare.post(&path, &credit(1_000)).await.is(200);
    bare.post(&path, &credit(2_000_000))
        .await
        .refuses(403, "second_factor.required");
    let held = ani.post(&path, &credit(2_000_000)).await.is(202);
    let request = format!("/admin/approvals/{}", held.text_of("approval_id"));
    let (approve, reject) = (format!("{request}/approve"), format!("{request}/reject"));
    let why = json!({ "reason": "there is no receipt" });
    bare.post(&approve, &json!({}))
        .await
        .refuses(403, "second_factor.required");
    bare.post(&reject, &why)
        .await
        .refuses(403, "second_factor.required");
    let oki = bare.enrols(&app.clock).await;
    // What an hour ago was proven has to be proven anew, in the same session.
    app.minutes_pass(60);
    let oki = oki.refreshed().await;
    oki.post(&approve, &json!({}))
        .await
        .refuses(403, "second_factor.required");
    let me = oki.get("/auth/me").await.is(200);
    assert_eq!(me["proven_until"], Value::Null);
    gives(&oki, &shown(&oki).shows(), "prove").await.is(200);
    oki.post(&approve, &json!({})).await.is(200);
    dewi.again().await.has(2_001_000).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_his_authenticator_is_helped_by_two_others() {
    let app = app().await;
    let lost = app.proven_admin().await;
    let reset = format!("/admin/users/{}/second-factor/reset", lost.id);
    let why = json!({ "reason": "the phone was lost" });
    let ani = app.proven_admin().await;
    ani.post(&reset, &why).await.refuses(409, "approval.alone");
    let oki = app.proven_admin().await;
    let held = ani.post(&reset, &why).await.is(202);
    let approve = format!("/admin/approvals/{}/approve", held.text_of("approval_id"));
    lost.post(&approve, &json!({}))
        .await
        .refuses(403, "approval.own_matter");
    oki.post(&approve, &json!({})).await.is(200);
    lost.gets("Your second factor was removed by our staff")
        .await;
    // What it proved counts for nothing any more.
    let me = lost.get("/auth/me").await.is(200);
    assert_eq!(me["second_factor"], false);
    assert_eq!(me["proven_until"], Value::Null);
    let back = Person::signs_in(&app.wire, &lost.email, PASSWORD).await;
    let back = back.enrols(&app.clock).await;
    // With a code its owner takes it away himself.
    gives(&back, &shown(&back).shows_next(), "remove")
        .await
        .is(200);
    back.gets("You removed your second factor").await;
    signs_in(&app, &back, None).await.is(200);
    app.finish().await;
}

/// When it comes and when it goes there is a letter.
#[tokio::test(flavor = "multi_thread")]
async fn three_times_an_hour_a_second_factor_comes_into_use() {
    let app = app().await;
    let mut ani = app.admin().await;
    for _ in 0..3 {
        ani = ani.enrols(&app.clock).await;
        gives(&ani, &shown(&ani).shows_next(), "remove")
            .await
            .is(200);
    }
    let password = json!({ "password": PASSWORD });
    let offered = ani.post("/auth/second-factor", &password).await.is(201);
    let authenticator = Authenticator {
        secret: TotpSecret::parse(&offered.text_of("secret")).unwrap(),
        clock: app.clock.clone(),
    };
    gives(&ani, &authenticator.shows(), "confirm")
        .await
        .refuses(409, "second_factor.too_often");
    assert_eq!(app.times("second_factor.confirmed").await, 3);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_accounts_shows_who_has_one() {
    let app = app().await;
    let (ani, dewi) = (app.proven_admin().await, app.customer().await);
    app.settle().await;
    let has = async |of: &Person| {
        let path = format!("/admin/users/{}", of.id);
        let account = ani.get(&path).await.is(200);
        let list = ani.get("/admin/users").await.is(200);
        let mut listed = list["items"].as_array().unwrap().iter();
        let row = listed.find(|row| row["id"] == account["id"]).unwrap();
        assert_eq!(row["second_factor"], account["second_factor"]);
        account["second_factor"].as_bool().unwrap()
    };
    assert!(has(&ani).await);
    assert!(!has(&dewi).await);
    let code = ani.authenticator.as_ref().unwrap().shows_next();
    gives(&ani, &code, "remove").await.is(200);
    app.settle().await;
    assert!(!has(&ani).await);
    app.finish().await;
}
