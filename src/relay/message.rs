//! An event as it travels: the stored row as JSON, its hash in a header.

use crate::store::StoredEvent;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The header that carries the event's hash, in lower-case hexadecimal.
pub(super) const HASH: &str = "Purser-Hash";

#[derive(Serialize, Deserialize)]
pub(super) struct Message {
    position: i64,
    aggregate_type: String,
    aggregate_id: String,
    sequence: i64,
    event_type: String,
    event_version: String,
    at: DateTime<Utc>,
    leaf: String,
    hash: String,
    payload: Box<RawValue>,
    metadata: Box<RawValue>,
}

impl Message {
    pub(super) fn encode(event: &StoredEvent) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(&Self {
            position: event.position,
            aggregate_type: event.aggregate_type.clone(),
            aggregate_id: event.aggregate_id.clone(),
            sequence: event.sequence,
            event_type: event.event_type.clone(),
            event_version: event.event_version.clone(),
            at: event.at,
            leaf: hex::encode(&event.leaf),
            hash: hex::encode(&event.hash),
            payload: RawValue::from_string(event.payload.clone())?,
            metadata: RawValue::from_string(event.metadata.clone())?,
        })
    }

    /// `None` where the message is not one of the relay's.
    pub(super) fn decode(bytes: &[u8]) -> Option<StoredEvent> {
        let message: Self = serde_json::from_slice(bytes).ok()?;
        Some(StoredEvent {
            position: message.position,
            aggregate_type: message.aggregate_type,
            aggregate_id: message.aggregate_id,
            sequence: message.sequence,
            event_type: message.event_type,
            event_version: message.event_version,
            at: message.at,
            leaf: hex::decode(message.leaf).ok()?,
            hash: hex::decode(message.hash).ok()?,
            payload: message.payload.get().to_owned(),
            metadata: message.metadata.get().to_owned(),
        })
    }
}
