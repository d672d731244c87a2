//! The common face of read models: what the runner, the rebuild and the self-check work with.

use async_trait::async_trait;
use purser_domain::{Recorded, StreamId};
use sqlx::PgConnection;
use uuid::Uuid;

/// Why an event cannot be applied to a read model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unprojectable {
    #[error("there is no row {0}")]
    Missing(Uuid),
    #[error("row {0} exists already")]
    Exists(Uuid),
    #[error("the sum leaves its range")]
    Overflow,
    #[error("the stream's id {0:?} is no UUID")]
    Stream(String),
    #[error("what it holds has no fields of its own")]
    Shape,
}

/// A batch of events was not written.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionError {
    #[error("the event at position {position} of {stream} cannot be applied")]
    Event {
        position: i64,
        stream: StreamId,
        source: Unprojectable,
    },
    #[error("the database did not take the rows")]
    Database(#[from] sqlx::Error),
    #[error("a row is not a flat JSON object")]
    Shape,
}

/// A row that differs from the fold of the history.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub id: Uuid,
    /// What stands in the table; `None` where the row is missing.
    pub stored: Option<serde_json::Value>,
    /// What the history says; `None` where the row should not be there.
    pub folded: Option<serde_json::Value>,
}

/// A read model without its row type.
#[async_trait]
pub trait ReadModel: Send + Sync {
    /// Ends in `_vN`; a new shape is a new name.
    fn name(&self) -> &'static str;

    /// Its one table.
    fn table(&self) -> &'static str;

    /// Whether this event may change a row.
    fn concerns(&self, event: &Recorded) -> bool;

    /// Applies events in order and writes the changed rows through the connection, whose
    /// `search_path` says into which schema.
    ///
    /// # Errors
    /// The event that cannot be applied, or the database's error. Nothing was written then.
    async fn project(
        &self,
        rows: &mut PgConnection,
        events: &[Recorded],
    ) -> Result<(), ProjectionError>;

    /// An empty fold, for building the whole read model in memory.
    fn fold(&self) -> Box<dyn Fold>;
}

/// A read model being folded in memory.
#[async_trait]
pub trait Fold: Send + Sync {
    /// Applies the next event. An event that cannot be applied changes nothing.
    ///
    /// # Errors
    /// Why it cannot.
    fn apply(&mut self, event: &Recorded) -> Result<(), Unprojectable>;

    /// How many rows there are so far.
    fn rows(&self) -> usize;

    /// Writes every row with COPY into the table that the connection's `search_path` names.
    ///
    /// # Errors
    /// The database's error.
    async fn copy(&self, rows: &mut PgConnection) -> Result<(), ProjectionError>;

    /// Compares with the rows in the table.
    ///
    /// # Errors
    /// The database's error.
    async fn compare(&self, rows: &mut PgConnection) -> Result<Vec<Difference>, ProjectionError>;
}
