//! What a process remembers of a database that is restored under it.

use crate::support::{Store, credit, store};
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
}

async fn paid(store: &Store, user: UserId) -> i64 {
    let wallet = store.states.load::<Wallet>(&WalletId::of(user)).await;
    wallet.unwrap().paid().get()
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
