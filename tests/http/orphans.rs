//! What carries our labels and belongs to nothing.

use super::sweeps::next_sweep;
use crate::support::{app, app_with, becomes, until};
use purser::{
    standins::kubernetes::{Behaviour, Fault, Scope},
    sweep::OrphanPolicy,
};
use purser_domain::user::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_no_instance_is_reported_and_removed_on_somebodys_word() {
    let app = app().await;
    app.sells("n8n").await;
    let dewi = app.customer().await.with_credit(100_000).await;
    let order = dewi.buys("n8n").await;
    dewi.sees(&order, "active").await;
    let admin = app.admin().await;

    let (stray, customer) = (Uuid::now_v7(), Uuid::now_v7());
    let ours = json!({
        "app.kubernetes.io/managed-by": "purser",
        "purser.example/instance": stray, "purser.example/customer": customer,
    });
    let name = format!("customer-{stray}");
    let strange = format!("customer-{}", Uuid::now_v7());
    let elsewhere = format!("other-{stray}");
    for (name, labels) in [(&name, &ours), (&strange, &json!({})), (&elsewhere, &ours)] {
        let namespace = json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels},
        });
        let address = format!("{}/api/v1/namespaces", app.wire.kubernetes);
        app.wire.post(&address, &namespace).await.is(201);
    }

    let listed = admin.get("/admin/orphans").await.is(200);
    let orphan = json!({
        "namespace": name, "instance_id": stray, "customer_id": customer,
        "cause": "unknown", "terminating": false,
    });
    assert_eq!(listed["items"], json!([orphan]), "{}", listed.text);

    let why = json!({"reason": "left behind by a trial"});
    let own = format!("customer-{}", order.instance);
    for kept in [&own, &strange, &elsewhere] {
        let asked = admin.post(&format!("/admin/orphans/{kept}/remove"), &why);
        asked.await.refuses(404, "orphan.not_found");
    }
    let remove = format!("/admin/orphans/{name}/remove");
    let asked = dewi.post(&remove, &why).await;
    asked.refuses(403, "role.missing");
    let nameless = admin.post(&remove, &json!({"reason": ""})).await;
    nameless.refuses(400, "request.invalid");
    let removes = |path: &str, why: &Value| admin.post(path, why).key("away-with-it");
    let removed = removes(&remove, &why).await.is(200);
    assert_eq!(removed["terminating"], true);
    assert_eq!(removed.header("idempotent-replayed"), None);
    becomes("the orphan is gone", async || {
        !app.wire.namespaces().await.contains(&name)
    })
    .await;
    let left = app.wire.namespaces().await;
    assert!(left.contains(&own) && left.contains(&strange), "{left:?}");
    let recorded = "select count(*) from work.operator_commands
                    where command = 'orphans.remove' and reason = 'left behind by a trial'";
    assert_eq!(app.number(recorded).await, 1);
    let listed = admin.get("/admin/orphans").await.is(200);
    assert_eq!(listed["items"], json!([]));

    let again = removes(&remove, &why).await.is(200);
    assert_eq!(again.text, removed.text);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let elsewhere = format!("/admin/orphans/customer-{}/remove", Uuid::now_v7());
    let otherwise = json!({"reason": "another one"});
    for (path, why) in [(&elsewhere, &why), (&remove, &otherwise)] {
        let reused = removes(path, why).await;
        reused.refuses(422, "idempotency_key.reused");
    }
    assert_eq!(app.number(recorded).await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_removes_what_the_history_knows_as_removed_and_nothing_else() {
    let app = app_with(|settings| {
        settings.sweep.every_ms = 150;
        settings.sweep.orphans = OrphanPolicy::Remove {
            after_ms: 3_600_000,
        };
    })
    .await;
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    app.kubernetes.set_behaviour(Behaviour {
        scope: Scope::default(),
        fault: Fault::NeverReady,
    });
    let order = dewi.buys("ghost").await;
    let path = format!("/subscriptions/{}", order.id);
    dewi.ask(Method::DELETE, &path).await.is(200);
    becomes("its app is removed", async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        pod["status"] == "removed" && app.wire.namespaces().await.is_empty()
    })
    .await;
    app.kubernetes.clear_behaviours();
    app.settle().await;

    // As after a restored database: nobody knows whether it is a customer's.
    let unknown = Uuid::now_v7().to_string();
    for instance in [&order.instance, &unknown] {
        let namespace = json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": { "name": format!("customer-{instance}"), "labels": {
                "app.kubernetes.io/managed-by": "purser",
                "purser.example/instance": instance,
                "purser.example/customer": unknown,
            } },
        });
        let namespaces = format!("{}/api/v1/namespaces", app.wire.kubernetes);
        app.wire.post(&namespaces, &namespace).await.is(201);
    }
    let auditor = app.staff(Role::Auditor).await;
    until("the orphans are reported", async || {
        let sweep = next_sweep(&app, &auditor).await;
        let orphans = sweep["orphans"].as_array().unwrap().clone();
        assert!(orphans.iter().all(|it| it["removing"] == false));
        (orphans.len() == 2).then_some(())
    })
    .await;
    app.minutes_pass(61);
    let auditor = auditor.again().await;
    let left = [format!("customer-{unknown}")];
    becomes("what the history knows as removed is gone", async || {
        app.wire.namespaces().await == left
    })
    .await;
    let sweep = next_sweep(&app, &auditor).await;
    let orphans = sweep["orphans"].as_array().unwrap();
    assert_eq!(orphans.len(), 1, "{sweep}");
    assert_eq!(orphans[0]["removing"], false, "{sweep}");
    let recorded = "select count(*) from operator_commands where command = 'orphans.remove' and actor = 'system:sweep'";
    assert_eq!(app.number(recorded).await, 1);
    app.finish().await;
}
