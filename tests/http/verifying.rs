//! Proving that an address is one's own.

use crate::support::app;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_proves_an_address_and_proving_it_again_changes_nothing() {
    let app = app().await;
    let dewi = app.customer().await;
    let welcome = dewi.gets("Welcome to Purser").await;
    let me = dewi.get("/auth/me").await.is(200);
    assert_eq!(me["email_verified"], false);
    let forged = json!({ "token": format!("{}.1900000000.AAAA", dewi.id) });
    let refused = app.wire.post("/api/v1/auth/verify-email", &forged).await;
    refused.refuses(401, "token.invalid");
    let proven = dewi.proves(&welcome).await.is(200);
    let again = dewi.proves(&welcome).await.is(200);
    assert_eq!(again["version"], proven["version"]);
    let me = dewi.get("/auth/me").await.is(200);
    assert_eq!(me["email_verified"], true);
    dewi.post("/auth/verification", &json!({}))
        .await
        .refuses(409, "user.already_verified");
    assert_eq!(app.times("user.email_verified").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_letter_comes_when_it_is_asked_for_and_the_first_grows_old() {
    let app = app().await;
    let dewi = app.customer().await;
    let welcome = dewi.gets("Welcome to Purser").await;
    dewi.post("/auth/verification", &json!({}))
        .await
        .refuses(409, "user.verification_too_soon");
    app.minutes_pass(7 * 24 * 60 + 1);
    dewi.proves(&welcome).await.refuses(401, "token.expired");
    let dewi = dewi.again().await;
    dewi.post("/auth/verification", &json!({})).await.is(200);
    let letter = dewi.gets("Confirm your address").await;
    dewi.proves(&letter).await.is(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_letters_go_out_within_an_hour() {
    let app = app().await;
    let dewi = app.customer().await;
    let asks = || dewi.post("/auth/verification", &json!({}));
    for _ in 0..4 {
        app.minutes_pass(1);
        asks().await.is(200);
    }
    app.minutes_pass(1);
    asks().await.refuses(409, "user.verification_too_often");
    app.settle().await;
    // The first one is the welcome.
    assert_eq!(dewi.letters().await.len(), 5);
    app.finish().await;
}
