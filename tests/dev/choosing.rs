//! What a developer chooses: which recipes there are, and what time it is, also for an authenticator.

use crate::support::{Place, becomes};
use reqwest::Method;
use serde_json::json;
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
async fn recipes_and_their_images_come_from_the_environment() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recipes");
    let image = "pages.app=nginxinc/nginx-unprivileged:1.29.9-alpine";
    let place = Place::new().await;
    let place = place.with([
        ("TEMPLATES_DIR", own.to_str().unwrap()),
        ("TEMPLATE_IMAGES", image),
    ]);
    let dev = place.start(&[]).await;
    let list = dev.wire.get("/api/v1/templates").await.is(200);
    let templates = list.body.as_array().unwrap();
    assert_eq!(templates.len(), 1, "{}", list.text);
    assert!(list.text.contains("1.29.9-alpine"), "{}", list.text);
    let sold = dev.wire.get("/api/v1/services").await.is(200);
    assert_eq!(
        sold["items"],
        json!([]),
        "nothing is sold that there is no recipe of"
    );
    assert!(dev.stopped().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clusters_clock_follows_business_time() {
    let place = Place::new().await;
    let dev = place.start(&[]).await;
    let ahead = async |dev: &crate::support::Dev| {
        let url = format!("{}/standin/settings", dev.wire.kubernetes);
        let settings = dev.wire.get(&url).await;
        settings.is(200)["clock_ahead_ms"].as_u64().unwrap()
    };
    assert_eq!(ahead(&dev).await, 0);
    let clock = dev.facts["clock_url"].as_str().unwrap();
    let on = format!("{clock}/dev/clock/advance");
    let hour = json!({ "hours": 1 });
    dev.wire.ask(Method::POST, &on).json(&hour).await.is(200);
    becomes("an hour has passed there", async || {
        ahead(&dev).await == 3_600_000
    })
    .await;
    assert!(dev.stopped().await.success());
    let dev = place.start(&[]).await;
    becomes("it has still passed", async || {
        ahead(&dev).await == 3_600_000
    })
    .await;
    assert!(dev.stopped().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_administrator_signs_in_with_a_code_of_business_time() {
    let place = Place::new().await;
    let dev = place.start(&[]).await;
    let clock = dev.facts["clock_url"].as_str().unwrap();
    let on = format!("{clock}/dev/clock/advance");
    let day = json!({ "days": 1 });
    dev.wire.ask(Method::POST, &on).json(&day).await.is(200);
    let people = dev.facts["sign_ins"].as_array().unwrap();
    let approver = people.iter().find(|one| one["role"] == "approver").unwrap();
    let mut login = json!({ "email": approver["email"], "password": approver["password"] });
    let without = dev.wire.post("/api/v1/auth/login", &login).await;
    without.refuses(401, "second_factor.code_missing");
    let secret = approver["totp_secret"].as_str().unwrap();
    let shown = dev.wire.get(&format!("{clock}/dev/code?secret={secret}"));
    login["code"] = shown.await.text.into();
    let tokens = dev.wire.post("/api/v1/auth/login", &login).await.is(200);
    let token = tokens.text_of("access_token");
    let me = dev.wire.get("/api/v1/auth/me").token(&token).await.is(200);
    assert!(me["proven_until"].is_string(), "{}", me.text);
    assert!(dev.stopped().await.success());
}
