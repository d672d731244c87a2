//! What a developer chooses: which recipes there are, and what time it is.

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
