//! A database that is gone without having said so: the writer does not wait for it for ever, nor does a place in the pool.

use crate::support::{Way, becomes, command, credit, store};
use purser::store::{Appender, AppenderOptions, Command, CommandError, StoreError};
use purser_domain::Actor;
use std::time::Duration;
use uuid::Uuid;

/// As long as any fact is waited for.
const PATIENCE: Duration = Duration::from_secs(45);

#[tokio::test]
async fn a_command_that_nobody_answers_is_given_up_and_repeating_it_doubles_nothing() {
    let store = store().await;
    let budi = store.customer(0).await;
    let way = Way::to(&store.database.urls.app);
    let pool = purser::app::pool(&way.url, 4).unwrap();
    let appender = Appender::start(pool, store.clock.clone(), AppenderOptions::default());
    // From here on it has a connection, as it has for as long as all is well.
    appender.execute(command(credit(budi, 1))).await.unwrap();

    way.closes();
    let id = Uuid::now_v7();
    let asked = || Command::of_effect(id, id, Actor::System("test"), credit(budi, 5));
    let answered = tokio::time::timeout(PATIENCE, appender.execute(asked())).await;
    let error = answered.expect("nobody was answered").unwrap_err();
    assert!(
        matches!(error, CommandError::Store(StoreError::Unavailable(_))),
        "{error:?}"
    );
    becomes("the writer waits for commands again", async || {
        appender.busy_for().is_none()
    })
    .await;

    // What was given up is still under way, and arrives first, last or never.
    way.opens();
    appender.execute(asked()).await.unwrap();
    appender.execute(command(credit(budi, 7))).await.unwrap();
    assert_eq!(store.balance(budi).await, 13);
    let of_it = format!("events where metadata ->> 'command_id' = '{id}'");
    assert_eq!(store.count(&of_it).await, 1);
}

#[tokio::test]
async fn the_place_of_a_connection_that_comes_back_amid_a_statement_becomes_free() {
    let store = store().await;
    let way = Way::to(&store.database.urls.app);
    let pool = purser::app::pool(&way.url, 1).unwrap();
    let mut connection = pool.acquire().await.unwrap();
    way.closes();
    let asked = sqlx::query("select 1").execute(&mut *connection);
    let asked = tokio::time::timeout(Duration::from_millis(10), asked).await;
    assert!(asked.is_err(), "nobody answers");
    drop(connection);
    becomes("the place is free", async || pool.size() == 0).await;
}

#[tokio::test]
async fn a_connection_that_is_used_all_the_time_is_not_asked_twice_a_use_whether_it_is_there() {
    const USES: usize = 20;
    let store = store().await;
    let way = Way::to(&store.database.urls.app);
    let pool = purser::app::pool(&way.url, 1).unwrap();
    for _ in 0..USES {
        sqlx::query("select 1").execute(&pool).await.unwrap();
    }
    // Whoever has the only one knows that it was given back before.
    let connection = pool.acquire().await.unwrap();
    let pings = way.pings();
    drop(connection);
    assert!((USES..USES * 2).contains(&pings), "{pings}");
}
