//! The hash of one event, and the chain over all of them.
//!
//! A leaf is SHA-256 over eight fields, each preceded by its length in bytes as eight big-endian
//! bytes: event id, stream type, stream id, sequence (decimal), event type, event version, payload,
//! metadata; the last two as RFC 8785 JSON. A link is `SHA-256(previous hash ‖ at ‖ leaf)`, where `at`
//! is microseconds since 1970 as eight big-endian bytes and the hash before the first is all zeros.

use sha2::{Digest, Sha256};

/// What a leaf covers, as the texts that are stored.
#[derive(Clone, Copy, Debug)]
pub struct Leaf<'a> {
    pub event_id: &'a str,
    pub aggregate_type: &'a str,
    pub aggregate_id: &'a str,
    pub sequence: i64,
    pub event_type: &'a str,
    pub event_version: &'a str,
    pub payload: &'a str,
    pub metadata: &'a str,
}

impl Leaf<'_> {
    pub fn hash(&self) -> [u8; 32] {
        let sequence = self.sequence.to_string();
        let fields = [
            self.event_id,
            self.aggregate_type,
            self.aggregate_id,
            &sequence,
            self.event_type,
            self.event_version,
            self.payload,
            self.metadata,
        ];
        let mut hasher = Sha256::new();
        for field in fields {
            hasher.update((field.len() as u64).to_be_bytes());
            hasher.update(field.as_bytes());
        }
        hasher.finalize().into()
    }
}

/// The next link of the chain.
pub fn chain(previous: &[u8; 32], at_us: i64, leaf: &[u8; 32]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    hasher.update(at_us.to_be_bytes());
    hasher.update(leaf);
    hasher.finalize().into()
}
