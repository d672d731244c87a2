//! Namespaces that carry our labels and belong to nothing: what the API asks of cluster and history.

use crate::store::StoreError;
use async_trait::async_trait;
use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a namespace is an orphan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum OrphanCause {
    /// The history knows no such instance: it never was, or was made after the backup from which the database was restored.
    /// No policy removes its namespace.
    Unknown,
    /// The instance was seen to be gone, and yet there it is.
    Removed,
}

/// A namespace that belongs to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
pub struct Orphan {
    /// Its name.
    pub namespace: String,
    /// The instance that its labels name.
    pub instance_id: Uuid,
    /// The customer that its labels name.
    pub customer_id: Uuid,
    /// Why it is an orphan.
    pub cause: OrphanCause,
    /// Whether it is on its way out.
    pub terminating: bool,
}

/// Who has an orphan removed, and why.
#[derive(Clone, Debug)]
pub struct OrphanRemoval {
    /// Repeating the request reaches the same record again.
    pub id: Uuid,
    pub actor: String,
    pub reason: String,
}

/// An orphan that is on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedOrphan {
    pub orphan: Orphan,
    /// Whether the same removal had been recorded before.
    pub repeated: bool,
}

/// Nothing was removed or listed.
#[derive(Debug, thiserror::Error)]
pub enum OrphanError {
    #[error("there is no such orphan; what belongs to an instance is removed with it")]
    NotAnOrphan,
    /// Another namespace, or another reason, is on record under the same id.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    #[error("the cluster does not answer")]
    Away(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Finds orphans and removes them on somebody's word.
#[async_trait]
pub trait Orphans: Send + Sync {
    /// Compares the cluster with the history as both stand now.
    async fn list(&self) -> Result<Vec<Orphan>, OrphanError>;

    /// Records the removal, then asks the cluster for it. What is on record is done again as far as it is not done, and
    /// answered as before even where the namespace is gone.
    async fn remove(
        &self,
        namespace: &str,
        removal: OrphanRemoval,
    ) -> Result<RemovedOrphan, OrphanError>;
}
