//! Reading read models, not before they have come as far as the reader asks.

use crate::checkpoint;
use sqlx::{PgConnection, PgPool, Postgres, pool::PoolConnection};
use std::{
    ops::{Deref, DerefMut},
    time::{Duration, Instant},
};

/// A query was not answered.
#[derive(Debug, thiserror::Error)]
pub enum ViewsError {
    #[error("the read model {model} has come to position {position}, not yet to {wanted}")]
    Behind {
        model: String,
        position: i64,
        wanted: i64,
    },
    #[error("the read models cannot be read")]
    Database(#[from] sqlx::Error),
}

/// The way to the read models.
#[derive(Clone, Debug)]
pub struct Views {
    pool: PgPool,
    patience: Duration,
}

/// A connection whose `search_path` finds the read models.
#[derive(Debug)]
pub struct ViewConnection(PoolConnection<Postgres>);

impl Deref for ViewConnection {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.0
    }
}

impl DerefMut for ViewConnection {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}

impl Views {
    /// A reader waits up to `patience_ms` for what he has just written.
    pub fn new(pool: PgPool, patience_ms: u64) -> Self {
        Self {
            pool,
            patience: Duration::from_millis(patience_ms),
        }
    }

    /// A connection once every one of these read models, named as in [`crate::Projection::NAME`], has
    /// come to `min_position`.
    ///
    /// # Errors
    /// One of them is behind for longer than the reader waits or for ever, because the history does not reach that far; or the
    /// database's error.
    pub async fn at(
        &self,
        models: &[&str],
        min_position: Option<i64>,
    ) -> Result<ViewConnection, ViewsError> {
        let deadline = Instant::now() + self.patience;
        let mut pause = Duration::from_millis(2);
        let mut written = false;
        loop {
            // Not held while waiting: others have work for it.
            let mut connection = self.pool.acquire().await?;
            let Some(wanted) = min_position else {
                return Ok(ViewConnection(connection));
            };
            let Some((model, position)) = behind(&mut connection, models, wanted).await? else {
                return Ok(ViewConnection(connection));
            };
            // Whoever names a position was told it after its commit: for another one nobody waits.
            written = written || head(&mut connection).await? >= wanted;
            drop(connection);
            if !written || Instant::now() >= deadline {
                return Err(ViewsError::Behind {
                    model,
                    position,
                    wanted,
                });
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(25));
        }
    }
}

/// The last position of the history; 0 before the first event.
async fn head(rows: &mut PgConnection) -> sqlx::Result<i64> {
    let head = sqlx::query_scalar("select coalesce(max(position), 0) from events");
    head.fetch_one(rows).await
}

async fn behind(
    rows: &mut PgConnection,
    models: &[&str],
    wanted: i64,
) -> sqlx::Result<Option<(String, i64)>> {
    for model in models {
        let position = checkpoint::position(rows, model).await?;
        if position < wanted {
            return Ok(Some(((*model).to_owned(), position)));
        }
    }
    Ok(None)
}
