use crate::support::{becomes, command, credit, purchase, store};
use chrono::Duration;
use cqrs_es::{EventStore as _, persist::PersistedEventStore};
use postgres_es::PostgresEventRepository;
use purser::{clock::Clock, store::chain};
use purser_domain::{ids::WalletId, wallet::Wallet};

#[tokio::test]
async fn positions_have_no_gap_and_every_hash_follows_from_the_one_before() {
    let store = store().await;
    let offer = store.on_sale(5, 5).await;
    let budi = store.customer(100_000).await;
    let committed = store.given(purchase(budi, offer)).await;

    let events = store.reader.after(0, 1_000).await.unwrap();
    assert_eq!(committed.position, events.len() as i64);
    let mut previous = [0; 32];
    for (event, position) in events.iter().zip(1..) {
        assert_eq!(event.position, position);
        let leaf = event.leaf.as_slice().try_into().unwrap();
        previous = chain(&previous, event.at_us(), &leaf);
        assert_eq!(event.hash, previous, "at position {position}");
    }
}

#[tokio::test]
async fn a_command_answers_with_the_position_of_its_last_event_and_its_first_streams_version() {
    let store = store().await;
    let budi = store.customer(0).await;
    let before = store.head().await;
    let committed = store.given(credit(budi, 1_000)).await;
    assert_eq!(
        (committed.position, committed.version, committed.repeated),
        (before + 1, 2, false)
    );
}

#[tokio::test]
async fn a_refusal_writes_nothing() {
    let store = store().await;
    let offer = store.on_sale(5, 5).await;
    let budi = store.customer(39_999).await;
    let before = (store.head().await, store.count("commands").await);

    let code = store.refused(command(purchase(budi, offer))).await;
    assert_eq!(code, "wallet.insufficient_funds");
    assert_eq!((store.head().await, store.count("commands").await), before);
}

#[tokio::test]
async fn business_time_never_decreases_where_one_appenders_clock_is_behind() {
    let store = store().await;
    let budi = store.customer(0).await;
    let ahead = store.another_appender(Clock::ahead_by(Duration::hours(1)));
    let first = ahead.execute(command(credit(budi, 1))).await.unwrap();

    let second = store.given(credit(budi, 2)).await;
    assert!(store.clock.now() < first.at, "this clock is behind");
    assert_eq!(second.at, first.at);
    let stored = store.reader.at(second.position).await.unwrap().unwrap();
    assert_eq!(stored.at, first.at);
}

#[tokio::test]
async fn two_appenders_see_what_the_other_has_written() {
    let store = store().await;
    let budi = store.customer(100_000).await;
    let offer = store.on_sale(5, 5).await;
    let other = store.another_appender(Clock::default());
    for round in 1..=2 {
        store.given(credit(budi, 1)).await;
        other.execute(command(credit(budi, 1))).await.unwrap();
        other.execute(command(purchase(budi, offer))).await.unwrap();
        assert_eq!(store.balance(budi).await, 100_000 + round * (2 - 40_000));
    }
    let code = store.refused(command(purchase(budi, offer))).await;
    assert_eq!(code, "wallet.insufficient_funds");
}

#[tokio::test]
async fn whoever_follows_is_told_of_the_new_head() {
    let store = store().await;
    let mut head = store.appender.head();
    let committed = store.given(credit(store.customer(0).await, 5)).await;
    becomes("the head is announced", async || {
        *head.borrow_and_update() == committed.position
    })
    .await;
}

#[tokio::test]
async fn cqrs_es_reads_a_stream_of_ours_and_folds_the_same_state() {
    let store = store().await;
    let offer = store.on_sale(5, 5).await;
    let budi = store.customer(100_000).await;
    store.given(purchase(budi, offer)).await;

    let wallet = WalletId::of(budi);
    let repository = PostgresEventRepository::new(store.pool.clone());
    let crate_store = PersistedEventStore::<_, Wallet>::new_event_store(repository);
    let theirs = crate_store
        .load_aggregate(&wallet.to_string())
        .await
        .unwrap();
    let ours = store.states.load::<Wallet>(&wallet).await.unwrap();
    assert_eq!(theirs.aggregate, *ours);
    assert_eq!(theirs.current_sequence, 3);
    assert_eq!(ours.version, 3);
}
