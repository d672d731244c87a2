//! The tables of what was measured. A round is one transaction: its samples, and the hour and the day that they belong to, to
//! which those samples are added that were not there yet. So a process that dies leaves a whole round or none, and noting a
//! round again gives the same rows.

use super::UsageOptions;
use chrono::{DateTime, Duration, DurationRound as _, Utc};
use purser_domain::{
    instance::Resource,
    period::{day_begins, jakarta_date},
};
use purser_projections::usage::UsageTrouble;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// What an instance used at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    pub instance_id: Uuid,
    /// Of the app's own containers.
    pub cpu_millicores: u64,
    pub memory_mib: u64,
    /// Of what runs beside it.
    pub overhead_cpu_millicores: u64,
    pub overhead_memory_mib: u64,
    /// Of the app's own volume; `None` where nobody tells it.
    pub storage_used_mib: Option<u32>,
    pub storage_capacity_mib: Option<u32>,
}

/// How full a volume of an instance is that no plan sells, such as its database's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeReading {
    pub instance_id: Uuid,
    pub claim: String,
    pub used_mib: u32,
    pub capacity_mib: u32,
}

/// What an instance used for some time: CPU and memory on average, storage in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Sustained {
    pub instance_id: Uuid,
    pub at: DateTime<Utc>,
    pub cpu: i64,
    pub memory: i64,
    pub storage: Option<i64>,
    pub cpu_limit: i64,
    pub memory_limit: i64,
    pub storage_limit: i64,
}

impl Sustained {
    /// What is known, with what was used and what the plan gave.
    pub fn figures(&self) -> impl Iterator<Item = (Resource, u32, u32)> {
        let known = [
            (Resource::Cpu, Some(self.cpu), self.cpu_limit),
            (Resource::Memory, Some(self.memory), self.memory_limit),
            (Resource::Storage, self.storage, self.storage_limit),
        ];
        let figure = |figure: i64| u32::try_from(figure).unwrap_or(u32::MAX);
        known
            .into_iter()
            .filter_map(move |(of, used, limit)| Some((of, figure(used?), figure(limit))))
    }
}

/// Writes what was measured.
#[derive(Clone, Debug)]
pub struct Readings {
    pool: PgPool,
}

impl Readings {
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Notes a round at this moment; there should be another one by `due_by`. Instances that are not known yet, or of
    /// somebody else, are left out. Noting the same moment again changes nothing.
    ///
    /// # Errors
    /// The database's error; nothing of the round is noted then.
    pub async fn record(
        &self,
        at: DateTime<Utc>,
        due_by: DateTime<Utc>,
        readings: &[Reading],
    ) -> sqlx::Result<()> {
        let mut round = self.pool.begin().await?;
        insert(&mut round, at, readings).await?;
        sqlx::query(
            "update work.usage_sampler set attempted_at = $1, succeeded_at = $1, due_by = $2, trouble = null, failures = 0",
        )
        .bind(at)
        .bind(due_by)
        .execute(&mut *round)
        .await?;
        round.commit().await
    }

    /// Notes how full volumes are at this moment that no plan sells, before the round of that moment.
    ///
    /// # Errors
    /// The database's error; nothing is noted then.
    pub async fn record_volumes(
        &self,
        at: DateTime<Utc>,
        volumes: &[VolumeReading],
    ) -> sqlx::Result<()> {
        let figures = |figure: fn(&VolumeReading) -> u32| -> Vec<i64> {
            let figures = volumes.iter().map(figure);
            figures.map(i64::from).collect()
        };
        let ids: Vec<Uuid> = volumes.iter().map(|volume| volume.instance_id).collect();
        let claims: Vec<&str> = volumes.iter().map(|volume| &*volume.claim).collect();
        sqlx::query(
            "insert into work.usage_volumes (instance_id, claim, at, used_mib, capacity_mib)
             select id, claim, $1, used, capacity
               from unnest($2::uuid[], $3::text[], $4::bigint[], $5::bigint[]) as seen (id, claim, used, capacity)
               join pods using (id)
             on conflict (instance_id, claim) do update
                set at = excluded.at, used_mib = excluded.used_mib, capacity_mib = excluded.capacity_mib",
        )
        .bind(at)
        .bind(ids)
        .bind(claims)
        .bind(figures(|volume| volume.used_mib))
        .bind(figures(|volume| volume.capacity_mib))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes a round that measured nothing, and returns how many there were in a row.
    ///
    /// # Errors
    /// The database's error.
    pub async fn fail(
        &self,
        at: DateTime<Utc>,
        due_by: DateTime<Utc>,
        trouble: UsageTrouble,
    ) -> sqlx::Result<i64> {
        sqlx::query_scalar(
            "update work.usage_sampler
             set attempted_at = $1, due_by = $2, trouble = $3, failures = failures + 1 returning failures",
        )
        .bind(at)
        .bind(due_by)
        .bind(trouble)
        .fetch_one(&self.pool)
        .await
    }

    /// What was used over the time before this moment, of every instance that was measured at it and for most of that
    /// time: one that has just begun to run has not used anything for long.
    ///
    /// # Errors
    /// The database's error.
    pub async fn sustained(
        &self,
        at: DateTime<Utc>,
        over: Duration,
    ) -> sqlx::Result<Vec<Sustained>> {
        sqlx::query_as(
            "select instance_id, max(at) as at, sum(cpu)::bigint / count(*) as cpu,
                    sum(memory)::bigint / count(*) as memory,
                    (array_agg(storage_used order by at desc))[1] as storage,
                    (array_agg(cpu_limit order by at desc))[1] as cpu_limit,
                    (array_agg(memory_limit order by at desc))[1] as memory_limit,
                    (array_agg(storage_limit order by at desc))[1] as storage_limit
               from work.usage_samples where at > $1 and at <= $2
              group by instance_id having max(at) = $2 and min(at) <= $3 and count(*) >= 3 order by instance_id",
        )
        .bind(at - over)
        .bind(at)
        .bind(at - over * 3 / 4)
        .fetch_all(&self.pool)
        .await
    }

    /// Forgets what is too old by now.
    ///
    /// # Errors
    /// The database's error.
    pub async fn tidy(&self, now: DateTime<Utc>, options: &UsageOptions) -> sqlx::Result<()> {
        let before = now - Duration::hours(options.samples_kept_hours.into());
        sqlx::query("delete from work.usage_samples where at < $1")
            .bind(before)
            .execute(&self.pool)
            .await?;
        sqlx::query("delete from work.usage_volumes where at < $1")
            .bind(before)
            .execute(&self.pool)
            .await?;
        let days = [
            ("hour", options.hours_kept_days),
            ("day", options.days_kept_days),
        ];
        for (resolution, days) in days {
            sqlx::query("delete from work.usage_rollups where resolution = $1 and start < $2")
                .bind(resolution)
                .bind(now - Duration::days(days.into()))
                .execute(&self.pool)
                .await?;
        }
        Ok(())
    }
}

async fn insert(
    rows: &mut PgConnection,
    at: DateTime<Utc>,
    readings: &[Reading],
) -> sqlx::Result<()> {
    let figures = |figure: fn(&Reading) -> u64| -> Vec<i64> {
        let figure = |reading| i64::try_from(figure(reading)).unwrap_or(i64::MAX);
        readings.iter().map(figure).collect()
    };
    let volumes = |figure: fn(&Reading) -> Option<u32>| -> Vec<Option<i64>> {
        let figures = readings.iter().map(figure);
        figures.map(|figure| figure.map(i64::from)).collect()
    };
    let ids: Vec<Uuid> = readings.iter().map(|reading| reading.instance_id).collect();
    let hour = at
        .duration_trunc(Duration::hours(1))
        .map_err(|error| sqlx::Error::Encode(error.into()))?;
    // Rounds come one after another, so that what this one says of volumes and limits is the last word.
    sqlx::query(
        "with new as (
           insert into work.usage_samples
             (instance_id, at, cpu, memory, overhead_cpu, overhead_memory, storage_used, storage_capacity,
              cpu_limit, memory_limit, storage_limit)
           select id, $1, cpu, memory, overhead_cpu, overhead_memory, storage_used, storage_capacity,
                  pods.cpu_millicores, pods.memory_mib, pods.storage_mib
             from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
                  as seen (id, cpu, memory, overhead_cpu, overhead_memory, storage_used, storage_capacity)
             join pods using (id)
           on conflict do nothing returning *)
         insert into work.usage_rollups as known
           (instance_id, resolution, start, samples, cpu_min, cpu_sum, cpu_max, memory_min, memory_sum, memory_max,
            overhead_cpu_sum, overhead_memory_sum, storage_used, storage_capacity, cpu_limit, memory_limit, storage_limit)
         select instance_id, resolution, start, 1, cpu, cpu, cpu, memory, memory, memory,
                overhead_cpu, overhead_memory, storage_used, storage_capacity, cpu_limit, memory_limit, storage_limit
           from new cross join (values ('hour', $9::timestamptz), ('day', $10::timestamptz)) as part (resolution, start)
         on conflict (instance_id, resolution, start) do update set
           samples = known.samples + excluded.samples,
           cpu_min = least(known.cpu_min, excluded.cpu_min),
           cpu_sum = known.cpu_sum + excluded.cpu_sum,
           cpu_max = greatest(known.cpu_max, excluded.cpu_max),
           memory_min = least(known.memory_min, excluded.memory_min),
           memory_sum = known.memory_sum + excluded.memory_sum,
           memory_max = greatest(known.memory_max, excluded.memory_max),
           overhead_cpu_sum = known.overhead_cpu_sum + excluded.overhead_cpu_sum,
           overhead_memory_sum = known.overhead_memory_sum + excluded.overhead_memory_sum,
           storage_used = coalesce(excluded.storage_used, known.storage_used),
           storage_capacity = coalesce(excluded.storage_capacity, known.storage_capacity),
           cpu_limit = excluded.cpu_limit,
           memory_limit = excluded.memory_limit,
           storage_limit = excluded.storage_limit",
    )
    .bind(at)
    .bind(ids)
    .bind(figures(|reading| reading.cpu_millicores))
    .bind(figures(|reading| reading.memory_mib))
    .bind(figures(|reading| reading.overhead_cpu_millicores))
    .bind(figures(|reading| reading.overhead_memory_mib))
    .bind(volumes(|reading| reading.storage_used_mib))
    .bind(volumes(|reading| reading.storage_capacity_mib))
    .bind(hour)
    .bind(midnight(at))
    .execute(rows)
    .await?;
    Ok(())
}

/// When the day of this moment began in Jakarta.
fn midnight(at: DateTime<Utc>) -> DateTime<Utc> {
    day_begins(jakarta_date(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_jakarta() {
        let at = |moment: &str| moment.parse::<DateTime<Utc>>().unwrap();
        let begins = at("2027-01-30T17:00:00Z");
        assert_eq!(midnight(at("2027-01-30T17:00:00Z")), begins);
        assert_eq!(midnight(at("2027-01-31T16:59:59Z")), begins);
        assert_eq!(
            midnight(at("2027-01-31T17:00:00Z")),
            begins + Duration::days(1)
        );
    }
}
