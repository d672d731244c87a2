//! Workers over the wire: nodes that are seen, hosts that join, and what a full cluster does to sales.

use crate::support::{Answer, Person, TestApp, app, becomes, until};
use purser_domain::user::Role;
use reqwest::Method;
use serde_json::{Value, json};

/// The workers in the list, by name.
async fn workers(staff: &Person) -> Vec<Value> {
    let list = staff.get("/admin/workers").await.is(200);
    let mut items = list["items"].as_array().unwrap().clone();
    items.sort_by_key(|worker| worker["name"].to_string());
    items
}

/// The three nodes of the cluster, as soon as they were seen.
pub(super) async fn nodes(staff: &Person) -> Vec<Value> {
    until("the nodes are listed", async || {
        let mut nodes = workers(staff).await;
        nodes.retain(|worker| worker["name"].as_str().unwrap().starts_with("node-"));
        (nodes.len() == 3).then_some(nodes)
    })
    .await
}

/// What is known of a worker; there may be nothing yet.
pub(super) async fn worker(staff: &Person, id: &str) -> Answer {
    staff.get(&format!("/admin/workers/{id}")).await
}

pub(super) async fn becomes_so(staff: &Person, id: &str, field: &str, value: Value) {
    let what = format!("{field} of the worker is {value}");
    becomes(&what, async || {
        let worker = worker(staff, id).await;
        worker.status == 200 && worker[field] == value
    })
    .await;
}

pub(super) async fn asks(staff: &Person, id: &str, what: &str) -> Answer {
    let path = format!("/admin/workers/{id}/{what}");
    staff.ask(Method::POST, &path).await
}

fn figures(cpu_millicores: u32) -> Value {
    json!({ "cpu_millicores": cpu_millicores, "memory_mib": 4_096, "pods": 10 })
}

async fn invited(staff: &Person, minutes: u32) -> Answer {
    let wish = json!({ "expires_in_minutes": minutes, "pool": "edge" });
    let path = "/admin/workers/join-tokens";
    staff.post(path, &wish).await.is(201)
}

fn joining(token: &str) -> Value {
    json!({ "token": token, "name": "host-1.example", "capacity": figures(4_000) })
}

async fn joins(app: &TestApp, token: &str) -> Answer {
    let path = "/api/v1/workers/register";
    app.wire.post(path, &joining(token)).await
}

async fn beats(app: &TestApp, id: &str, credential: &str, cpu: u32) -> Answer {
    let path = format!("/api/v1/workers/{id}/heartbeat");
    let beat = json!({ "capacity": figures(cpu), "allocated": figures(1_000) });
    app.wire.post(&path, &beat).token(credential).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_register_by_being_seen_and_staff_alone_reads_them() {
    let app = app().await;
    app.settle().await;
    let auditor = app.staff(Role::Auditor).await;
    let nodes = nodes(&auditor).await;
    let names: Vec<&str> = nodes
        .iter()
        .map(|node| node["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["node-0", "node-1", "node-2"]);
    for node in &nodes {
        assert_eq!(node["status"], "online", "{node}");
        assert_eq!(node["allocatable_cpu_millicores"], 32_000, "{node}");
        assert_eq!(node["pool"], "default", "{node}");
    }
    let pools = auditor.get("/admin/pools").await.is(200);
    let pool = &pools["items"][0];
    assert_eq!(
        (&pool["name"], &pool["usable"]),
        (&json!("default"), &json!(3))
    );
    assert_eq!(pool["headroom_cpu_millicores"], 96_000);
    let metrics = app.wire.get("/metrics").await.is(200).text;
    assert!(
        metrics.contains(r#"purser_workers{status="online"} 3"#),
        "{metrics}"
    );

    let id = nodes[0]["id"].as_str().unwrap();
    asks(&auditor, id, "cordon")
        .await
        .refuses(403, "role.missing");
    let customer = app.customer().await;
    let refused = customer.get("/admin/workers").await;
    refused.refuses(403, "role.missing");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_joins_once_and_its_heartbeats_say_how_it_is() {
    let app = app().await;
    let operator = app.staff(Role::Operator).await;
    let invited = invited(&operator, 60).await;
    let (id, token) = (invited.text_of("worker_id"), invited.text_of("token"));
    let stored = "select count(*) from events where payload::text like '%' || $1 || '%'";
    let joined = joins(&app, &token).await.is(201);
    assert_eq!(joined.text_of("worker_id"), id);
    let credential = joined.text_of("credential");
    for secret in [&token, &credential] {
        let proof = secret.rsplit('.').next().unwrap();
        let found: i64 = sqlx::query_scalar(stored)
            .bind(proof)
            .fetch_one(&app.app().pool)
            .await
            .unwrap();
        assert_eq!(found, 0);
    }
    joins(&app, &token).await.refuses(401, "worker.token_spent");
    joins(&app, "join.x.y").await.refuses(401, "token.invalid");
    becomes_so(&operator, &id, "status", json!("online")).await;

    app.minutes_pass(2);
    becomes_so(&operator, &id, "status", json!("degraded")).await;
    app.minutes_pass(2);
    becomes_so(&operator, &id, "status", json!("offline")).await;
    beats(&app, &id, &credential, 4_000).await.is(200);
    becomes_so(&operator, &id, "status", json!("online")).await;
    becomes_so(&operator, &id, "allocated_cpu_millicores", json!(1_000)).await;
    let before = app.head().await;
    beats(&app, &id, &credential, 4_000).await.is(200);
    assert_eq!(app.head().await, before, "a heartbeat is no event");
    beats(&app, &id, &credential, 8_000).await.is(200);
    becomes_so(&operator, &id, "cpu_millicores", json!(8_000)).await;

    beats(&app, &id, "beat.x.y", 1)
        .await
        .refuses(401, "token.invalid");
    let node = nodes(&operator).await.remove(0);
    let other = node["id"].as_str().unwrap();
    beats(&app, other, &credential, 1)
        .await
        .refuses(401, "token.invalid");
    asks(&operator, &id, "drain")
        .await
        .refuses(409, "worker.not_a_node");
    let path = format!("/admin/workers/{other}");
    let refused = operator.ask(Method::DELETE, &path).await;
    refused.refuses(409, "worker.in_the_cluster");
    let path = format!("/admin/workers/{id}");
    operator.ask(Method::DELETE, &path).await.is(200);
    beats(&app, &id, &credential, 1)
        .await
        .refuses(409, "worker.removed");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_token_expires_and_can_be_taken_back() {
    let app = app().await;
    let operator = app.staff(Role::Operator).await;
    let late = invited(&operator, 10).await;
    let unwanted = invited(&operator, 600).await;
    app.minutes_pass(10);
    let refused = joins(&app, &late.text_of("token")).await;
    refused.refuses(401, "worker.token_expired");
    let path = format!("/admin/workers/{}", unwanted.text_of("worker_id"));
    operator.ask(Method::DELETE, &path).await.is(200);
    let refused = joins(&app, &unwanted.text_of("token")).await;
    refused.refuses(401, "worker.token_spent");
    app.finish().await;
}

/// Waits until anybody who looks at the catalogue sees whether the plan is sold.
async fn shows(app: &TestApp, availability: &str) {
    let what = format!("the plan is {availability}");
    becomes(&what, async || {
        let list = app.wire.get("/api/v1/services").await.is(200);
        list["items"][0]["plans"][0]["availability"] == availability
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_cluster_sells_nothing_and_takes_no_money() {
    let app = app().await;
    app.sells("wordpress").await;
    let dewi = app.customer().await.with_credit(100_000).await;
    let operator = app.staff(Role::Operator).await;
    let nodes = nodes(&operator).await;
    let ids = || nodes.iter().map(|node| node["id"].as_str().unwrap());
    for id in ids() {
        asks(&operator, id, "cordon").await.is(200);
    }
    let lost = async || app.times("plan_slots.room_lost").await == 1;
    becomes("the room is lost", lost).await;
    app.settle().await;
    shows(&app, "no_room").await;
    let before = app.head().await;
    let order = dewi.order_of("wordpress").await;
    let refused = dewi.post("/subscriptions", &order).await;
    refused.refuses(409, "plan.no_room");
    assert_eq!((app.head().await, dewi.balance().await), (before, 100_000));

    asks(&operator, ids().next().unwrap(), "uncordon")
        .await
        .is(200);
    let order = until("there is room again", async || {
        let answer = dewi.post("/subscriptions", &order).answer().await?;
        (answer.status == 201).then_some(answer)
    });
    order.await;
    shows(&app, "open").await;
    dewi.has(60_000).await;
    assert_eq!(app.times("plan_slots.room_found").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_gone_from_the_cluster_is_removed() {
    let app = app().await;
    let operator = app.staff(Role::Operator).await;
    app.settle().await;
    let nodes = nodes(&operator).await;
    let id = nodes[0]["id"].as_str().unwrap();
    let url = format!("{}/api/v1/nodes/node-0", app.wire.kubernetes);
    app.wire
        .ask(Method::DELETE, &url)
        .without_key()
        .await
        .is(200);
    becomes_so(&operator, id, "status", json!("removed")).await;
    becomes("two are listed", async || {
        workers(&operator).await.len() == 2
    })
    .await;
    asks(&operator, id, "cordon")
        .await
        .refuses(409, "worker.removed");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_seen_before_a_restart_is_not_told_again() {
    let mut app = app().await;
    app.settle().await;
    let before = app.head().await;
    app.stops().await;
    app.starts().await;
    let operator = app.staff(Role::Operator).await;
    let nodes = until("the nodes are listed", async || {
        let nodes = nodes(&operator).await;
        (nodes.len() == 3).then_some(nodes)
    });
    let id = nodes.await[0]["id"].as_str().unwrap().to_owned();
    asks(&operator, &id, "cordon").await.is(200);
    becomes_so(&operator, &id, "cordoned", json!(true)).await;
    let told = format!(
        "select count(*) from events where aggregate_type = 'worker' and position > {before}"
    );
    assert_eq!(app.number(&told).await, 2);
    app.finish().await;
}
