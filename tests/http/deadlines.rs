//! A cluster that is away costs nobody an order, and an app that is still starting is given up by nobody.

use super::sweeps::place;
use crate::support::{TestApp, app, app_with, becomes};
use purser::standins::kubernetes::{Behaviour, Fault, Outage, Scope};

async fn cluster_is(app: &TestApp, there: bool) {
    let what = if there { "back" } else { "away" };
    becomes(&format!("the cluster is {what}"), async || {
        let ready = app.wire.get("/readyz").await;
        let parts = ready["parts"].as_array().cloned().unwrap_or_default();
        let cluster = parts.iter().find(|part| part["name"] == "cluster");
        cluster.is_some_and(|cluster| cluster["trouble"].is_null() == there)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_the_cluster_is_away_for_is_done_once_it_is_back() {
    let app = app().await;
    app.sells("wordpress").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    app.kubernetes.set_outage(Outage::Refuse);
    cluster_is(&app, false).await;
    let metrics = app.wire.get("/metrics").await.is(200).text;
    let says = |line: &str| metrics.lines().any(|said| said == line);
    assert!(says("purser_cluster_reachable 0"), "{metrics}");
    let counted = r#"purser_cluster_errors{code="cluster.unreachable"}"#;
    assert!(metrics.contains(counted), "{metrics}");
    let order = dewi.buys("wordpress").await;
    becomes("the order waits for the cluster", async || {
        let waits = "select count(*) from effects where saga = 'purchase' and status = 'waiting'";
        app.number(waits).await == 1
    })
    .await;
    app.kubernetes.set_outage(Outage::None);
    dewi.sees(&order, "active").await;
    let metrics = app.wire.get("/metrics").await.is(200).text;
    assert!(
        metrics.contains("purser_cluster_reachable 1\n"),
        "{metrics}"
    );
    dewi.has(10_000).await;
    app.finish().await;
}

/// How much of the order's deadline is left, in milliseconds.
async fn left(app: &TestApp) -> i64 {
    app.number("select coalesce(min(cluster_left_ms), 60000) from timers")
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_does_not_run_while_the_cluster_is_away() {
    let app = app_with(|settings| settings.readiness_deadline_ms = Some(60_000)).await;
    app.sells("wordpress").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    app.kubernetes.set_behaviour(Behaviour {
        scope: Scope::default(),
        fault: Fault::NeverReady,
    });
    let order = dewi.buys("wordpress").await;
    becomes("the deadline runs", async || left(&app).await < 60_000).await;
    app.kubernetes.set_outage(Outage::Refuse);
    cluster_is(&app, false).await;
    // The last tick may have begun before the cluster was known to be away.
    becomes("the deadline stands", async || {
        let before = left(&app).await;
        ticked(&app, 3).await;
        left(&app).await == before
    })
    .await;
    app.kubernetes.clear_behaviours();
    app.kubernetes.set_outage(Outage::None);
    dewi.sees(&order, "active").await;
    app.finish().await;
}

/// From now on the app's startup probe does not pass.
pub(super) fn never_starts(app: &TestApp) {
    app.kubernetes.set_behaviour(Behaviour {
        scope: Scope {
            workload: Some("web".into()),
            ..Scope::default()
        },
        fault: Fault::NeverStarts,
    });
}

/// Lets the deadline pass while the pod of the only app is still starting, and waits until that was looked at a few times.
pub(super) async fn deadline_passes_while_it_starts(app: &TestApp) {
    let pods = place(app, "api/v1", "pods").await;
    becomes("its pod is starting", async || {
        let pods = app.wire.get(&pods).await.is(200);
        let mut pods = pods["items"].as_array().unwrap().iter();
        pods.any(|pod| {
            let container = &pod["status"]["containerStatuses"][0];
            pod["metadata"]["labels"]["app.kubernetes.io/component"] == "web"
                && container["state"]["running"].is_object()
                && container["started"] == false
        })
    })
    .await;
    deadline_passes(app).await;
    becomes("the end of its start was waited for twice", async || {
        let waits = "select count(*) from effects
            where step like 'fail-%' and status = 'waiting' and epoch > 1";
        app.number(waits).await == 1
    })
    .await;
}

/// Lets the deadline of the operation that is under way be now.
pub(super) async fn deadline_passes(app: &TestApp) {
    let due = "update work.timers set cluster_left_ms = 0 where saga = 'operation'";
    let due = sqlx::query(due).execute(&app.app().pool).await.unwrap();
    assert_eq!(due.rows_affected(), 1, "one operation is under way");
}

/// Waits until timers were looked at so often: every look renews the lease.
async fn ticked(app: &TestApp, times: usize) {
    let look = "select (extract(epoch from leased_until) * 1000000)::bigint from checkpoints where name = 'timers'";
    for _ in 0..times {
        let before = app.number(look).await;
        becomes("timers are looked at", async || {
            app.number(look).await > before
        })
        .await;
    }
}
