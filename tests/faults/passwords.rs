//! The program aborts in the middle of a password's reset: the one that the customer is shown is the one that the app
//! has.

use crate::support::{Person, Place, becomes, until};
use reqwest::Method;
use std::os::unix::process::ExitStatusExt as _;

async fn a_reset_survives_a_death_at(point: &str) {
    let place = Place::new().await;
    let dev = place.start(&[]).await;
    let mut dewi = Person::signs_up(&dev.wire).await.with_credit(50_000).await;
    let order = dewi.buys("ghost").await;
    dewi.sees(&order, "active").await;
    let path = |what: &str| format!("/pods/{}/{what}", order.instance);
    let first = dewi.ask(Method::POST, &path("credentials")).await.is(200);
    place.settle().await;
    assert!(dev.stopped().await.success());

    let dev = place.start(&["--abort-at", point]).await;
    dewi.wire = dev.wire.clone();
    let reset = |dewi: &Person| {
        dewi.ask(Method::POST, &path("reset-password"))
            .key("the-one")
    };
    reset(&dewi).answer().await;
    assert_eq!(dev.died().await.signal(), Some(6), "it aborts at {point}");

    let dev = place.start(&[]).await;
    dewi.wire = dev.wire.clone();
    reset(&dewi).await.is(200);
    becomes("it is ready", async || {
        dewi.get(&path("status")).await["status"] == "ready"
    })
    .await;
    let again = until("the new sign-in is shown", async || {
        let ask = dewi.ask(Method::POST, &path("credentials")).key("new");
        let shown = ask.await;
        (shown.status == 200).then_some(shown)
    })
    .await;
    assert_ne!(again.text_of("password"), first.text_of("password"));
    let jobs = format!(
        "{}/apis/batch/v1/namespaces/customer-{}/jobs",
        dev.wire.kubernetes, order.instance
    );
    let jobs = dev.wire.get(&jobs).await.is(200);
    let names = jobs["items"].as_array().unwrap().iter();
    let resets = names.filter(|job| {
        job["metadata"]["name"]
            .as_str()
            .unwrap()
            .starts_with("reset-")
    });
    assert_eq!(resets.count(), 1);
    place.settle().await;
    place.verify().await;
    assert!(dev.stopped().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_another_password_was_made_before_the_job() {
    a_reset_survives_a_death_at("password-made").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_password_was_kept_before_that_is_recorded() {
    a_reset_survives_a_death_at("password-kept").await;
}
