use crate::support::{Store, credit, purchase, store};
use purser::store::{Command, CommandError, Committed};
use purser_domain::{
    Actor, Decision,
    ids::{UserId, derived},
};
use uuid::Uuid;

fn known_as(key: &str, decision: impl Decision + 'static) -> Command {
    Command::of_effect(
        derived(&[key]),
        Uuid::nil(),
        Actor::System("test"),
        decision,
    )
}

fn with_another_body(mut command: Command) -> Command {
    command.body_hash = [7; 32];
    command
}

/// What the caller is told; the first time and again.
fn told(committed: &Committed) -> (String, i64, i64) {
    (
        committed.answer.to_string(),
        committed.position,
        committed.version,
    )
}

async fn a_buyer(store: &Store) -> (UserId, crate::support::Offer) {
    (store.customer(40_000).await, store.on_sale(1, 1).await)
}

#[tokio::test]
async fn a_repeated_command_gets_the_same_answer_and_writes_nothing() {
    let store = store().await;
    let (budi, offer) = a_buyer(&store).await;
    let wanted = purchase(budi, offer);
    let first = store
        .execute(known_as("buy", wanted.clone()))
        .await
        .unwrap();
    store.given(credit(budi, 5)).await;
    let head = store.head().await;

    let again = store.execute(known_as("buy", wanted)).await.unwrap();
    assert_eq!(told(&again), told(&first));
    assert!(again.repeated && !first.repeated);
    assert_eq!(store.head().await, head);
}

#[tokio::test]
async fn a_repeated_command_tells_the_time_of_its_commit() {
    let store = store().await;
    let budi = store.customer(0).await;
    let wanted = credit(budi, 5);
    let first = store
        .execute(known_as("pay", wanted.clone()))
        .await
        .unwrap();
    let again = store.execute(known_as("pay", wanted)).await.unwrap();
    assert_eq!(again.at, first.at);
}

#[tokio::test]
async fn a_command_that_would_be_refused_now_still_gets_its_first_answer() {
    let store = store().await;
    let (budi, offer) = a_buyer(&store).await;
    let first = store.execute(known_as("buy", purchase(budi, offer))).await;
    // Another order under the same key would find the wallet empty and the plan sold out.
    let again = store.execute(known_as("buy", purchase(budi, offer))).await;
    assert_eq!(told(&again.unwrap()), told(&first.unwrap()));
}

#[tokio::test]
async fn another_body_under_the_same_key_is_told_so() {
    let store = store().await;
    let budi = store.customer(0).await;
    let wanted = credit(budi, 5);
    store
        .execute(known_as("pay", wanted.clone()))
        .await
        .unwrap();
    let reused = store
        .execute(with_another_body(known_as("pay", wanted)))
        .await;
    assert!(matches!(reused, Err(CommandError::KeyReused)), "{reused:?}");
    assert_eq!(store.balance(budi).await, 5);
}

#[tokio::test]
async fn a_refused_command_is_decided_anew_when_it_is_repeated() {
    let store = store().await;
    let (budi, offer) = (store.customer(0).await, store.on_sale(1, 1).await);
    let wanted = purchase(budi, offer);
    let code = store.refused(known_as("buy", wanted.clone())).await;
    assert_eq!(code, "wallet.insufficient_funds");
    store.given(credit(budi, 40_000)).await;
    let bought = store.execute(known_as("buy", wanted)).await.unwrap();
    assert!(!bought.repeated);
}

#[tokio::test]
async fn of_thirty_repetitions_at_once_through_two_appenders_one_is_decided() {
    let store = store().await;
    let budi = store.customer(0).await;
    let other = store.another_appender(store.clock.clone());
    let wanted = credit(budi, 5);
    let asked = (0..30).map(|number| {
        let appender = if number % 2 == 0 {
            &store.appender
        } else {
            &other
        };
        let command = known_as("pay", wanted.clone());
        let command = if number % 3 == 2 {
            with_another_body(command)
        } else {
            command
        };
        appender.execute(command)
    });
    let answers = futures_util::future::join_all(asked).await;

    let (mut decided, mut repeated, mut reused) = (0, 0, 0);
    for answer in answers {
        match answer {
            Ok(committed) if committed.repeated => repeated += 1,
            Ok(_) => decided += 1,
            Err(CommandError::KeyReused) => reused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(decided, 1);
    // Whichever body came first, the other one is told that the key is taken.
    assert!(
        [(19, 10), (9, 20)].contains(&(repeated, reused)),
        "{repeated} {reused}"
    );
    assert_eq!(store.balance(budi).await, 5);
}

#[tokio::test]
async fn a_command_that_changes_nothing_is_remembered_too() {
    let store = store().await;
    let budi = store.customer(0).await;
    let wanted = credit(budi, 5);
    store.given(wanted.clone()).await;
    let head = store.head().await;
    let first = store
        .execute(known_as("again", wanted.clone()))
        .await
        .unwrap();
    assert_eq!((first.position, store.head().await), (head, head));
    let repeated = store.execute(known_as("again", wanted)).await.unwrap();
    assert_eq!(told(&repeated), told(&first));
    assert!(repeated.repeated);
}
