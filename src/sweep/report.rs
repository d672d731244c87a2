use super::SweepError;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use uuid::Uuid;

/// How many reports are kept.
const KEPT: i64 = 288;

/// What one sweep found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepReport {
    pub started_at: DateTime<Utc>,
    pub ended_at: DateTime<Utc>,
    /// How many instances were compared.
    pub instances: i64,
    pub findings: Vec<Finding>,
    pub orphans: Vec<OrphanFound>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Finding {
    pub instance_id: Uuid,
    /// `namespace_missing`, `namespace_not_ours`, `volume_missing`, `secret_missing`, `object_missing`, `object_edited`, `object_stripped`,
    /// `object_outdated`, `object_unexpected`, `route_open`, `scaled`, `pod_stuck`, `not_recorded` or
    /// `not_comparable`.
    pub finding: String,
    /// `Kind/name`, where it is about one object.
    pub object: Option<String>,
    /// Who writes to it besides us and which fields, which were taken out of it, or why it cannot be compared.
    pub detail: Option<String>,
    /// `repaired`, `nothing_to_repair`, `left_alone`, `reported` or `failed`.
    pub outcome: String,
}

/// A namespace of ours that belongs to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrphanFound {
    pub namespace: String,
    pub instance_id: Uuid,
    /// When a sweep first saw it.
    pub since: DateTime<Utc>,
    /// Whether its removal was asked for.
    pub removing: bool,
}

impl SweepReport {
    pub(super) async fn keep(&self, pool: &PgPool) -> Result<(), SweepError> {
        sqlx::query("insert into work.sweeps (report) values ($1)")
            .bind(serde_json::to_value(self)?)
            .execute(pool)
            .await?;
        sqlx::query("delete from work.sweeps where id <= (select max(id) from work.sweeps) - $1")
            .bind(KEPT)
            .execute(pool)
            .await?;
        Ok(())
    }
}

/// What the last sweep found; `None` before the first.
///
/// # Errors
/// The database's error, or a report that this build cannot read.
pub async fn last_report(pool: &PgPool) -> Result<Option<SweepReport>, SweepError> {
    let stored: Option<serde_json::Value> =
        sqlx::query_scalar("select report from work.sweeps order by id desc limit 1")
            .fetch_optional(pool)
            .await?;
    Ok(stored.map(serde_json::from_value).transpose()?)
}
