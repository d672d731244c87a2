//! Streams that wait for an operator: a reader could not apply their next event.

use super::{
    feed::Entry,
    follower::{ApplyError, Follower, apply_caught, is_about_rows},
    nats::BusError,
};
use crate::store::{OperatorCommand, Reader, StoreError, StoredEvent};
use chrono::{DateTime, Utc};
use purser_domain::StreamId;
use serde_json::json;
use sqlx::{Connection as _, FromRow, PgConnection, PgPool};
use std::collections::HashSet;
use uuid::Uuid;

/// A stream that waits, and why.
#[derive(Clone, Debug, FromRow)]
pub struct ParkedStream {
    pub reader: String,
    pub aggregate_type: String,
    pub aggregate_id: String,
    pub first_position: i64,
    pub error: String,
    pub parked_at: DateTime<Utc>,
}

/// An operator's command could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum ParkedError {
    #[error("{reader} has not parked {aggregate_type}/{aggregate_id}")]
    NotParked {
        reader: String,
        aggregate_type: String,
        aggregate_id: String,
    },
    #[error("the event at position {position} still cannot be applied: {reason}")]
    StillFails { position: i64, reason: String },
    #[error("the database did not take it")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Bus(BusError),
}

/// What came of letting a stream go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released {
    /// The position of the event that is left out for good.
    pub left_out: Option<i64>,
    /// How many events were applied.
    pub applied: usize,
    /// Where it waits again, and why: an event behind the first could not be applied either.
    pub waits: Option<(i64, String)>,
}

pub(super) async fn streams(
    rows: &mut PgConnection,
    reader: &str,
) -> sqlx::Result<HashSet<(String, String)>> {
    let parked: Vec<(String, String)> =
        sqlx::query_as("select aggregate_type, aggregate_id from work.parked where reader = $1")
            .bind(reader)
            .fetch_all(rows)
            .await?;
    Ok(parked.into_iter().collect())
}

pub(super) async fn park(
    rows: &mut PgConnection,
    reader: &str,
    entry: &Entry,
    reason: &str,
) -> sqlx::Result<()> {
    let (kind, id) = entry.stream();
    let position = entry.position();
    tracing::error!(
        reader,
        event.position = position,
        error = reason,
        "{reader} parked {kind}/{id} at {position}"
    );
    sqlx::query(
        "insert into work.parked (reader, aggregate_type, aggregate_id, first_position, error)
         values ($1, $2, $3, $4, $5) on conflict do nothing",
    )
    .bind(reader)
    .bind(kind)
    .bind(id)
    .bind(position)
    .bind(reason)
    .execute(rows)
    .await?;
    Ok(())
}

/// Every parked stream.
///
/// # Errors
/// The database's error.
pub async fn list(pool: &PgPool) -> sqlx::Result<Vec<ParkedStream>> {
    sqlx::query_as(
        "select reader, aggregate_type, aggregate_id, first_position, error, parked_at
         from work.parked order by parked_at",
    )
    .fetch_all(pool)
    .await
}

/// Applies what waits of a stream, from its first parked event up to the reader's checkpoint, and lets it go. With `skip`
/// the first event is left out for good, which the record of the command says. Where a later one cannot be applied the
/// stream waits again from there.
///
/// # Errors
/// The stream is not parked, or its first event still cannot be applied; then nothing is changed.
pub async fn release(
    pool: &PgPool,
    follower: &dyn Follower,
    stream: &StreamId,
    skip: bool,
    actor: &str,
    reason: &str,
) -> Result<Released, ParkedError> {
    let reader = follower.name();
    let not_parked = || ParkedError::NotParked {
        reader: reader.to_owned(),
        aggregate_type: stream.kind.as_str().to_owned(),
        aggregate_id: stream.id.clone(),
    };
    let mut connection = pool.acquire().await?;
    let mut transaction = connection.begin().await?;
    // The checkpoint's row lock keeps the reader from moving meanwhile.
    let checkpoint: Option<i64> =
        sqlx::query_scalar("select position from checkpoints where name = $1 for update")
            .bind(reader)
            .fetch_optional(&mut *transaction)
            .await?;
    let checkpoint = checkpoint.ok_or_else(not_parked)?;
    let first: Option<i64> = sqlx::query_scalar(
        "delete from work.parked where reader = $1 and aggregate_type = $2 and aggregate_id = $3
         returning first_position",
    )
    .bind(reader)
    .bind(stream.kind.as_str())
    .bind(&stream.id)
    .fetch_optional(&mut *transaction)
    .await?;
    let first = first.ok_or_else(not_parked)?;
    let mut released = Released {
        left_out: skip.then_some(first),
        applied: 0,
        waits: None,
    };
    for stored in Reader::new(pool.clone()).stream(stream, 0).await? {
        let position = stored.position;
        if !(first..=checkpoint).contains(&position) || released.left_out == Some(position) {
            continue;
        }
        match apply(&mut transaction, follower, &stored).await? {
            Ok(()) => released.applied += 1,
            Err(reason) if position == first => {
                return Err(ParkedError::StillFails { position, reason });
            }
            Err(reason) => {
                park(&mut transaction, reader, &Entry::of(&stored), &reason).await?;
                released.waits = Some((position, reason));
                break;
            }
        }
    }
    let command = if skip { "parked.skip" } else { "parked.retry" };
    let detail = json!({"reader": reader, "stream": stream.to_string(), "position": first});
    let given = OperatorCommand {
        id: Uuid::now_v7(),
        actor,
        command,
        detail,
        reason,
    };
    given.record(&mut transaction).await?;
    transaction.commit().await?;
    Ok(released)
}

/// Applies one event, or says why it cannot be applied and leaves everything as it was.
async fn apply(
    rows: &mut PgConnection,
    follower: &dyn Follower,
    stored: &StoredEvent,
) -> Result<Result<(), String>, ParkedError> {
    let event = match stored.decode() {
        Ok(event) => event,
        Err(error) => return Ok(Err(crate::chain_of(&error))),
    };
    let mut savepoint = rows.begin().await?;
    let reason = match apply_caught(follower, &mut savepoint, &[&event]).await {
        Ok(()) => {
            savepoint.commit().await?;
            return Ok(Ok(()));
        }
        Err(ApplyError::Database(error)) if is_about_rows(&error) => error.to_string(),
        Err(ApplyError::Database(error)) => return Err(error.into()),
        Err(ApplyError::Store(error)) => return Err(error.into()),
        Err(ApplyError::Event { reason, .. } | ApplyError::Unreadable { reason, .. }) => reason,
        Err(error) => error.to_string(),
    };
    savepoint.rollback().await?;
    Ok(Err(reason))
}

/// The positions that operators let this reader leave out.
pub(crate) async fn skipped(rows: &mut PgConnection, reader: &str) -> sqlx::Result<HashSet<i64>> {
    let positions: Vec<i64> = sqlx::query_scalar(
        "select (detail ->> 'position')::bigint from work.operator_commands
         where command = 'parked.skip' and detail ->> 'reader' = $1",
    )
    .bind(reader)
    .fetch_all(rows)
    .await?;
    Ok(positions.into_iter().collect())
}
