//! One decision that cannot be written fails alone; those that share its commit stand.

use crate::support::{Store, command, credit, store};
use futures_util::future::join_all;
use purser::store::{Command, CommandError, StoreError};
use purser_domain::decisions::RequestTopUp;
use purser_domain::{
    Decision, Refused, StreamId, Work,
    decisions::One,
    ids::{TopUpId, UserId, WalletId},
    top_up::{TopUp, TopUpCommand},
    wallet::{Wallet, WalletCommand},
};
use uuid::Uuid;

/// A text of the gateway's that no event can hold.
async fn with_a_null_character(store: &Store, user: UserId) -> Command {
    let top_up_id = TopUpId::new(Uuid::now_v7());
    store
        .given(RequestTopUp {
            top_up_id,
            user_id: user,
            amount: crate::support::rp(50_000),
            order_id: format!("order-{top_up_id}"),
            expires_at: store.clock.now(),
        })
        .await;
    command(One::<TopUp> {
        id: top_up_id,
        command: TopUpCommand::OpenPage {
            redirect_url: "https://pay.example/\0".into(),
        },
    })
}

/// Gives a command together with thirty good ones, and tells how each went.
async fn among_good_ones(store: &Store, user: UserId, guilty: Command) -> CommandError {
    let before = store.balance(user).await;
    let good = || join_all((0..15).map(|_| store.execute(command(credit(user, 1)))));
    let (first, guilty, second) = tokio::join!(good(), store.execute(guilty), good());
    for innocent in first.into_iter().chain(second) {
        innocent.unwrap();
    }
    assert_eq!(store.balance(user).await, before + 30);
    guilty.unwrap_err()
}

#[tokio::test]
async fn an_event_without_a_canonical_form_fails_alone() {
    let store = store().await;
    let budi = store.customer(0).await;
    let guilty = with_a_null_character(&store, budi).await;
    let error = among_good_ones(&store, budi, guilty).await;
    assert!(
        matches!(error, CommandError::Store(StoreError::Canonical(_))),
        "{error:?}"
    );
    assert_eq!(
        store
            .count("events where event_type = 'top_up.page_opened'")
            .await,
        0
    );
}

#[tokio::test]
async fn an_event_that_the_database_refuses_fails_alone() {
    let store = store().await;
    let budi = store.customer(0).await;
    let sari = store.customer(0).await;
    let wallet = purser_domain::ids::WalletId::of(sari);
    let forbid = format!(
        "alter table events add constraint no_more_of_this check (aggregate_id <> '{wallet}' or sequence < 2)"
    );
    sqlx::raw_sql(&forbid).execute(&store.owner).await.unwrap();

    let error = among_good_ones(&store, budi, command(credit(sari, 5))).await;
    assert!(
        matches!(&error, CommandError::Store(StoreError::Database(error)) if error.to_string().contains("no_more_of_this")),
        "{error:?}"
    );
    assert_eq!(store.balance(sari).await, 0);
}

#[tokio::test]
async fn what_was_decided_on_the_guilty_ones_state_is_decided_again() {
    let store = store().await;
    let budi = store.customer(0).await;
    let wallet = purser_domain::ids::WalletId::of(budi);
    let forbid = format!(
        "alter table events add constraint no_small_change check \
         (aggregate_id <> '{wallet}' or coalesce((payload -> 'wallet.credited' ->> 'amount')::bigint, 2) <> 1)"
    );
    sqlx::raw_sql(&forbid).execute(&store.owner).await.unwrap();

    let amounts = [5, 1, 7, 1, 9];
    let outcomes =
        join_all(amounts.map(|amount| store.execute(command(credit(budi, amount))))).await;
    let written: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(written, [true, false, true, false, true]);
    assert_eq!(store.balance(budi).await, 21);
    assert!(
        outcomes[4].as_ref().unwrap().version == 4,
        "three credits after the opening"
    );
}

/// Takes credit and then looks at a wallet that it does not name, which is a programming error.
struct Careless {
    named: UserId,
    unnamed: UserId,
}

impl Decision for Careless {
    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::of::<Wallet>(&WalletId::of(self.named))]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let credit: WalletCommand = credit(self.named, 1_000_000).command;
        work.execute::<Wallet>(&WalletId::of(self.named), credit)?;
        Ok(work
            .state::<Wallet>(&WalletId::of(self.unnamed))
            .balance()
            .get()
            .into())
    }
}

#[tokio::test]
async fn a_decision_that_panics_fails_alone_and_all_others_go_on() {
    let store = store().await;
    let (budi, sari) = (store.customer(0).await, store.customer(0).await);
    let careless = || {
        command(Careless {
            named: budi,
            unnamed: sari,
        })
    };
    for _ in 0..2 {
        let error = among_good_ones(&store, budi, careless()).await;
        assert!(
            matches!(&error, CommandError::Store(StoreError::Panicked(text)) if text.contains("without naming it")),
            "{error:?}"
        );
    }
    let alone = store.execute(careless()).await.unwrap_err();
    assert!(
        matches!(alone, CommandError::Store(StoreError::Panicked(_))),
        "{alone:?}"
    );
    assert!(!store.appender.has_stopped());
    store.given(credit(sari, 5)).await;
    assert_eq!(store.balance(budi).await, 60);
}
