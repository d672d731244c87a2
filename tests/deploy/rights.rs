//! Every call that Purser makes is allowed by exactly what `deploy/` grants: the product on a cluster that judges it
//! by those roles, as the ServiceAccount of those files.

use super::grants::{refusals, unused};
use crate::support::{Order, Person, TestApp, app_as_installed, becomes, deploy::apply, until};
use purser::{
    kubernetes::RouteBy,
    standins::kubernetes::{Answers, Asked, Behaviour, Fault, Scope, Settings},
};
use purser_domain::user::Role;
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

const PURSER: &str = "system:serviceaccount:purser:purser";

async fn shows(dewi: &Person, order: &Order, status: &str) {
    becomes(&format!("the pod is {status}"), async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        pod["status"] == status
    })
    .await;
}

/// One app of each way in which an owner is made, and what is asked of an app in its life.
async fn apps_come_and_live(app: &TestApp) {
    let dewi = app.customer().await.with_credit(200_000).await;
    for service in ["wordpress", "ghost", "n8n"] {
        app.sells(service).await;
        let order = dewi.buys(service).await;
        dewi.sees(&order, "active").await;
        let path = |what: &str| format!("/pods/{}/{what}", order.instance);
        dewi.get(&path("logs?container=*")).await.is(200);
        if service != "ghost" {
            continue;
        }
        dewi.ask(Method::POST, &path("credentials")).await.is(200);
        for (operation, status) in [
            ("restart", "ready"),
            ("stop", "stopped"),
            ("start", "ready"),
        ] {
            dewi.ask(Method::POST, &path(operation)).await.is(200);
            shows(&dewi, &order, status).await;
        }
        let figures = json!({"cpu_millicores": 1_000, "memory_mib": 1_024, "storage_mib": 10_240});
        let resize = format!("/admin/pods/{}/resize", order.instance);
        app.admin().await.post(&resize, &figures).await.is(200);
        becomes("it is resized", async || {
            app.times("instance.resized").await == 1
        })
        .await;
    }
}

/// An order that is cancelled, a namespace that belongs to nothing, and a node that is emptied.
async fn things_go(app: &TestApp) {
    let dewi = app.customer().await.with_credit(50_000).await;
    app.kubernetes.set_behaviour(Behaviour {
        scope: Scope::default(),
        fault: Fault::NeverReady,
    });
    let order = dewi.buys("wordpress").await;
    // Later than the self-binding, which takes a moment to count.
    let namespace = format!("customer-{}", order.instance);
    let database = format!(
        "{}/apis/apps/v1/namespaces/{namespace}/statefulsets/database",
        app.wire.kubernetes
    );
    becomes("the database is there", async || {
        app.wire.get(&database).await.status == 200
    })
    .await;
    let path = format!("/subscriptions/{}", order.id);
    dewi.ask(Method::DELETE, &path).await.is(200);
    shows(&dewi, &order, "removed").await;
    app.kubernetes.clear_behaviours();

    let (stray, customer) = (Uuid::now_v7(), Uuid::now_v7());
    let name = format!("customer-{stray}");
    let labels = json!({
        "app.kubernetes.io/managed-by": "purser",
        "purser.example/instance": stray, "purser.example/customer": customer,
    });
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}});
    apply(&app.wire, &namespace).await;
    let why = json!({"reason": "left behind"});
    let path = format!("/admin/orphans/{name}/remove");
    app.admin().await.post(&path, &why).await.is(200);
    becomes("the orphan is gone", async || {
        !app.wire.namespaces().await.contains(&name)
    })
    .await;

    let operator = app.staff(Role::Operator).await;
    let node = until("the nodes are listed", async || {
        let list = operator.get("/admin/workers").await.is(200);
        let nodes = list["items"].as_array()?;
        let node = nodes.iter().find(|worker| worker["name"] == "node-0")?;
        Some(node["id"].as_str()?.to_owned())
    });
    let path = format!("/admin/workers/{}/drain", node.await);
    operator.ask(Method::POST, &path).await.is(200);
    becomes("the node is empty", async || {
        app.times("worker.drained").await == 1
    })
    .await;
}

/// A gateway whose controller takes routes, and Purser told to use it.
async fn by_gateway(app: &mut TestApp) {
    app.stops().await;
    app.kubernetes.configure(Settings {
        gateway_api: true,
        ..app.kubernetes.settings()
    });
    for object in [
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gateway-system"}}),
        json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
            "metadata": {"name": "public", "namespace": "gateway-system"},
            "spec": {"gatewayClassName": "any", "listeners": []},
        }),
    ] {
        apply(&app.wire, &object).await;
    }
    app.settings.cluster_settings.route = RouteBy::Gateway {
        name: "public".into(),
        namespace: "gateway-system".into(),
    };
    app.starts().await;
}

/// What Purser asked of the cluster in the life of its apps, and what it was answered.
async fn road(gateway: bool) -> BTreeMap<Asked, Answers> {
    let mut app = app_as_installed(|settings| settings.sweep.every_ms = 1_000).await;
    if gateway {
        by_gateway(&mut app).await;
    }
    apps_come_and_live(&app).await;
    things_go(&app).await;
    app.settle().await;
    let asked = app.kubernetes.asked_by(PURSER);
    app.finish().await;
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_is_granted_and_no_grant_is_without_a_reason() {
    let mut asked = BTreeMap::new();
    for gateway in [false, true] {
        let on_this_road = road(gateway).await;
        assert_eq!(refusals(&on_this_road), Vec::<String>::new());
        let kind = if gateway { "httproutes" } else { "ingresses" };
        let made = on_this_road.keys();
        let mut made = made.filter(|asked| asked.verb == "patch");
        assert!(made.any(|asked| asked.resource == kind), "{kind}");
        asked.extend(on_this_road);
    }
    assert_eq!(unused(&asked), Vec::<String>::new());
}
