//! What happens to an app that was ready and is not: restarts, the word to its customer and the operators, lost days.

use crate::support::{Order, PASSWORD, Person, TestApp, app_with, becomes};
use chrono::Days;
use purser::{
    sagas::{Alerts, Healing},
    standins::kubernetes::{Behaviour, Fault, Scope},
};
use purser_domain::{period::jakarta_date, user::Locale};
use serde_json::json;

const OPERATORS: &str = "operators@purser.test";

/// An installation that loses patience fast, and Dewi with an app that is ready.
async fn running() -> (TestApp, Person, Order) {
    let app = app_with(|settings| {
        settings.healing = Healing {
            restarts: 2,
            patience_ms: 100,
            // Longer than a pod takes to start on a busy machine: what is starting is not restarted but told of.
            alarm_ms: 3_000,
            calm_ms: 60_000,
        };
        settings.alerts = Some(Alerts {
            to: OPERATORS.parse().unwrap(),
            locale: Locale::En,
        });
    })
    .await;
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("ghost").await;
    dewi.sees(&order, "active").await;
    (app, dewi, order)
}

fn the_app(fault: Fault) -> Behaviour {
    let scope = Scope {
        workload: Some("web".into()),
        ..Scope::default()
    };
    Behaviour { scope, fault }
}

async fn shows(dewi: &Person, order: &Order, status: &str) {
    becomes(&format!("the pod is {status}"), async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        pod["status"] == status
    })
    .await;
}

async fn happened(app: &TestApp, event: &str, times: i64) {
    let event = format!("instance.{event}");
    becomes(&event, async || app.times(&event).await == times).await;
}

async fn operators_got(app: &TestApp, subject: &str) {
    let list = format!("{}/api/messages?to={OPERATORS}", app.wire.mailbox);
    becomes(&format!("the operators got {subject}"), async || {
        let letters = app.wire.get(&list).await.is(200);
        let mut letters = letters.body.as_array().unwrap().iter();
        letters.any(|letter| letter["subject"] == subject)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_does_not_answer_is_restarted_and_that_may_be_all() {
    let (app, dewi, order) = running().await;
    app.kubernetes.set_behaviour(the_app(Fault::NeverReady));
    happened(&app, "healing_begun", 1).await;
    app.kubernetes.clear_behaviours();
    shows(&dewi, &order, "ready").await;
    app.settle().await;
    for (event, times) in [("restart_requested", 1), ("restarted", 1), ("degraded", 0)] {
        assert_eq!(
            app.times(&format!("instance.{event}")).await,
            times,
            "{event}"
        );
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_restarts_do_not_help_its_customer_and_the_operators_are_told_once() {
    let (mut app, dewi, order) = running().await;
    app.stops().await;
    app.settings.readiness_deadline_ms = Some(400);
    app.starts().await;
    app.kubernetes.set_behaviour(the_app(Fault::NeverReady));
    happened(&app, "degraded", 1).await;
    assert_eq!(app.times("instance.healing_begun").await, 2);
    shows(&dewi, &order, "degraded").await;
    dewi.gets("Your ghost is not reachable").await;
    operators_got(&app, "ghost is not ready").await;
    let metrics = app.wire.get("/metrics").await.is(200).text;
    assert!(
        metrics.contains(r#"purser_pods{status="degraded"} 1"#),
        "{metrics}"
    );

    app.kubernetes.clear_behaviours();
    shows(&dewi, &order, "ready").await;
    app.settle().await;
    assert_eq!(app.times("instance.degraded").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_loop_is_left_to_the_kubelet_and_told_with_its_last_lines() {
    let (app, dewi, order) = running().await;
    app.kubernetes.set_behaviour(the_app(Fault::CrashLoop));
    shows(&dewi, &order, "degraded").await;
    let letter = dewi.gets("Your ghost is not reachable").await;
    let text = &letter.text;
    assert!(text.contains("over and over"), "{text}");
    assert!(text.contains("This is what it printed last:"), "{text}");
    assert_eq!(app.times("instance.restart_requested").await, 0);
    app.kubernetes.clear_behaviours();
    shows(&dewi, &order, "ready").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_node_is_waited_for_and_the_day_is_recorded() {
    let (app, dewi, order) = running().await;
    // In the morning, so that what follows is one day whenever this is run.
    let tomorrow = jakarta_date(app.clock.now()) + Days::new(1);
    app.day_comes(&tomorrow.to_string());
    let dewi = dewi.again().await;
    let nodes = ["node-0", "node-1", "node-2"];
    for node in nodes {
        app.kubernetes.set_node_ready(node, false).unwrap();
    }
    shows(&dewi, &order, "degraded").await;
    let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
    let trouble = pod["trouble"].as_str().unwrap();
    assert!(trouble.starts_with("its node node-"), "{trouble}");
    assert_eq!(pod["lost_days"], json!([]));
    app.minutes_pass(150);
    happened(&app, "day_lost", 1).await;
    for node in nodes {
        app.kubernetes.set_node_ready(node, true).unwrap();
    }
    // That was longer than a token is good for.
    let dewi = Person::signs_in(&app.wire, &dewi.email, PASSWORD).await;
    shows(&dewi, &order, "ready").await;
    let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
    assert!(
        !pod["lost_days"].as_array().unwrap().is_empty(),
        "{}",
        pod.text
    );
    assert_eq!(app.times("instance.restart_requested").await, 0);
    app.finish().await;
}
