//! What a sweep meets that applying alone does not put right.

use super::{
    app_mail::relay,
    sweeps::{comes_to, deleted, edited, edited_at, finds, next_sweep, place, swept},
};
use crate::support::{Person, TestApp, app_with, becomes, nats_url, until};
use purser::{
    relay::reset,
    standins::kubernetes::{Behaviour, Fault, Scope},
};
use purser_domain::user::Role;
use reqwest::Method;
use serde_json::{Value, json};

/// Gives the database's pods a label that no node takes.
async fn breaks_the_database(app: &TestApp) {
    let label = ("app.kubernetes.io/part-of", "nowhere");
    app.kubernetes.set_behaviour(Behaviour {
        scope: Scope {
            labels: [(label.0.into(), label.1.into())].into(),
            ..Scope::default()
        },
        fault: Fault::Unschedulable,
    });
    let template = json!({ "metadata": { "labels": { label.0: label.1 } } });
    let edit = json!({ "spec": { "template": template } });
    edited(app, "apis/apps/v1", "statefulsets/database", &edit).await;
    let url = place(app, "api/v1", "pods/database-0").await;
    becomes("its pod finds no node", async || {
        let pod = app.wire.get(&url).await;
        pod["metadata"]["labels"][label.0] == label.1
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_an_edited_template_keeps_from_starting_comes_back_with_ours() {
    let (mut app, dewi, order) = swept().await;
    app.settle().await;
    app.stops().await;
    breaks_the_database(&app).await;
    app.starts().await;
    finds(&app, "object_edited", "StatefulSet/database", "repaired").await;
    let url = place(&app, "apis/apps/v1", "statefulsets/database").await;
    becomes("the database is ready again, as it was", async || {
        let status = app.wire.get(&url).await["status"].clone();
        status["readyReplicas"] == 1 && status["updatedReplicas"] == 1
    })
    .await;
    becomes("so is the app", async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        pod["status"] == "ready"
    })
    .await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_database_at_rest_no_pod_is_looked_for() {
    let (app, dewi, order) = swept().await;
    comes_to(&dewi, &order, "stop", "stopped").await;
    app.settle().await;
    let auditor = app.staff(Role::Auditor).await;
    let looks = || {
        let requests = app.kubernetes.traffic().requests;
        requests.get("get statefulsets").copied().unwrap_or(0)
    };
    next_sweep(&app, &auditor).await;
    let before = looks();
    let sweep = next_sweep(&app, &auditor).await;
    assert_eq!(sweep["findings"], json!([]), "{sweep}");
    assert_eq!(looks(), before);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_was_made_again_at_rest_starts_only_once_its_database_answers() {
    let (app, dewi, order) = swept().await;
    comes_to(&dewi, &order, "stop", "stopped").await;
    app.settle().await;
    deleted(&app, "apis/apps/v1", "deployments/web").await;
    finds(&app, "object_missing", "Deployment/web", "repaired").await;
    app.kubernetes.set_behaviour(Behaviour {
        scope: Scope {
            workload: Some("database".into()),
            ..Scope::default()
        },
        fault: Fault::NeverReady,
    });
    let start = format!("/pods/{}/start", order.instance);
    dewi.ask(Method::POST, &start).await.is(200);
    let replicas = async |object: &str| {
        let url = place(&app, "apis/apps/v1", object).await;
        app.wire.get(&url).await.is(200)["spec"]["replicas"].clone()
    };
    // That is asked for after everything was applied.
    becomes("its database is awaited", async || {
        replicas("statefulsets/database").await == 1
    })
    .await;
    assert_eq!(replicas("deployments/web").await, 0);
    app.kubernetes.clear_behaviours();
    becomes("the app is ready", async || {
        dewi.get(&format!("/pods/{}", order.instance)).await["status"] == "ready"
    })
    .await;
    app.finish().await;
}

/// Takes a label off the namespace of the only instance, or puts it there.
pub(super) async fn marks(app: &TestApp, label: &str, value: Value) {
    let namespace = app.wire.namespaces().await.remove(0);
    let url = format!("{}/api/v1/namespaces/{namespace}", app.wire.kubernetes);
    let labels = json!({ label: value });
    edited_at(&url, &json!({ "metadata": { "labels": labels } })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_that_lost_a_label_of_ours_is_reported_and_not_taken_for_gone() {
    let (app, dewi, order) = swept().await;
    app.settle().await;
    let auditor = app.staff(Role::Auditor).await;
    let ours = [
        ("app.kubernetes.io/managed-by", "purser"),
        ("purser.example/instance", &*order.instance),
    ];
    for (label, value) in ours {
        marks(&app, label, Value::Null).await;
        let detail = until("it is reported", async || {
            let sweep = next_sweep(&app, &auditor).await;
            let mut findings = sweep["findings"].as_array().unwrap().iter();
            let finding = findings.find(|it| it["finding"] == "namespace_not_ours")?;
            Some(finding["detail"].as_str().unwrap().to_owned())
        })
        .await;
        for (label, value) in ours {
            assert!(detail.contains(&format!("{label}={value}")), "{detail}");
        }
        app.settle().await;
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        assert_eq!(pod["status"], "ready", "{}", pod.text);

        marks(&app, label, value.into()).await;
        until("nothing is found any more", async || {
            let sweep = next_sweep(&app, &auditor).await;
            let findings = sweep["findings"].to_string();
            (!findings.contains("namespace_")).then_some(())
        })
        .await;
    }
    app.settle().await;
    assert_eq!(app.times("instance.became_unready").await, 0);
    app.finish().await;
}

/// What the pods of app and database are made of.
async fn templates(app: &TestApp) -> [Value; 2] {
    let [web, database] = ["deployments/web", "statefulsets/database"];
    let apps = "apis/apps/v1";
    let web = app.wire.get(&place(app, apps, web).await).await;
    let database = app.wire.get(&place(app, apps, database).await).await;
    [web, database].map(|found| found.is(200)["spec"]["template"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_right_replaces_no_pod_that_is_as_it_was() {
    let (mut app, _, _) = swept().await;
    app.settle().await;
    app.stops().await;
    let before = templates(&app).await;
    deleted(&app, "api/v1", "services/web").await;
    // From now on another image is wanted of every pod.
    app.settings.cluster_settings.registry = "mirror.example".into();
    app.starts().await;
    finds(&app, "object_missing", "Service/web", "repaired").await;
    let service = place(&app, "api/v1", "services/web").await;
    app.wire.get(&service).await.is(200);
    assert_eq!(templates(&app).await, before);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_app_needs_and_no_list_tells_of_is_made_again_with_it() {
    let app = app_with(|settings| {
        settings.app_mail = Some(relay());
        settings.sweep.every_ms = 150;
    })
    .await;
    app.sells("wordpress").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("wordpress").await;
    dewi.sees(&order, "active").await;
    app.settle().await;
    deleted(&app, "api/v1", "configmaps/mail").await;
    deleted(&app, "apis/apps/v1", "deployments/web").await;
    finds(&app, "object_missing", "Deployment/web", "repaired").await;
    let map = place(&app, "api/v1", "configmaps/mail").await;
    app.wire.get(&map).await.is(200);
    let web = place(&app, "apis/apps/v1", "deployments/web").await;
    becomes("its pod has started", async || {
        app.wire.get(&web).await["status"]["readyReplicas"] == 1
    })
    .await;
    becomes("the app is ready", async || {
        dewi.get(&format!("/pods/{}", order.instance)).await["status"] == "ready"
    })
    .await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_config_map_that_is_gone_or_was_changed_is_put_back_although_nothing_else_differs() {
    let app = app_with(|settings| settings.sweep.every_ms = 150).await;
    app.sells("wordpress").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("wordpress").await;
    dewi.sees(&order, "active").await;
    app.settle().await;
    let (path, object) = ("configmaps/settings", "ConfigMap/settings");
    let map = place(&app, "api/v1", path).await;
    let ours = app.wire.get(&map).await.is(200)["data"].clone();
    let is_ours = async |what: &str| {
        becomes(what, async || app.wire.get(&map).await["data"] == ours).await;
    };

    deleted(&app, "api/v1", path).await;
    finds(&app, "object_missing", object, "repaired").await;
    is_ours("it is there again").await;
    let edit = json!({ "data": { "php.ini": "memory_limit = 1M" } });
    edited(&app, "api/v1", path, &edit).await;
    finds(&app, "object_edited", object, "repaired").await;
    is_ours("it says what it said").await;
    let edit = json!({ "data": { "php.ini": null } });
    edited(&app, "api/v1", path, &edit).await;
    finds(&app, "object_stripped", object, "repaired").await;
    is_ours("it is whole again").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_waits_for_its_config_map_comes_back_by_a_sweep() {
    let mut app = app_with(|settings| settings.sweep.every_ms = 3_600_000).await;
    app.sells("wordpress").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("wordpress").await;
    dewi.sees(&order, "active").await;
    app.settle().await;
    let shows = async |dewi: &Person, status: &str| {
        becomes(&format!("the pod is {status}"), async || {
            dewi.get(&format!("/pods/{}", order.instance)).await["status"] == status
        })
        .await;
    };
    deleted(&app, "api/v1", "configmaps/settings").await;
    let pods = place(&app, "api/v1", "pods").await;
    let list = app.wire.get(&pods).await.is(200);
    for pod in list["items"].as_array().unwrap() {
        if pod["metadata"]["labels"]["app.kubernetes.io/component"] == "web" {
            let name = pod["metadata"]["name"].as_str().unwrap();
            deleted(&app, "api/v1", &format!("pods/{name}")).await;
        }
    }
    shows(&dewi, "unready").await;
    // Only now is it swept.
    app.stops().await;
    app.settings.sweep.every_ms = 150;
    app.starts().await;
    finds(&app, "object_missing", "ConfigMap/settings", "repaired").await;
    shows(&dewi, "ready").await;
    app.finish().await;
}

/// Makes the stream know events that the history does not, as after the restoring of a backup.
async fn knows_more(stream: &str) {
    let nats = nats_url().await;
    let url: reqwest::Url = nats.parse().unwrap();
    let (user, password) = (url.username(), url.password().unwrap());
    let client = async_nats::ConnectOptions::with_user_and_password(user.into(), password.into());
    let client = client.connect(nats).await.unwrap();
    let jetstream = async_nats::jetstream::new(client);
    let installation = stream.strip_prefix("purser-").unwrap();
    let subject = format!("ev.{installation}.instance.lost");
    for _ in 0..50 {
        let taken = jetstream.publish(subject.clone(), "{}".into()).await;
        taken.unwrap().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_history_may_be_older_than_the_cluster_everything_is_only_reported() {
    let (mut app, _, _) = swept().await;
    let auditor = app.staff(Role::Auditor).await;
    app.settle().await;
    let stream = app.app().bus.stream_name();
    app.stops().await;
    knows_more(&stream).await;
    let (group, policy) = ("apis/networking.k8s.io/v1", "networkpolicies/default-deny");
    deleted(&app, group, policy).await;
    app.starts().await;
    let object = "NetworkPolicy/default-deny";
    finds(&app, "object_missing", object, "reported").await;
    let sweep = next_sweep(&app, &auditor).await;
    let finding = &sweep["findings"][0];
    assert_eq!(finding["object"], object, "{sweep}");
    assert_eq!(finding["outcome"], "reported", "{sweep}");
    let url = place(&app, group, policy).await;
    app.wire.get(&url).await.is(404);

    let (bus, pool) = (&app.app().bus, &app.app().pool);
    let why = "restored from the backup of noon";
    reset(bus, pool, "user:operator", why).await.unwrap();
    finds(&app, "object_missing", object, "repaired").await;
    app.wire.get(&url).await.is(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_put_back_keeps_nothing_else_from_being_put_right() {
    let (app, _, _) = swept().await;
    app.settle().await;
    let theirs =
        json!({ "metadata": { "labels": { "app.kubernetes.io/managed-by": "somebody" } } });
    edited(&app, "api/v1", "services/web", &theirs).await;
    finds(&app, "object_missing", "Service/web", "failed").await;
    let networking = "apis/networking.k8s.io/v1";
    deleted(&app, networking, "ingresses/web").await;
    finds(&app, "object_missing", "Ingress/web", "repaired").await;
    let route = place(&app, networking, "ingresses/web").await;
    app.wire.get(&route).await.is(200);
    app.finish().await;
}
