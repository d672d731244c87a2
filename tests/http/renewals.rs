//! Subscriptions over time: what its dates and its customer's credit make of an app.

use super::repeating::answered_before;
use crate::support::{Order, Person, TestApp, app, becomes};
use purser_domain::user::Role;
use reqwest::Method;
use serde_json::{Value, json};

/// An app that is active, out of so much credit.
async fn running(app: &TestApp, credit: i64) -> (Person, Order) {
    app.sells_few("ghost", 1, 1).await;
    let dewi = app.customer().await.with_credit(credit).await;
    let order = dewi.buys("ghost").await;
    dewi.sees(&order, "active").await;
    (dewi, order)
}

/// The first day that is not paid comes; who is signed in has to sign in again.
async fn paid_time_ends(app: &TestApp, dewi: &Person, order: &Order) -> Person {
    let subscription = dewi
        .get(&format!("/subscriptions/{}", order.id))
        .await
        .is(200);
    app.day_comes(&subscription.text_of("period_end"));
    dewi.again().await
}

async fn day_of(app: &TestApp, dewi: &Person, order: &Order, field: &str) -> Person {
    let subscription = dewi
        .get(&format!("/subscriptions/{}", order.id))
        .await
        .is(200);
    app.day_comes(&subscription.text_of(field));
    dewi.again().await
}

/// The objects of this kind that run for an order.
async fn listed(app: &TestApp, order: &Order, group: &str, kind: &str) -> Vec<Value> {
    let url = format!(
        "{}/{group}/namespaces/customer-{}/{kind}",
        app.wire.kubernetes, order.instance
    );
    let list = app.wire.get(&url).await.is(200);
    list["items"].as_array().cloned().unwrap_or_default()
}

async fn replicas(app: &TestApp, order: &Order) -> i64 {
    let apps = listed(app, order, "apis/apps/v1", "deployments").await;
    apps.iter()
        .filter_map(|app| app["spec"]["replicas"].as_i64())
        .sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_paid_time_renews_out_of_the_credit() {
    let app = app().await;
    let (dewi, order) = running(&app, 100_000).await;
    let dewi = paid_time_ends(&app, &dewi, &order).await;
    dewi.has(20_000).await;
    app.settle().await;
    let renewed = dewi.comes_to(&order, "active").await;
    let until = renewed.text_of("period_end");
    dewi.gets(&format!("Your ghost is renewed until {}", written(&until)))
        .await;
    app.settle().await;
    assert_eq!(app.times("subscription.renewed").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_saga_was_never_told_is_found_by_who_looks_at_the_dates() {
    let app = app().await;
    let (dewi, order) = running(&app, 100_000).await;
    app.settle().await;
    let lost = "delete from timers where saga = 'renewal' and name = 'due'";
    let lost = sqlx::query(lost).execute(&app.app().pool).await.unwrap();
    assert_eq!(lost.rows_affected(), 1);
    let dewi = paid_time_ends(&app, &dewi, &order).await;
    app.settle().await;
    assert_eq!(dewi.balance().await, 60_000);
    app.minutes_pass(61);
    let dewi = dewi.again().await;
    dewi.has(20_000).await;
    app.settle().await;
    assert_eq!(app.times("subscription.renewed").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_pay_has_grace_and_a_payment_renews_by_itself() {
    let app = app().await;
    let (dewi, order) = running(&app, 60_000).await;
    let dewi = paid_time_ends(&app, &dewi, &order).await;
    dewi.comes_to(&order, "past_due").await;
    dewi.gets("Your ghost is not paid any more").await;
    let order_of_credit = dewi.orders_credit(20_000).await;
    dewi.pays(&order_of_credit).await;
    dewi.comes_to(&order, "active").await;
    dewi.has(0).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_runs_for_free_and_a_payment_brings_everything_back() {
    let app = app().await;
    let (dewi, order) = running(&app, 40_000).await;
    let dewi = paid_time_ends(&app, &dewi, &order).await;
    dewi.comes_to(&order, "past_due").await;
    let dewi = day_of(&app, &dewi, &order, "grace_until").await;
    let suspended = dewi.comes_to(&order, "suspended").await;
    dewi.gets("Your ghost has stopped").await;
    becomes("nothing runs", async || replicas(&app, &order).await == 0).await;
    let start = format!("/pods/{}/start", order.instance);
    dewi.post(&start, &json!({}))
        .await
        .refuses(409, "instance.on_hold");
    // The volume and its data are still there.
    let volumes = listed(&app, &order, "api/v1", "persistentvolumeclaims").await;
    assert!(!volumes.is_empty());

    let order_of_credit = dewi.orders_credit(60_000).await;
    dewi.pays(&order_of_credit).await;
    let active = dewi.comes_to(&order, "active").await;
    assert_ne!(active["period_start"], suspended["period_start"]);
    becomes("it runs", async || replicas(&app, &order).await > 0).await;
    dewi.gets("Your ghost is back").await;
    // One period and seven days of grace.
    let left = dewi.balance().await;
    assert!((10_600..=11_000).contains(&left), "{left}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_pays_for_is_deleted_when_its_time_is_over() {
    let app = app().await;
    let (dewi, order) = running(&app, 40_000).await;
    let switched = dewi.ask(
        Method::PUT,
        &format!("/subscriptions/{}/auto-renew", order.id),
    );
    switched.json(&json!({ "automatic": false })).await.is(200);
    let dewi = paid_time_ends(&app, &dewi, &order).await;
    dewi.comes_to(&order, "suspended").await;
    let dewi = day_of(&app, &dewi, &order, "delete_on").await;
    let ended = dewi.comes_to(&order, "terminated").await;
    assert_eq!(ended["end_cause"], "unpaid");
    becomes("the namespace is gone", async || {
        app.wire.namespaces().await.is_empty()
    })
    .await;
    dewi.gets("Your ghost has ended").await;
    app.settle().await;
    assert_eq!(app.times("plan_slots.returned").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_waits_for_the_end_and_can_be_undone() {
    let app = app().await;
    let (dewi, order) = running(&app, 90_000).await;
    let path = format!("/subscriptions/{}", order.id);
    let pending = dewi.ask(Method::DELETE, &path).await.is(200);
    assert_eq!(pending["status"], "active");
    let subscription = dewi
        .get(&format!("{path}?min_position={}", pending.position()))
        .await
        .is(200);
    assert_eq!(subscription["cancel_on"], subscription["period_end"]);
    let renew = || dewi.ask(Method::PUT, &format!("{path}/renew"));
    renew()
        .await
        .refuses(409, "subscription.cancellation_pending");
    dewi.ask(Method::DELETE, &format!("{path}/cancellation"))
        .await
        .is(200);
    let renewed = renew().await.is(200);
    assert_eq!(renewed["outcome"], "renewed");
    dewi.has(10_000).await;
    renew().await.refuses(402, "wallet.insufficient_funds");

    dewi.ask(Method::DELETE, &path).await.is(200);
    let dewi = paid_time_ends(&app, &dewi, &order).await;
    let ended = dewi.comes_to(&order, "terminated").await;
    assert_eq!(ended["end_cause"], "cancelled");
    dewi.has(10_000).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ending_at_once_gives_back_what_is_left() {
    let app = app().await;
    let (dewi, order) = running(&app, 80_000).await;
    let path = format!("/subscriptions/{}", order.id);
    dewi.ask(Method::PUT, &format!("{path}/renew"))
        .await
        .is(200);
    app.minutes_pass(60 * 24 * 3);
    let dewi = dewi.again().await;
    let stranger = app.customer().await;
    let by = stranger.ask(Method::DELETE, &format!("{path}?when=now"));
    by.await.refuses(404, "subscription.not_found");
    let wrong = dewi
        .ask(Method::DELETE, &format!("{path}?when=yesterday"))
        .await;
    assert_eq!(wrong.status, 400, "{}", wrong.text);
    let ended = dewi
        .ask(Method::DELETE, &format!("{path}?when=now"))
        .await
        .is(200);
    let refunded = ended["refunded"].as_i64().unwrap();
    assert!((73_000..76_000).contains(&refunded), "{refunded}");
    dewi.has(refunded).await;
    dewi.comes_to(&order, "terminated").await;
    let (moved, back) =
        dewi.movements()
            .await
            .into_iter()
            .fold((0, 0), |(out, back), (kind, amount)| match kind.as_str() {
                "charge" => (out + amount, back),
                "refund" => (out, back + amount),
                _ => (out, back),
            });
    assert_eq!((moved, back), (-80_000, refunded));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_extends_and_ends_with_a_reason() {
    let app = app().await;
    let (dewi, order) = running(&app, 40_000).await;
    let admin = app.admin().await;
    let path = format!("/admin/subscriptions/{}", order.id);
    let extend = json!({ "days": 3, "reason": "it was slow" });
    let by_customer = dewi.post(&format!("{path}/extend"), &extend).await;
    assert_eq!(by_customer.status, 403, "{}", by_customer.text);
    let before = dewi
        .get(&format!("/subscriptions/{}", order.id))
        .await
        .is(200);
    let extended = admin.post(&format!("{path}/extend"), &extend).await.is(200);
    let query = format!(
        "/subscriptions/{}?min_position={}",
        order.id,
        extended.position()
    );
    let after = dewi.get(&query).await.is(200);
    assert_ne!(before["period_end"], after["period_end"]);
    let end = json!({ "reason": "by order of a court" });
    admin.post(&format!("{path}/end"), &end).await.is(200);
    let ended = dewi.comes_to(&order, "terminated").await;
    assert_eq!(ended["end_cause"], "staff");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn auditors_read_what_is_owed_and_earned_at_any_date() {
    let app = app().await;
    let (dewi, order) = running(&app, 100_000).await;
    let auditor = app.staff(Role::Auditor).await;
    let balance = async |date: &str| {
        let path = format!("/admin/ledger/trial-balance?date={date}");
        let report = auditor.get(&path).await.is(200);
        assert_eq!(report["sum"], 0, "{}", report.text);
        let accounts = report["accounts"].as_array().unwrap().clone();
        move |name: &str| {
            let account = accounts.iter().find(|account| account["account"] == name);
            account.unwrap()["balance"].as_i64().unwrap()
        }
    };
    let subscription = dewi
        .get(&format!("/subscriptions/{}", order.id))
        .await
        .is(200);
    let end = balance(&subscription.text_of("period_end")).await;
    assert_eq!(end("gateway_clearing"), 100_000);
    assert_eq!(end("customer_paid"), -60_000);
    assert_eq!(
        (end("earned_revenue"), end("deferred_revenue")),
        (-40_000, 0)
    );
    let first = balance(&subscription.text_of("period_start")).await;
    assert!((-1_430..=-1_290).contains(&first("earned_revenue")));
    let before = balance("2020-01-01").await;
    assert_eq!(before("customer_paid"), 0);
    let path = "/admin/ledger/trial-balance";
    let by_customer = dewi.get(path).await;
    assert_eq!(by_customer.status, 403, "{}", by_customer.text);
    let wrong = auditor.get(&format!("{path}?date=tomorrow")).await;
    assert_eq!(wrong.status, 400, "{}", wrong.text);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_switches_renewal_again_with_a_key_of_before_is_answered() {
    let app = app().await;
    let (dewi, order) = running(&app, 40_000).await;
    let path = format!("/subscriptions/{}/auto-renew", order.id);
    let body = json!({ "automatic": false });
    let ask = || dewi.ask(Method::PUT, &path).key("once").json(&body);
    let first = ask().await.is(200);
    // What was answered before anything was told of what follows.
    answered_before(&app, "%repriced%", &json!(order.id)).await;
    let again = ask().await.is(200);
    assert_eq!(again["automatic"], false, "{}", again.text);
    assert_eq!(again.position(), first.position());
    app.finish().await;
}

/// A date as letters write it in English.
pub(super) fn written(date: &str) -> String {
    let date: chrono::NaiveDate = date.parse().unwrap();
    date.format("%-d %B %Y").to_string()
}
