//! A new price of a plan: whoever has it is told once, from when on and instead of what.

use super::renewals::written;
use crate::support::{Letter, Order, Person, TestApp, app_with};
use reqwest::Method;
use serde_json::json;

/// With five days' notice, so that the next period of who orders now costs what is announced now.
async fn selling() -> TestApp {
    let app = app_with(|settings| settings.policy.notice_days = 5).await;
    app.sells("ghost").await;
    app
}

async fn running(app: &TestApp) -> (Person, Order) {
    let person = app.customer().await.with_credit(100_000).await;
    let order = person.buys("ghost").await;
    person.sees(&order, "active").await;
    (person, order)
}

async fn reprices(app: &TestApp, staff: &Person, monthly: i64, yearly: i64) {
    let service = staff.get("/services/ghost").await.is(200);
    let (service_id, plan) = (service.text_of("id"), &service["plans"][0]["id"]);
    let plan = plan.as_str().unwrap();
    let path = format!("/admin/services/{service_id}/plans/{plan}/price");
    let price = json!({ "monthly_price": monthly, "yearly_price": yearly });
    let ask = staff.ask(Method::PUT, &path).json(&price);
    ask.await.is(200);
    app.settle().await;
}

/// The letters about prices, oldest first.
pub(super) async fn notices(person: &Person) -> Vec<Letter> {
    let letters = person.letters().await.into_iter();
    letters
        .filter(|letter| letter.subject.contains("price"))
        .collect()
}

async fn period_end(person: &Person, order: &Order) -> String {
    let path = format!("/subscriptions/{}", order.id);
    person.get(&path).await.is(200).text_of("period_end")
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_a_plan_is_told_once_of_its_new_price() {
    let app = selling().await;
    let staff = app.admin().await;
    let (dewi, order) = running(&app).await;
    let (budi, _) = running(&app).await;
    let (quits, ending) = running(&app).await;
    let path = format!("/subscriptions/{}", ending.id);
    quits.ask(Method::DELETE, &path).await.is(200);
    // Of the price of a year nobody has to know who pays by the month.
    reprices(&app, &staff, 40_000, 500_000).await;
    assert_eq!(notices(&dewi).await, []);

    reprices(&app, &staff, 50_000, 500_000).await;
    let from = written(&period_end(&dewi, &order).await);
    for person in [&dewi, &budi] {
        let told = notices(person).await;
        let [letter] = told.as_slice() else {
            panic!("one letter: {told:?}")
        };
        let subject = format!("New price of your ghost from {from}");
        assert_eq!(letter.subject, subject);
        for words in ["costs Rp 50.000 a period instead of Rp 40.000", &from] {
            assert!(letter.text.contains(words), "{}", letter.text);
        }
        assert!(letter.text.contains("cancel or switch"), "{}", letter.text);
        assert!(!letter.text.contains("earlier"), "{}", letter.text);
    }
    assert_eq!(notices(&quits).await, []);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_is_replaced_before_it_counts_is_told_anew_and_charged() {
    let app = selling().await;
    let staff = app.admin().await;
    let (dewi, order) = running(&app).await;
    reprices(&app, &staff, 50_000, 500_000).await;
    reprices(&app, &staff, 45_000, 450_000).await;
    let told = notices(&dewi).await;
    assert_eq!(told.len(), 2, "{told:?}");
    for words in [
        "costs Rp 45.000 a period instead of Rp 40.000",
        "The Rp 50.000 that we announced earlier will not come.",
    ] {
        assert!(told[1].text.contains(words), "{}", told[1].text);
    }
    app.day_comes(&period_end(&dewi, &order).await);
    let dewi = dewi.again().await;
    dewi.has(15_000).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_switches_renewal_on_is_told_what_it_costs_and_what_was_announced() {
    let app = app_with(|settings| settings.policy.notice_days = 40).await;
    app.sells("ghost").await;
    let staff = app.admin().await;
    let (dewi, order) = running(&app).await;
    let end = period_end(&dewi, &order).await;
    let switch = async |automatic: bool| {
        let path = format!("/subscriptions/{}/auto-renew", order.id);
        let body = json!({ "automatic": automatic });
        dewi.ask(Method::PUT, &path).json(&body).await.is(200)
    };
    let off = switch(false).await;
    assert_eq!(off["automatic"], false);
    assert!(off["next_price"].is_null(), "{}", off.text);
    reprices(&app, &staff, 50_000, 500_000).await;
    assert_eq!(notices(&dewi).await, []);

    let on = switch(true).await;
    assert_eq!(on["next_period"], end.as_str(), "{}", on.text);
    assert_eq!(on["next_price"], 40_000, "{}", on.text);
    assert_eq!(on["new_price"], 50_000, "{}", on.text);
    let renews = format!("Your ghost renews on {}", written(&end));
    let letter = dewi.gets(&renews).await;
    assert!(letter.text.contains("Rp 40.000"), "{}", letter.text);
    let from = written(&on.text_of("new_price_from"));
    let repriced = format!("New price of your ghost from {from}");
    let letter = dewi.gets(&repriced).await;
    let words = "costs Rp 50.000 a period instead of Rp 40.000";
    assert!(letter.text.contains(words), "{}", letter.text);
    app.settle().await;
    assert_eq!(notices(&dewi).await.len(), 1);
    app.finish().await;
}

/// Whoever died after a page was asked for begins it anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_told_again_writes_to_nobody_twice() {
    let app = selling().await;
    let staff = app.admin().await;
    let (dewi, _) = running(&app).await;
    reprices(&app, &staff, 50_000, 500_000).await;
    assert_eq!(notices(&dewi).await.len(), 1);
    let again = "update effects set status = 'waiting', finished_at = null
        where saga = 'prices' and body ->> 'kind' = 'announce_price'";
    let again = sqlx::query(again).execute(&app.app().pool).await.unwrap();
    assert_eq!(again.rows_affected(), 1);
    app.settle().await;
    assert_eq!(notices(&dewi).await.len(), 1);
    app.finish().await;
}
