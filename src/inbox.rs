//! What came to the address of the payment gateway's notifications: every body as it came, before anything is made of it, and
//! what came of it. It books nothing and believes nothing.
//!
//! It is bounded, because anybody can write to that address: of what nobody signed so many an hour are kept, for a week; the
//! rest for a season. What the history has taken in, sealed under its payer's key, is not kept here in the clear.

use crate::{clock::Clock, store::StoreError};
use chrono::{DateTime, Duration, Utc};
use poem_openapi::{Enum, Object};
use purser_domain::ids::TopUpId;
use purser_projections::pages::{Cursor, Page};
use sqlx::{FromRow, PgPool};
use uuid::Uuid;

/// So many bodies that nobody signed are kept within an hour: at most 64 KiB each.
pub const UNSIGNED_AN_HOUR: i64 = 20;
const UNSIGNED_DAYS: i64 = 7;
const SIGNED_DAYS: i64 = 90;

const COLUMNS: &str = "id, encode(digest, 'hex') as digest, outcome, order_id, top_up_id, bytes, times, received_at, last_at";

/// What came of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Enum)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[oai(rename_all = "snake_case", rename = "NotificationOutcome")]
pub enum Outcome {
    /// Genuine, and not recorded yet: the gateway repeats it where something was in the way.
    Received,
    /// It stands in the history of its order.
    Recorded,
    /// Genuine, but about an order that is not ours.
    UnknownOrder,
    /// Not signed with a key of ours.
    BadSignature,
    /// Not a notification at all.
    Unreadable,
}

/// A body as it came in.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// Its SHA-256: the same bytes are one notification, however often they come.
    pub digest: [u8; 32],
    pub body: &'a [u8],
    /// Of what is signed, and only where it can be an order of the gateway.
    pub order_id: Option<&'a str>,
    pub outcome: Outcome,
}

/// A notification that came in, without its body.
#[derive(Clone, Debug, PartialEq, FromRow, Object)]
#[oai(rename = "Notification", skip_serializing_if_is_none)]
pub struct NotificationRow {
    /// Counts upwards; gaps mean nothing.
    pub id: i64,
    /// SHA-256 of the body, in hexadecimal.
    pub digest: String,
    /// What came of it.
    pub outcome: Outcome,
    /// What the gateway knows the order by; only of what it signed.
    pub order_id: Option<String>,
    /// The top-up in whose history it stands.
    pub top_up_id: Option<Uuid>,
    /// The size of the body.
    pub bytes: i64,
    /// How often the same bytes came.
    pub times: i64,
    /// When it came first.
    pub received_at: DateTime<Utc>,
    /// When it came last.
    pub last_at: DateTime<Utc>,
}

/// Keeps what comes in.
#[derive(Clone, Debug)]
pub struct Inbox {
    pool: PgPool,
    clock: Clock,
}

impl Inbox {
    pub fn new(pool: PgPool, clock: Clock) -> Self {
        Self { pool, clock }
    }

    /// Keeps a body, once, and counts how often it came; what is older than is kept goes.
    ///
    /// # Errors
    /// The database's error: nothing may be made of the body then.
    pub async fn keep(&self, arrival: &Arrival<'_>) -> Result<(), StoreError> {
        let now = self.clock.now();
        if self.clock.off().is_none() {
            self.forget(now).await?;
        }
        let is_signed = !matches!(arrival.outcome, Outcome::BadSignature | Outcome::Unreadable);
        let kept = sqlx::query(
            "insert into work.notifications as known (digest, signed, outcome, order_id, bytes, body, received_at, last_at)
             select $1, $2, $3, $4, length($5::bytea), $5, $6, $6
             where $2 or (select count(*) from work.notifications where not signed and received_at > $7) < $8
                 or exists (select from work.notifications where digest = $1)
             on conflict (digest) do update set
                 times = known.times + 1,
                 last_at = excluded.last_at,
                 order_id = coalesce(known.order_id, excluded.order_id),
                 outcome = case when excluded.signed and not known.signed then excluded.outcome else known.outcome end,
                 signed = known.signed or excluded.signed",
        )
        .bind(arrival.digest)
        .bind(is_signed)
        .bind(arrival.outcome)
        .bind(arrival.order_id)
        .bind(arrival.body)
        .bind(now)
        .bind(now - Duration::hours(1))
        .bind(UNSIGNED_AN_HOUR)
        .execute(&self.pool)
        .await?;
        if kept.rows_affected() == 0 {
            tracing::info!(
                "a notification that nobody signed is not kept: too many came within an hour"
            );
        }
        Ok(())
    }

    /// The history has taken it in.
    ///
    /// # Errors
    /// The database's error.
    pub async fn recorded(&self, digest: [u8; 32], top_up: TopUpId) -> Result<(), StoreError> {
        sqlx::query(
            "update work.notifications set outcome = $2, top_up_id = $3, body = null where digest = $1",
        )
        .bind(digest)
        .bind(Outcome::Recorded)
        .bind(top_up.uuid())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// It is about nobody's order.
    ///
    /// # Errors
    /// The database's error.
    pub async fn unknown(&self, digest: [u8; 32]) -> Result<(), StoreError> {
        sqlx::query("update work.notifications set outcome = $2 where digest = $1")
            .bind(digest)
            .bind(Outcome::UnknownOrder)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn forget(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query(
            "delete from work.notifications
             where (not signed and received_at < $1) or (signed and received_at < $2)",
        )
        .bind(now - Duration::days(UNSIGNED_DAYS))
        .bind(now - Duration::days(SIGNED_DAYS))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Those of which this came, or all of them; newest first, and where the next page begins.
    ///
    /// # Errors
    /// The database's error.
    pub async fn page(
        &self,
        outcome: Option<Outcome>,
        page: &Page,
    ) -> Result<(Vec<NotificationRow>, Option<String>), StoreError> {
        // Each has an index of its own, and a plan that serves both uses neither.
        let which = match outcome {
            Some(_) => "outcome = $2",
            None => "$2::text is null",
        };
        let select = format!(
            "select {COLUMNS} from work.notifications
             where id < $1 and {which} order by id desc limit $3"
        );
        let rows: Vec<NotificationRow> = sqlx::query_as(&select)
            .bind(page.before_position())
            .bind(outcome)
            .bind(page.fetch())
            .fetch_all(&self.pool)
            .await?;
        Ok(page.cut(rows, |row| Cursor {
            position: row.id,
            id: Uuid::nil(),
        }))
    }

    /// One of them.
    ///
    /// # Errors
    /// The database's error.
    pub async fn get(&self, id: i64) -> Result<Option<NotificationRow>, StoreError> {
        let select = format!("select {COLUMNS} from work.notifications where id = $1");
        let row = sqlx::query_as(&select).bind(id);
        Ok(row.fetch_optional(&self.pool).await?)
    }

    /// The body of one, as it came; `None` where it is not here, or not any more.
    ///
    /// # Errors
    /// The database's error.
    pub async fn body(&self, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let body: Option<Option<Vec<u8>>> =
            sqlx::query_scalar("select body from work.notifications where id = $1")
                .bind(id)
                .fetch_optional(&self.pool)
                .await?;
        Ok(body.flatten())
    }
}
