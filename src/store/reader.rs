//! Reading the history back: by stream, and by position.

use super::{
    Anchor, StoreError,
    connection::{answer, answered},
    upcasters,
};
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt as _};
use purser_domain::{AggregateType, Event, Metadata, Recorded, StreamId};
use sqlx::{FromRow, PgExecutor, PgPool};
use std::collections::HashMap;

/// An event as its row stands, not decoded yet.
#[derive(Clone, Debug, FromRow)]
pub struct StoredEvent {
    pub aggregate_type: String,
    pub aggregate_id: String,
    pub sequence: i64,
    pub event_type: String,
    pub event_version: String,
    /// The canonical text.
    pub payload: String,
    /// The canonical text.
    pub metadata: String,
    pub position: i64,
    pub at: DateTime<Utc>,
    pub leaf: Vec<u8>,
    pub hash: Vec<u8>,
}

/// The columns of [`StoredEvent`].
const COLUMNS: &str = "aggregate_type, aggregate_id, sequence, event_type, event_version, \
     payload::text as payload, metadata::text as metadata, position, at, leaf, hash";

/// Selects of streams, by their kinds, ids and sequences, what stands from there on; of each stream in order.
///
/// One stream after another by the index, whatever the planner knows of the table: as one join, a plan that was made while
/// the history was short reads all of it.
pub(super) fn tails() -> String {
    format!(
        "select tail.* from unnest($1::text[], $2::text[], $3::bigint[]) as wanted (kind, id, sequence) \
         cross join lateral (select {COLUMNS} from events \
         where aggregate_type = wanted.kind and aggregate_id = wanted.id and sequence >= wanted.sequence \
         order by sequence) tail"
    )
}

impl StoredEvent {
    /// # Errors
    /// A stream type, version or payload that this build cannot read.
    pub fn decode(&self) -> Result<Recorded, StoreError> {
        let stream = self.stream()?;
        let corrupt = |source| StoreError::Corrupt {
            stream: stream.clone(),
            sequence: self.sequence,
            source,
        };
        let known = stream.kind.event_names();
        let event =
            match upcasters::read(known, &self.event_type, &self.event_version, &self.payload)
                .map_err(corrupt)?
            {
                upcasters::Reading::Current => {
                    Event::decode(stream.kind, &self.payload).map_err(corrupt)?
                }
                upcasters::Reading::Upcast(payload) => {
                    Event::decode(stream.kind, &payload.to_string()).map_err(corrupt)?
                }
                upcasters::Reading::Unknown => {
                    return Err(StoreError::UnknownVersion {
                        stream,
                        sequence: self.sequence,
                        event_type: self.event_type.clone(),
                        version: self.event_version.clone(),
                    });
                }
            };
        let metadata: Metadata = serde_json::from_str(&self.metadata).map_err(corrupt)?;
        let Self {
            position,
            sequence,
            at,
            ..
        } = *self;
        Ok(Recorded {
            position,
            stream,
            sequence,
            at,
            event,
            metadata,
        })
    }

    /// # Errors
    /// A stream type that this build does not know.
    pub fn stream(&self) -> Result<StreamId, StoreError> {
        let kind: AggregateType = self
            .aggregate_type
            .parse()
            .map_err(|_| StoreError::UnknownAggregate(self.aggregate_type.clone()))?;
        Ok(StreamId {
            kind,
            id: self.aggregate_id.clone(),
        })
    }

    /// Microseconds since 1970, as the hash chain takes them.
    pub fn at_us(&self) -> i64 {
        self.at.timestamp_micros()
    }
}

/// Reads the history with the application's rights.
#[derive(Clone, Debug)]
pub struct Reader {
    pool: PgPool,
}

impl Reader {
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Up to `limit` events after a position, in order. Nothing is missed: positions become visible
    /// in order.
    ///
    /// # Errors
    /// The database's error.
    pub async fn after(&self, position: i64, limit: i64) -> Result<Vec<StoredEvent>, StoreError> {
        let select =
            format!("select {COLUMNS} from events where position > $1 order by position limit $2");
        let select = sqlx::query_as(&select).bind(position).bind(limit);
        let mut connection = self.pool.acquire().await?;
        let events = answer(select.fetch_all(&mut *connection)).await;
        Ok(answered(&mut connection, events)?)
    }

    /// One event by its position.
    ///
    /// # Errors
    /// The database's error.
    pub async fn at(&self, position: i64) -> Result<Option<StoredEvent>, StoreError> {
        let select = format!("select {COLUMNS} from events where position = $1");
        let select = sqlx::query_as(&select).bind(position);
        let mut connection = self.pool.acquire().await?;
        let event = answer(select.fetch_optional(&mut *connection)).await;
        Ok(answered(&mut connection, event)?)
    }

    /// The hashes of the events at these positions, by position.
    ///
    /// # Errors
    /// The database's error.
    pub async fn hashes(&self, positions: &[i64]) -> Result<HashMap<i64, Vec<u8>>, StoreError> {
        let hashes = sqlx::query_as("select position, hash from events where position = any($1)");
        let hashes: Vec<(i64, Vec<u8>)> = hashes.bind(positions).fetch_all(&self.pool).await?;
        Ok(hashes.into_iter().collect())
    }

    /// A stream from a sequence on, in order.
    ///
    /// # Errors
    /// The database's error.
    pub async fn stream(
        &self,
        stream: &StreamId,
        after: i64,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let select = format!(
            "select {COLUMNS} from events where aggregate_type = $1 and aggregate_id = $2 and sequence > $3 \
             order by sequence"
        );
        let rows = sqlx::query_as(&select)
            .bind(stream.kind.as_str())
            .bind(&stream.id)
            .bind(after);
        let mut connection = self.pool.acquire().await?;
        let events = answer(rows.fetch_all(&mut *connection)).await;
        Ok(answered(&mut connection, events)?)
    }

    /// The streams of a kind to which anything was appended from one moment on and before another, in order of their ids.
    ///
    /// # Errors
    /// The database's error.
    pub async fn streams_between(
        &self,
        kind: AggregateType,
        from: DateTime<Utc>,
        before: DateTime<Utc>,
    ) -> Result<Vec<String>, StoreError> {
        let after = self.last_before(from).await?;
        let until = self.last_before(before).await?;
        let ids = sqlx::query_scalar(
            "select distinct aggregate_id from events where aggregate_type = $1 and position > $2 and position <= $3
             order by aggregate_id",
        );
        let ids = ids.bind(kind.as_str()).bind(after).bind(until);
        Ok(ids.fetch_all(&self.pool).await?)
    }

    /// The last position before a moment; 0 where nothing is as old. Found by halving: there is no index by time, and no event is
    /// older than the one before it, because `append()` sees to that.
    async fn last_before(&self, moment: DateTime<Utc>) -> Result<i64, StoreError> {
        let (mut before, mut not_before) = (0, self.head().await? + 1);
        while not_before - before > 1 {
            let middle = before + (not_before - before) / 2;
            match self.at(middle).await? {
                Some(event) if event.at < moment => before = middle,
                _ => not_before = middle,
            }
        }
        Ok(before)
    }

    /// Up to `limit` streams of a kind after this one, in order of their ids.
    ///
    /// # Errors
    /// The database's error.
    pub async fn streams(
        &self,
        kind: AggregateType,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<String>, StoreError> {
        let ids = sqlx::query_scalar(
            "select aggregate_id from events where aggregate_type = $1 and sequence = 1 and aggregate_id > $2
             order by aggregate_id limit $3",
        );
        let ids = ids.bind(kind.as_str()).bind(after.unwrap_or_default());
        Ok(ids.bind(limit).fetch_all(&self.pool).await?)
    }

    /// The last position; 0 before the first event.
    ///
    /// # Errors
    /// The database's error.
    pub async fn head(&self) -> Result<i64, StoreError> {
        let select = sqlx::query_scalar("select coalesce(max(position), 0) from events");
        let mut connection = self.pool.acquire().await?;
        let head = answer(select.fetch_one(&mut *connection)).await;
        Ok(answered(&mut connection, head)?)
    }

    /// The last position and the hash there.
    ///
    /// # Errors
    /// The database's error.
    pub async fn anchor(&self) -> Result<Anchor, StoreError> {
        let head = self.head().await?;
        let Some(event) = self.at(head).await? else {
            return Ok(Anchor::default());
        };
        let hash = event.hash.try_into().map_err(|_| StoreError::Protocol)?;
        Ok(Anchor {
            position: head,
            hash,
        })
    }
}

/// The events with positions in `(after, until]`, in order, as the given transaction sees them.
pub(crate) fn range<'a>(
    executor: impl PgExecutor<'a> + 'a,
    after: i64,
    until: i64,
) -> impl Stream<Item = Result<StoredEvent, StoreError>> + 'a {
    let rows = sqlx::query_as::<_, StoredEvent>(
        "select aggregate_type, aggregate_id, sequence, event_type, event_version, payload::text as payload, \
         metadata::text as metadata, position, at, leaf, hash \
         from events where position > $1 and position <= $2 order by position",
    )
    .bind(after)
    .bind(until);
    rows.fetch(executor)
        .map(|row| row.map_err(StoreError::from))
}
