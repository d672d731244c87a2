//! What happens to an app that was ready and is not: restarts, the word to its customer and the operators, lost days.

use super::sweeps::{deleted, edited_at, place};
use crate::support::{Order, PASSWORD, Person, TestApp, app_with, becomes, until};
use chrono::Days;
use purser::{
    config::Settings,
    sagas::{Alerts, Healing},
    standins::{
        kubernetes::{Behaviour, Fault, Outage, Scope},
        mailbox::Faults,
    },
};
use purser_domain::{period::jakarta_date, user::Locale};
use reqwest::Method;
use serde_json::{Value, json};

const OPERATORS: &str = "operators@purser.test";

/// An installation that loses patience fast, and Dewi with an app that is ready.
async fn running(service: &str) -> (TestApp, Person, Order) {
    running_with(service, |_| ()).await
}

async fn running_with(
    service: &str,
    change: impl FnOnce(&mut Settings),
) -> (TestApp, Person, Order) {
    let app = app_with(|settings| {
        change(settings);
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
    app.sells(service).await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys(service).await;
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
    let (app, dewi, order) = running("ghost").await;
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
    let (mut app, dewi, order) = running("ghost").await;
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
    let (app, dewi, order) = running("ghost").await;
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
async fn a_letter_does_not_wait_for_lines_that_the_cluster_does_not_give() {
    let for_good = |settings: &mut Settings| settings.cluster.request_timeout_ms = 3_600_000;
    let (app, dewi, _) = running_with("ghost", for_good).await;
    app.settle().await;
    app.mailbox.set_fault(Faults {
        refuse: true,
        ..Faults::default()
    });
    app.kubernetes.set_behaviour(the_app(Fault::CrashLoop));
    let letter = "select count(*) from effects where step like 'pod-unhealthy-%'";
    becomes("a letter is to be written", async || {
        app.number(letter).await == 1
    })
    .await;
    app.kubernetes.set_outage(Outage::Hang);
    app.mailbox.set_fault(Faults::default());
    let letter = dewi.gets("Your ghost is not reachable").await;
    assert!(letter.text.contains("over and over"), "{}", letter.text);
    app.kubernetes.set_outage(Outage::None);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_node_is_waited_for_and_the_day_is_recorded() {
    let (app, dewi, order) = running("ghost").await;
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

#[tokio::test(flavor = "multi_thread")]
async fn who_ends_an_app_that_is_down_has_the_lost_day_back_beside_the_days_to_come() {
    let app = app_with(|settings| settings.policy.lost_minutes = 20).await;
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("ghost").await;
    dewi.sees(&order, "active").await;
    let later = jakarta_date(app.clock.now()) + Days::new(3);
    app.day_comes(&later.to_string());
    let dewi = dewi.again().await;
    let nodes = ["node-0", "node-1", "node-2"];
    for node in nodes {
        app.kubernetes.set_node_ready(node, false).unwrap();
    }
    becomes("the node is seen to be away", async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        let trouble = pod["trouble"].as_str().unwrap_or_default();
        trouble.starts_with("its node node-")
    })
    .await;
    app.minutes_pass(30);
    // The next count is half an hour away.
    assert_eq!(app.times("instance.day_lost").await, 0);
    let dewi = Person::signs_in(&app.wire, &dewi.email, PASSWORD).await;
    let path = format!("/subscriptions/{}?when=now", order.id);
    dewi.ask(Method::DELETE, &path).await.is(200);
    for event in ["instance.day_lost", "subscription.day_credited"] {
        assert_eq!(app.times(event).await, 1, "{event}");
    }
    for node in nodes {
        app.kubernetes.set_node_ready(node, true).unwrap();
    }
    app.finish().await;
}

/// The pod of the app once its containers wait for what its node has to give it.
async fn held_up(app: &TestApp) -> Value {
    let url = place(app, "api/v1", "pods").await;
    let is_held_up = |pod: &&Value| {
        let mut conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
        pod["metadata"]["labels"]["app.kubernetes.io/component"] == "web"
            && pod["metadata"]["deletionTimestamp"].is_null()
            && conditions
                .any(|it| it["type"] == "PodReadyToStartContainers" && it["status"] == "False")
    };
    until("a pod waits for its volumes", async || {
        let pods = app.wire.get(&url).await.is(200);
        let mut pods = pods["items"].as_array().unwrap().iter();
        pods.find(is_held_up).cloned()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_on_which_a_volume_cannot_be_mounted_is_given_back() {
    let (app, dewi, order) = running("wordpress").await;
    app.settle().await;
    let tomorrow = jakarta_date(app.clock.now()) + Days::new(1);
    app.day_comes(&tomorrow.to_string());
    let dewi = dewi.again().await;
    let before = dewi.balance().await;
    let map = place(&app, "api/v1", "configmaps/settings").await;
    let settings = app.wire.get(&map).await.is(200).body;
    deleted(&app, "api/v1", "configmaps/settings").await;
    let pods = place(&app, "api/v1", "pods").await;
    let list = app.wire.get(&pods).await.is(200);
    let all = list["items"].as_array().unwrap().iter();
    let is_web = |pod: &&Value| pod["metadata"]["labels"]["app.kubernetes.io/component"] == "web";
    for pod in all.filter(is_web) {
        let name = pod["metadata"]["name"].as_str().unwrap();
        deleted(&app, "api/v1", &format!("pods/{name}")).await;
    }
    let pod = held_up(&app).await;
    let mut conditions = pod["status"]["conditions"].clone();
    for condition in conditions.as_array_mut().unwrap() {
        condition["lastTransitionTime"] = "2026-01-01T00:00:00Z".into();
    }
    let name = pod["metadata"]["name"].as_str().unwrap();
    let status = json!({ "status": { "conditions": conditions } });
    edited_at(&format!("{pods}/{name}/status"), &status).await;
    let why = r#"a volume of it cannot be mounted: MountVolume.SetUp failed for volume "settings""#;
    becomes("it is said why", async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        let trouble = pod["trouble"].as_str().unwrap_or_default();
        trouble.starts_with(why)
    })
    .await;
    app.minutes_pass(150);
    happened(&app, "day_lost", 1).await;
    becomes("the day is given back", async || {
        app.times("subscription.day_credited").await == 1
    })
    .await;
    let mut again = settings;
    let labels = again["metadata"]["labels"].take();
    again["metadata"] = json!({ "name": "settings", "labels": labels });
    let maps = place(&app, "api/v1", "configmaps").await;
    app.wire.post(&maps, &again).await.is(201);
    // That was longer than a token is good for.
    let dewi = Person::signs_in(&app.wire, &dewi.email, PASSWORD).await;
    shows(&dewi, &order, "ready").await;
    assert!(dewi.balance().await > before);
    app.finish().await;
}
