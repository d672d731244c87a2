//! The one statement that writes: `append()`, called with a whole batch.

use super::{CommandError, Committed, StoreError, landmark::Landmark, leaf::Leaf};
use crate::store::canonical;
use chrono::{DateTime, Utc};
use purser_domain::{AggregateType, Event, Metadata, StreamId};
use serde_json::Value;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// Where the history stands after an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The position of the batch's first event, or the next one where it has none.
    pub first_position: i64,
    pub at: DateTime<Utc>,
}

/// What `append()` said.
#[derive(Debug)]
pub(super) enum Appended {
    Written(Head),
    /// These streams are at another version, which is this one; nothing was written.
    Moved(Vec<(StreamId, i64)>),
    /// These commands were accepted before; nothing was written.
    Repeated(Vec<Remembered>),
}

/// A command that was accepted before.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Remembered {
    pub(super) command_id: Uuid,
    pub(super) body_hash: Vec<u8>,
    pub(super) answer: Value,
    pub(super) position: i64,
    pub(super) version: i64,
    pub(super) at: DateTime<Utc>,
}

impl Remembered {
    /// What was answered, again, unless another request hides behind the same key.
    pub(super) fn again(self, body_hash: &[u8; 32]) -> Result<Committed, CommandError> {
        let Self {
            answer,
            position,
            version,
            at,
            ..
        } = self;
        match self.body_hash == body_hash {
            true => Ok(Committed {
                answer,
                position,
                version,
                at,
                repeated: true,
            }),
            false => Err(CommandError::KeyReused),
        }
    }
}

/// A batch in the shape of `append()`'s arguments.
#[derive(Default)]
pub(super) struct Rows {
    guard_types: Vec<&'static str>,
    guard_ids: Vec<String>,
    guard_versions: Vec<i64>,
    asked: Vec<Uuid>,
    command_ids: Vec<Uuid>,
    command_hashes: Vec<Vec<u8>>,
    command_answers: Vec<String>,
    command_versions: Vec<i64>,
    command_events: Vec<i32>,
    event_types: Vec<String>,
    event_versions: Vec<String>,
    streams: Vec<&'static str>,
    stream_ids: Vec<String>,
    sequences: Vec<i64>,
    payloads: Vec<String>,
    metadata: Vec<String>,
    leaves: Vec<Vec<u8>>,
}

impl Rows {
    pub(super) fn guard(&mut self, stream: &StreamId, version: i64) {
        self.guard_types.push(stream.kind.as_str());
        self.guard_ids.push(stream.id.clone());
        self.guard_versions.push(version);
    }

    pub(super) fn ask(&mut self, command_id: Uuid) {
        self.asked.push(command_id);
    }

    pub(super) fn command(
        &mut self,
        id: Uuid,
        body_hash: [u8; 32],
        answer: &Value,
        version: i64,
        events: i32,
    ) {
        self.command_ids.push(id);
        self.command_hashes.push(body_hash.to_vec());
        self.command_answers.push(answer.to_string());
        self.command_versions.push(version);
        self.command_events.push(events);
    }

    pub(super) fn event(
        &mut self,
        stream: &StreamId,
        sequence: i64,
        event: &Event,
        metadata: &Metadata,
    ) -> Result<(), StoreError> {
        let payload = canonical::to_string(&event.payload().map_err(StoreError::Encode)?)?;
        let flat = serde_json::to_value(metadata.flat()).map_err(StoreError::Encode)?;
        let metadata_text = canonical::to_string(&flat)?;
        let (event_type, event_version) = (event.event_type(), event.event_version());
        let leaf = Leaf {
            event_id: &metadata.event_id.to_string(),
            aggregate_type: stream.kind.as_str(),
            aggregate_id: &stream.id,
            sequence,
            event_type: &event_type,
            event_version: &event_version,
            payload: &payload,
            metadata: &metadata_text,
        };
        self.leaves.push(leaf.hash().to_vec());
        self.event_types.push(event_type);
        self.event_versions.push(event_version);
        self.streams.push(stream.kind.as_str());
        self.stream_ids.push(stream.id.clone());
        self.sequences.push(sequence);
        self.payloads.push(payload);
        self.metadata.push(metadata_text);
        Ok(())
    }

    /// Its last event, once it is written; none where it has no events.
    pub(super) fn last(&self, head: Head) -> Option<Landmark> {
        let after_first = self.leaves.len().checked_sub(1)?;
        Some(Landmark {
            position: head.first_position + i64::try_from(after_first).ok()?,
            at: head.at,
            leaf: self.leaves.last()?.clone(),
        })
    }

    /// Writes the batch whole or not at all.
    pub(super) async fn append(
        &self,
        connection: &mut PgConnection,
        at: DateTime<Utc>,
    ) -> Result<Appended, StoreError> {
        let (outcome, first_position, at, detail): (String, Option<i64>, Option<DateTime<Utc>>, Option<Value>) =
            sqlx::query_as(
                "select outcome, first_position, at, detail from append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
                 $12, $13, $14, $15, $16, $17, $18)",
            )
            .bind(at)
            .bind(&self.guard_types)
            .bind(&self.guard_ids)
            .bind(&self.guard_versions)
            .bind(&self.asked)
            .bind(&self.command_ids)
            .bind(&self.command_hashes)
            .bind(&self.command_answers)
            .bind(&self.command_versions)
            .bind(&self.command_events)
            .bind(&self.event_types)
            .bind(&self.event_versions)
            .bind(&self.streams)
            .bind(&self.stream_ids)
            .bind(&self.sequences)
            .bind(&self.payloads)
            .bind(&self.metadata)
            .bind(&self.leaves)
            .fetch_one(connection)
            .await?;
        match (outcome.as_str(), first_position, at, detail) {
            ("appended", Some(first_position), Some(at), _) => {
                Ok(Appended::Written(Head { first_position, at }))
            }
            ("moved", _, _, Some(detail)) => read_moved(detail).map(Appended::Moved),
            ("repeated", _, _, Some(detail)) => read_repeated(detail).map(Appended::Repeated),
            _ => Err(StoreError::Protocol),
        }
    }
}

fn read_moved(detail: Value) -> Result<Vec<(StreamId, i64)>, StoreError> {
    let moved: Vec<(String, String, i64)> =
        serde_json::from_value(detail).map_err(|_| StoreError::Protocol)?;
    moved
        .into_iter()
        .map(|(kind, id, version)| {
            let kind: AggregateType = kind
                .parse()
                .map_err(|_| StoreError::UnknownAggregate(kind))?;
            Ok((StreamId { kind, id }, version))
        })
        .collect()
}

fn read_repeated(detail: Value) -> Result<Vec<Remembered>, StoreError> {
    let repeated: Vec<(Uuid, String, Value, i64, i64, i64)> =
        serde_json::from_value(detail).map_err(|_| StoreError::Protocol)?;
    repeated
        .into_iter()
        .map(
            |(command_id, body_hash, answer, position, version, at_us)| {
                let body_hash = hex::decode(body_hash).map_err(|_| StoreError::Protocol)?;
                let at = DateTime::from_timestamp_micros(at_us).ok_or(StoreError::Protocol)?;
                Ok(Remembered {
                    command_id,
                    body_hash,
                    answer,
                    position,
                    version,
                    at,
                })
            },
        )
        .collect()
}
