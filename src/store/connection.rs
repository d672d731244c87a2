//! The appender's own connection: a pool asks the server before and after every use whether it is still
//! there, which would be four round trips more for a batch.

use super::StoreError;
use sqlx::{Executor as _, PgConnection, PgPool};

/// A table that is filling up has no statistics yet, and a plan made while it was empty would be kept:
/// every statement of the appender is to use the indexes from the first event on, and to be planned once.
const SETTINGS: &str = "set enable_seqscan = off; set plan_cache_mode = force_generic_plan";

/// Made when it is first needed, and anew after every error.
pub(super) struct Connection {
    pool: PgPool,
    open: Option<PgConnection>,
}

impl Connection {
    pub(super) fn of(pool: PgPool) -> Self {
        Self { pool, open: None }
    }

    pub(super) async fn run<T>(
        &mut self,
        statement: impl AsyncFnOnce(&mut PgConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = match self.open.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let result = statement(&mut connection).await;
        if result.is_ok() {
            self.open = Some(connection);
        }
        result
    }

    async fn connect(&self) -> Result<PgConnection, StoreError> {
        let mut connection = self.pool.acquire().await?.detach();
        connection.execute(SETTINGS).await?;
        Ok(connection)
    }
}
