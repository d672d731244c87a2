//! What an app that keeps crashing printed last.

use crate::support::{Order, Person, TestApp, app, until};
use purser::standins::kubernetes::{Behaviour, Fault, Outage, Scope};
use std::time::{Duration, Instant};

/// Dewi, whose app keeps crashing.
async fn crashing(app: &TestApp) -> (Person, Order) {
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("ghost").await;
    dewi.sees(&order, "active").await;
    app.kubernetes.set_behaviour(Behaviour {
        scope: Scope {
            workload: Some("web".into()),
            ..Scope::default()
        },
        fault: Fault::CrashLoop,
    });
    (dewi, order)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_loop_is_shown_with_the_last_lines_to_customer_and_staff_alone() {
    let app = app().await;
    let (dewi, order) = crashing(&app).await;
    let path = format!("/pods/{}", order.instance);
    let pod = until("the pod shows what it printed", async || {
        let pod = dewi.get(&path).answer().await?;
        pod["last_log"]["lines"].is_array().then_some(pod)
    })
    .await;
    let log = &pod["last_log"];
    assert_eq!(log["container"], "ghost", "{}", pod.text);
    let lines = log["lines"].as_array().unwrap();
    let last = lines.last().unwrap().as_str().unwrap();
    assert_eq!(last, "ghost: fatal: exit code 1", "{}", pod.text);
    assert!(log["missing"].is_null(), "{}", pod.text);
    assert_eq!(pod["recipe"], "ghost", "the pod itself is there as well");

    let staff = app.admin().await.get(&path).await.is(200);
    assert!(!staff["last_log"]["lines"][0].is_null(), "{}", staff.text);
    let sari = app.customer().await;
    sari.get(&path).await.refuses(404, "pod.not_found");
    let listed = dewi.get("/pods").await.is(200);
    assert!(listed["items"][0]["last_log"].is_null(), "{}", listed.text);

    app.kubernetes.clear_behaviours();
    until("nothing is wrong any more", async || {
        let pod = dewi.get(&path).answer().await?;
        (pod["status"] == "ready" && pod["last_log"].is_null()).then_some(())
    })
    .await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_does_not_answer_keeps_nobody_from_seeing_the_pod() {
    let app = app().await;
    let (dewi, order) = crashing(&app).await;
    let path = format!("/pods/{}", order.instance);
    until("the pod shows its trouble", async || {
        let pod = dewi.get(&path).answer().await?;
        pod["last_log"].is_object().then_some(())
    })
    .await;
    for outage in [Outage::Refuse, Outage::Slow { ms: 60_000 }] {
        app.kubernetes.set_outage(outage);
        let asked = Instant::now();
        let pod = dewi.get(&path).await.is(200);
        assert!(asked.elapsed() < Duration::from_secs(30), "{outage:?}");
        let missing = &pod["last_log"]["missing"];
        assert_eq!(missing, "the cluster does not answer", "{}", pod.text);
        assert_eq!(pod["last_log"]["lines"].as_array().unwrap().len(), 0);
    }
    app.kubernetes.set_outage(Outage::None);
    app.kubernetes.clear_behaviours();
    app.finish().await;
}
