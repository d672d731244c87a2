//! What a process knows of a stream it need not read again: it asks for what is new.

use crate::support::{Store, command, credit, store};
use purser::store::States;
use purser_domain::{
    ids::{UserId, WalletId},
    wallet::Wallet,
};

/// Whoever reads a wallet from its beginning stumbles from here on, or no more.
async fn beginning_is_readable(store: &Store, user: UserId, readable: bool) {
    let version = if readable { "1" } else { "99" };
    let wallet = WalletId::of(user);
    store
        .tamper(&format!(
            "update events set event_version = '{version}' where aggregate_id = '{wallet}' and sequence = 1"
        ))
        .await;
}

#[tokio::test]
async fn two_processes_that_take_turns_at_a_stream_read_only_what_is_new() {
    let store = store().await;
    let other = store.another_appender(store.clock.clone());
    let budi = store.customer(0).await;
    other.execute(command(credit(budi, 1))).await.unwrap();
    beginning_is_readable(&store, budi, false).await;

    for version in [3, 5, 7] {
        let ours = store.execute(command(credit(budi, 10))).await.unwrap();
        let theirs = other.execute(command(credit(budi, 100))).await.unwrap();
        assert_eq!([ours.version, theirs.version], [version, version + 1]);
    }
    beginning_is_readable(&store, budi, true).await;
    assert_eq!(store.balance(budi).await, 331);
}

#[tokio::test]
async fn an_error_costs_nobody_what_is_known_of_other_streams() {
    let store = store().await;
    let budi = store.customer(0).await;
    let sari = store.customer(0).await;
    store.execute(command(credit(budi, 1))).await.unwrap();
    let forbid = format!(
        "alter table events add constraint no_more_of_this check (aggregate_id <> '{}' or sequence < 2)",
        WalletId::of(sari)
    );
    sqlx::raw_sql(&forbid).execute(&store.owner).await.unwrap();
    beginning_is_readable(&store, budi, false).await;

    store.execute(command(credit(sari, 5))).await.unwrap_err();
    let committed = store.execute(command(credit(budi, 2))).await.unwrap();
    assert_eq!(committed.version, 3);
    beginning_is_readable(&store, budi, true).await;
    assert_eq!(store.balance(budi).await, 3);
}

#[tokio::test]
async fn what_was_decided_and_not_written_is_no_part_of_what_is_known() {
    let store = store().await;
    let other = store.another_appender(store.clock.clone());
    let budi = store.customer(0).await;
    other.execute(command(credit(budi, 1))).await.unwrap();
    // Many in one batch on a state that was moved: each is decided again, once.
    let credits = (0..20).map(|_| store.execute(command(credit(budi, 10))));
    let mut versions: Vec<i64> = futures_util::future::join_all(credits)
        .await
        .into_iter()
        .map(|committed| committed.unwrap().version)
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, (3..23).collect::<Vec<_>>());
    assert_eq!(store.balance(budi).await, 201);
}

#[tokio::test]
async fn a_history_that_became_shorter_is_read_from_its_beginning() {
    let store = store().await;
    let budi = store.customer(0).await;
    for amount in [1, 10, 100] {
        store.given(credit(budi, amount)).await;
    }
    // As the restoring of a backup does.
    store
        .tamper("delete from events where position = (select max(position) from events)")
        .await;
    let committed = store.given(credit(budi, 1_000)).await;
    assert_eq!(committed.version, 4);
    assert_eq!(store.balance(budi).await, 1_011);
}

#[tokio::test]
async fn a_state_that_is_used_all_the_time_is_remembered_while_many_others_are_read() {
    let store = store().await;
    let states = States::new(store.pool.clone(), 4);
    let budi = store.customer(7).await;
    let wallet = WalletId::of(budi);
    states.load::<Wallet>(&wallet).await.unwrap();
    beginning_is_readable(&store, budi, false).await;
    for _ in 0..20 {
        let other = WalletId::of(store.customer(0).await);
        states.load::<Wallet>(&other).await.unwrap();
        let known = states.load::<Wallet>(&wallet).await.unwrap();
        assert_eq!(known.version, 2);
    }
    beginning_is_readable(&store, budi, true).await;
}
