//! Trials over the wire: once, some days, and what is bought for them.

use crate::support::{Answer, Order, Person, TestApp, app, until};
use reqwest::Method;
use serde_json::{Value, json};

struct Shop {
    trial: String,
    plan: String,
}

/// A trial of ghost for 14 days beside a plan for 60,000 a month with more of everything.
async fn sells_a_trial(app: &TestApp) -> Shop {
    let admin = app.admin().await;
    let service =
        json!({ "slug": "ghost", "title": "ghost", "description": "An app", "recipe": "ghost" });
    let service = admin.post("/admin/services", &service).await.is(201);
    let path = format!("/admin/services/{}", service.text_of("service_id"));
    let offer = |slug: &str, monthly: i64, memory_mib: i64| {
        json!({
            "slug": slug, "title": slug, "monthly_price": monthly, "yearly_price": monthly * 10,
            "cpu_millicores": 500, "memory_mib": memory_mib, "storage_mib": 5_120,
            "capacity": 10, "max_per_customer": 5,
        })
    };
    let plans = format!("{path}/plans");
    let mut unsaid = offer("free", 0, 768);
    let free = admin.post(&plans, &unsaid).await.is(201);
    let knowing = json!({ "licence_acknowledged": true });
    admin
        .post(&format!("{path}/publish"), &knowing)
        .await
        .refuses(409, "service.free_without_trial");
    assert!(!free.text_of("plan_id").is_empty());
    let other =
        json!({ "slug": "tried", "title": "tried", "description": "An app", "recipe": "ghost" });
    let other = admin.post("/admin/services", &other).await.is(201);
    let path = format!("/admin/services/{}", other.text_of("service_id"));
    let plans = format!("{path}/plans");
    unsaid["trial"] = true.into();
    let trial = admin.post(&plans, &unsaid).await.is(201);
    let plan = admin.post(&plans, &offer("business", 60_000, 1_024)).await;
    let plan = plan.is(201);
    let published = admin
        .post(&format!("{path}/publish"), &knowing)
        .await
        .is(200);
    let shown = format!("/services/tried?min_position={}", published.position());
    let shown = admin.get(&shown).await.is(200);
    assert_eq!(shown["plans"][0]["trial_days"], 14);
    Shop {
        trial: trial.text_of("plan_id"),
        plan: plan.text_of("plan_id"),
    }
}

async fn orders(dewi: &Person, plan: &str, parameters: Value) -> Answer {
    let order = json!({ "plan_id": plan, "billing_cycle": "monthly", "parameters": parameters });
    dewi.post("/subscriptions", &order).await
}

async fn converts(dewi: &Person, order: &Order, shop: &Shop) -> Answer {
    let path = format!("/subscriptions/{}/plan", order.id);
    let plan = json!({ "plan_id": shop.plan, "billing_cycle": "monthly" });
    dewi.ask(Method::PUT, &path).json(&plan).await
}

/// What runs for an order.
async fn deployments(app: &TestApp, order: &Order) -> Value {
    let url = format!(
        "{}/apis/apps/v1/namespaces/customer-{}/deployments",
        app.wire.kubernetes, order.instance
    );
    let list = app.wire.get(&url).await.is(200);
    list["items"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_is_had_once_ends_by_itself_and_comes_back_as_what_is_bought() {
    let app = app().await;
    let shop = sells_a_trial(&app).await;
    let dewi = app.customer().await;
    let refused = orders(&dewi, &shop.trial, json!({})).await;
    refused.refuses(403, "user.email_not_verified");
    dewi.verifies().await;
    let smtp = json!({
        "smtp_host": "mail.example.com", "smtp_port": 587, "smtp_username": "dewi",
        "smtp_password": "rahasia", "smtp_from": "dewi@example.com",
    });
    let refused = orders(&dewi, &shop.trial, smtp).await;
    refused.refuses(409, "subscription.no_mail_on_trial");
    let order = Order::of(&orders(&dewi, &shop.trial, json!({})).await);
    let active = dewi.sees(&order, "active").await;
    assert_eq!(
        (&active["trial"], &active["auto_renew"], &active["price"]),
        (&true.into(), &false.into(), &0.into())
    );
    dewi.gets("Your trial of tried has begun").await;
    let letter = dewi.gets("Your tried is ready").await;
    let end = super::renewals::written(&active.text_of("period_end"));
    for said in [
        &format!("Nothing is charged before {end}."),
        "it stops by itself",
    ] {
        assert!(letter.text.contains(said), "{said}: {}", letter.text);
    }
    let refused = orders(&dewi, &shop.trial, json!({})).await;
    refused.refuses(409, "subscription.trial_had");
    let renew = format!("/subscriptions/{}/renew", order.id);
    let renewed = dewi.ask(Method::PUT, &renew).await;
    renewed.refuses(409, "subscription.trial");
    assert!(
        !deployments(&app, &order)
            .await
            .as_array()
            .unwrap()
            .is_empty()
    );

    app.day_comes(&active.text_of("period_end"));
    let dewi = dewi.again().await;
    let rests = dewi.comes_to(&order, "suspended").await;
    assert_eq!(
        days_between(&active.text_of("period_end"), &rests.text_of("delete_on")),
        7
    );
    dewi.gets("Your trial of tried is over").await;
    converts(&dewi, &order, &shop)
        .await
        .refuses(402, "wallet.insufficient_funds");
    let dewi = dewi.with_credit(70_000).await;
    // Credit alone brings nothing back.
    assert_eq!(dewi.comes_to(&order, "suspended").await["trial"], true);
    converts(&dewi, &order, &shop).await.is(200);
    let back = dewi.comes_to(&order, "active").await;
    assert_eq!(
        (&back["trial"], &back["auto_renew"], &back["plan_id"]),
        (&false.into(), &true.into(), &shop.plan.as_str().into())
    );
    dewi.has(10_000).await;
    let pod = dewi.get(&format!("/pods/{}", order.instance)).await.is(200);
    assert_eq!(pod["memory_mib"], 1_024);
    app.finish().await;
}

fn days_between(from: &str, to: &str) -> i64 {
    let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
    (day(to) - day(from)).num_days()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_bought_for_a_running_trial_begins_today() {
    let app = app().await;
    let shop = sells_a_trial(&app).await;
    let dewi = app.customer().await.with_credit(100_000).await;
    dewi.verifies().await;
    let order = Order::of(&orders(&dewi, &shop.trial, json!({})).await);
    let active = dewi.sees(&order, "active").await;
    let quote = format!(
        "/subscriptions/{}/plan-change?plan_id={}&billing_cycle=monthly",
        order.id, shop.plan
    );
    let quote = dewi.get(&quote).await.is(200);
    assert_eq!(
        (&quote["charged"], &quote["period_start"]),
        (&60_000.into(), &active["period_start"])
    );
    converts(&dewi, &order, &shop).await.is(200);
    dewi.has(40_000).await;
    let path = format!("/subscriptions/{}", order.id);
    let bought = until("it is no trial any more", async || {
        let bought = dewi.get(&path).answer().await?;
        (bought["trial"] == false).then_some(bought)
    })
    .await;
    assert_eq!(
        (&bought["status"], &bought["auto_renew"]),
        (&"active".into(), &true.into())
    );
    assert_eq!(bought["period_start"], active["period_start"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_buys_is_deleted_after_seven_days() {
    let app = app().await;
    let shop = sells_a_trial(&app).await;
    let dewi = app.customer().await;
    dewi.verifies().await;
    let order = Order::of(&orders(&dewi, &shop.trial, json!({})).await);
    let active = dewi.sees(&order, "active").await;
    let reminded = active.text_of("period_end");
    let day_before: chrono::NaiveDate = reminded.parse().unwrap();
    app.day_comes(&day_before.pred_opt().unwrap().to_string());
    let dewi = dewi.again().await;
    dewi.gets(&format!(
        "Your trial of tried ends on {}",
        crate::http::renewals::written(&reminded)
    ))
    .await;
    app.day_comes(&reminded);
    let dewi = dewi.again().await;
    let rests = dewi.comes_to(&order, "suspended").await;
    app.day_comes(&rests.text_of("delete_on"));
    let dewi = dewi.again().await;
    dewi.comes_to(&order, "terminated").await;
    app.finish().await;
}
