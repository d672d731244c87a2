//! An event as it stands in the history: where, when, by whom, and proven by which hash.

use crate::{Event, Metadata, StreamId};
use chrono::{DateTime, Utc};

/// One event of the history, decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Its place in the whole history: 1, 2, 3 … without a gap.
    pub position: i64,
    pub stream: StreamId,
    /// Its place in its stream: 1, 2, 3 … without a gap. The stream's version after it.
    pub sequence: i64,
    /// Business time of the commit; never decreases along the positions.
    pub at: DateTime<Utc>,
    pub event: Event,
    pub metadata: Metadata,
}
