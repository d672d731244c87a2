//! How the writer tells that the history is still the one that it knows: a database may be restored under a process.

use super::{StoreError, StoredEvent};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// An event by which a history is known again: where it stands, all that came before it stands as well. Its hash would say the
/// same, and `append()` does not tell it: it takes the hash of another process' last event in. A command that was lost and is
/// given again may come to the same leaf at the same position, but not at the same time.
#[derive(Clone, Debug)]
pub(super) struct Landmark {
    pub(super) position: i64,
    pub(super) at: DateTime<Utc>,
    pub(super) leaf: Vec<u8>,
}

impl Landmark {
    pub(super) fn of(event: &StoredEvent) -> Self {
        Self {
            position: event.position,
            at: event.at,
            leaf: event.leaf.clone(),
        }
    }

    /// Whether the history has it still.
    pub(super) async fn stands(&self, connection: &mut PgConnection) -> Result<bool, StoreError> {
        let stands = sqlx::query_scalar(
            "select exists (select from events where position = $1 and leaf = $2 and at = $3)",
        );
        let stands = stands.bind(self.position).bind(&self.leaf).bind(self.at);
        Ok(stands.fetch_one(connection).await?)
    }
}
