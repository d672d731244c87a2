//! Another password of an account: chosen with the one that holds, or by a letter.

use crate::support::{Answer, Ask, PASSWORD, Person, TestApp, app, becomes, until};
use purser::auth::Vault;
use reqwest::Method;
use serde_json::json;

const ANOTHER: &str = "battery staple correct";

fn chooses(of: &Person, current: &str, new: &str) -> Ask {
    let chosen = json!({ "current_password": current, "new_password": new });
    of.ask(Method::PUT, "/auth/password").json(&chosen)
}

fn login(app: &TestApp, of: &Person, password: &str) -> Ask {
    let login = json!({ "email": of.email, "password": password });
    app.wire.post("/api/v1/auth/login", &login)
}

pub(super) async fn asks(app: &TestApp, email: &str) {
    let email = json!({ "email": email });
    let asked = app.wire.post("/api/v1/auth/password-reset", &email).await;
    assert_eq!(asked.is(202).text, "");
}

pub(super) fn confirms(app: &TestApp, token: &str, password: &str) -> Ask {
    let chosen = json!({ "token": token, "new_password": password });
    app.wire
        .post("/api/v1/auth/password-reset/confirm", &chosen)
}

/// What the so manieth letter carried by which he chooses another password.
pub(super) async fn token_of(of: &Person, letter: usize) -> String {
    let text = until("the letter arrives", async || {
        let letters = of.letters().await.into_iter();
        let mut resets = letters.filter(|letter| letter.subject == "Choose another password");
        resets.nth(letter - 1)
    });
    let text = text.await.text;
    let (_, token) = text.split_once("reset-password#token=").unwrap();
    token.split_whitespace().next().unwrap().to_owned()
}

async fn is_out(app: &TestApp, who: &Person) {
    who.get("/auth/me").await.refuses(401, "session.ended");
    let refresh = json!({ "refresh_token": who.refresh_token });
    let refreshed: Answer = app.wire.post("/api/v1/auth/refresh", &refresh).await;
    refreshed.refuses(401, "session.ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_password_ends_every_session_and_answers_with_a_new_one() {
    let app = app().await;
    let dewi = app.customer().await;
    let other = Person::signs_in(&app.wire, &dewi.email, PASSWORD).await;
    chooses(&dewi, "not my password", ANOTHER)
        .await
        .refuses(401, "credentials.wrong");
    let short = chooses(&dewi, PASSWORD, "short").await;
    let short = short.refuses(400, "request.invalid");
    assert_eq!(short["errors"][0]["pointer"], "/new_password");
    dewi.get("/auth/me").await.is(200);

    let tokens = chooses(&dewi, PASSWORD, ANOTHER).await.is(200);
    is_out(&app, &dewi).await;
    is_out(&app, &other).await;
    let dewi = Person::with(&app.wire, &dewi.email, &tokens);
    let dewi = dewi.refreshed().await;
    dewi.get("/auth/me").await.is(200);
    login(&app, &dewi, PASSWORD)
        .await
        .refuses(401, "credentials.wrong");
    login(&app, &dewi, ANOTHER).await.is(200);
    let letter = dewi.gets("Your password was changed").await;
    assert!(letter.text.contains("who knew the"), "{}", letter.text);
    let hashes = "select count(*) from events where payload::text like '%argon2%'";
    assert_eq!(app.number(hashes).await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_times_an_hour_another_one_is_chosen_while_signed_in() {
    let app = app().await;
    let mut dewi = app.customer().await;
    for _ in 0..5 {
        let tokens = chooses(&dewi, PASSWORD, PASSWORD).await.is(200);
        dewi = Person::with(&app.wire, &dewi.email, &tokens);
    }
    chooses(&dewi, PASSWORD, ANOTHER)
        .await
        .refuses(409, "user.password_too_often");
    assert_eq!(app.times("user.password_changed").await, 5);
    // Whoever has the mailbox is not held up by it.
    asks(&app, &dewi.email).await;
    let token = token_of(&dewi, 1).await;
    let reset = || confirms(&app, &token, ANOTHER).key("reset");
    let done = reset().await.is(200);
    login(&app, &dewi, ANOTHER).await.is(200);
    // Whoever did not hear the answer hears it also when the letter is good for nothing any more.
    app.minutes_pass(61);
    assert_eq!(reset().await.is(200).body, done.body);
    confirms(&app, &token, PASSWORD)
        .await
        .refuses(403, "user.reset_over");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_second_factor_a_code_is_asked_for_and_it_stays() {
    let app = app().await;
    let ani = app.proven_admin().await;
    chooses(&ani, PASSWORD, ANOTHER)
        .await
        .refuses(401, "second_factor.code_missing");
    ani.get("/auth/me").await.is(200);
    let code = ani.authenticator.as_ref().unwrap().shows_next();
    let chosen = json!({ "current_password": PASSWORD, "new_password": ANOTHER, "code": code });
    let tokens = ani.ask(Method::PUT, "/auth/password").json(&chosen).await;
    let next = Person::with(&app.wire, &ani.email, &tokens.is(200));
    let me = next.get("/auth/me").await.is(200);
    assert!(me["proven_until"].is_string(), "{}", me.text);
    is_out(&app, &ani).await;

    asks(&app, &ani.email).await;
    let token = token_of(&ani, 1).await;
    confirms(&app, &token, PASSWORD).await.is(200);
    is_out(&app, &next).await;
    login(&app, &ani, PASSWORD)
        .await
        .refuses(401, "second_factor.code_missing");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_gives_another_password_once() {
    let app = app().await;
    let dewi = app.customer().await;
    for nobody in ["nobody@example.com", "no address"] {
        asks(&app, nobody).await;
    }
    asks(&app, &dewi.email.to_uppercase()).await;
    let token = token_of(&dewi, 1).await;
    let forged = token.replacen(".0.", ".1.", 1);
    for wrong in [forged.as_str(), "", "a.b.c.d"] {
        confirms(&app, wrong, ANOTHER)
            .await
            .refuses(403, "user.reset_over");
    }
    let short = confirms(&app, &token, "short").await;
    let short = short.refuses(400, "request.invalid");
    assert_eq!(short["errors"][0]["pointer"], "/new_password");

    let confirm = || confirms(&app, &token, ANOTHER).key("once");
    let done = confirm().await.is(200);
    assert_eq!(confirm().await.is(200).position(), done.position());
    confirms(&app, &token, PASSWORD)
        .await
        .refuses(403, "user.reset_over");
    is_out(&app, &dewi).await;
    login(&app, &dewi, PASSWORD)
        .await
        .refuses(401, "credentials.wrong");
    login(&app, &dewi, ANOTHER).await.is(200);
    let letter = dewi.gets("Your password was changed").await;
    assert!(letter.text.contains("with the link"), "{}", letter.text);
    let stands = |place: &str, column: &str| {
        format!("select count(*) from {place} where {column}::text like '%{token}%'")
    };
    assert_eq!(app.number(&stands("events", "payload")).await, 0);
    assert_eq!(app.number(&stands("effects", "body")).await, 0);
    assert_eq!(app.times("user.password_reset_requested").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_over_after_an_hour_and_after_any_other_change() {
    let app = app().await;
    let dewi = app.customer().await;
    asks(&app, &dewi.email).await;
    let late = token_of(&dewi, 1).await;
    app.minutes_pass(61);
    confirms(&app, &late, ANOTHER)
        .await
        .refuses(403, "user.reset_over");
    asks(&app, &dewi.email).await;
    let void = token_of(&dewi, 2).await;
    let dewi = dewi.again().await;
    chooses(&dewi, PASSWORD, ANOTHER).await.is(200);
    confirms(&app, &void, "yet another password")
        .await
        .refuses(403, "user.reset_over");
    login(&app, &dewi, ANOTHER).await.is(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_account_is_shut_gets_no_letter() {
    let app = app().await;
    let (admin, dewi, sari) = (
        app.admin().await,
        app.customer().await,
        app.customer().await,
    );
    asks(&app, &dewi.email).await;
    let token = token_of(&dewi, 1).await;
    let path = format!("/admin/users/{}/deactivate", dewi.id);
    let reason = json!({ "reason": "asked for it" });
    admin.post(&path, &reason).await.is(200);
    confirms(&app, &token, ANOTHER)
        .await
        .refuses(403, "user.deactivated");
    asks(&app, &dewi.email).await;
    asks(&app, &sari.email).await;
    token_of(&sari, 1).await;
    app.settle().await;
    let letters = dewi.letters().await.into_iter();
    let resets = letters.filter(|letter| letter.subject == "Choose another password");
    assert_eq!(resets.count(), 1);
    // What went out before is over for good.
    let path = format!("/admin/users/{}/activate", dewi.id);
    admin.post(&path, &reason).await.is(200);
    confirms(&app, &token, ANOTHER)
        .await
        .refuses(403, "user.reset_over");
    login(&app, &dewi, PASSWORD).await.is(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_to_whom_nobody_can_read_any_more_is_done_and_waits_for_nobody() {
    let mut app = app().await;
    let dewi = app.customer().await;
    app.settle().await;
    app.stops().await;
    let pool = purser::app::pool(&app.database.urls.app, 1).unwrap();
    let vault = Vault::new(pool.clone(), app.settings.keys.clone());
    vault.erase(dewi.id).await.unwrap();
    pool.close().await;
    app.starts().await;
    asks(&app, &dewi.email).await;
    becomes("the letter is asked for", async || {
        app.times("user.password_reset_requested").await == 1
    })
    .await;
    app.settle().await;
    let with = |status: &str| {
        format!(
            "select count(*) from effects
             where saga = 'letters' and step like 'reset-password%' and status = '{status}'"
        )
    };
    assert_eq!(app.number(&with("done")).await, 1);
    assert_eq!(app.number(&with("dead")).await, 0);
    app.finish().await;
}
