//! Effects on the cluster, and what they leave to the others.

use super::{Act, Office, PATIENT, working::charge};
use crate::support::{becomes, credit};
use chrono::{DateTime, TimeDelta, Utc};
use purser::sagas::{Outcome, WorkerOptions};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;

#[tokio::test]
async fn while_the_cluster_does_not_answer_only_what_is_not_on_it_begins() {
    let office = Office::open().await;
    office.work();
    let budi = office.world.customer(1_000).await;
    office.are(&[("cordon-1000", "waiting")]).await;
    office.world.given(credit(budi, 2)).await;
    office
        .are(&[("cordon-1000", "waiting"), ("send-2", "done")])
        .await;
    office.cluster.send_replace(true);
    office
        .are(&[("cordon-1000", "done"), ("send-2", "done")])
        .await;
}

#[tokio::test]
async fn a_cluster_that_hangs_leaves_workers_for_everything_else() {
    let office = Office::open().await;
    office.cluster.send_replace(true);
    let go_on = Arc::new(Notify::new());
    let hangs = Act::SayLater(go_on.clone(), Outcome::Done);
    office.executor.will(hangs);
    office.work_with(WorkerOptions {
        workers: 3,
        ..PATIENT
    });
    let budi = office.world.customer(1_000).await;
    becomes("it runs", async || office.executor.ran().len() == 1).await;
    for amount in [1_001, 1_002] {
        office.world.given(credit(budi, amount)).await;
    }
    office.world.given(credit(budi, 2)).await;
    office
        .are(&[
            ("cordon-1000", "running"),
            ("cordon-1001", "waiting"),
            ("cordon-1002", "waiting"),
            ("send-2", "done"),
        ])
        .await;
    go_on.notify_one();
    office
        .are(&[
            ("cordon-1000", "done"),
            ("cordon-1001", "done"),
            ("cordon-1002", "done"),
            ("send-2", "done"),
        ])
        .await;
}

/// Effects that are claimed until after this moment.
async fn claimed_after(office: &Office, moment: DateTime<Utc>) -> i64 {
    let sql = "select count(*) from effects where status = 'running' and leased_until > $1";
    let claimed = sqlx::query_scalar(sql).bind(moment);
    claimed.fetch_one(&office.world.pool).await.unwrap()
}

#[tokio::test]
async fn an_attempt_on_the_cluster_is_nobody_elses_for_as_long_as_it_lasts() {
    let office = Office::open().await;
    office.cluster.send_replace(true);
    let go_on = Arc::new(Notify::new());
    let slow = Act::SayLater(go_on.clone(), Outcome::Done);
    office.executor.will(slow);
    let options = WorkerOptions {
        workers: 2,
        attempt_ms: 1_000,
        ..PATIENT
    };
    office.work_with(options);
    office.world.customer(1_000).await;
    becomes("it runs", async || office.executor.ran().len() == 1).await;
    // Longer than the first claim and a whole attempt of anything else.
    let begun = Utc::now();
    let much_later = begun + TimeDelta::milliseconds(4_000);
    becomes("it is claimed for longer", async || {
        claimed_after(&office, much_later).await == 1
    })
    .await;
    go_on.notify_one();
    office.are(&[("cordon-1000", "done")]).await;
    let [(_, 1)] = office.executor.ran()[..] else {
        panic!("one attempt: {:?}", office.executor.ran())
    };
}

#[tokio::test]
async fn an_attempt_on_anything_else_is_over_after_its_time() {
    let office = Office::open().await;
    let never = Arc::new(Notify::new());
    office.executor.will(Act::SayLater(never, Outcome::Done));
    office.work_with(WorkerOptions {
        attempt_ms: 100,
        backoff_ms: 1,
        ..PATIENT
    });
    office.world.customer(1).await;
    office.are(&[("send-1", "done")]).await;
    assert_eq!(office.executor.ran().len(), 2);
}

#[tokio::test]
async fn who_is_told_to_stop_waits_no_longer_for_the_cluster_than_for_anything_else() {
    let office = Office::open().await;
    office.cluster.send_replace(true);
    let never = Arc::new(Notify::new());
    office.executor.will(Act::SayLater(never, Outcome::Done));
    let working = office.work_with(WorkerOptions {
        attempt_ms: 100,
        ..PATIENT
    });
    office.world.customer(1_000).await;
    becomes("it runs", async || office.executor.ran().len() == 1).await;
    let ended = tokio::time::timeout(Duration::from_secs(45), working.end());
    ended.await.expect("the worker ends");
    office.work();
    office.are(&[("cordon-1000", "done")]).await;
}

#[tokio::test]
async fn an_attempt_on_the_cluster_that_is_called_off_ends_and_is_not_waited_for() {
    let office = Office::open().await;
    office.cluster.send_replace(true);
    let never = Arc::new(Notify::new());
    office.executor.will(Act::SayLater(never, Outcome::Done));
    office.work_with(WorkerOptions {
        attempt_ms: 1_000,
        ..PATIENT
    });
    let budi = office.world.customer(1_000).await;
    becomes("it runs", async || office.executor.ran().len() == 1).await;
    office.world.given(charge(budi, 5)).await;
    office
        .are(&[("cordon-1000", "cancelled"), ("stopped", "done")])
        .await;
    becomes("nothing waits for it", async || {
        let held = "effects where status = 'cancelled' and leased_until is not null";
        office.world.count(held).await == 0
    })
    .await;
}
