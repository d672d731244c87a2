//! The volumes of a pod that no plan gives.

use chrono::{DateTime, Utc};
use poem_openapi::Object;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// A volume beside the app's own, such as its database's. No plan gives it, and nobody but the operator can enlarge it.
#[derive(Clone, Debug, PartialEq, Eq, Object, FromRow)]
pub struct UsedVolume {
    /// Its name.
    pub claim: String,
    /// What is used of it.
    pub used_mib: i64,
    /// How large it is.
    pub capacity_mib: i64,
    /// How much of it is used, in whole percent, rounded down.
    pub percent: i64,
}

/// Those that were measured in the last round, or since.
pub(super) async fn of_pod(
    rows: &mut PgConnection,
    pod: Uuid,
    measured_at: Option<DateTime<Utc>>,
) -> sqlx::Result<Vec<UsedVolume>> {
    sqlx::query_as(
        "select claim, used_mib, capacity_mib, used_mib * 100 / greatest(capacity_mib, 1) as percent
           from work.usage_volumes where instance_id = $1 and at >= $2 order by claim",
    )
    .bind(pod)
    .bind(measured_at)
    .fetch_all(rows)
    .await
}
