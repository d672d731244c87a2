//! Sessions and accounts: what ends takes effect with the next request.

use crate::support::{PASSWORD, Person, app};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_works_once_and_its_reuse_ends_the_session() {
    let app = app().await;
    let dewi = app.customer().await;
    let refresh = |token: &str| {
        let body = json!({ "refresh_token": token });
        app.wire.post("/api/v1/auth/refresh", &body)
    };
    let next = refresh(&dewi.refresh_token).await.is(200);
    let (access, newest) = (next.text_of("access_token"), next.text_of("refresh_token"));
    assert_ne!(newest, dewi.refresh_token);
    app.wire.get("/api/v1/auth/me").token(&access).await.is(200);

    let reused = refresh(&dewi.refresh_token).await;
    reused.refuses(401, "session.ended");
    refresh(&newest).await.refuses(401, "session.ended");
    let me = app.wire.get("/api/v1/auth/me").token(&access).await;
    me.refuses(401, "session.ended");
    Person::signs_in(&app.wire, &dewi.email, PASSWORD).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_is_out() {
    let app = app().await;
    let dewi = app.customer().await;
    let other = Person::signs_in(&app.wire, &dewi.email, PASSWORD).await;
    dewi.ask(reqwest::Method::POST, "/auth/logout")
        .await
        .is(200);
    dewi.get("/auth/me").await.refuses(401, "session.ended");
    let me = other.get("/auth/me").await.is(200);
    assert_eq!(me["email"], dewi.email);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivated_customer_is_out_at_once() {
    let app = app().await;
    let [admin, dewi] = [app.admin().await, app.customer().await];
    dewi.get("/auth/me").await.is(200);
    let switch = async |to: &str| {
        let path = format!("/admin/users/{}/{to}", dewi.id);
        admin
            .post(&path, &json!({ "reason": "asked for it" }))
            .await
            .is(200);
    };
    switch("deactivate").await;
    dewi.get("/auth/me").await.refuses(403, "user.deactivated");
    let login = json!({ "email": dewi.email, "password": PASSWORD });
    let login = || app.wire.post("/api/v1/auth/login", &login);
    login().await.refuses(403, "user.deactivated");
    switch("activate").await;
    // His sessions of before are over for good.
    dewi.get("/auth/me").await.refuses(401, "session.ended");
    login().await.is(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_one_account_and_a_wrong_password_tells_nothing() {
    let app = app().await;
    let dewi = app.customer().await;
    let account = json!({ "name": "D", "email": dewi.email.to_uppercase(), "password": PASSWORD });
    let again = app.wire.post("/api/v1/auth/register", &account).await;
    again.refuses(409, "claim.email_taken");
    for email in [&dewi.email, "nobody@example.com"] {
        let login = json!({ "email": email, "password": "wrong horse battery" });
        let login = app.wire.post("/api/v1/auth/login", &login).await;
        login.refuses(401, "credentials.wrong");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_written_to_under_a_name_that_leads_elsewhere() {
    let app = app().await;
    for name in ["Win https://evil.example/x", "Win www.evil.example"] {
        let account = json!({ "name": name, "email": "victim@example.com", "password": PASSWORD });
        let refused = app.wire.post("/api/v1/auth/register", &account).await;
        let refused = refused.locates("/name");
        let detail = refused["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains("web address"), "{detail}");
    }
    assert_eq!(app.times("user.registered").await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_work_is_for_staff() {
    let app = app().await;
    let dewi = app.customer().await;
    dewi.get("/admin/users").await.refuses(403, "role.missing");
    let admin = app.admin().await;
    admin.get("/wallet").await.refuses(403, "role.missing");
    app.finish().await;
}
