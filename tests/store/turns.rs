use crate::support::{becomes, store};
use purser::store::Turns;
use sqlx::PgPool;
use std::time::Duration;
use uuid::Uuid;

/// Long enough for whoever may have the turn to take it.
const A_WHILE: Duration = Duration::from_millis(500);

async fn is_ahead(pool: &PgPool, subject: Uuid) -> bool {
    let ahead = "select until > clock_timestamp() from work.turns where subject = $1";
    let ahead = sqlx::query_scalar(ahead).bind(subject);
    ahead.fetch_one(pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_at_a_time_is_at_something() {
    let store = store().await;
    let here = Turns::new(store.pool.clone());
    let there = Turns::new(store.another_pool());
    // Something else holds nobody up; and both have a connection from here on.
    there.take(Uuid::now_v7()).await.unwrap();
    let subject = Uuid::now_v7();
    let turn = here.take(subject).await.unwrap();
    let waiting = tokio::time::timeout(A_WHILE, there.take(subject)).await;
    assert!(waiting.is_err(), "two are at it at once");
    assert!(turn.is_held().await.unwrap());
    drop(turn);
    there.take(subject).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_lasts_for_as_long_as_somebody_is_at_it() {
    let store = store().await;
    let subject = Uuid::now_v7();
    let turn = Turns::new(store.pool.clone()).take(subject).await.unwrap();
    let over = "update work.turns set until = clock_timestamp() - interval '1 second'";
    sqlx::query(over).execute(&store.pool).await.unwrap();
    becomes("it is said again", async || {
        is_ahead(&store.pool, subject).await
    })
    .await;
    assert!(turn.is_held().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_another_one_has_taken_is_not_held() {
    let store = store().await;
    let subject = Uuid::now_v7();
    let turn = Turns::new(store.pool.clone()).take(subject).await.unwrap();
    let taken = "update work.turns set holder = $1";
    let taken = sqlx::query(taken).bind(Uuid::now_v7());
    taken.execute(&store.pool).await.unwrap();
    assert!(!turn.is_held().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_who_died_the_turn_is_over() {
    let store = store().await;
    let subject = Uuid::now_v7();
    let died = "insert into work.turns values ($1, $2, clock_timestamp() - interval '1 second')";
    let died = sqlx::query(died).bind(subject).bind(Uuid::now_v7());
    died.execute(&store.pool).await.unwrap();
    let turns = Turns::new(store.pool.clone());
    turns.take(subject).await.unwrap();
}
