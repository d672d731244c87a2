//! Credit that will not pay what is renewed: its customer hears of it once, in time to top up.

use super::renewals::written;
use crate::support::{Letter, Order, Person, TestApp, app, app_with, becomes};
use chrono::{Days, NaiveDate};

async fn period_end(person: &Person, order: &Order) -> NaiveDate {
    let path = format!("/subscriptions/{}", order.id);
    let subscription = person.get(&path).await.is(200);
    subscription.text_of("period_end").parse().unwrap()
}

/// So many days before this one; who is signed in has to sign in again.
async fn days_before(app: &TestApp, person: &Person, day: NaiveDate, days: u64) -> Person {
    app.day_comes(&(day - Days::new(days)).to_string());
    person.again().await
}

fn on(day: NaiveDate) -> String {
    written(&day.to_string())
}

fn warning(day: NaiveDate) -> String {
    format!("Your credit will not renew your ghost on {}", on(day))
}

async fn warnings(person: &Person) -> Vec<Letter> {
    let letters = person.letters().await.into_iter();
    letters
        .filter(|letter| letter.subject.starts_with("Your credit"))
        .collect()
}

async fn active(person: &Person, app: &str) -> Order {
    let order = person.buys(app).await;
    person.sees(&order, "active").await;
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn credit_that_is_spent_after_a_reminder_is_told_once_and_reminded_of() {
    let app = app_with(|settings| settings.policy.low_credit_days = 5).await;
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(90_000).await;
    let order = active(&dewi, "ghost").await;
    let end = period_end(&dewi, &order).await;
    let dewi = days_before(&app, &dewi, end, 7).await;
    dewi.gets(&format!("Your ghost renews on {}", on(end)))
        .await;
    active(&dewi, "ghost").await;
    app.settle().await;
    assert_eq!(warnings(&dewi).await, []);
    let dewi = days_before(&app, &dewi, end, 5).await;
    let letter = dewi.gets(&warning(end)).await;
    for words in [
        "your credit lacked Rp 30.000",
        "for Rp 40.000",
        &on(end - Days::new(5)),
    ] {
        assert!(letter.text.contains(words), "{}", letter.text);
    }
    assert!(!letter.text.contains("before it."), "{}", letter.text);
    let dewi = days_before(&app, &dewi, end, 3).await;
    dewi.gets(&format!("Your ghost is paid until {}", on(end)))
        .await;
    app.settle().await;
    assert_eq!(warnings(&dewi).await.len(), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_renewed_together_is_counted_together() {
    let app = app().await;
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(130_000).await;
    let first = active(&dewi, "ghost").await;
    app.minutes_pass(24 * 60);
    let dewi = dewi.again().await;
    let second = active(&dewi, "ghost").await;
    let (first, second) = (
        period_end(&dewi, &first).await,
        period_end(&dewi, &second).await,
    );
    assert!(first <= second);
    let dewi = days_before(&app, &dewi, second, 7).await;
    let letter = dewi.gets(&warning(second)).await;
    let words = "your credit lacked Rp 30.000";
    assert!(letter.text.contains(words), "{}", letter.text);
    app.settle().await;
    assert_eq!(warnings(&dewi).await.len(), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_tops_up_in_between_hears_nothing() {
    let app = app_with(|settings| settings.policy.low_credit_days = 5).await;
    app.sells("ghost").await;
    let dewi = app.customer().await.with_credit(40_000).await;
    let order = active(&dewi, "ghost").await;
    let end = period_end(&dewi, &order).await;
    let dewi = days_before(&app, &dewi, end, 7).await;
    dewi.gets(&format!("Your ghost is paid until {}", on(end)))
        .await;
    let dewi = dewi.with_credit(40_000).await;
    let dewi = days_before(&app, &dewi, end, 5).await;
    let looked = "select count(*) from effects where step = 'credit-";
    let looked = format!("{looked}{end}' and status = 'done'");
    becomes("the credit was looked at", async || {
        app.number(&looked).await == 1
    })
    .await;
    app.settle().await;
    assert_eq!(warnings(&dewi).await, []);
    app.finish().await;
}
