//! The program dies while the end of a paid period is dealt with: the period is charged once all the same.

use crate::support::{Order, Person, Place, becomes};
use purser_domain::period::day_begins;
use serde_json::json;
use std::os::unix::process::ExitStatusExt as _;

async fn a_renewal_survives_a_death_at(point: &str) {
    let place = Place::new().await;
    let dev = place.start(&[]).await;
    let dewi = Person::signs_up(&dev.wire).await.with_credit(100_000).await;
    let order = dewi.order_of("wordpress").await;
    let order = Order::of(&dewi.post("/subscriptions", &order).await);
    let subscription = dewi.sees(&order, "active").await;
    let end = subscription.text_of("period_end").parse().unwrap();
    place.settle().await;
    assert!(dev.stopped().await.success());

    let dev = place.start(&["--abort-at", point]).await;
    let ahead = (day_begins(end) - chrono::Utc::now()).num_seconds() + 1;
    let clock = format!("{}/dev/clock/advance", dev.wire.api);
    let advance = dev.wire.post(&clock, &json!({ "seconds": ahead }));
    // It may die before it has answered.
    let _ = advance.answer().await;
    assert_eq!(dev.died().await.signal(), Some(6), "it aborts at {point}");

    let dev = place.start(&[]).await;
    let dewi = Person::signs_in(&dev.wire, &dewi.email, crate::support::PASSWORD).await;
    becomes("one more period is paid", async || {
        dewi.balance().await == 20_000
    })
    .await;
    place.settle().await;
    let expected = [
        ("top_up".to_owned(), 100_000),
        ("charge".to_owned(), -40_000),
        ("charge".to_owned(), -40_000),
    ];
    assert_eq!(dewi.movements().await, expected);
    place.verify().await;
    assert!(dev.stopped().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_period_was_charged() {
    a_renewal_survives_a_death_at("committed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_renewal_was_claimed() {
    a_renewal_survives_a_death_at("claimed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_renewal_was_decided_before_that_is_noted() {
    a_renewal_survives_a_death_at("effect-run").await;
}
