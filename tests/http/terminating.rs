//! Pods that take their time to end: two of one app would write to the same volume.

use super::{deadlines::deadline_passes, sweeps::place};
use crate::support::{Order, Person, TestApp, app_with, becomes};
use purser::standins::kubernetes::{Behaviour, Fault, Scope};
use reqwest::Method;
use serde_json::{Value, json};

/// Dewi with an app that is ready, and whose pod does not end; it is swept all the time.
async fn lingering() -> (TestApp, Person, Order) {
    let app = app_with(|settings| settings.sweep.every_ms = 150).await;
    app.sells("n8n").await;
    let dewi = app.customer().await.with_credit(100_000).await;
    let order = dewi.buys("n8n").await;
    dewi.sees(&order, "active").await;
    app.settle().await;
    app.kubernetes.set_behaviour(Behaviour {
        scope: Scope {
            workload: Some("web".into()),
            ..Scope::default()
        },
        fault: Fault::Lingers,
    });
    (app, dewi, order)
}

/// The pods of the app itself.
async fn web_pods(app: &TestApp) -> Vec<Value> {
    let url = place(app, "api/v1", "pods").await;
    let list = app.wire.get(&url).await.is(200);
    let all = list["items"].as_array().unwrap().clone();
    let is_web = |pod: &Value| pod["metadata"]["labels"]["app.kubernetes.io/component"] == "web";
    all.into_iter().filter(is_web).collect()
}

async fn is_on_its_way_out(app: &TestApp) {
    becomes("its pod is on its way out", async || {
        let pods = web_pods(app).await;
        pods.len() == 1 && pods[0]["metadata"]["deletionTimestamp"].is_string()
    })
    .await;
}

async fn status(person: &Person, order: &Order) -> Value {
    person.get(&format!("/pods/{}", order.instance)).await["status"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_stopped_once_its_pod_has_ended() {
    let (app, dewi, order) = lingering().await;
    let stop = format!("/pods/{}/stop", order.instance);
    dewi.ask(Method::POST, &stop).await.is(200);
    is_on_its_way_out(&app).await;
    let marked = place(&app, "apis/apps/v1", "deployments/web").await;
    let database = place(&app, "apis/apps/v1", "statefulsets/database").await;
    let sweeps = "select coalesce(max(id), 0) from sweeps";
    let now = app.number(sweeps).await;
    becomes("two more sweeps", async || {
        app.number(sweeps).await > now + 1
    })
    .await;
    assert_eq!(status(&dewi, &order).await, "stopping");
    let running = app.wire.get(&database).await.is(200);
    assert_eq!(running["spec"]["replicas"], 1, "its app may still write");
    app.kubernetes.clear_behaviours();
    becomes("it is stopped", async || {
        status(&dewi, &order).await == "stopped"
    })
    .await;
    let web = app.wire.get(&marked).await.is(200);
    assert_eq!(
        web["metadata"]["annotations"]["purser.example/operation"],
        "1"
    );
    let rests = app.wire.get(&database).await.is(200);
    assert_eq!(rests["spec"]["replicas"], 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_whose_pod_ends_after_the_deadline_is_stopped_all_the_same() {
    let (app, dewi, order) = lingering().await;
    let stop = format!("/pods/{}/stop", order.instance);
    dewi.ask(Method::POST, &stop).await.is(200);
    is_on_its_way_out(&app).await;
    deadline_passes(&app).await;
    becomes("stopping it has failed", async || {
        status(&dewi, &order).await == "degraded"
    })
    .await;
    app.kubernetes.clear_behaviours();
    becomes("it is stopped", async || {
        status(&dewi, &order).await == "stopped"
    })
    .await;
    let database = place(&app, "apis/apps/v1", "statefulsets/database").await;
    let rests = app.wire.get(&database).await.is(200);
    assert_eq!(rests["spec"]["replicas"], 0);
    assert_eq!(app.times("instance.operation_failed").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_is_started_while_it_stops_waits_for_the_end_of_its_pod() {
    let (app, dewi, order) = lingering().await;
    let ani = app.admin().await;
    let path = |what: &str| format!("/admin/pods/{}/{what}", order.instance);
    let why = json!({ "reason": "by mistake" });
    ani.post(&path("hold"), &why).await.is(200);
    is_on_its_way_out(&app).await;
    let released = ani.post(&path("release"), &why).await.is(200);
    assert_eq!(released["status"], "starting");
    becomes("its end was waited for three times", async || {
        let waited = "select count(*) from effects
            where step like 'operate-%' and status = 'waiting' and epoch > 2";
        app.number(waited).await == 1
    })
    .await;
    is_on_its_way_out(&app).await;
    app.kubernetes.clear_behaviours();
    becomes("it is ready", async || {
        status(&dewi, &order).await == "ready"
    })
    .await;
    assert_eq!(web_pods(&app).await.len(), 1);
    app.finish().await;
}
