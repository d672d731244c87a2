//! A reaction to an event takes its saga's row first, and then timers and effects. Whoever fires a timer or notes a failure
//! takes them in the same order: otherwise each would wait for the other.

use super::{Act, Office};
use crate::support::becomes;
use purser::sagas::Outcome;
use sqlx::{Postgres, Transaction};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;

const HOUR: Duration = Duration::from_secs(3_600);

/// A reaction to an event, which has come to the saga's row.
async fn reaction(office: &Office) -> Transaction<'static, Postgres> {
    let mut reaction = office.world.pool.begin().await.unwrap();
    let locked = sqlx::query("select from sagas for update");
    let locked = locked.execute(&mut *reaction).await.unwrap();
    assert_eq!(locked.rows_affected(), 1);
    reaction
}

/// Somebody waits for the reaction.
async fn waits(office: &Office) {
    becomes("somebody waits for a row", async || {
        let waiting =
            "pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        office.world.count(waiting).await == 1
    })
    .await;
}

/// The reaction goes on to these rows, which nobody may have taken before it.
async fn takes(reaction: &mut Transaction<'static, Postgres>, rows: &str, set: &str) {
    let lock = format!("select from {rows} for update nowait");
    let locked = sqlx::query(&lock).execute(&mut **reaction).await.unwrap();
    assert_eq!(locked.rows_affected(), 1);
    let change = rows.replacen(" where", &format!(" set {set} where"), 1);
    let change = format!("update {change}");
    sqlx::query(&change).execute(&mut **reaction).await.unwrap();
}

#[tokio::test]
async fn a_timer_that_a_reaction_moves_at_the_last_moment_does_not_fire() {
    let office = Office::open().await;
    office.work();
    office.world.customer(5).await;
    office.are(&[("send-5", "done")]).await;
    office.world.customer(0).await;
    office.world.settle().await;
    let mut reaction = reaction(&office).await;
    office.world.clock.advance(HOUR);
    office.keep_time();
    waits(&office).await;
    let of_it = "timers where name = 'hour' and instance = (select instance from sagas)";
    let far = "due_at = to_timestamp(32503680000)";
    takes(&mut reaction, of_it, far).await;
    reaction.commit().await.unwrap();
    // The other customer's.
    office
        .are(&[("send-5", "done"), ("timer-hour", "done")])
        .await;
    let moved = format!("timers where name = 'hour' and {far}");
    assert_eq!(office.world.count(&moved).await, 1);
}

#[tokio::test]
async fn a_failure_that_a_reaction_comes_before_is_called_off() {
    let office = Office::open().await;
    let go_on = Arc::new(Notify::new());
    let dead = Outcome::Dead {
        error: "told to fail".into(),
    };
    office.executor.will(Act::SayLater(go_on.clone(), dead));
    office.work();
    office.world.customer(5).await;
    office.are(&[("send-5", "running")]).await;
    let mut reaction = reaction(&office).await;
    go_on.notify_one();
    waits(&office).await;
    let call_off = "status = 'cancelled', epoch = epoch + 1";
    takes(&mut reaction, "effects where step = 'send-5'", call_off).await;
    reaction.commit().await.unwrap();
    becomes("it is let go", async || {
        let held = "effects where leased_until is not null";
        office.world.count(held).await == 0
    })
    .await;
    office.are(&[("send-5", "cancelled")]).await;
}
