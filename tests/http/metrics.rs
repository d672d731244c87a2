//! Where metrics are read.

use crate::support::{app, app_with, becomes, tools};
use purser::{config::Secret, embedded::throwaway_nats, relay::RelayHealth};

#[tokio::test(flavor = "multi_thread")]
async fn metrics_with_an_address_of_their_own_are_not_beside_the_api() {
    let app = app_with(|settings| settings.metrics_listen = Some(([127, 0, 0, 1], 0).into())).await;
    let address = app.app().metrics_address.unwrap();
    let metrics = app.wire.get(&format!("http://{address}/metrics")).await;
    assert!(metrics.is(200).text.contains("purser_history_head"));
    let beside = app.wire.get("/metrics").await;
    beside.refuses(404, "route.not_found");
    for path in ["healthz", "api/v1/services", ""] {
        let other = app.wire.get(&format!("http://{address}/{path}")).await;
        assert_eq!(other.status, 404, "{path}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_one_they_are_beside_it() {
    let app = app().await;
    assert_eq!(app.app().metrics_address, None);
    let metrics = app.wire.get("/metrics").await.is(200);
    assert!(metrics.text.contains("purser_history_head"));
    app.finish().await;
}

/// The value of a figure without labels.
fn figure(metrics: &str, name: &str) -> Option<i64> {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name))?;
    line.strip_prefix(' ')?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn while_jetstream_is_away_its_lag_grows() {
    let mut nats = throwaway_nats(&tools()).await.unwrap();
    let url = nats.url().to_owned();
    let app = app_with(|settings| settings.nats_url = Secret::new(url)).await;
    app.customer().await;
    app.settle().await;
    let known = async || {
        let metrics = app.wire.get("/metrics").await.is(200).text;
        let head = figure(&metrics, "purser_history_head")?;
        Some((head, figure(&metrics, "purser_relay_lag_events")?))
    };
    becomes(
        "the relay has published everything",
        async || matches!(known().await, Some((head, 0)) if head > 0),
    )
    .await;
    let noted = "select position from checkpoints where name = 'relay'";
    becomes("it has noted that", async || {
        let noted: i64 = sqlx::query_scalar(noted)
            .fetch_one(&app.app().pool)
            .await
            .unwrap();
        known().await.is_some_and(|(head, _)| head == noted)
    })
    .await;

    nats.kill().await;
    app.customer().await;
    becomes("the relay is away", async || {
        *app.app().relay_health.borrow() == RelayHealth::Away
    })
    .await;
    let (head, lag) = known().await.unwrap();
    assert!((1..head).contains(&lag), "{lag} of {head}");
    let metrics = app.wire.get("/metrics").await.is(200).text;
    assert!(!metrics.contains(r#"reader="relay""#), "{metrics}");

    nats.restart().await.unwrap();
    becomes("the relay has published everything again", async || {
        matches!(known().await, Some((_, 0)))
    })
    .await;
    app.finish().await;
}
