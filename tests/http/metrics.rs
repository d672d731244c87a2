//! Where metrics are read.

use super::sweeps::next_sweep;
use crate::support::{Answer, app, app_as_installed, app_with, becomes, tools};
use purser::{
    config::Secret,
    embedded::throwaway_nats,
    relay::RelayHealth,
    standins::kubernetes::{Outage, Settings},
};
use purser_domain::user::Role;

#[tokio::test(flavor = "multi_thread")]
async fn metrics_with_an_address_of_their_own_are_not_beside_the_api() {
    let app = app_with(|settings| settings.metrics_listen = Some(([127, 0, 0, 1], 0).into())).await;
    let address = app.app().metrics_address.unwrap();
    let metrics = app.wire.get(&format!("http://{address}/metrics")).await;
    assert!(metrics.is(200).text.contains("purser_history_head"));
    let beside = app.wire.get("/metrics").await;
    beside.refuses(404, "route.not_found");
    let alive = app.wire.get(&format!("http://{address}/healthz")).await;
    alive.is(200);
    for path in ["api/v1/services", ""] {
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

/// What is said of the cluster; null where it is well.
fn of_the_cluster(ready: &Answer) -> serde_json::Value {
    let parts = ready["parts"].as_array().unwrap();
    let cluster = parts.iter().find(|part| part["name"] == "cluster");
    cluster.unwrap()["trouble"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_in_words_only_where_metrics_are_read() {
    let app = app_with(|settings| settings.metrics_listen = Some(([127, 0, 0, 1], 0).into())).await;
    let address = app.app().metrics_address.unwrap();
    let within = async || {
        let ready = app.wire.get(&format!("http://{address}/readyz")).await;
        of_the_cluster(&ready.is(200))
    };
    let outside = async || of_the_cluster(&app.wire.get("/readyz").await.is(200));
    becomes("the cluster is well", async || within().await.is_null()).await;
    assert!(outside().await.is_null());
    app.kubernetes.set_outage(Outage::Unavailable);
    becomes("it is told why the cluster is not well", async || {
        let words = within().await;
        words.as_str().is_some_and(|it| it.contains("orders wait"))
    })
    .await;
    assert_eq!(outside().await, "is not well");
    app.kubernetes.set_outage(Outage::None);
    becomes("the cluster is well again", async || {
        within().await.is_null()
    })
    .await;
    app.finish().await;
}

/// A needed part that is away says no more to the net outside than that it is.
#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_it_from_serving_is_named_outside_and_explained_within() {
    let app = app_with(|settings| settings.metrics_listen = Some(([127, 0, 0, 1], 0).into())).await;
    let address = app.app().metrics_address.unwrap();
    app.clock.set_machine(chrono::Duration::days(80));
    let within = app.wire.get(&format!("http://{address}/readyz")).await;
    let within = within.refuses(503, "not_ready");
    let words = "ahead of that of the database";
    assert!(within.text.contains(words), "{}", within.text);
    let outside = app.wire.get("/readyz").await.refuses(503, "not_ready");
    assert!(outside.text.contains("clock"), "{}", outside.text);
    assert!(outside.text.contains("is not well"), "{}", outside.text);
    assert!(!outside.text.contains(words), "{}", outside.text);
    app.clock.set_machine(chrono::Duration::zero());
    app.wire.get("/readyz").await.is(200);
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

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_begins_no_effect_says_so() {
    let app = app_with(|settings| settings.metrics_listen = Some(([127, 0, 0, 1], 0).into())).await;
    let address = app.app().metrics_address.unwrap();
    let allowed = async || {
        let metrics = app.wire.get(&format!("http://{address}/metrics")).await;
        figure(&metrics.is(200).text, "purser_effects_allowed")
    };
    becomes("effects begin", async || allowed().await == Some(1)).await;
    let metrics = app.wire.get(&format!("http://{address}/metrics")).await;
    for quiet in ["effects_overdue", "effects_failing"] {
        assert_eq!(figure(&metrics.text, &format!("purser_{quiet}")), Some(0));
    }
    app.clock.set_machine(chrono::Duration::days(80));
    assert_eq!(allowed().await, Some(0));
    app.clock.set_machine(chrono::Duration::zero());
    assert_eq!(allowed().await, Some(1));
    app.finish().await;
}

/// Whether the database is one that was restored only the stream can tell.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_held_against_the_stream_begins_no_effect_and_is_told() {
    let mut nats = throwaway_nats(&tools()).await.unwrap();
    let url = nats.url().to_owned();
    nats.kill().await;
    let app = app_with(|settings| {
        settings.nats_url = Secret::new(url);
        settings.metrics_listen = Some(([127, 0, 0, 1], 0).into());
    })
    .await;
    let address = app.app().metrics_address.unwrap();
    let told = async || {
        let metrics = app.wire.get(&format!("http://{address}/metrics")).await;
        let ready = app.wire.get(&format!("http://{address}/readyz")).await;
        let parts = ready.is(200)["parts"].as_array().unwrap().clone();
        let effects = parts.into_iter().find(|part| part["name"] == "effects");
        let allowed = figure(&metrics.is(200).text, "purser_effects_allowed");
        (allowed, effects.unwrap()["trouble"].clone())
    };
    becomes("the relay is away", async || {
        *app.app().relay_health.borrow() == RelayHealth::Away
    })
    .await;
    let (allowed, trouble) = told().await;
    assert_eq!(allowed, Some(0));
    let words = trouble.as_str().unwrap();
    assert!(words.contains("effects wait until"), "{words}");

    nats.restart().await.unwrap();
    becomes(
        "effects begin",
        async || matches!(told().await, (Some(1), trouble) if trouble.is_null()),
    )
    .await;
    app.finish().await;
}

/// It holds us to our own namespaces, and has neither a metrics API nor the Gateway API.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_cluster_that_is_well_answers_is_not_counted_as_its_errors() {
    let app = app_as_installed(|settings| {
        settings.sweep.every_ms = 150;
        settings.usage.interval_ms = 100;
    })
    .await;
    app.kubernetes.configure(Settings {
        metrics_api: false,
        ..app.kubernetes.settings()
    });
    becomes("nothing is measured", async || {
        let metrics = app.wire.get("/metrics").await.is(200).text;
        metrics.contains("purser_usage_available 0\n")
    })
    .await;
    let auditor = app.staff(Role::Auditor).await;
    next_sweep(&app, &auditor).await;
    let metrics = app.wire.get("/metrics").await.is(200).text;
    for code in ["invalid", "forbidden", "not_found"] {
        let counted = format!(r#"purser_cluster_errors{{code="cluster.{code}"}}"#);
        assert!(!metrics.contains(&counted), "{metrics}");
    }
    app.finish().await;
}
