//! The work table of what is seen all the time and is no fact of the history.

use chrono::{DateTime, Utc};
use purser_domain::{ids::WorkerId, worker::Capacity};
use sqlx::PgPool;
use uuid::Uuid;

/// Notes a heartbeat: from now on the worker is quiet until the next one.
pub(super) async fn beat(
    pool: &PgPool,
    id: WorkerId,
    at: DateTime<Utc>,
    allocated: Capacity,
) -> sqlx::Result<()> {
    note(pool, id, at, Some(at), allocated).await.map(drop)
}

/// Notes how a node was seen, and returns since when it is not ready. It is not ready since it was first seen so.
pub(super) async fn node(
    pool: &PgPool,
    id: WorkerId,
    at: DateTime<Utc>,
    ready: bool,
    allocated: Capacity,
) -> sqlx::Result<Option<DateTime<Utc>>> {
    let known: Option<Option<DateTime<Utc>>> =
        sqlx::query_scalar("select quiet_since from work.worker_sightings where worker_id = $1")
            .bind(id.uuid())
            .fetch_optional(pool)
            .await?;
    let quiet_since = (!ready).then(|| known.flatten().unwrap_or(at));
    note(pool, id, at, quiet_since, allocated).await?;
    Ok(quiet_since)
}

async fn note(
    pool: &PgPool,
    id: WorkerId,
    at: DateTime<Utc>,
    quiet_since: Option<DateTime<Utc>>,
    allocated: Capacity,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into work.worker_sightings as known
           (worker_id, last_seen_at, quiet_since, allocated_cpu_millicores, allocated_memory_mib, allocated_pods)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (worker_id) do update set
           last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at),
           quiet_since = excluded.quiet_since,
           allocated_cpu_millicores = excluded.allocated_cpu_millicores,
           allocated_memory_mib = excluded.allocated_memory_mib,
           allocated_pods = excluded.allocated_pods",
    )
    .bind(id.uuid())
    .bind(at)
    .bind(quiet_since)
    .bind(i64::from(allocated.cpu_millicores))
    .bind(i64::from(allocated.memory_mib))
    .bind(i64::from(allocated.pods))
    .execute(pool)
    .await?;
    Ok(())
}

/// The workers that are quiet since before this moment, and since when.
pub(super) async fn quiet(
    pool: &PgPool,
    before: DateTime<Utc>,
) -> sqlx::Result<Vec<(Uuid, DateTime<Utc>)>> {
    sqlx::query_as(
        "select worker_id, quiet_since from work.worker_sightings where quiet_since <= $1 order by quiet_since",
    )
    .bind(before)
    .fetch_all(pool)
    .await
}

/// The workers that were seen once and are not among these.
pub(super) async fn others(pool: &PgPool, these: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar("select worker_id from work.worker_sightings where worker_id <> all($1)")
        .bind(these)
        .fetch_all(pool)
        .await
}

pub(super) async fn forget(pool: &PgPool, id: WorkerId) -> sqlx::Result<()> {
    sqlx::query("delete from work.worker_sightings where worker_id = $1")
        .bind(id.uuid())
        .execute(pool)
        .await?;
    Ok(())
}
