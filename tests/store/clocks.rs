//! A machine whose clock is wrong writes nothing: the history's time would never come back.

use crate::support::{command, credit, store};
use chrono::{Duration, Utc};
use purser::store::{CommandError, StoreError};

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
