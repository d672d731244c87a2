//! An operator's own app: a folder, and no code.

use crate::support::{app, app_with, becomes};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A folder with one recipe, which has neither database nor accounts.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recipes")
}

fn whole(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_of_an_operators_own_is_sold_by_adding_a_folder() {
    let app = app_with(|settings| {
        settings.recipes.directory = Some(folder());
        settings.cluster_settings.registry = "mirror.example".into();
    })
    .await;
    let template = app.wire.get("/api/v1/templates/pages").await.is(200);
    let shown = json!({
        "name": "pages",
        "version": 1,
        "title": "Pages",
        "description": {
            "en": "Static pages, served as they are.",
            "id": "Halaman statis yang disajikan apa adanya.",
        },
        "owner": "none",
        "admin_path": "/",
        "deadline_seconds": 60,
        "images": [{ "name": "app", "image": "mirror.example/nginxinc/nginx-unprivileged:1.29.4-alpine" }],
        "ports": { "web": 8080 },
        "volumes": [{ "claim": "web", "mount_path": "/usr/share/nginx/html" }],
        "overhead": [],
        "parameters": [{
            "name": "egress_ports",
            "type": "ports",
            "default": "[443]",
            "description": {
                "en": "Ports on the internet that the app may reach",
                "id": "Port di internet yang boleh dihubungi aplikasi",
            },
            "customer": false,
            "required": false,
        }],
    });
    assert_eq!(whole(&template.text), shown);
    app.sells("pages").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("pages").await;
    dewi.sees(&order, "active").await;
    app.settle().await;

    let path = format!("/pods/{}", order.instance);
    let pod = dewi.get(&path).await.is(200);
    assert_eq!(pod["status"], "ready");
    assert_eq!(pod["steps"].as_array().unwrap().len(), 5, "{}", pod.text);
    let shown = dewi.ask(Method::POST, &format!("{path}/credentials")).await;
    shown.refuses(409, "pod.no_sign_in");

    for (operation, status) in [("stop", "stopped"), ("start", "ready")] {
        let asked = dewi.ask(Method::POST, &format!("{path}/{operation}"));
        asked.await.is(200);
        becomes(&format!("the pod is {status}"), async || {
            dewi.get(&path).await["status"] == status
        })
        .await;
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipe_is_shown_with_all_that_it_takes_and_asks() {
    let app = app().await;
    let list = app.wire.get("/api/v1/templates").await.is(200);
    let list: Vec<Value> = serde_json::from_str(&list.text).unwrap();
    let names: Vec<&Value> = list.iter().map(|template| &template["name"]).collect();
    assert_eq!(names, ["ghost", "n8n", "wordpress"]);
    let n8n = app.wire.get("/api/v1/templates/n8n").await.is(200);
    assert_eq!(whole(&n8n.text), list[1]);
    assert!(
        n8n.text_of("licence_notice")
            .contains("Sustainable Use License")
    );
    let parts = n8n["overhead"].as_array().unwrap().iter();
    let parts: Vec<&Value> = parts.map(|part| &part["part"]).collect();
    assert_eq!(parts, ["database", "runner", "job"]);
    let figures = json!({ "cpu_millicores": 100, "memory_mib": 256, "ephemeral_mib": 128 });
    assert_eq!(n8n["overhead"][0]["requests"], figures);
    assert_eq!(n8n["volumes"][1]["size_mib"], 5_120);
    let missing = app.wire.get("/api/v1/templates/plesk").await;
    missing.refuses(404, "template.not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_licence_with_conditions_is_acknowledged_before_its_app_is_sold() {
    let app = app().await;
    let ani = app.admin().await;
    let service = json!({ "slug": "n8n", "title": "n8n", "description": "Flows", "recipe": "n8n" });
    let service = ani.post("/admin/services", &service).await.is(201);
    let service = format!("/admin/services/{}", service.text_of("service_id"));
    let plan = json!({
        "slug": "starter", "title": "Starter", "monthly_price": 40_000, "yearly_price": 400_000,
        "cpu_millicores": 500, "memory_mib": 768, "storage_mib": 5_120,
        "capacity": 1, "max_per_customer": 1,
    });
    let plans = format!("{service}/plans");
    ani.post(&plans, &plan).await.is(201);

    let publish = format!("{service}/publish");
    for silent in [
        ani.ask(Method::POST, &publish).await,
        ani.post(&publish, &json!({})).await,
        ani.post(&publish, &json!({ "licence_acknowledged": false }))
            .await,
    ] {
        silent.refuses(409, "service.licence_not_acknowledged");
    }
    assert_eq!(app.times("service.published").await, 0);
    let knowing = json!({ "licence_acknowledged": true });
    ani.post(&publish, &knowing).await.is(200);
    ani.post(&publish, &json!({ "licence": "read" }))
        .await
        .refuses(400, "request.invalid");
    let sql = format!(
        "select count(*) from events where event_type = 'service.licence_acknowledged'
           and payload -> 'service.licence_acknowledged' ->> 'by' = '{}'
           and payload -> 'service.licence_acknowledged' ->> 'notice' like 'n8n is distributed%'",
        ani.id
    );
    assert_eq!(app.number(&sql).await, 1);
    assert_eq!(app.times("service.published").await, 1);
    app.finish().await;
}
