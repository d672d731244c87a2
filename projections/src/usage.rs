//! What pods use, beside what their plans give them. It is read here like a read model and is none: it was measured, not
//! folded from events, so no rebuild makes it again and the self-check does not compare it.

#[cfg(test)]
mod tests;
mod volumes;

pub use volumes::UsedVolume;

use crate::{
    pages::{Cursor, Page},
    pods::{PodRow, WarningRow},
};
use chrono::{DateTime, Utc};
use poem_openapi::{Enum, Object};
use purser_domain::instance::percent_of;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// Why there are no figures of this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Enum)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum UsageTrouble {
    /// Nobody has measured yet.
    NotMeasuredYet,
    /// The cluster has no metrics API.
    MetricsApiMissing,
    /// The cluster does not let Purser read its metrics API.
    MetricsApiForbidden,
    /// The metrics API does not answer.
    MetricsApiUnavailable,
    /// Nobody measures any more.
    MeasuringStopped,
    /// Nothing of this pod was running when it was measured last.
    NotRunning,
}

/// A figure of the plan and how much of it is used.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Used {
    /// What is used; left out where it is not known.
    pub used: Option<i64>,
    /// What the plan gives.
    pub limit: i64,
    /// How much of the limit that is, in whole percent, rounded down.
    pub percent: Option<i64>,
}

/// The storage of the plan and how much of it is used.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct UsedStorage {
    /// What is used; left out where the cluster does not tell it.
    pub used: Option<i64>,
    /// How large the volume is on the cluster; left out while it is not there.
    pub capacity: Option<i64>,
    /// What the plan gives.
    pub limit: i64,
    /// How much of the limit is used, in whole percent, rounded down.
    pub percent: Option<i64>,
}

/// A figure of the plan and how much of it was used over a while.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
pub struct UsedOver {
    /// The least.
    pub min: i64,
    /// The average, rounded down.
    pub avg: i64,
    /// The most.
    pub max: i64,
    /// What the plan gave; of a plan that was changed within the while, the new one.
    pub limit: i64,
    /// How much of the limit the average is, in whole percent, rounded down.
    pub avg_percent: i64,
    /// How much of the limit the most is, in whole percent, rounded down.
    pub max_percent: i64,
}

/// What runs beside the app: database, sidecars and jobs. It is not taken from the plan.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
pub struct UsedBeside {
    /// CPU in thousandths of a core.
    pub cpu_millicores: i64,
    /// Memory in MiB.
    pub memory_mib: i64,
}

/// What a pod uses.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct PodMetrics {
    /// The pod's id.
    pub pod_id: Uuid,
    /// Whether there are figures of this moment. Where there are none, `used` is left out, never zero.
    pub available: bool,
    /// Why there are none.
    pub reason: Option<UsageTrouble>,
    /// When it was measured last.
    pub measured_at: Option<DateTime<Utc>>,
    /// CPU of the app's own containers, in thousandths of a core.
    pub cpu_millicores: Used,
    /// Memory of the app's own containers, in MiB.
    pub memory_mib: Used,
    /// The app's own volume, in MiB.
    pub storage_mib: UsedStorage,
    /// What runs beside the app, on top of the plan.
    pub overhead: Option<UsedBeside>,
    /// The volumes beside the app's own of which it is known how full they are.
    pub volumes: Vec<UsedVolume>,
    /// What it comes close to the plan's limit of.
    pub warnings: Vec<WarningRow>,
    /// The last measurements, newest first.
    pub samples: Vec<UsagePoint>,
}

/// What a pod used over a while.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
pub struct UsagePoint {
    /// When the while began; the hour, or midnight in Asia/Jakarta. The last one may still go on.
    pub start: DateTime<Utc>,
    /// How often it was measured.
    pub samples: i64,
    /// CPU of the app's own containers, in thousandths of a core.
    pub cpu_millicores: UsedOver,
    /// Memory of the app's own containers, in MiB.
    pub memory_mib: UsedOver,
    /// The app's own volume at the end, in MiB.
    pub storage_mib: UsedStorage,
    /// What ran beside the app on average, on top of the plan.
    pub overhead: UsedBeside,
}

/// What is kept: single measurements for days, hours for weeks, days for more than a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum Resolution {
    /// Each measurement.
    Sample,
    Hour,
    Day,
}

/// From when to when, without the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

#[derive(FromRow)]
struct PointRow {
    start: DateTime<Utc>,
    samples: i64,
    cpu_min: i64,
    cpu_sum: i64,
    cpu_max: i64,
    memory_min: i64,
    memory_sum: i64,
    memory_max: i64,
    overhead_cpu_sum: i64,
    overhead_memory_sum: i64,
    storage_used: Option<i64>,
    storage_capacity: Option<i64>,
    cpu_limit: i64,
    memory_limit: i64,
    storage_limit: i64,
}

const OF_SAMPLES: &str = "select at as start, 1::bigint as samples, \
     cpu as cpu_min, cpu as cpu_sum, cpu as cpu_max, memory as memory_min, memory as memory_sum, memory as memory_max, \
     overhead_cpu as overhead_cpu_sum, overhead_memory as overhead_memory_sum, storage_used, storage_capacity, \
     cpu_limit, memory_limit, storage_limit from work.usage_samples where 'sample' = $2 and instance_id = $1";
const OF_ROLLUPS: &str = "select start, samples, cpu_min, cpu_sum, cpu_max, memory_min, memory_sum, memory_max, \
     overhead_cpu_sum, overhead_memory_sum, storage_used, storage_capacity, cpu_limit, memory_limit, storage_limit \
     from work.usage_rollups where resolution = $2 and instance_id = $1";

/// How measuring goes, for whoever looks at it as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Sampling {
    pub succeeded_at: Option<DateTime<Utc>>,
    pub due_by: Option<DateTime<Utc>>,
    pub trouble: Option<UsageTrouble>,
    /// How many rounds in a row measured nothing.
    pub failures: i64,
}

impl Sampling {
    /// Why there are no figures of this moment; `None` where there are.
    pub fn trouble(&self, now: DateTime<Utc>) -> Option<UsageTrouble> {
        match self.due_by {
            None => Some(UsageTrouble::NotMeasuredYet),
            Some(due_by) if due_by < now => Some(UsageTrouble::MeasuringStopped),
            Some(_) => self.trouble,
        }
    }
}

/// How measuring goes.
///
/// # Errors
/// The database's error.
pub async fn sampling(rows: &mut PgConnection) -> sqlx::Result<Sampling> {
    let select = "select succeeded_at, due_by, trouble, failures from work.usage_sampler";
    let found = sqlx::query_as(select).fetch_optional(rows).await?;
    Ok(found.unwrap_or_default())
}

/// How many pods were measured at this moment.
///
/// # Errors
/// The database's error.
pub async fn measured_at(rows: &mut PgConnection, at: DateTime<Utc>) -> sqlx::Result<i64> {
    sqlx::query_scalar("select count(*) from work.usage_samples where at = $1")
        .bind(at)
        .fetch_one(rows)
        .await
}

/// How many pods are warned, by what they are short of and the mark that they passed.
///
/// # Errors
/// The database's error.
pub async fn warned(rows: &mut PgConnection) -> sqlx::Result<Vec<(String, i64, i64)>> {
    sqlx::query_as(
        "select warning ->> 'resource', (warning ->> 'mark')::bigint, count(*)
         from pods cross join lateral jsonb_array_elements(warnings) warning
         where warnings <> '[]' group by 1, 2 order by 1, 2",
    )
    .fetch_all(rows)
    .await
}

/// What a pod uses now, and the last so many measurements.
///
/// # Errors
/// The database's error.
pub async fn of_pod(
    rows: &mut PgConnection,
    pod: &PodRow,
    now: DateTime<Utc>,
    samples: i64,
) -> sqlx::Result<PodMetrics> {
    let sampling = sampling(&mut *rows).await?;
    let select = format!("{OF_SAMPLES} order by at desc limit $3");
    let points: Vec<PointRow> = sqlx::query_as(&select)
        .bind(pod.id)
        .bind("sample")
        .bind(samples)
        .fetch_all(&mut *rows)
        .await?;
    let newest = points.first();
    let measured_at = newest.map(|point| point.start);
    let stopped = measured_at.is_none() || measured_at < sampling.succeeded_at;
    let not_running = stopped.then_some(UsageTrouble::NotRunning);
    let reason = sampling.trouble(now).or(not_running);
    let current = newest.filter(|_| reason.is_none());
    let used = |figure: fn(&PointRow) -> i64, limit| {
        let used = current.map(figure);
        let percent = used.map(|used| percent_of(used, limit));
        Used {
            used,
            limit,
            percent,
        }
    };
    let volumes = match reason {
        None => volumes::of_pod(rows, pod.id, sampling.succeeded_at).await?,
        Some(_) => vec![],
    };
    Ok(PodMetrics {
        pod_id: pod.id,
        available: reason.is_none(),
        reason,
        measured_at,
        cpu_millicores: used(|point| point.cpu_sum, pod.cpu_millicores),
        memory_mib: used(|point| point.memory_sum, pod.memory_mib),
        storage_mib: storage(
            current.and_then(|point| point.storage_used),
            newest.and_then(|point| point.storage_capacity),
            pod.storage_mib,
        ),
        overhead: current.map(PointRow::overhead),
        volumes,
        warnings: pod.warnings.clone(),
        samples: points.iter().map(PointRow::point).collect(),
    })
}

/// What a pod used, newest first, and where the next page begins.
///
/// # Errors
/// The database's error.
pub async fn history(
    rows: &mut PgConnection,
    pod: Uuid,
    resolution: Resolution,
    window: Window,
    page: &Page,
) -> sqlx::Result<(Vec<UsagePoint>, Option<String>)> {
    let (select, word, time) = match resolution {
        Resolution::Sample => (OF_SAMPLES, "sample", "at"),
        Resolution::Hour => (OF_ROLLUPS, "hour", "start"),
        Resolution::Day => (OF_ROLLUPS, "day", "start"),
    };
    // A cursor's position is the moment of a row, in microseconds.
    let before = DateTime::from_timestamp_micros(page.before_position());
    let to = before.map_or(window.to, |before| before.min(window.to));
    let select = format!("{select} and {time} >= $3 and {time} < $4 order by {time} desc limit $5");
    let found: Vec<PointRow> = sqlx::query_as(&select)
        .bind(pod)
        .bind(word)
        .bind(window.from)
        .bind(to)
        .bind(page.fetch())
        .fetch_all(rows)
        .await?;
    let (found, next) = page.cut(found, |point| Cursor {
        position: point.start.timestamp_micros(),
        id: pod,
    });
    Ok((found.iter().map(PointRow::point).collect(), next))
}

impl PointRow {
    fn point(&self) -> UsagePoint {
        let over = |min, sum: i64, max, limit| {
            let avg = sum / self.samples;
            UsedOver {
                min,
                avg,
                max,
                limit,
                avg_percent: percent_of(avg, limit),
                max_percent: percent_of(max, limit),
            }
        };
        UsagePoint {
            start: self.start,
            samples: self.samples,
            cpu_millicores: over(self.cpu_min, self.cpu_sum, self.cpu_max, self.cpu_limit),
            memory_mib: over(
                self.memory_min,
                self.memory_sum,
                self.memory_max,
                self.memory_limit,
            ),
            storage_mib: storage(self.storage_used, self.storage_capacity, self.storage_limit),
            overhead: self.overhead(),
        }
    }

    fn overhead(&self) -> UsedBeside {
        UsedBeside {
            cpu_millicores: self.overhead_cpu_sum / self.samples,
            memory_mib: self.overhead_memory_sum / self.samples,
        }
    }
}

fn storage(used: Option<i64>, capacity: Option<i64>, limit: i64) -> UsedStorage {
    let percent = used.map(|used| percent_of(used, limit));
    UsedStorage {
        used,
        capacity,
        limit,
        percent,
    }
}
