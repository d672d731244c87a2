//! Books that a process keeps are those of the history that there is.

use crate::support::{Store, credit, store};
use chrono::{NaiveDate, Utc};
use purser::ledger::Books;
use purser_domain::period::jakarta_date;

/// What customers have, by these books, and up to where they are kept.
async fn said(books: &Books, date: NaiveDate) -> (i128, i64) {
    let standing = books.trial_balance(date).await.unwrap();
    (standing.unspent_paid_credit(), standing.position)
}

/// As the restoring of a backup does.
async fn restored_to(store: &Store, position: i64) {
    store
        .tamper(&format!(
            "delete from events where position > {position}; delete from commands where position > {position}"
        ))
        .await;
}

#[tokio::test]
async fn a_database_restored_under_a_process_is_booked_anew() {
    let store = store().await;
    let tomorrow = jakarta_date(Utc::now()).succ_opt().unwrap();
    let budi = store.customer(1_000).await;
    let backup = store.head().await;
    let kept = Books::new(store.reader.clone());
    store.given(credit(budi, 20_000)).await;
    assert_eq!(said(&kept, tomorrow).await, (21_000, backup + 1));

    restored_to(&store, backup).await;
    assert_eq!(said(&kept, tomorrow).await, (1_000, backup));

    // Another event stands now where one was booked.
    store.given(credit(budi, 300)).await;
    assert_eq!(said(&kept, tomorrow).await, (1_300, backup + 1));
    restored_to(&store, backup).await;
    store.given(credit(budi, 4_000)).await;
    store.given(credit(budi, 50_000)).await;
    assert_eq!(said(&kept, tomorrow).await, (55_000, backup + 2));
}
