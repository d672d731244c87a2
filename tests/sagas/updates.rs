//! While an update goes on, a process of the old build works beside one of the new: what it does not know it leaves alone.

use super::Office;
use crate::support::{becomes, credit};
use purser::sagas::stuck;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);
const NEWER: &str = r#"{"kind": "asked_for_by_a_newer_build"}"#;

/// The one effect there is, as it stands.
async fn body(office: &Office) -> String {
    sqlx::query_scalar("select body::text from effects")
        .fetch_one(&office.world.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn an_effect_that_this_build_cannot_read_waits_for_a_newer_one() {
    let office = Office::open().await;
    office.world.customer(1).await;
    office.are(&[("send-1", "waiting")]).await;
    let readable = body(&office).await;
    office.set(&format!("body = '{NEWER}'")).await;
    let old = office.work();
    becomes("it is put off", async || {
        let put_off = "effects where status = 'waiting' and attempt = 0
            and last_error like 'this build cannot read the effect%'";
        office.world.count(put_off).await == 1
    })
    .await;
    assert!(office.executor.ran().is_empty());
    let listed = stuck(&office.world.pool).await.unwrap();
    assert_eq!(listed.len(), 1, "{listed:?}");
    old.end().await;

    // A newer build can.
    office
        .set(&format!("body = '{readable}', due_at = clock_timestamp()"))
        .await;
    office.work();
    office.are(&[("send-1", "done")]).await;
    let [(_, 1)] = office.executor.ran()[..] else {
        panic!("a first attempt: {:?}", office.executor.ran())
    };
}

#[tokio::test]
async fn an_effect_that_nobody_could_read_until_its_deadline_is_told_to_the_saga() {
    let office = Office::open().await;
    office.world.customer(1).await;
    office.are(&[("send-1", "waiting")]).await;
    let long_ago = "deadline_at = clock_timestamp() - interval '1 second'";
    office.set(&format!("body = '{NEWER}', {long_ago}")).await;
    office.work();
    office
        .are(&[("send-1", "undone"), ("undo-send-1", "done")])
        .await;
}

#[tokio::test]
async fn an_effect_of_a_saga_that_only_a_newer_build_has_is_left_to_it() {
    let office = Office::open().await;
    let budi = office.world.customer(1).await;
    office.are(&[("send-1", "waiting")]).await;
    office.set("saga = 'of_a_newer_build'").await;
    office.work();
    office.world.given(credit(budi, 2)).await;
    office
        .are(&[("send-1", "waiting"), ("send-2", "done")])
        .await;
    let untouched = "effects where step = 'send-1' and attempt = 0 and last_error is null";
    assert_eq!(office.world.count(untouched).await, 1);

    office.set("saga = 'courier'").await;
    office.are(&[("send-1", "done"), ("send-2", "done")]).await;
}

#[tokio::test]
async fn a_timer_of_a_saga_that_only_a_newer_build_has_is_left_to_it() {
    let office = Office::open().await;
    office.work();
    office.world.customer(0).await;
    office.world.settle().await;
    let rename = "update timers set saga = 'of_a_newer_build'";
    let pool = &office.world.pool;
    sqlx::query(rename).execute(pool).await.unwrap();
    office.world.customer(0).await;
    office.world.settle().await;
    office.keep_time();
    office.world.clock.advance(HOUR);
    office.are(&[("timer-hour", "done")]).await;
    let left = "timers where saga = 'of_a_newer_build' and name = 'hour'";
    assert_eq!(office.world.count(left).await, 1);

    let rename =
        "update timers set saga = 'courier' where saga = 'of_a_newer_build' and name = 'hour'";
    sqlx::query(rename).execute(pool).await.unwrap();
    office
        .are(&[("timer-hour", "done"), ("timer-hour", "done")])
        .await;
}
