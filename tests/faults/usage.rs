//! The process dies inside of a round of measuring what apps use.

use crate::support::{Dev, Person, Place, becomes};
use reqwest::Method;
use serde_json::json;
use std::os::unix::process::ExitStatusExt as _;

/// A round begins whenever business time is moved.
async fn a_minute_passes(dev: &Dev) {
    let clock = dev.facts["clock_url"].as_str().unwrap();
    let on = format!("{clock}/dev/clock/advance");
    let ask = dev.wire.ask(Method::POST, &on);
    // Who is asked may die of it before he answers.
    let _ = ask.json(&json!({ "minutes": 1 })).answer().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_that_was_noted_and_not_told_is_not_counted_twice() {
    let place = Place::new().await;
    let dev = place.start(&[]).await;
    let mut dewi = Person::signs_up(&dev.wire).await.with_credit(100_000).await;
    let order = dewi.buys("n8n").await;
    dewi.sees(&order, "active").await;
    place.settle().await;
    assert!(dev.stopped().await.success());

    let dev = place.start(&["--abort-at", "usage-noted"]).await;
    a_minute_passes(&dev).await;
    assert_eq!(dev.died().await.signal(), Some(6), "it aborts in a round");

    let dev = place.start(&[]).await;
    dewi.wire = dev.wire.clone();
    let metrics = format!("/pods/{}/metrics?limit=100", order.instance);
    let moments = async || {
        let shown = dewi.get(&metrics).await.is(200);
        let samples = shown["samples"].as_array().unwrap().clone();
        let at = |sample: &serde_json::Value| sample["start"].as_str().unwrap().to_owned();
        let mut moments: Vec<String> = samples.iter().map(at).collect();
        moments.sort();
        moments
    };
    becomes("the round that died is there", async || {
        !moments().await.is_empty()
    })
    .await;
    a_minute_passes(&dev).await;
    let before = moments().await.len();
    a_minute_passes(&dev).await;
    becomes("measuring goes on", async || moments().await.len() > before).await;
    let mut once = moments().await;
    let all = once.len();
    once.dedup();
    assert_eq!(once.len(), all, "each moment was measured once");
    place.settle().await;
    place.verify().await;
    assert!(dev.stopped().await.success());
}
