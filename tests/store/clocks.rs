//! A machine whose clock is wrong writes nothing: the history's time would never come back.

use crate::support::{command, credit, store};
use chrono::{Duration, Utc};
use purser::store::{CommandError, StoreError};
use purser_domain::AggregateType;
use std::collections::BTreeSet;

#[tokio::test]
async fn nothing_is_written_under_a_time_that_the_database_does_not_share() {
    let store = store().await;
    let budi = store.customer(0).await;
    let head = store.head().await;
    for days in [40, -40] {
        store.clock.set_machine(Duration::days(days));
        let error = store.execute(command(credit(budi, 5))).await.unwrap_err();
        let CommandError::Store(StoreError::ClockOff(off)) = error else {
            panic!("{error:?}")
        };
        assert!(off.by.num_days().abs() >= 39, "{off}");
    }
    assert_eq!(store.head().await, head);

    store.clock.set_machine(Duration::zero());
    let committed = store.given(credit(budi, 5)).await;
    assert!(committed.at < Utc::now() + Duration::days(1));
    assert_eq!(store.balance(budi).await, 5);
}

#[tokio::test]
async fn business_time_that_was_moved_on_is_written_all_the_same() {
    let store = store().await;
    let budi = store.customer(0).await;
    store
        .clock
        .advance(std::time::Duration::from_secs(40 * 86_400));
    let committed = store.given(credit(budi, 5)).await;
    assert!(committed.at > Utc::now() + Duration::days(39));
}

#[tokio::test]
async fn what_was_written_within_any_stretch_of_time_is_found() {
    let store = store().await;
    let day = std::time::Duration::from_secs(86_400);
    for customers in [1, 2, 1] {
        store.clock.advance(day);
        for _ in 0..customers {
            store.customer(1).await;
        }
    }
    let events = store.reader.after(0, 1_000).await.unwrap();
    let mut moments: Vec<_> = events.iter().map(|event| event.at).collect();
    moments.push(moments[0] - Duration::days(1));
    moments.push(moments[events.len() - 1] + Duration::days(1));
    moments.sort_unstable();
    moments.dedup();
    for from in &moments {
        for before in &moments {
            let within = events.iter().filter(|event| {
                event.aggregate_type == "wallet" && event.at >= *from && event.at < *before
            });
            let expected: BTreeSet<&str> = within.map(|event| &*event.aggregate_id).collect();
            let kind = AggregateType::Wallet;
            let found = store.reader.streams_between(kind, *from, *before).await;
            let mut found = found.unwrap();
            found.sort_unstable();
            assert_eq!(found, Vec::from_iter(expected), "{from} to {before}");
        }
    }
}
