//! Credit for whoever has proven his address, and its last day.

use crate::support::{app, app_with, becomes};
use purser::sagas::WelcomeBonus;
use purser_domain::Rupiah;
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_proves_his_address_is_welcomed_once_until_its_day_is_over() {
    let app = app_with(|settings| {
        settings.welcome = Some(WelcomeBonus {
            amount: Rupiah::try_from(25_000).unwrap(),
            days: 10,
        });
    })
    .await;
    let dewi = app.customer().await;
    assert_eq!(dewi.balance().await, 0);
    dewi.verifies().await;
    dewi.has(25_000).await;
    dewi.verifies().await;
    app.settle().await;
    let wallet = dewi.get("/wallet").await.is(200);
    assert_eq!(
        (&wallet["paid"], &wallet["promotional"], &wallet["held"]),
        (&0.into(), &25_000.into(), &0.into())
    );
    let until = wallet.text_of("promotional_until");
    let until: chrono::NaiveDate = until.parse().unwrap();

    // Spendable on its last day, gone on the next.
    app.day_comes(&until.to_string());
    let dewi = dewi.again().await;
    assert_eq!(dewi.balance().await, 25_000);
    app.day_comes(&until.succ_opt().unwrap().to_string());
    let dewi = dewi.again().await;
    dewi.has(0).await;
    let wallet = dewi.get("/wallet").await.is(200);
    assert_eq!(wallet["promotional_until"], Value::Null);
    assert_eq!(app.times("wallet.promotion_granted").await, 1);
    assert_eq!(app.times("wallet.promotion_expired").await, 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_operator_gives_nothing_nobody_is_welcomed() {
    let app = app().await;
    let dewi = app.customer().await;
    dewi.verifies().await;
    becomes("the saga has heard", async || {
        let done = "select count(*) from effects where saga = 'welcome' and status = 'done'";
        app.number(done).await == 1
    })
    .await;
    assert_eq!(dewi.balance().await, 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_between_welcomes_nobody_twice() {
    let mut app = app_with(|settings| {
        settings.welcome = Some(WelcomeBonus {
            amount: Rupiah::try_from(25_000).unwrap(),
            days: 10,
        });
    })
    .await;
    let dewi = app.customer().await;
    dewi.verifies().await;
    app.stops().await;
    app.starts().await;
    dewi.has(25_000).await;
    app.settle().await;
    assert_eq!(app.times("wallet.promotion_granted").await, 1);
    app.finish().await;
}
