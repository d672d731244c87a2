//! What a process remembers of a database that is restored under it.

use crate::support::{Store, charge, command, credit, store};
use purser::store::Appender;
use purser_domain::{
    ids::{UserId, WalletId},
    wallet::Wallet,
};

/// Puts the database back to this position, as the restoring of a backup does.
async fn restored_to(store: &Store, position: i64) {
    store
        .tamper(&format!(
            "delete from events where position > {position};
             delete from commands where position > {position}"
        ))
        .await;
    ended_connections(store).await;
}

/// Nobody stays connected to a database that is restored.
async fn ended_connections(store: &Store) {
    let end = "select pg_terminate_backend(pid, 10000) from pg_stat_activity
        where datname = current_database() and usename = 'purser_app'";
    store.tamper(end).await;
}

async fn paid(store: &Store, user: UserId) -> i64 {
    let wallet = store.states.load::<Wallet>(&WalletId::of(user)).await;
    wallet.unwrap().paid().get()
}

/// A process beside the store's own.
fn another_process(store: &Store) -> Appender {
    store.another_appender(store.clock.clone())
}

async fn takes(writer: &Appender, user: UserId, amount: i64) {
    let charge = command(charge(user, amount));
    writer.execute(charge).await.unwrap();
}

/// Taking this is refused by the store's own writer.
async fn is_not_there(store: &Store, user: UserId, amount: i64) {
    let code = store.refused(command(charge(user, amount))).await;
    assert_eq!(code, "wallet.insufficient_funds");
}

#[tokio::test]
async fn a_state_that_was_restored_away_is_forgotten() {
    let store = store().await;
    let budi = store.customer(1_000).await;
    let backup = store.head().await;
    store.given(credit(budi, 500)).await;
    assert_eq!(paid(&store, budi).await, 1_500);
    restored_to(&store, backup).await;
    assert_eq!(paid(&store, budi).await, 1_000);
}

#[tokio::test]
async fn a_state_whose_place_another_has_taken_after_a_restore_is_forgotten() {
    let store = store().await;
    let budi = store.customer(1_000).await;
    let backup = store.head().await;
    store.given(credit(budi, 500)).await;
    assert_eq!(paid(&store, budi).await, 1_500);
    restored_to(&store, backup).await;
    store.given(credit(budi, 700)).await;
    assert_eq!(paid(&store, budi).await, 1_700);
}

#[tokio::test]
async fn nothing_is_decided_on_a_state_whose_version_another_event_has_taken() {
    let store = store().await;
    let other = another_process(&store);
    let budi = store.customer(100_000).await;
    let backup = store.head().await;
    store.given(credit(budi, 500_000)).await;

    restored_to(&store, backup).await;
    takes(&other, budi, 50_000).await;
    is_not_there(&store, budi, 400_000).await;
    assert_eq!(store.balance(budi).await, 50_000);
}

#[tokio::test]
async fn nor_on_one_that_was_read_after_the_last_commit() {
    let store = store().await;
    let other = another_process(&store);
    let budi = store.customer(100_000).await;
    let backup = store.head().await;
    other.execute(command(credit(budi, 500_000))).await.unwrap();
    // A refusal is all that comes of what is read here.
    is_not_there(&store, budi, 700_000).await;

    restored_to(&store, backup).await;
    takes(&other, budi, 50_000).await;
    is_not_there(&store, budi, 400_000).await;
    assert_eq!(store.balance(budi).await, 50_000);
}

#[tokio::test]
async fn nor_on_one_beyond_which_the_history_has_gone_on() {
    let store = store().await;
    let other = another_process(&store);
    let budi = store.customer(100_000).await;
    let backup = store.head().await;
    store.given(credit(budi, 500_000)).await;

    restored_to(&store, backup).await;
    takes(&other, budi, 30_000).await;
    takes(&other, budi, 20_000).await;
    is_not_there(&store, budi, 400_000).await;
    assert_eq!(store.balance(budi).await, 50_000);
}

#[tokio::test]
async fn where_one_stream_has_become_shorter_no_other_is_known_either() {
    let store = store().await;
    let other = another_process(&store);
    let (budi, sari) = (store.customer(100_000).await, store.customer(100_000).await);
    let backup = store.head().await;
    for customer in [budi, sari] {
        store.given(credit(customer, 500_000)).await;
    }
    // The writer's own connection outlives it.
    store
        .tamper(&format!(
            "delete from events where position > {backup}; delete from commands where position > {backup}"
        ))
        .await;
    takes(&other, sari, 50_000).await;
    is_not_there(&store, budi, 400_000).await;
    is_not_there(&store, sari, 400_000).await;
    assert_eq!(store.balance(sari).await, 50_000);
}

#[tokio::test]
async fn a_connection_that_ends_costs_nothing_that_is_known() {
    let store = store().await;
    let budi = store.customer(100_000).await;
    // Whoever reads the wallet from its beginning stumbles from here on.
    let wallet = WalletId::of(budi);
    let unreadable = |version| {
        format!(
            "update events set event_version = '{version}' where aggregate_id = '{wallet}' and sequence = 1"
        )
    };
    store.tamper(&unreadable(99)).await;
    ended_connections(&store).await;
    let committed = store.given(credit(budi, 1)).await;
    assert_eq!(committed.version, 3);
    store.tamper(&unreadable(1)).await;
    assert_eq!(store.balance(budi).await, 100_001);
}
