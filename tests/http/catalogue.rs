//! The catalogue as staff looks after it: a plan taken off sale, made larger and smaller, and what it has cost.

use crate::support::{Answer, Person, app};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

/// Where staff finds the only plan of Ghost.
async fn plan(staff: &Person) -> String {
    let service = staff.get("/services/ghost").await.is(200);
    let plan = service["plans"][0]["id"].as_str().unwrap();
    format!("/admin/services/{}/plans/{plan}", service.text_of("id"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_read_by_staff_where_its_making_said() {
    let app = app().await;
    let (admin, dewi) = (app.admin().await, app.customer().await);
    let draft = json!({
        "slug": "ghost", "title": "Ghost", "description": "An app", "recipe": "ghost",
    });
    let made = admin.post("/admin/services", &draft).await.is(201);
    let location = made.header("location").unwrap();
    let path = location.strip_prefix("/api/v1").unwrap();
    let read = format!("{path}?min_position={}", made.position());
    let service = admin.get(&read).await.is(200);
    assert_eq!(service["id"], made["service_id"]);
    assert_eq!(service["status"], "draft");
    assert_eq!(service["plans"], json!([]));
    dewi.get(path).await.refuses(403, "role.missing");
    let nobodys = format!("/admin/services/{}", Uuid::now_v7());
    admin.get(&nobodys).await.refuses(404, "service.not_found");
    app.finish().await;
}

async fn resizes(staff: &Person, plan: &str, capacity: i64) -> Answer {
    let path = format!("{plan}/capacity");
    let capacity = json!({ "capacity": capacity });
    staff.ask(Method::PUT, &path).json(&capacity).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_plan_is_sold_no_more_and_what_runs_of_it_goes_on() {
    let app = app().await;
    app.sells("ghost").await;
    let admin = app.admin().await;
    let dewi = app.customer().await.with_credit(100_000).await;
    let wanted = dewi.order_of("ghost").await;
    let order = dewi.buys("ghost").await;
    let active = dewi.sees(&order, "active").await;
    let plan = plan(&admin).await;
    let withdraw = format!("{plan}/withdraw");
    dewi.ask(Method::POST, &withdraw)
        .await
        .refuses(403, "role.missing");
    let (service, id) = plan.split_once("/plans/").unwrap();
    let nobodys = format!("{service}/plans/{}/withdraw", Uuid::now_v7());
    admin
        .ask(Method::POST, &nobodys)
        .await
        .refuses(404, "service.plan_not_found");

    let withdrawn = admin.ask(Method::POST, &withdraw).await.is(200);
    assert_eq!(withdrawn["plan_id"], id);
    let again = admin.ask(Method::POST, &withdraw).await.is(200);
    assert_eq!(again["version"], withdrawn["version"]);
    assert_eq!(app.times("service.plan_withdrawn").await, 1);
    dewi.post("/subscriptions", &wanted)
        .await
        .refuses(409, "service.plan_withdrawn");
    let position = withdrawn.position();
    let sold = format!("/services/ghost?min_position={position}");
    assert_eq!(dewi.get(&sold).await.is(200)["plans"], json!([]));
    let all = format!("/admin/services?min_position={position}");
    let all = admin.get(&all).await.is(200);
    assert_eq!(all["items"][0]["plans"][0]["withdrawn"], true);

    // What runs of it is renewed.
    app.day_comes(&active.text_of("period_end"));
    let dewi = dewi.again().await;
    dewi.has(20_000).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_sold_as_often_as_staff_says_and_none_is_taken_away() {
    let app = app().await;
    app.sells_few("ghost", 1, 5).await;
    let admin = app.admin().await;
    let dewi = app.customer().await.with_credit(200_000).await;
    let wanted = dewi.order_of("ghost").await;
    let first = dewi.buys("ghost").await;
    let sold_out = async || {
        let refused = dewi.post("/subscriptions", &wanted).await;
        refused.refuses(409, "plan.sold_out");
    };
    sold_out().await;
    let plan = plan(&admin).await;
    resizes(&dewi, &plan, 2).await.refuses(403, "role.missing");
    resizes(&admin, &plan, -1)
        .await
        .refuses(400, "request.invalid");
    let (_, id) = plan.split_once("/plans/").unwrap();
    let elsewhere = format!("/admin/services/{}/plans/{id}", Uuid::now_v7());
    resizes(&admin, &elsewhere, 2)
        .await
        .refuses(404, "plan.not_found");
    sold_out().await;

    let path = format!("{plan}/capacity");
    let two = json!({ "capacity": 2 });
    let grows = async || {
        let ask = admin.ask(Method::PUT, &path).json(&two);
        ask.key("one-more").await.is(200)
    };
    let grown = grows().await;
    assert_eq!(grown["plan_id"], id);
    let again = grows().await;
    assert_eq!(again.text, grown.text);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let second = dewi.buys("ghost").await;
    sold_out().await;

    let shrunk = resizes(&admin, &plan, 1).await.is(200);
    sold_out().await;
    let sold = format!("/services/ghost?min_position={}", shrunk.position());
    let sold = dewi.get(&sold).await.is(200)["plans"][0].clone();
    for (field, figure) in [("capacity", 1), ("available", 0), ("max_per_customer", 5)] {
        assert_eq!(sold[field], figure, "{sold}");
    }
    for order in [first, second] {
        dewi.sees(&order, "active").await;
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_sees_what_a_plan_has_cost() {
    let app = app().await;
    app.sells("ghost").await;
    let admin = app.admin().await;
    let plan = plan(&admin).await;
    let path = format!("{plan}/prices");
    let first = json!({ "monthly_price": 40_000, "yearly_price": 400_000 });
    let prices = admin.get(&path).await.is(200);
    assert_eq!(prices["items"], json!([first]));

    let dearer = json!({ "monthly_price": 50_000, "yearly_price": 500_000 });
    let reprice = admin.ask(Method::PUT, &format!("{plan}/price"));
    reprice.json(&dearer).await.is(200);
    let prices = admin.get(&path).await.is(200);
    assert_eq!(prices["items"][1], first);
    let now = &prices["items"][0];
    assert_eq!(
        (&now["monthly_price"], &now["yearly_price"]),
        (&50_000.into(), &500_000.into())
    );
    assert!(now["since"].is_string(), "{now}");
    let dewi = app.customer().await;
    dewi.get(&path).await.refuses(403, "role.missing");
    let (service, _) = plan.split_once("/plans/").unwrap();
    let nobodys = format!("{service}/plans/{}/prices", Uuid::now_v7());
    admin
        .get(&nobodys)
        .await
        .refuses(404, "service.plan_not_found");
    app.finish().await;
}
