//! Timers: moments of business time, and rests of time that pass only while the cluster answers.

use super::{
    saga::{AnySaga, Heard},
    storage::{self, Cause, ReactError},
};
use crate::{
    clock::Clock,
    relay::is_about_rows,
    store::{answer, answered},
};
use chrono::{DateTime, Utc};
use purser_projections::checkpoint;
use sqlx::{Connection as _, FromRow, PgConnection, PgPool};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const LEASE: &str = "timers";
const LEASE_MS: i64 = 5_000;
/// How often the lease is renewed: often enough that it outlasts a slow tick.
const RENEW: Duration = Duration::from_millis(1_500);
const TICK: Duration = Duration::from_millis(250);
/// Taking time off every rest writes to all of them: where they are more than these it is done this often.
const MANY: u64 = 100;
const COUNT_MANY: Duration = Duration::from_secs(1);

/// The most that is taken off at once.
const SEEN: Duration = Duration::from_secs(10);

/// Whether the cluster answers, as the adapter sees it.
pub type ClusterClock = watch::Receiver<bool>;

#[derive(Debug, FromRow)]
struct Due {
    saga: String,
    instance: Uuid,
    name: String,
    correlation_id: Uuid,
}

/// Fires what is due until told to stop; one process does at a time.
pub async fn run_timers(
    pool: PgPool,
    sagas: Vec<Arc<dyn AnySaga>>,
    clock: Clock,
    (cluster, allowed): (ClusterClock, watch::Receiver<bool>),
    wake: Arc<Notify>,
    holder: Uuid,
    stop: CancellationToken,
) {
    let timers = Timers {
        pool,
        sagas,
        clock,
        cluster,
        allowed,
        wake,
        holder,
    };
    let mut moved = timers.clock.moves();
    let (mut last, mut turn) = (Instant::now(), Turn::default());
    loop {
        // Who was frozen for longer did not see whether the cluster answered.
        let elapsed = last.elapsed().min(SEEN);
        last = Instant::now();
        if let Err(error) = timers.tick(elapsed, &mut turn).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "timers could not be looked at"
            );
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            Ok(()) = moved.changed() => {}
            () = stop.cancelled() => return,
        }
    }
}

/// What is remembered from tick to tick while this process fires the timers.
#[derive(Default)]
struct Turn {
    /// When the lease was last renewed.
    leased: Option<Instant>,
    /// Time in which the cluster answered and that is not taken off yet.
    uncounted: Duration,
    /// How many rests there were when it was last taken off.
    rests: u64,
}

struct Timers {
    pool: PgPool,
    sagas: Vec<Arc<dyn AnySaga>>,
    clock: Clock,
    cluster: ClusterClock,
    /// Whether effects are carried out at all: what waits for them has no deadline otherwise.
    allowed: watch::Receiver<bool>,
    wake: Arc<Notify>,
    holder: Uuid,
}

impl Timers {
    async fn tick(&self, elapsed: Duration, turn: &mut Turn) -> Result<(), ReactError> {
        if self.clock.off().is_some() {
            // What is fired does not come back. Another process, whose clock is right, takes the turn.
            *turn = Turn::default();
            return Ok(());
        }
        if turn.leased.is_none_or(|leased| leased.elapsed() > RENEW) {
            let asked = Instant::now();
            let held = checkpoint::lease(&self.pool, LEASE, self.holder, LEASE_MS).await;
            turn.leased = matches!(held, Ok(Some(_))).then_some(asked);
            if held?.is_none() {
                turn.uncounted = Duration::ZERO;
                return Ok(());
            }
        }
        let mut connection = self.pool.acquire().await?;
        if *self.cluster.borrow() && *self.allowed.borrow() {
            turn.uncounted += elapsed;
        }
        let pause = match turn.rests {
            ..=MANY => Duration::ZERO,
            _ => COUNT_MANY,
        };
        if turn.uncounted > pause {
            let passed = i64::try_from(turn.uncounted.as_millis()).unwrap_or(i64::MAX);
            let counted = sqlx::query(
                "update work.timers set cluster_left_ms = cluster_left_ms - $1 where cluster_left_ms is not null",
            )
            .bind(passed);
            let counted = answer(counted.execute(&mut *connection)).await;
            let counted = answered(&mut connection, counted)?;
            turn.rests = counted.rows_affected();
            turn.uncounted = Duration::ZERO;
        }
        loop {
            let fired = answer(self.fire_one(&mut connection)).await;
            if !answered(&mut connection, fired)? {
                return Ok(());
            }
            self.wake.notify_one();
        }
    }

    async fn fire_one(&self, connection: &mut PgConnection) -> Result<bool, ReactError> {
        let Ok(at) = self.clock.sure() else {
            return Ok(false);
        };
        // Timers of a saga that a newer build has are left to that.
        let sagas: Vec<_> = self.sagas.iter().map(|saga| saga.name()).collect();
        // The first by one index or by the other: thousands may be due at midnight, and are not sorted for each.
        let due: Option<Due> = sqlx::query_as(
            "select * from (
               select saga, instance, name, correlation_id from work.timers
               where cluster_left_ms <= 0 and saga = any($2) order by cluster_left_ms limit 1) run_down
             union all select * from (
               select saga, instance, name, correlation_id from work.timers
               where due_at <= $1 and saga = any($2) order by due_at limit 1) due
             limit 1",
        )
        .bind(at)
        .bind(&sagas)
        .fetch_optional(&mut *connection)
        .await?;
        let Some(due) = due else { return Ok(false) };
        let Some(saga) = self.sagas.iter().find(|saga| saga.name() == due.saga) else {
            return Ok(false);
        };
        let mut transaction = connection.begin().await?;
        storage::lock(&mut transaction, saga.name(), due.instance).await?;
        let taken = sqlx::query(
            "delete from work.timers where saga = $1 and instance = $2 and name = $3
               and (due_at <= $4 or cluster_left_ms <= 0)",
        )
        .bind(&due.saga)
        .bind(due.instance)
        .bind(&due.name)
        .bind(at)
        .execute(&mut *transaction)
        .await?;
        if taken.rows_affected() == 0 {
            // It was moved, taken back or fired by another process meanwhile.
            transaction.rollback().await?;
            return Ok(true);
        }
        let cause = Cause {
            position: 0,
            correlation_id: due.correlation_id,
            customer: None,
        };
        let heard = Heard::Timer {
            name: &due.name,
            at,
        };
        let told = storage::react(&mut transaction, &**saga, due.instance, heard, cause).await;
        if let Err(error) = told {
            transaction.rollback().await?;
            if !is_of_the_saga(&error) {
                return Err(error);
            }
            self.put_off(connection, &due, at, &error).await?;
            return Ok(true);
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// One saga that cannot be told must not keep all others from being told. One that was moved meanwhile stays where it is.
    async fn put_off(
        &self,
        connection: &mut PgConnection,
        due: &Due,
        at: DateTime<Utc>,
        error: &ReactError,
    ) -> Result<(), ReactError> {
        tracing::error!(
            error = error as &dyn std::error::Error,
            saga = due.saga,
            instance = %due.instance,
            timer = due.name,
            "a timer cannot be told, it is tried again in an hour"
        );
        sqlx::query(
            "update work.timers set due_at = $4, cluster_left_ms = null
             where saga = $1 and instance = $2 and name = $3 and (due_at <= $5 or cluster_left_ms <= 0)",
        )
        .bind(&due.saga)
        .bind(due.instance)
        .bind(&due.name)
        .bind(at + chrono::Duration::hours(1))
        .bind(at)
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// Whether it would come again at once: the saga cannot be told, or what it makes of it is not taken. A database that is away,
/// or in which others were in the way, is asked again at the next tick.
fn is_of_the_saga(error: &ReactError) -> bool {
    match error {
        ReactError::State { .. } | ReactError::Panicked { .. } => true,
        ReactError::Database(error) => is_about_rows(error),
    }
}
