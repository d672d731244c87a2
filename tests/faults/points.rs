//! One named point after another: the program aborts there during an order, is started again, and the
//! customer repeats the request.

use crate::support::{Order, Person, Place, becomes};
use std::{collections::BTreeMap, os::unix::process::ExitStatusExt as _};

/// How many letters of one kind may have arrived.
const ONCE: usize = 1;
const TWICE: usize = 2;

async fn an_order_survives_a_death_at(point: &str, most_copies: usize) {
    let place = Place::new().await;
    let dev = place.start(&[]).await;
    let mut dewi = Person::signs_up(&dev.wire).await.with_credit(100_000).await;
    let order = dewi.order_of("wordpress").await;
    place.settle().await;
    assert!(dev.stopped().await.success());

    let dev = place.start(&["--abort-at", point]).await;
    dewi.wire = dev.wire.clone();
    let ask = |dewi: &Person| dewi.post("/subscriptions", &order).key("the-one");
    let first = ask(&dewi).answer().await;
    assert_eq!(dev.died().await.signal(), Some(6), "it aborts at {point}");

    let dev = place.start(&[]).await;
    dewi.wire = dev.wire.clone();
    let again = ask(&dewi).await;
    let order = Order::of(&again);
    assert_eq!(
        again.header("idempotent-replayed"),
        Some("true"),
        "it was committed"
    );
    assert!(first.is_none_or(|first| first.body == again.body));
    dewi.sees(&order, "active").await;
    becomes("the letters arrive", async || {
        dewi.letters().await.len() >= 6
    })
    .await;
    place.settle().await;

    let expected = [
        ("top_up".to_owned(), 100_000),
        ("charge".to_owned(), -40_000),
    ];
    assert_eq!(dewi.movements().await, expected);
    let subscriptions = dewi.get("/subscriptions").await.is(200);
    assert_eq!(subscriptions["items"].as_array().unwrap().len(), 1);
    assert_eq!(dev.wire.namespaces().await.len(), 1);
    let mut copies: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for letter in dewi.letters().await {
        copies
            .entry(letter.subject)
            .or_default()
            .push(letter.message_id);
    }
    assert_eq!(copies.len(), 6, "{copies:?}");
    for ids in copies.values_mut() {
        assert!(ids.len() <= most_copies, "{ids:?}");
        ids.dedup();
        assert_eq!(ids.len(), 1, "every copy has the same Message-ID");
    }
    place.verify().await;
    assert!(dev.stopped().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_commit_before_the_answer() {
    an_order_survives_a_death_at("committed", ONCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_publishing() {
    an_order_survives_a_death_at("published", ONCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_projecting() {
    an_order_survives_a_death_at("projected", ONCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_effect_was_claimed() {
    an_order_survives_a_death_at("claimed", ONCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_objects_were_applied_before_that_is_noted() {
    // A letter may be with the mail server at that moment.
    an_order_survives_a_death_at("applied", TWICE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_effect_was_run_before_that_is_noted() {
    // The first effect of an order to come to its end may be a letter.
    an_order_survives_a_death_at("effect-run", TWICE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_letter_was_taken_before_that_is_noted() {
    an_order_survives_a_death_at("mailed", TWICE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_document_got_its_number_before_that_is_noted() {
    // A letter may be with the mail server at that moment.
    an_order_survives_a_death_at("numbered", TWICE).await;
}
