//! What a sweep finds and repairs that nobody told of.

use crate::support::{Order, Person, TestApp, app_with, becomes, until};
use purser::standins::kubernetes::{Behaviour, Fault, Scope, Settings};
use purser_domain::user::Role;
use reqwest::Method;
use serde_json::{Value, json};

/// An installation that sweeps all the time, and Dewi with an app that is ready.
pub(super) async fn swept() -> (TestApp, Person, Order) {
    let app = app_with(|settings| settings.sweep.every_ms = 150).await;
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("ghost").await;
    dewi.sees(&order, "active").await;
    (app, dewi, order)
}

/// How often a sweep found this, with this outcome.
pub(super) async fn found(app: &TestApp, finding: &str, object: &str, outcome: &str) -> i64 {
    let sql = format!(
        "select count(*) from sweeps, jsonb_array_elements(report -> 'findings') it
         where it ->> 'finding' = '{finding}' and it ->> 'outcome' = '{outcome}'
           and coalesce(it ->> 'object', '') = '{object}'"
    );
    app.number(&sql).await
}

pub(super) async fn finds(app: &TestApp, finding: &str, object: &str, outcome: &str) {
    becomes(&format!("{finding} {object}: {outcome}"), async || {
        found(app, finding, object, outcome).await > 0
    })
    .await;
}

/// Waits for another sweep that began after this, and gives what it found.
pub(super) async fn next_sweep(app: &TestApp, staff: &Person) -> Value {
    let made = "select coalesce(max(id), 0) from sweeps";
    let now = app.number(made).await;
    becomes("two more sweeps", async || app.number(made).await > now + 1).await;
    staff.get("/admin/sweep").await.is(200).body
}

/// Where an object of the only instance is.
pub(super) async fn place(app: &TestApp, group: &str, object: &str) -> String {
    let namespace = app.wire.namespaces().await.remove(0);
    format!(
        "{}/{group}/namespaces/{namespace}/{object}",
        app.wire.kubernetes
    )
}

pub(super) async fn deleted(app: &TestApp, group: &str, object: &str) {
    let url = place(app, group, object).await;
    let ask = app.wire.ask(Method::DELETE, &url).without_key().await;
    ask.is(200);
}

pub(super) async fn edited(app: &TestApp, group: &str, object: &str, patch: &Value) {
    edited_at(&place(app, group, object).await, patch).await;
}

pub(super) async fn edited_at(url: &str, patch: &Value) {
    let client = reqwest::Client::new();
    let asked = client
        .patch(format!("{url}?fieldManager=kubectl-edit"))
        .header("content-type", "application/merge-patch+json")
        .body(patch.to_string());
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_as_it_should_be_gives_no_finding() {
    let (app, dewi, _) = swept().await;
    let auditor = app.staff(Role::Auditor).await;
    app.settle().await;
    let sweep = until("a sweep of the instance finds nothing", async || {
        let sweep = next_sweep(&app, &auditor).await;
        (sweep["findings"] == json!([])).then_some(sweep)
    })
    .await;
    assert_eq!(sweep["instances"], 1, "{sweep}");
    assert_eq!(sweep["orphans"], json!([]), "{sweep}");
    let metrics = app.wire.get("/metrics").await.is(200).text;
    assert!(metrics.contains("purser_orphans 0"), "{metrics}");
    dewi.get("/admin/sweep").await.refuses(403, "role.missing");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_watch_did_not_tell_is_recorded_by_the_sweep() {
    let (app, dewi, order) = swept().await;
    app.settle().await;
    app.kubernetes.configure(Settings {
        mute_watches: true,
        ..app.kubernetes.settings()
    });
    app.kubernetes.set_behaviour(Behaviour {
        scope: Scope {
            workload: Some("web".into()),
            ..Scope::default()
        },
        fault: Fault::CrashLoop,
    });
    finds(&app, "not_recorded", "", "repaired").await;
    becomes("the pod is unready", async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        pod["status"] == "unready"
    })
    .await;
    app.kubernetes.clear_behaviours();
    becomes("the pod is ready again", async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        pod["status"] == "ready"
    })
    .await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_deleted_is_made_again() {
    let (app, dewi, order) = swept().await;
    let networking = "apis/networking.k8s.io/v1";
    deleted(&app, networking, "networkpolicies/default-deny").await;
    finds(
        &app,
        "object_missing",
        "NetworkPolicy/default-deny",
        "repaired",
    )
    .await;
    let url = place(&app, networking, "networkpolicies/default-deny").await;
    app.wire.get(&url).await.is(200);

    deleted(&app, "apis/apps/v1", "deployments/web").await;
    finds(&app, "object_missing", "Deployment/web", "repaired").await;
    becomes("the app is ready again", async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        pod["status"] == "ready"
    })
    .await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_changed_is_put_back_and_what_he_added_is_reported_once() {
    let (app, _, _) = swept().await;
    let ours = json!({ "spec": { "policyTypes": ["Ingress"] } });
    let policy = "networkpolicies/default-deny";
    edited(&app, "apis/networking.k8s.io/v1", policy, &ours).await;
    finds(
        &app,
        "object_edited",
        "NetworkPolicy/default-deny",
        "repaired",
    )
    .await;
    becomes("the correction is recorded", async || {
        app.times("instance.drift_corrected").await == 1
    })
    .await;
    let url = place(&app, "apis/networking.k8s.io/v1", policy).await;
    let policy = app.wire.get(&url).await.is(200);
    assert_eq!(policy["spec"]["policyTypes"], json!(["Ingress", "Egress"]));

    let theirs = json!({ "metadata": { "annotations": { "team.example/owner": "shop" } } });
    edited(&app, "api/v1", "services/web", &theirs).await;
    finds(&app, "object_edited", "Service/web", "nothing_to_repair").await;
    let auditor = app.staff(Role::Auditor).await;
    let sweep = next_sweep(&app, &auditor).await;
    let detail = sweep["findings"][0]["detail"].as_str().unwrap();
    assert!(detail.starts_with("kubectl-edit: "), "{sweep}");
    let url = place(&app, "api/v1", "services/web").await;
    let service = app.wire.get(&url).await.is(200);
    assert_eq!(
        service["metadata"]["annotations"]["team.example/owner"],
        "shop"
    );
    assert_eq!(app.times("instance.drift_corrected").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_somebody_renumbered_comes_back_in_place_of_his() {
    let (app, _, _) = swept().await;
    let url = place(&app, "api/v1", "services/web").await;
    let ports = app.wire.get(&url).await.is(200)["spec"]["ports"].clone();
    // As `kubectl edit` does: ours is taken out, and theirs has its name.
    let theirs =
        json!({ "spec": { "ports": [{ "name": ports[0]["name"], "port": 81, "targetPort": 1 }] } });
    edited(&app, "api/v1", "services/web", &theirs).await;
    finds(&app, "object_edited", "Service/web", "repaired").await;
    let service = app.wire.get(&url).await.is(200);
    assert_eq!(service["spec"]["ports"], ports);
    let managers = service["metadata"]["managedFields"].as_array().unwrap();
    let of_ours: Vec<&Value> = managers
        .iter()
        .filter(|entry| entry["manager"] == "purser-provisioner")
        .map(|entry| &entry["operation"])
        .collect();
    assert_eq!(of_ours, ["Apply"], "{managers:?}");
    app.settle().await;
    let auditor = app.staff(Role::Auditor).await;
    assert_eq!(next_sweep(&app, &auditor).await["findings"], json!([]));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_took_out_is_filled_in_again() {
    let (app, _, _) = swept().await;
    let networking = "apis/networking.k8s.io/v1";
    let policy = "networkpolicies/default-deny";
    let without = json!({ "spec": { "policyTypes": null }, "metadata": { "labels": { "app.kubernetes.io/part-of": null } } });
    edited(&app, networking, policy, &without).await;
    let object = "NetworkPolicy/default-deny";
    finds(&app, "object_stripped", object, "repaired").await;
    let url = place(&app, networking, policy).await;
    becomes("they are there again", async || {
        let policy = app.wire.get(&url).await.is(200);
        policy["spec"]["policyTypes"] == json!(["Ingress", "Egress"])
            && policy["metadata"]["labels"]["app.kubernetes.io/part-of"] == "purser-instances"
    })
    .await;
    becomes("the correction is recorded", async || {
        app.times("instance.drift_corrected").await == 1
    })
    .await;
    app.settle().await;
    let auditor = app.staff(Role::Auditor).await;
    assert_eq!(next_sweep(&app, &auditor).await["findings"], json!([]));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_to_what_is_to_rest_is_taken_away() {
    let (app, dewi, order) = swept().await;
    let networking = "apis/networking.k8s.io/v1";
    let url = place(&app, networking, "ingresses/web").await;
    let mut route = app.wire.get(&url).await.is(200).body;
    comes_to(&dewi, &order, "stop", "stopped").await;
    app.wire.get(&url).await.is(404);
    route["metadata"] = json!({ "name": "web", "labels": route["metadata"]["labels"] });
    let routes = place(&app, networking, "ingresses").await;
    app.wire.post(&routes, &route).await.is(201);
    finds(&app, "route_open", "Ingress/web", "repaired").await;
    app.wire.get(&url).await.is(404);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_are_gone_are_reported_and_not_made_up() {
    let (app, dewi, order) = swept().await;
    let namespace = app.wire.namespaces().await.remove(0);
    let url = format!("{}/api/v1/namespaces/{namespace}", app.wire.kubernetes);
    let gone = app.wire.ask(Method::DELETE, &url).without_key().await;
    gone.is(200);
    finds(&app, "namespace_missing", "", "reported").await;
    becomes("it is not called ready any more", async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        pod["status"] == "unready" && pod["trouble"] == "its namespace is gone"
    })
    .await;
    let auditor = app.staff(Role::Auditor).await;
    next_sweep(&app, &auditor).await;
    assert!(app.wire.namespaces().await.is_empty());
    app.finish().await;
}

/// Asks for it and waits until the app is seen to be so.
pub(super) async fn comes_to(person: &Person, order: &Order, action: &str, status: &str) {
    let path = format!("/pods/{}", order.instance);
    let asked = person.ask(Method::POST, &format!("{path}/{action}"));
    asked.await.is(200);
    becomes(&format!("it is {status}"), async || {
        person.get(&path).await["status"] == status
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_not_started_over_an_empty_volume() {
    let (app, dewi, order) = swept().await;
    comes_to(&dewi, &order, "stop", "stopped").await;
    let claims = place(&app, "api/v1", "persistentvolumeclaims").await;
    let list = app.wire.get(&claims).await.is(200);
    let claim = list["items"][0]["metadata"]["name"].as_str().unwrap();
    deleted(&app, "api/v1", &format!("persistentvolumeclaims/{claim}")).await;
    let object = format!("PersistentVolumeClaim/{claim}");
    finds(&app, "volume_missing", &object, "reported").await;
    comes_to(&dewi, &order, "start", "degraded").await;
    app.wire.get(&format!("{claims}/{claim}")).await.is(404);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_many_run_is_put_back_where_somebody_scaled_or_deleted_them() {
    let (app, dewi, order) = swept().await;
    let none = json!({ "spec": { "replicas": 0 } });
    edited(&app, "apis/apps/v1", "deployments/web", &none).await;
    finds(&app, "scaled", "Deployment/web", "repaired").await;
    becomes("it is ready again", async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        pod["status"] == "ready"
    })
    .await;
    comes_to(&dewi, &order, "stop", "stopped").await;
    deleted(&app, "apis/apps/v1", "deployments/web").await;
    finds(&app, "object_missing", "Deployment/web", "repaired").await;
    let url = place(&app, "apis/apps/v1", "deployments/web").await;
    becomes("nothing of it runs", async || {
        app.wire.get(&url).await["spec"]["replicas"] == 0
    })
    .await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_fought_over_is_left_alone_until_staff_reclaims_it() {
    let (app, _, order) = swept().await;
    let ani = app.admin().await;
    let reclaim = format!("/admin/pods/{}/reclaim", order.instance);
    let object = json!({ "object": "NetworkPolicy/default-deny" });
    let calm = ani.post(&reclaim, &object).await;
    calm.refuses(409, "instance.not_contested");
    let edit = json!({ "spec": { "policyTypes": ["Ingress"] } });
    let policy = "networkpolicies/default-deny";
    for times in 1..=3 {
        edited(&app, "apis/networking.k8s.io/v1", policy, &edit).await;
        becomes("it is put back", async || {
            app.times("instance.drift_corrected").await == times
        })
        .await;
    }
    assert_eq!(app.times("instance.drift_alerted").await, 1);
    edited(&app, "apis/networking.k8s.io/v1", policy, &edit).await;
    finds(
        &app,
        "object_edited",
        "NetworkPolicy/default-deny",
        "left_alone",
    )
    .await;

    ani.post(&reclaim, &object).await.is(200);
    becomes("it is put back again", async || {
        app.times("instance.drift_corrected").await == 4
    })
    .await;
    app.finish().await;
}
