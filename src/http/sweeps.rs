//! What the last sweep found, as the API shows it.

use crate::store::StoreError;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use poem_openapi::Object;
use uuid::Uuid;

/// One difference between what is wanted, what is there, and what is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct SweepFinding {
    /// The instance it is about.
    pub instance_id: Uuid,
    /// `namespace_missing`, `namespace_not_ours`, `volume_missing`, `secret_missing`, `secret_incomplete`, `object_missing`,
    /// `object_edited`, `object_stripped`, `object_outdated`, `object_unexpected`, `route_open`, `scaled`, `pod_stuck`, `not_recorded` or
    /// `not_comparable`.
    pub finding: String,
    /// `Kind/name`, where it is about one object.
    pub object: Option<String>,
    /// Who else writes to it and which fields, or why it could not be compared or repaired.
    pub detail: Option<String>,
    /// `repaired`, `nothing_to_repair`, `left_alone`, `reported` or `failed`.
    pub outcome: String,
}

/// A namespace of ours that belongs to no instance.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
pub struct SweptOrphan {
    /// Its name.
    pub namespace: String,
    /// The instance that its labels name.
    pub instance_id: Uuid,
    /// When a sweep first saw it.
    pub since: DateTime<Utc>,
    /// Whether it is on its way out.
    pub removing: bool,
}

/// What one sweep found.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
pub struct Sweep {
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it was done, repairs included.
    pub ended_at: DateTime<Utc>,
    /// How many instances were compared.
    pub instances: i64,
    /// Every difference; empty where everything is as it should be.
    pub findings: Vec<SweepFinding>,
    /// Namespaces that carry our labels and belong to nothing.
    pub orphans: Vec<SweptOrphan>,
}

/// Knows what the last sweep found.
#[async_trait]
pub trait Sweeps: Send + Sync {
    /// `None` before the first sweep was made.
    async fn last(&self) -> Result<Option<Sweep>, StoreError>;
}
