use crate::support::store;
use purser::store::Turns;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn one_process_at_a_time_is_at_something() {
    let store = store().await;
    let here = Turns::new(store.pool.clone());
    let there = Turns::new(store.another_pool());
    let subject = Uuid::now_v7();
    let turn = here.take(subject).await.unwrap();
    let waiting = tokio::spawn(async move { there.take(subject).await });
    // Something else holds nobody up.
    here.take(Uuid::now_v7()).await.unwrap();
    assert!(!waiting.is_finished());
    drop(turn);
    waiting.await.unwrap().unwrap();
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
