//! What carries our labels and belongs to nothing.

use crate::support::{app, becomes};
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
