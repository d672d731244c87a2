//! Another plan for an app that runs: what it costs is set aside, and counts when the app has its new figures.

use super::{
    price_notices::notices,
    resizing::{grows, storage_class},
    support::shows,
};
use crate::support::{Ask, Order, Person, TestApp, app, app_with, becomes};
use purser::standins::kubernetes::{Behaviour, Fault, Scope};
use reqwest::Method;
use serde_json::{Value, json};

/// A Ghost that is active, out of so much credit, and the id of a plan for 100,000 with more of everything.
async fn running(app: &TestApp, credit: i64) -> (Person, Order, Value) {
    app.sells_few("ghost", 1, 1).await;
    let admin = app.admin().await;
    let service = admin.get("/services/ghost").await.is(200);
    let plan = json!({
        "slug": "business", "title": "Business", "monthly_price": 100_000, "yearly_price": 1_000_000,
        "cpu_millicores": 1_000, "memory_mib": 1_024, "storage_mib": 10_240,
        "capacity": 1, "max_per_customer": 1,
    });
    let path = format!("/admin/services/{}/plans", service.text_of("id"));
    let added = admin.post(&path, &plan).await.is(201);
    let dewi = app.customer().await.with_credit(credit).await;
    let order = dewi.buys("ghost").await;
    dewi.sees(&order, "active").await;
    (dewi, order, added["plan_id"].clone())
}

fn change(dewi: &Person, order: &Order, plan: &Value, cycle: &str) -> Ask {
    let body = json!({ "plan_id": plan, "billing_cycle": cycle });
    let path = format!("/subscriptions/{}/plan", order.id);
    dewi.ask(Method::PUT, &path).json(&body)
}

/// What another plan would come to by the month.
fn asks(dewi: &Person, order: &Order, plan: &Value) -> Ask {
    dewi.get(&format!(
        "/subscriptions/{}/plan-change?plan_id={}&billing_cycle=monthly",
        order.id,
        plan.as_str().unwrap()
    ))
}

async fn comes_to_plan(dewi: &Person, order: &Order, title: &str) {
    let path = format!("/subscriptions/{}", order.id);
    becomes(&format!("the plan is {title}"), async || {
        let subscription = dewi.get(&path).await;
        subscription["plan"] == title && subscription["changing_to"].is_null()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_is_charged_when_the_app_has_its_figures() {
    let app = app().await;
    let (dewi, order, business) = running(&app, 150_000).await;
    let quote = asks(&dewi, &order, &business).await.is(200);
    let needed = quote["needed"].as_i64().unwrap();
    assert_eq!(
        needed,
        quote["charged"].as_i64().unwrap() - quote["given_back"].as_i64().unwrap()
    );
    let asked = change(&dewi, &order, &business, "monthly").await.is(200);
    assert_eq!(asked["outcome"], "changing");
    assert_eq!(asked["quote"]["needed"], needed);
    comes_to_plan(&dewi, &order, "Business").await;
    dewi.has(110_000 - needed).await;
    let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
    assert_eq!(pod["storage_mib"], 10_240);
    dewi.gets("Your ghost has the Business plan now").await;
    let again = change(&dewi, &order, &business, "monthly").await;
    again.refuses(409, "subscription.same_plan");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_the_app_does_not_get_leaves_everything_as_it_was() {
    let app = app_with(|settings| settings.readiness_deadline_ms = Some(5_000)).await;
    let (dewi, order, business) = running(&app, 150_000).await;
    app.kubernetes.set_behaviour(Behaviour {
        scope: Scope::default(),
        fault: Fault::NeverReady,
    });
    change(&dewi, &order, &business, "monthly").await.is(200);
    becomes("the change has failed", async || {
        app.times("subscription.plan_change_failed").await == 1
    })
    .await;
    app.kubernetes.clear_behaviours();
    comes_to_plan(&dewi, &order, "Starter").await;
    dewi.has(110_000).await;
    dewi.gets("Your ghost keeps its plan").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_cycle_counts_at_once() {
    let app = app().await;
    let (dewi, order, _) = running(&app, 500_000).await;
    let starter = dewi.order_of("ghost").await["plan_id"].clone();
    let changed = change(&dewi, &order, &starter, "yearly").await.is(200);
    assert_eq!(changed["outcome"], "changed");
    let quote = &changed["quote"];
    let back = quote["given_back"].as_i64().unwrap();
    assert_eq!(quote["charged"], 400_000);
    dewi.has(460_000 + back - 400_000).await;
    let path = format!(
        "/subscriptions/{}?min_position={}",
        order.id,
        changed.position()
    );
    let subscription = dewi.get(&path).await.is(200);
    assert_eq!(subscription["billing_cycle"], "yearly");
    assert_eq!(subscription["period_end"], quote["period_end"]);
    let stranger = app.customer().await;
    let by = change(&stranger, &order, &starter, "monthly").await;
    by.refuses(404, "subscription.not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dearer_plan_that_began_today_is_not_changed_for_a_cheaper_one() {
    let app = app_with(|settings| settings.policy.keep_volume = true).await;
    app.day_comes("2027-03-05");
    let (dewi, order, business) = running(&app, 150_000).await;
    let starter = dewi.order_of("ghost").await["plan_id"].clone();
    change(&dewi, &order, &business, "monthly").await.is(200);
    comes_to_plan(&dewi, &order, "Business").await;
    let quote = asks(&dewi, &order, &starter).await;
    quote.refuses(409, "subscription.changed_today");
    let back = change(&dewi, &order, &starter, "monthly").await;
    back.refuses(409, "subscription.changed_today");
    app.settle().await;
    app.day_comes("2027-03-06");
    let dewi = dewi.again().await;
    asks(&dewi, &order, &starter).await.is(200);
    change(&dewi, &order, &starter, "monthly").await.is(200);
    comes_to_plan(&dewi, &order, "Starter").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_storage_is_not_sold_where_volumes_cannot_grow() {
    let mut app = app().await;
    let (dewi, order, business) = running(&app, 150_000).await;
    app.stops().await;
    let class = storage_class(&app).await;
    grows(&app, &class, false).await;
    app.starts().await;
    shows(&app, "volume_expansion", 0).await;
    let quote = asks(&dewi, &order, &business).await;
    quote.refuses(409, "subscription.volume_cannot_grow");
    let refused = change(&dewi, &order, &business, "monthly").await;
    refused.refuses(409, "subscription.volume_cannot_grow");
    dewi.has(110_000).await;
    app.settle().await;
    assert_eq!(app.times("wallet.held").await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_is_announced_meanwhile_is_told_once_it_has_the_plan() {
    let app = app_with(|settings| settings.policy.notice_days = 5).await;
    let (dewi, order, business) = running(&app, 150_000).await;
    app.kubernetes.set_behaviour(Behaviour {
        scope: Scope::default(),
        fault: Fault::NeverReady,
    });
    change(&dewi, &order, &business, "monthly").await.is(200);
    let admin = app.admin().await;
    let service = admin.get("/services/ghost").await.is(200).text_of("id");
    let plan = business.as_str().unwrap();
    let path = format!("/admin/services/{service}/plans/{plan}/price");
    let price = json!({ "monthly_price": 120_000, "yearly_price": 1_200_000 });
    admin.ask(Method::PUT, &path).json(&price).await.is(200);
    // Whoever has the plan was looked for while nobody has it yet.
    becomes("the price is announced", async || {
        let done = "select count(*) from effects where saga = 'prices' and status = 'done'";
        app.number(done).await == 1
    })
    .await;
    app.kubernetes.clear_behaviours();
    comes_to_plan(&dewi, &order, "Business").await;
    app.settle().await;
    let told = notices(&dewi).await;
    let [letter] = told.as_slice() else {
        panic!("one letter: {told:?}")
    };
    let words = "costs Rp 120.000 a period instead of Rp 100.000";
    assert!(letter.text.contains(words), "{}", letter.text);
    app.finish().await;
}
