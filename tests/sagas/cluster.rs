//! Effects on the cluster, and what they leave to the others.

use super::{Act, Office, PATIENT};
use crate::support::{becomes, credit};
use purser::sagas::{Outcome, WorkerOptions};
use std::sync::Arc;
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
