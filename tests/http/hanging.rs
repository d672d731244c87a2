//! A cluster that takes requests and answers none, or late.

use crate::support::{app_with, becomes};
use purser::standins::kubernetes::Outage;

/// Whoever waits so long waits for good.
const FOR_GOOD_MS: u64 = 3_600_000;
/// How long an attempt of anything but the cluster's may take, and what each answer of that takes: an app is not made of so
/// few of them that all come within it.
const ATTEMPT_MS: u64 = 1_000;
const ANSWER_MS: u64 = 150;

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_hangs_keeps_no_mail_from_going_out() {
    let app = app_with(|settings| {
        settings.workers.workers = 3;
        settings.workers.attempt_ms = FOR_GOOD_MS;
        settings.workers.cluster_attempt_ms = FOR_GOOD_MS;
        settings.cluster.request_timeout_ms = FOR_GOOD_MS;
    })
    .await;
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(200_000).await;
    app.settle().await;
    app.kubernetes.set_outage(Outage::Hang);
    let mut orders = Vec::new();
    for _ in 0..4 {
        orders.push(dewi.buys("ghost").await);
    }
    let asked = "select count(*) from effects where saga = 'purchase'";
    becomes("all of them wait for the cluster", async || {
        app.number(asked).await == 4
    })
    .await;
    let sari = app.customer().await;
    sari.gets("Welcome to Purser").await;
    sari.with_credit(50_000).await;
    app.kubernetes.set_outage(Outage::None);
    for order in &orders {
        dewi.sees(order, "active").await;
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_answers_late_is_not_too_late() {
    let app = app_with(|settings| settings.workers.attempt_ms = ATTEMPT_MS).await;
    app.sells("wordpress").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    app.kubernetes.set_outage(Outage::Slow { ms: ANSWER_MS });
    let order = dewi.buys("wordpress").await;
    dewi.sees(&order, "active").await;
    app.kubernetes.set_outage(Outage::None);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_amid_an_effect_keeps_nobody_waiting_for_its_leases() {
    let mut app = app_with(|settings| {
        settings.workers.attempt_ms = FOR_GOOD_MS;
        settings.workers.cluster_attempt_ms = FOR_GOOD_MS;
        settings.cluster.request_timeout_ms = FOR_GOOD_MS;
    })
    .await;
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    app.settle().await;
    becomes("the cluster is known to answer", async || {
        let metrics = app.wire.get("/metrics").await.is(200).text;
        metrics.contains("purser_cluster_reachable 1\n")
    })
    .await;
    app.kubernetes.set_outage(Outage::Hang);
    let order = dewi.buys("ghost").await;
    let hangs = "select count(*) from effects where saga = 'purchase' and status = 'running'";
    becomes("an effect waits for the cluster", async || {
        app.number(hangs).await == 1
    })
    .await;
    app.stops_amid_an_effect().await;
    app.starts().await;
    dewi.sees(&order, "active").await;
    app.finish().await;
}
