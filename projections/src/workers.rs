//! Workers: nodes of the cluster, hosts outside, and invitations that are open. How much of a worker is
//! taken changes with every pod and is no fact of the history; queries read it beside the row.

use crate::{
    Projection, Row, Rows, Unprojectable,
    columns::list,
    facts::{moment, stream_id, stream_row},
    pages::{Cursor, Page},
};
use chrono::{DateTime, Utc};
use poem_openapi::Object;
use purser_domain::{
    Event, Recorded,
    ids::WorkerId,
    worker::{Capacity, Origin, WorkerEvent},
};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// A worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromRow, Object)]
#[oai(skip_serializing_if_is_none, rename = "Worker")]
pub struct WorkerRow {
    /// The worker's id.
    pub id: Uuid,
    /// What it calls itself; left out before it joined.
    pub name: Option<String>,
    /// `node`: seen in the cluster; `host`: joined with a token.
    pub origin: String,
    /// The group it belongs to.
    pub pool: String,
    /// `invited`, `online`, `degraded`, `offline` or `removed`.
    pub status: String,
    /// Since when it has this status; of one that is not heard of, since when it is not.
    pub since: DateTime<Utc>,
    /// Whether nothing new is placed on it, as it was last seen.
    pub cordoned: bool,
    /// What was asked for and not seen yet.
    pub cordon_wanted: Option<bool>,
    /// `requested`, `failed` or `done`; left out where nobody asked for it to be drained.
    pub drain: Option<String>,
    /// What kept the last drain from its end, where it failed. It can be asked for again.
    pub drain_failed: Option<String>,
    /// What it has: CPU in thousandths of a core.
    pub cpu_millicores: i64,
    /// What it has: memory in MiB.
    pub memory_mib: i64,
    /// What it has: how many pods.
    pub pods: i64,
    /// What pods may have of it: CPU in thousandths of a core.
    pub allocatable_cpu_millicores: i64,
    /// What pods may have of it: memory in MiB.
    pub allocatable_memory_mib: i64,
    /// What pods may have of it: how many.
    pub allocatable_pods: i64,
    /// Until when its token can be used; left out of a node.
    pub invited_until: Option<DateTime<Utc>>,
    /// When it was first seen, or joined.
    pub registered_at: Option<DateTime<Utc>>,
    /// The version of the worker's stream: grows by one with every change.
    pub version: i64,
    #[oai(skip)]
    pub position: i64,
}

impl Row for WorkerRow {
    fn id(&self) -> Uuid {
        self.id
    }
}

/// Projector of `workers`.
pub struct Workers;

impl Projection for Workers {
    const NAME: &'static str = "workers_v1";
    const TABLE: &'static str = "workers";
    type Row = WorkerRow;

    fn touches(event: &Recorded) -> Vec<Uuid> {
        match &event.event {
            Event::Worker(_) => vec![stream_row(event)],
            _ => vec![],
        }
    }

    fn project(rows: &mut Rows<WorkerRow>, event: &Recorded) -> Result<(), Unprojectable> {
        let Event::Worker(fact) = &event.event else {
            return Ok(());
        };
        let id = stream_id(event)?;
        match fact {
            WorkerEvent::Invited { .. } => rows.insert(new(event)?)?,
            WorkerEvent::Registered {
                origin: Origin::Node,
                ..
            } => rows.insert(new(event)?)?,
            _ => {}
        }
        rows.update(id, |row| {
            apply(row, fact);
            row.version = event.sequence;
        })
    }
}

/// Nothing is known of it yet but that it is there.
fn new(event: &Recorded) -> Result<WorkerRow, Unprojectable> {
    Ok(WorkerRow {
        id: stream_id(event)?,
        name: None,
        origin: Origin::Host.as_str().into(),
        pool: String::new(),
        status: "invited".into(),
        since: moment(event.at),
        cordoned: false,
        cordon_wanted: None,
        drain: None,
        drain_failed: None,
        cpu_millicores: 0,
        memory_mib: 0,
        pods: 0,
        allocatable_cpu_millicores: 0,
        allocatable_memory_mib: 0,
        allocatable_pods: 0,
        invited_until: None,
        registered_at: None,
        version: event.sequence,
        position: event.position,
    })
}

fn apply(row: &mut WorkerRow, fact: &WorkerEvent) {
    match fact {
        WorkerEvent::Invited { pool, expires_at } => {
            row.pool = pool.to_string();
            row.invited_until = Some(moment(*expires_at));
        }
        WorkerEvent::Registered {
            name,
            origin,
            pool,
            capacity,
            allocatable,
            at,
        } => {
            row.name = Some(name.to_string());
            row.origin = origin.as_str().into();
            row.pool = pool.to_string();
            row.registered_at = Some(moment(*at));
            resize(row, capacity, allocatable);
            becomes(row, "online", *at);
        }
        WorkerEvent::CapacityChanged {
            capacity,
            allocatable,
        } => resize(row, capacity, allocatable),
        WorkerEvent::PoolChanged { pool } => row.pool = pool.to_string(),
        WorkerEvent::WentDegraded { since, .. } => becomes(row, "degraded", *since),
        WorkerEvent::WentOffline { since, .. } => becomes(row, "offline", *since),
        WorkerEvent::CameOnline { at } => becomes(row, "online", *at),
        WorkerEvent::Removed { at } => becomes(row, "removed", *at),
        WorkerEvent::CordonRequested {} => row.cordon_wanted = Some(true),
        WorkerEvent::UncordonRequested {} => {
            row.cordon_wanted = Some(false);
            drain(row, None);
        }
        WorkerEvent::Cordoned {} => seen(row, true),
        WorkerEvent::Uncordoned {} => seen(row, false),
        WorkerEvent::DrainRequested { .. } => {
            row.cordon_wanted = Some(true);
            drain(row, Some("requested"));
        }
        WorkerEvent::Drained { .. } => drain(row, Some("done")),
        WorkerEvent::DrainFailed { reason, .. } => {
            drain(row, Some("failed"));
            row.drain_failed = Some(reason.to_string());
        }
    }
}

fn drain(row: &mut WorkerRow, drain: Option<&str>) {
    row.drain = drain.map(str::to_owned);
    row.drain_failed = None;
}

fn becomes(row: &mut WorkerRow, status: &str, since: DateTime<Utc>) {
    row.status = status.into();
    row.since = moment(since);
}

/// An observation answers the wish that it fulfils, and no other.
fn seen(row: &mut WorkerRow, cordoned: bool) {
    row.cordoned = cordoned;
    row.cordon_wanted = row.cordon_wanted.filter(|wanted| *wanted != cordoned);
    if !cordoned && row.drain.as_deref() != Some("requested") {
        drain(row, None);
    }
}

fn resize(row: &mut WorkerRow, capacity: &Capacity, allocatable: &Capacity) {
    row.cpu_millicores = capacity.cpu_millicores.into();
    row.memory_mib = capacity.memory_mib.into();
    row.pods = capacity.pods.into();
    row.allocatable_cpu_millicores = allocatable.cpu_millicores.into();
    row.allocatable_memory_mib = allocatable.memory_mib.into();
    row.allocatable_pods = allocatable.pods.into();
}

/// A worker with how much of it is taken.
#[derive(Clone, Debug, PartialEq, FromRow, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct WorkerWithLoad {
    #[sqlx(flatten)]
    #[oai(flatten)]
    pub worker: WorkerRow,
    /// The last sign of life; left out where there was none yet.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// What pods ask for on it: CPU in thousandths of a core.
    pub allocated_cpu_millicores: i64,
    /// What pods ask for on it: memory in MiB.
    pub allocated_memory_mib: i64,
    /// How many pods stand on it.
    pub allocated_pods: i64,
}

fn with_load() -> String {
    format!(
        "select {}, last_seen_at, \
         coalesce(allocated_cpu_millicores, 0) as allocated_cpu_millicores, \
         coalesce(allocated_memory_mib, 0) as allocated_memory_mib, \
         coalesce(allocated_pods, 0) as allocated_pods \
         from workers left join work.worker_sightings on worker_id = id",
        list::<WorkerRow>()
    )
}

/// Every worker that was not removed, newest first, and where the next page begins.
///
/// # Errors
/// The database's error.
pub async fn page(
    rows: &mut PgConnection,
    page: &Page,
) -> sqlx::Result<(Vec<WorkerWithLoad>, Option<String>)> {
    let select = format!(
        "{} where status <> 'removed' and (position, id) < ($1, $2)
         order by position desc, id desc limit $3",
        with_load()
    );
    let found = sqlx::query_as(&select)
        .bind(page.before_position())
        .bind(page.before_id())
        .bind(page.fetch())
        .fetch_all(rows)
        .await?;
    Ok(page.cut(found, |found: &WorkerWithLoad| Cursor {
        position: found.worker.position,
        id: found.worker.id,
    }))
}

/// One worker, removed or not.
///
/// # Errors
/// The database's error.
pub async fn by_id(rows: &mut PgConnection, id: WorkerId) -> sqlx::Result<Option<WorkerWithLoad>> {
    sqlx::query_as(&format!("{} where id = $1", with_load()))
        .bind(id.uuid())
        .fetch_optional(rows)
        .await
}

/// The workers of one pool together. Of what they have, only what can be used now counts: workers that
/// are online, and of nodes those on which something new is placed.
#[derive(Clone, Debug, PartialEq, FromRow, Object)]
pub struct Pool {
    /// The pool's name.
    pub name: String,
    /// How many workers it has.
    pub workers: i64,
    /// How many of them can be used now.
    pub usable: i64,
    /// CPU that pods may have, in thousandths of a core.
    pub cpu_millicores: i64,
    /// Memory that pods may have, in MiB.
    pub memory_mib: i64,
    /// How many pods there may be.
    pub pods: i64,
    /// CPU that is taken, in thousandths of a core.
    pub allocated_cpu_millicores: i64,
    /// Memory that is taken, in MiB.
    pub allocated_memory_mib: i64,
    /// Pods that are there.
    pub allocated_pods: i64,
    /// CPU that is left, in thousandths of a core.
    pub headroom_cpu_millicores: i64,
    /// Memory that is left, in MiB.
    pub headroom_memory_mib: i64,
    /// How many more pods there may be.
    pub headroom_pods: i64,
}

/// Every pool that has a worker, by name.
///
/// # Errors
/// The database's error.
pub async fn pools(rows: &mut PgConnection) -> sqlx::Result<Vec<Pool>> {
    let sum = |allocatable: &str, allocated: &str, name: &str| {
        format!(
            "coalesce(sum({allocatable}) filter (where usable), 0)::bigint as {name}, \
             coalesce(sum({allocated}) filter (where usable), 0)::bigint as allocated_{name}, \
             coalesce(sum(greatest({allocatable} - coalesce({allocated}, 0), 0)) filter (where usable), 0)::bigint \
               as headroom_{name}"
        )
    };
    let sums: Vec<String> = ["cpu_millicores", "memory_mib", "pods"]
        .iter()
        .map(|name| {
            sum(
                &format!("allocatable_{name}"),
                &format!("allocated_{name}"),
                name,
            )
        })
        .collect();
    let select = format!(
        "select pool as name, count(*) as workers, count(*) filter (where usable) as usable, {}
         from workers left join work.worker_sightings on worker_id = id
           cross join lateral (select status = 'online' and not coalesce(cordon_wanted, cordoned) as usable) known
         where status not in ('invited', 'removed')
         group by pool order by pool",
        sums.join(", ")
    );
    sqlx::query_as(&select).fetch_all(rows).await
}

/// How many workers there are, by status; those removed are left out.
///
/// # Errors
/// The database's error.
pub async fn by_status(rows: &mut PgConnection) -> sqlx::Result<Vec<(String, i64)>> {
    sqlx::query_as(
        "select status, count(*) from workers where status <> 'removed' group by status order by status",
    )
    .fetch_all(rows)
    .await
}

#[cfg(test)]
mod tests;
