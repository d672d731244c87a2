//! The loop that measures. One process at a time does it; the others wait for its lease.

use super::{
    UsageOptions,
    readings::{Reading, Readings, VolumeReading},
    sum::{Used, Volumes, readings},
    warner::Warner,
};
use crate::{
    clock::Clock,
    faults,
    kubernetes::{Cluster, ClusterError, ClusterSettings, Kubelets, Recipes, VolumesUsed},
    store::{Appender, CommandError, States},
};
use chrono::{DateTime, Duration, DurationRound as _, Utc};
use purser_projections::{checkpoint, usage::UsageTrouble};
use sqlx::PgPool;
use std::{collections::HashMap, sync::Arc, time::Instant};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const LEASE: &str = "usage";
/// How much longer than to the next round a lease lasts.
const LEASE_BEYOND_MS: u64 = 30_000;
/// How many rounds may be missed before what was measured last is no longer what is used now.
const MISSED: u64 = 3;
/// Volumes grow seldom, and looking at them costs more than looking at what pods use.
const VOLUMES_EVERY: std::time::Duration = std::time::Duration::from_secs(300);

/// A round was not noted, or not told.
#[derive(Debug, thiserror::Error)]
enum RoundError {
    #[error("what is used could not be noted")]
    Database(#[from] sqlx::Error),
    #[error("what is used could not be told")]
    Command(#[from] CommandError),
}

/// Measures what instances use.
pub struct Sampler {
    cluster: Cluster,
    recipes: Arc<Recipes>,
    settings: ClusterSettings,
    pool: PgPool,
    readings: Readings,
    warner: Warner,
    clock: Clock,
    options: UsageOptions,
    /// The volumes, as they were last looked at.
    volumes: Option<(Instant, Volumes)>,
    /// Who knows how full they are, where that is asked for.
    kubelets: Option<Kubelets>,
    /// The nodes whose kubelets told nothing the last time.
    silent: Vec<String>,
}

impl Sampler {
    #[expect(
        clippy::too_many_arguments,
        reason = "everything that measuring touches comes together here, once"
    )]
    pub fn new(
        appender: Appender,
        states: Arc<States>,
        cluster: Cluster,
        recipes: Arc<Recipes>,
        settings: ClusterSettings,
        pool: PgPool,
        clock: Clock,
        options: UsageOptions,
        kubelets: Option<Kubelets>,
    ) -> Self {
        Self {
            cluster,
            recipes,
            settings,
            readings: Readings::new(pool.clone()),
            warner: Warner::new(appender, states),
            pool,
            clock,
            options,
            volumes: None,
            kubelets,
            silent: vec![],
        }
    }

    /// Measures until told to stop; `holder` holds the lease.
    pub async fn run(mut self, holder: Uuid, stop: CancellationToken) {
        let interval = std::time::Duration::from_millis(self.options.interval_ms);
        let mut rounds = tokio::time::interval(interval);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let lease_ms = self.options.interval_ms.saturating_add(LEASE_BEYOND_MS);
        let lease_ms = i64::try_from(lease_ms).unwrap_or(i64::MAX);
        let mut moved = self.clock.moves();
        loop {
            tokio::select! {
                _ = rounds.tick() => {}
                Ok(()) = moved.changed() => {}
                () = stop.cancelled() => return,
            }
            let round = async {
                match checkpoint::lease(&self.pool, LEASE, holder, lease_ms).await {
                    Ok(Some(_)) if self.clock.off().is_none() => self.round().await,
                    Ok(_) => {
                        self.warner.forget();
                        Ok(())
                    }
                    Err(error) => Err(error.into()),
                }
            };
            if let Some(Err(error)) = stop.run_until_cancelled(round).await {
                let text = error.to_string();
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "{text}");
            }
        }
    }

    async fn round(&mut self) -> Result<(), RoundError> {
        let now = self.clock.now();
        let interval = milliseconds(self.options.interval_ms);
        let due_by = now + milliseconds(self.options.interval_ms.saturating_mul(MISSED));
        // A process that starts again within an interval does not count it twice.
        let at = now.duration_trunc(interval).unwrap_or(now);
        match self.measure().await {
            Ok((measured, volumes)) => {
                self.readings.record_volumes(at, &volumes).await?;
                self.readings.record(at, due_by, &measured).await?;
                faults::reach("usage-noted");
                self.readings.tidy(now, &self.options).await?;
                let over = milliseconds(self.options.warn_over_ms);
                let used = self.readings.sustained(at, over).await?;
                Ok(self.warner.compare(&used, &volumes, at).await?)
            }
            Err(error) => Ok(self.fail(now, due_by, &error).await?),
        }
    }

    /// What instances use, and how full their volumes are that no plan sells.
    async fn measure(&mut self) -> Result<(Vec<Reading>, Vec<VolumeReading>), ClusterError> {
        let pods = self.cluster.pod_use().await?;
        let known = self.volumes.as_ref().is_some_and(|(since, volumes)| {
            since.elapsed() < VOLUMES_EVERY
                && pods
                    .iter()
                    .all(|pod| volumes.sold.contains_key(&pod.instance))
        });
        if !known {
            self.look_at_volumes().await;
        }
        let none = HashMap::new();
        let used = self.used().await;
        let volumes = self.volumes.as_ref();
        let sold = volumes.map_or(&none, |(_, volumes)| &volumes.sold);
        let namespace_of = |id| self.settings.namespace_of(id);
        let measured = readings(&pods, sold, &used.sold, &self.recipes, namespace_of);
        Ok((measured, used.fixed))
    }

    /// How full the volumes are, as far as kubelets tell. What they do not tell keeps nobody from measuring the rest.
    async fn used(&mut self) -> Used {
        let (Some(kubelets), Some((_, volumes))) = (&self.kubelets, &self.volumes) else {
            return Used::default();
        };
        let told = kubelets.volumes_used().await;
        let told = told.unwrap_or_else(|error| VolumesUsed {
            volumes: vec![],
            silent: vec![error.to_string()],
        });
        let used = Used::of(&told.volumes, volumes);
        if self.silent != told.silent {
            for why in &told.silent {
                tracing::warn!("how full volumes are is not known: {why}");
            }
            self.silent = told.silent;
        }
        used
    }

    /// What is known of them stands while they cannot be looked at: it keeps nobody from measuring.
    async fn look_at_volumes(&mut self) {
        match self.cluster.volumes().await {
            Ok(seen) => {
                let namespace_of = |id| self.settings.namespace_of(id);
                let volumes = Volumes::of(&seen, &self.recipes, namespace_of);
                self.volumes = Some((Instant::now(), volumes));
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "volumes cannot be looked at");
            }
        }
    }

    /// Said once: a cluster without a metrics API stays one for long.
    async fn fail(
        &self,
        now: DateTime<Utc>,
        due_by: DateTime<Utc>,
        error: &ClusterError,
    ) -> sqlx::Result<()> {
        let failures = self.readings.fail(now, due_by, trouble(error)).await?;
        if failures == 1 {
            let why = words(error);
            let code = error.code();
            let error = error as &dyn std::error::Error;
            tracing::warn!(error, code, "what apps use is not known: {why}");
        }
        Ok(())
    }
}

fn words(error: &ClusterError) -> &'static str {
    match trouble(error) {
        UsageTrouble::MetricsApiMissing => {
            "the cluster has no metrics API (metrics.k8s.io); everything else works, and it is asked for in every round"
        }
        UsageTrouble::MetricsApiForbidden => "the metrics API does not let Purser in",
        _ => "the metrics API does not answer",
    }
}

fn trouble(error: &ClusterError) -> UsageTrouble {
    match error {
        ClusterError::NotFound { .. } => UsageTrouble::MetricsApiMissing,
        ClusterError::Forbidden { .. } | ClusterError::Unauthenticated { .. } => {
            UsageTrouble::MetricsApiForbidden
        }
        _ => UsageTrouble::MetricsApiUnavailable,
    }
}

fn milliseconds(figure: u64) -> Duration {
    Duration::milliseconds(i64::try_from(figure).unwrap_or(i64::MAX / 1_000))
}
