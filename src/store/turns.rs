//! One process at a time, where the outside is asked between two commits. Whoever is at it says so again and again; of a process
//! that dies the turn is over within seconds.

use super::StoreError;
use sqlx::PgPool;
use std::time::Duration;
use tokio::task::JoinHandle;
use uuid::Uuid;

const HELD_MS: i64 = 5_000;
/// Some times within [`HELD_MS`].
const SAID_AGAIN: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// Gives turns, to whichever process asks.
#[derive(Clone, Debug)]
pub struct Turns(PgPool);

/// A turn at something; it is over when this is dropped.
#[derive(Debug)]
pub struct Turn {
    held: Held,
    saying: JoinHandle<()>,
}

#[derive(Clone, Debug)]
struct Held {
    pool: PgPool,
    subject: Uuid,
    holder: Uuid,
}

impl Turns {
    pub const fn new(pool: PgPool) -> Self {
        Self(pool)
    }

    /// Waits until nobody else is at this.
    ///
    /// # Errors
    /// The database's error.
    pub async fn take(&self, subject: Uuid) -> Result<Turn, StoreError> {
        let held = Held {
            pool: self.0.clone(),
            subject,
            holder: Uuid::now_v7(),
        };
        let mut pause = FIRST_PAUSE;
        while !held.begin().await? {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        let saying = tokio::spawn(held.clone().say_again());
        Ok(Turn { held, saying })
    }
}

impl Turn {
    /// Whether nobody else has come to it meanwhile, as where the database was away for too long. It lasts on from now then.
    ///
    /// # Errors
    /// The database's error.
    pub async fn is_held(&self) -> Result<bool, StoreError> {
        Ok(self.held.say().await?)
    }
}

impl Held {
    /// `false` while somebody else is at it.
    async fn begin(&self) -> Result<bool, StoreError> {
        let begun = sqlx::query(
            "insert into work.turns as held (subject, holder, until)
             values ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
             on conflict (subject) do update set holder = excluded.holder, until = excluded.until
             where held.until < clock_timestamp()",
        )
        .bind(self.subject)
        .bind(self.holder)
        .bind(HELD_MS)
        .execute(&self.pool)
        .await?;
        Ok(begun.rows_affected() == 1)
    }

    /// Says for as long as it is asked to that somebody is at it.
    async fn say_again(self) {
        loop {
            tokio::time::sleep(SAID_AGAIN).await;
            self.warn_of(self.say().await);
        }
    }

    /// `false` where somebody else is at it by now.
    async fn say(&self) -> sqlx::Result<bool> {
        let said = sqlx::query(
            "update work.turns set until = clock_timestamp() + $3 * interval '1 millisecond'
             where subject = $1 and holder = $2",
        )
        .bind(self.subject)
        .bind(self.holder)
        .bind(HELD_MS)
        .execute(&self.pool)
        .await?;
        Ok(said.rows_affected() == 1)
    }

    async fn end(self) {
        let ended = sqlx::query("delete from work.turns where subject = $1 and holder = $2")
            .bind(self.subject)
            .bind(self.holder)
            .execute(&self.pool)
            .await;
        self.warn_of(ended);
    }

    fn warn_of<T>(&self, outcome: sqlx::Result<T>) {
        if let Err(error) = outcome {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "nobody could be told of a turn at {}; it is over in seconds",
                self.subject
            );
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.saying.abort();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(self.held.clone().end());
        }
    }
}
