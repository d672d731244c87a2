//! Work that one process does at a time.

use crate::support::{becomes, store};
use purser_projections::checkpoint::while_held;
use std::future::pending;
use uuid::Uuid;

#[tokio::test]
async fn nobody_works_beside_who_holds_the_lease_and_another_takes_over_when_it_ends() {
    let store = store().await;
    let pool = store.pool.clone();
    let first =
        tokio::spawn(async move { while_held(&pool, "tidying", Uuid::now_v7(), pending()).await });
    let held = "checkpoints where name = 'tidying' and leased_until > clock_timestamp()";
    becomes("the first works", async || store.count(held).await == 1).await;

    let second = Uuid::now_v7();
    let mut worked = false;
    while_held(&store.pool, "tidying", second, async { worked = true })
        .await
        .unwrap();
    assert!(!worked);

    first.abort();
    sqlx::query("update checkpoints set leased_until = clock_timestamp() where name = 'tidying'")
        .execute(&store.pool)
        .await
        .unwrap();
    while_held(&store.pool, "tidying", second, async { worked = true })
        .await
        .unwrap();
    assert!(worked);
}
