//! What its customer and staff ask of an app that runs.

use super::{
    deadlines::{deadline_passes_while_it_starts, never_starts},
    sweeps::{deleted, place},
};
use crate::support::{Order, PASSWORD, Person, TestApp, app, app_with, becomes};
use purser::standins::kubernetes::{Behaviour, Fault, Scope};
use reqwest::Method;
use serde_json::json;

/// Dewi, with an app that is ready.
async fn running(app: &TestApp) -> (Person, Order) {
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("ghost").await;
    dewi.sees(&order, "active").await;
    (dewi, order)
}

fn path(order: &Order, operation: &str) -> String {
    format!("/pods/{}/{operation}", order.instance)
}

async fn shows(dewi: &Person, order: &Order, status: &str) {
    becomes(&format!("the pod is {status}"), async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        pod["status"] == status
    })
    .await;
}

/// Waits until this was observed for the first time.
async fn observed(app: &TestApp, event: &str) {
    let event = format!("instance.{event}");
    becomes(&event, async || app.times(&event).await == 1).await;
}

/// The pods of app and database that are left on the cluster.
async fn pods(app: &TestApp) -> usize {
    let url = format!("{}/api/v1/pods", app.wire.kubernetes);
    let list = app.wire.get(&url).await.is(200);
    let items = list["items"].as_array().unwrap();
    let component = |item: &&serde_json::Value| {
        let component = &item["metadata"]["labels"]["app.kubernetes.io/component"];
        component == "web" || component == "database"
    };
    items.iter().filter(component).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_restarts_stops_and_starts_an_app() {
    let app = app().await;
    let (dewi, order) = running(&app).await;

    let asked = dewi.ask(Method::POST, &path(&order, "restart")).key("one");
    assert_eq!(asked.await.is(200)["status"], "restarting");
    observed(&app, "restarted").await;
    shows(&dewi, &order, "ready").await;
    let again = dewi.ask(Method::POST, &path(&order, "restart")).key("one");
    assert_eq!(again.await.header("idempotent-replayed"), Some("true"));

    let asked = dewi.ask(Method::POST, &path(&order, "stop")).await.is(200);
    assert_eq!(asked["status"], "stopping");
    dewi.ask(Method::POST, &path(&order, "stop")).await.is(200);
    shows(&dewi, &order, "stopped").await;
    becomes("nothing runs", async || pods(&app).await == 0).await;
    let refused = dewi.ask(Method::POST, &path(&order, "restart")).await;
    refused.refuses(409, "instance.not_running");

    let asked = dewi.ask(Method::POST, &path(&order, "start")).await.is(200);
    assert_eq!(asked["status"], "starting");
    shows(&dewi, &order, "ready").await;
    assert_eq!(pods(&app).await, 2);

    app.settle().await;
    for event in ["restarted", "stop_requested", "stopped", "started"] {
        assert_eq!(app.times(&format!("instance.{event}")).await, 1, "{event}");
    }
    app.finish().await;
}

/// How many of it there are to be.
async fn replicas(app: &TestApp, order: &Order, what: &str) -> serde_json::Value {
    let namespace = format!("customer-{}", order.instance);
    let path = format!("apis/apps/v1/namespaces/{namespace}/{what}");
    let url = format!("{}/{path}", app.wire.kubernetes);
    app.wire.get(&url).await.is(200)["spec"]["replicas"].clone()
}

/// Lets this come over the pods of `web` or `database`.
fn strikes(app: &TestApp, component: &str, fault: Fault) {
    let labels = [("app.kubernetes.io/component".into(), component.into())];
    app.kubernetes.set_behaviour(Behaviour {
        scope: Scope {
            labels: labels.into(),
            ..Scope::default()
        },
        fault,
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_stopped_only_once_its_app_has_ended() {
    let app = app().await;
    let (dewi, order) = running(&app).await;
    strikes(&app, "web", Fault::Lingers);
    dewi.ask(Method::POST, &path(&order, "stop")).await.is(200);
    becomes("the app is to end", async || {
        replicas(&app, &order, "deployments/web").await == 0
    })
    .await;
    let looks = || app.kubernetes.traffic().requests.get("list pods").copied();
    let before = looks();
    becomes("its end was looked for", async || looks() > before).await;
    assert_eq!(replicas(&app, &order, "statefulsets/database").await, 1);
    app.kubernetes.clear_behaviours();
    shows(&dewi, &order, "stopped").await;
    becomes("nothing runs", async || pods(&app).await == 0).await;
    assert_eq!(replicas(&app, &order, "statefulsets/database").await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_awaited_is_looked_at_and_made_again_where_it_is_gone() {
    let app = app().await;
    let (dewi, order) = running(&app).await;
    dewi.ask(Method::POST, &path(&order, "stop")).await.is(200);
    shows(&dewi, &order, "stopped").await;
    app.settle().await;
    strikes(&app, "database", Fault::NeverReady);
    dewi.ask(Method::POST, &path(&order, "start")).await.is(200);
    let waits = "select coalesce(max(epoch), 0) from effects
        where step like 'operate-%' and status = 'waiting'";
    becomes("the database is awaited", async || {
        let asked = replicas(&app, &order, "statefulsets/database").await;
        asked == 1 && app.number(waits).await > 0
    })
    .await;
    let patches = || {
        let requests = app.kubernetes.traffic().requests.into_iter();
        let patches = requests.filter(|(what, _)| what.starts_with("patch "));
        patches.map(|(_, times)| times).sum::<u64>()
    };
    let (applied, looks) = (patches(), app.number(waits).await);
    becomes("it was looked at twice more", async || {
        app.number(waits).await > looks + 1
    })
    .await;
    assert_eq!(patches(), applied);

    deleted(&app, "apis/apps/v1", "statefulsets/database").await;
    let database = place(&app, "apis/apps/v1", "statefulsets/database").await;
    becomes("it is made again", async || {
        app.wire.get(&database).await["spec"]["replicas"] == 1
    })
    .await;
    app.kubernetes.clear_behaviours();
    shows(&dewi, &order, "ready").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_operates_somebody_elses_app_or_holds_without_being_staff() {
    let app = app().await;
    let (dewi, order) = running(&app).await;
    let other = app.customer().await;
    for operation in ["restart", "stop", "start"] {
        let ask = other.ask(Method::POST, &path(&order, operation));
        ask.await.refuses(404, "instance.not_found");
    }
    let hold = format!("/admin{}", path(&order, "hold"));
    let ask = dewi.post(&hold, &json!({ "reason": "revenge" }));
    ask.await.refuses(403, "role.missing");
    let nothing = app.admin().await;
    let retry = format!("/admin{}", path(&order, "retry"));
    let ask = nothing.ask(Method::POST, &retry).await;
    ask.refuses(409, "instance.nothing_to_retry");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_holds_and_releases_an_app() {
    let app = app().await;
    let (dewi, order) = running(&app).await;
    let ani = app.admin().await;
    let [hold, release] =
        ["hold", "release"].map(|operation| format!("/admin{}", path(&order, operation)));
    let reason = json!({ "reason": "sends spam" });
    let held = ani.post(&hold, &reason).await.is(200);
    assert_eq!(held["status"], "stopping");
    shows(&dewi, &order, "held").await;
    becomes("nothing runs", async || pods(&app).await == 0).await;
    let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
    assert_eq!(pod["holds"], json!([{ "kind": "staff" }]));
    let refused = dewi.ask(Method::POST, &path(&order, "start")).await;
    refused.refuses(409, "instance.on_hold");
    ani.post(&hold, &reason).await.is(200);
    assert_eq!(app.times("instance.held").await, 1);
    let by = format!("staff:{}", ani.id);
    let sql = format!(
        "select count(*) from events where event_type = 'instance.held' and metadata ->> 'actor' = '{by}'"
    );
    assert_eq!(app.number(&sql).await, 1);

    let released = ani.post(&release, &json!({ "reason": "cleaned up" })).await;
    assert_eq!(released.is(200)["status"], "starting");
    shows(&dewi, &order, "ready").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_fails_is_told_and_may_be_asked_for_again() {
    let app = app_with(|settings| settings.readiness_deadline_ms = Some(4_000)).await;
    let (dewi, order) = running(&app).await;
    app.kubernetes.set_behaviour(Behaviour {
        scope: Scope::default(),
        fault: Fault::ImagePull,
    });
    dewi.ask(Method::POST, &path(&order, "restart"))
        .await
        .is(200);
    shows(&dewi, &order, "degraded").await;
    let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
    assert!(pod["trouble"].is_string(), "{}", pod.text);
    app.settle().await;
    let ani = app.admin().await;
    let retry = format!("/admin{}", path(&order, "retry"));
    ani.ask(Method::POST, &retry).await.is(200);
    // Only now: the cluster would bring the failed operation to its end by itself.
    app.kubernetes.clear_behaviours();
    shows(&dewi, &order, "ready").await;
    let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
    assert!(pod["trouble"].is_null(), "{}", pod.text);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_takes_long_to_start_has_not_failed_to() {
    let app = app().await;
    let (dewi, order) = running(&app).await;
    dewi.ask(Method::POST, &path(&order, "stop")).await.is(200);
    shows(&dewi, &order, "stopped").await;
    app.settle().await;
    never_starts(&app);
    dewi.ask(Method::POST, &path(&order, "start")).await.is(200);
    deadline_passes_while_it_starts(&app).await;
    shows(&dewi, &order, "starting").await;
    app.kubernetes.clear_behaviours();
    shows(&dewi, &order, "ready").await;
    app.settle().await;
    assert_eq!(app.times("instance.operation_failed").await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_gives_an_app_other_figures_on_the_same_volume() {
    let app = app().await;
    let (dewi, order) = running(&app).await;
    let ani = app.admin().await;
    let resize = format!("/admin{}", path(&order, "resize"));
    let figures = |storage: u32| json!({ "cpu_millicores": 1_000, "memory_mib": 1_024, "storage_mib": storage });
    let small = ani.post(&resize, &figures(1_024)).await;
    small.refuses(409, "instance.storage_cannot_shrink");
    let asked = ani.post(&resize, &figures(10_240)).await.is(200);
    assert_eq!(asked["status"], "resizing");
    observed(&app, "resized").await;
    shows(&dewi, &order, "ready").await;
    let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
    assert_eq!(pod["storage_mib"], 10_240);

    let namespace = app.wire.namespaces().await.remove(0);
    let api = &app.wire.kubernetes;
    let web = format!("{api}/apis/apps/v1/namespaces/{namespace}/deployments/web");
    let web = app.wire.get(&web).await.is(200);
    let limits = &web["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"];
    assert_eq!(
        (&limits["cpu"], &limits["memory"]),
        (&json!("1"), &json!("1Gi"))
    );
    let claim = format!("{api}/api/v1/namespaces/{namespace}/persistentvolumeclaims/web");
    let claim = app.wire.get(&claim).await.is(200);
    assert_eq!(claim["spec"]["resources"]["requests"]["storage"], "10Gi");
    ani.post(&resize, &figures(10_240)).await.is(200);
    app.settle().await;
    assert_eq!(app.times("instance.resized").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_crashes_shows_it_and_its_recovery() {
    let app = app().await;
    let (dewi, order) = running(&app).await;
    app.kubernetes.set_behaviour(Behaviour {
        scope: Scope {
            workload: Some("web".into()),
            ..Scope::default()
        },
        fault: Fault::CrashLoop,
    });
    shows(&dewi, &order, "unready").await;
    becomes("it is told why", async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        let trouble = pod["trouble"].as_str().unwrap_or_default();
        trouble.contains("keeps crashing with exit code 1")
    })
    .await;
    app.kubernetes.clear_behaviours();
    shows(&dewi, &order, "ready").await;
    app.finish().await;
}
#[tokio::test(flavor = "multi_thread")]
async fn a_hold_ends_by_itself_when_its_time_has_come() {
    let app = app().await;
    let (dewi, order) = running(&app).await;
    let ani = app.admin().await;
    let hold = format!("/admin{}", path(&order, "hold"));
    let until = app.clock.now() + std::time::Duration::from_secs(3_600);
    let past = app.clock.now() - std::time::Duration::from_secs(1);
    let ask = ani.post(&hold, &json!({ "reason": "by order", "until": past }));
    ask.await.refuses(422, "instance.hold_is_over");
    let ask = ani.post(&hold, &json!({ "reason": "by order", "until": until }));
    ask.await.is(200);
    shows(&dewi, &order, "held").await;
    app.minutes_pass(61);
    // That is longer than a token is good for.
    let dewi = Person::signs_in(&app.wire, &dewi.email, PASSWORD).await;
    shows(&dewi, &order, "ready").await;
    app.finish().await;
}
