//! The appender's own connection: a pool asks the server after every use whether it is still there, which would be round
//! trips more for a batch.
//!
//! And how long any answer of the database is waited for: a host that vanishes says nothing, and a socket on which nothing
//! comes any more would be waited on for ever.

use super::StoreError;
use crate::clock::Clock;
use sqlx::{Executor as _, PgConnection, PgPool, Postgres, pool::PoolConnection};
use std::{
    io,
    time::{Duration, Instant},
};
use tokio::time::{error::Elapsed, timeout};

/// A table that is filling up has no statistics yet, and a plan made while it was empty would be kept:
/// every statement of the appender is to use the indexes from the first event on, and to be planned once.
const SETTINGS: &str = "set enable_seqscan = off; set plan_cache_mode = force_generic_plan";

/// The longest statement of the history takes a fraction of a second; behind a checkpoint of Postgres or a slow disk it may
/// take seconds. Who has not answered by then is gone, and a customer has given up as well.
const ANSWERED: Duration = Duration::from_secs(10);

/// Made before it is first used, and anew after every error.
pub(super) struct Connection {
    pool: PgPool,
    clock: Clock,
    open: Option<PgConnection>,
}

impl Connection {
    /// Whenever it is made the clock is held against the database's.
    pub(super) fn of(pool: PgPool, clock: Clock) -> Self {
        Self {
            pool,
            clock,
            open: None,
        }
    }

    /// Makes one where there is none. `true` where it did: the database may be another one by now.
    pub(super) async fn ready(&mut self) -> Result<bool, StoreError> {
        if self.open.is_some() {
            return Ok(false);
        }
        let connected = timeout(ANSWERED, self.connect()).await;
        let connected = connected.unwrap_or_else(|_| Err(unanswered().into()))?;
        self.open = Some(connected);
        Ok(true)
    }

    /// Asks on the one that was made ready. Where no answer comes it is dropped, and what became of the statement is not known.
    pub(super) async fn run<T>(
        &mut self,
        statement: impl AsyncFnOnce(&mut PgConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let open = self.open.take();
        let mut connection = open.ok_or_else(not_ready)?;
        let answered = timeout(ANSWERED, statement(&mut connection)).await;
        let result = answered.unwrap_or_else(|_| Err(unanswered().into()))?;
        self.open = Some(connection);
        Ok(result)
    }

    async fn connect(&self) -> Result<PgConnection, StoreError> {
        let mut connection = self.pool.acquire().await?.detach();
        connection.execute(SETTINGS).await?;
        compare_clocks(&self.clock, &mut connection).await?;
        Ok(connection)
    }
}

/// Holds the clock against the database's.
pub(crate) async fn compare_clocks(
    clock: &Clock,
    connection: &mut PgConnection,
) -> sqlx::Result<()> {
    let asked = Instant::now();
    let database = sqlx::query_scalar("select clock_timestamp()");
    clock.compare(database.fetch_one(connection).await?, asked);
    Ok(())
}

/// Waits for an answer of one of the pool's connections for as long as is reasonable.
pub(crate) async fn answer<T>(asking: impl Future<Output = T>) -> Result<T, Elapsed> {
    timeout(ANSWERED, asking).await
}

/// What was answered. A connection on which nothing came is not given back to the pool.
pub(crate) fn answered<T, E: From<sqlx::Error>>(
    connection: &mut PoolConnection<Postgres>,
    answer: Result<Result<T, E>, Elapsed>,
) -> Result<T, E> {
    answer.unwrap_or_else(|_| {
        connection.close_on_drop();
        Err(unanswered().into())
    })
}

fn not_ready() -> sqlx::Error {
    io::Error::from(io::ErrorKind::NotConnected).into()
}

fn unanswered() -> sqlx::Error {
    let text = "the database has not answered for ten seconds";
    io::Error::new(io::ErrorKind::TimedOut, text).into()
}
