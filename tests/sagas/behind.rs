//! How far effects are behind, whatever keeps them from being done.

use super::{LARGE, Office};
use purser::sagas::{Backlog, backlog};

/// More than the ten minutes after which it is no passing trouble.
const LONG_AGO: &str = "clock_timestamp() - interval '700 seconds'";

impl Office {
    async fn behind(&self, cluster_answers: bool) -> Backlog {
        backlog(&self.world.pool, cluster_answers).await.unwrap()
    }
}

#[tokio::test]
async fn what_nobody_begins_what_fails_and_what_is_overdue_are_told_apart() {
    let office = Office::open().await;
    assert_eq!(office.behind(true).await, Backlog::default());
    office.world.customer(1).await;
    office.are(&[("send-1", "waiting")]).await;

    office.set(&format!("due_at = {LONG_AGO}")).await;
    let behind = office.behind(true).await;
    assert!(behind.oldest_due_seconds >= 700, "{behind:?}");
    assert_eq!((behind.failing, behind.overdue), (0, 0));

    let later = "due_at = clock_timestamp() + interval '1 hour'";
    let failed = format!("created_at = {LONG_AGO}, last_error = 'away'");
    office.set(&format!("{later}, last_error = 'away'")).await;
    assert_eq!(office.behind(true).await, Backlog::default());
    office.set(&failed).await;
    let behind = office.behind(true).await;
    assert_eq!((behind.failing, behind.oldest_due_seconds), (1, 0));

    office.set(&format!("deadline_at = {LONG_AGO}")).await;
    assert_eq!(office.behind(true).await.overdue, 1);
    office.set("status = 'dead'").await;
    assert_eq!(office.behind(true).await, Backlog::default());
}

#[tokio::test]
async fn what_somebody_is_at_is_due_only_once_his_claim_is_over() {
    let office = Office::open().await;
    office.world.customer(1).await;
    office.are(&[("send-1", "waiting")]).await;
    let claimed = "status = 'running', leased_until = clock_timestamp() + interval '1 minute'";
    office.set(&format!("{claimed}, due_at = {LONG_AGO}")).await;
    assert_eq!(office.behind(true).await, Backlog::default());
    office.set(&format!("leased_until = {LONG_AGO}")).await;
    assert!(office.behind(true).await.oldest_due_seconds >= 700);
}

#[tokio::test]
async fn what_waits_for_a_cluster_that_is_away_is_not_told_once_more() {
    let office = Office::open().await;
    office.world.customer(LARGE).await;
    let cordon = format!("cordon-{LARGE}");
    office.are(&[(&*cordon, "waiting")]).await;
    let failed = format!("due_at = {LONG_AGO}, created_at = {LONG_AGO}, last_error = 'away'");
    office.set(&failed).await;
    assert_eq!(office.behind(false).await, Backlog::default());
    let behind = office.behind(true).await;
    assert!(behind.oldest_due_seconds >= 700, "{behind:?}");
    assert_eq!(behind.failing, 1);
}
