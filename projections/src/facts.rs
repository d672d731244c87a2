//! What projectors take from an event in the same way.

use chrono::{DateTime, SubsecRound, Utc};
use purser_domain::Recorded;
use uuid::Uuid;

/// The id of the event's stream; nil, which is nobody's row, where it is no UUID.
pub(crate) fn stream_id(event: &Recorded) -> Uuid {
    event.stream.id.parse().unwrap_or_default()
}

/// The moment as the database keeps it, in whole microseconds: a fold that held more would differ
/// from its own rows.
pub(crate) fn moment(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}
