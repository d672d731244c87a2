//! How this process is, and the figures of the installation.

use super::{Boundary, support::Support};
use crate::{
    clock::Clock,
    http::{Headroom, Measured, MeasuredUsage, Measures, PartHealth, Readiness},
    kubernetes::Cluster,
    reconcile::last_compared,
    relay::{Bus, RELAY_LEASE, RelayHealth},
    store::Appender,
};
use async_trait::async_trait;
use purser_domain::period::day_begins;
use purser_projections::{cases, pods, usage, wallets, workers};
use sqlx::PgPool;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::sync::watch;

const PATIENCE: Duration = Duration::from_secs(2);
/// A commit takes milliseconds, and behind a checkpoint of Postgres it may take a second or two.
const WRITING: Duration = Duration::from_secs(3);

/// What is said of effects that may not begin; why stands beside it, under `relay`.
const WITHHELD: &str = "effects wait until the stream is known to be of this history: else nobody can tell whether the database was restored";

/// Asks the parts that serving needs.
pub(super) struct Health {
    pub(super) pool: PgPool,
    pub(super) appender: Appender,
    pub(super) clock: Clock,
    pub(super) bus: Bus,
    pub(super) relay: watch::Receiver<RelayHealth>,
    /// Whether effects may begin.
    pub(super) allowed: watch::Receiver<bool>,
    pub(super) cluster: watch::Receiver<bool>,
    pub(super) boundary: watch::Receiver<Boundary>,
    pub(super) support: watch::Receiver<Support>,
}

#[async_trait]
impl Readiness for Health {
    async fn parts(&self) -> Vec<PartHealth> {
        let part = |name, needed, trouble: Option<&str>| PartHealth {
            name,
            needed,
            trouble: trouble.map(str::to_owned),
        };
        let asked =
            tokio::time::timeout(PATIENCE, sqlx::query("select 1").execute(&self.pool)).await;
        let database = (!matches!(asked, Ok(Ok(_)))).then_some("the database does not answer");
        let clock = self.clock.off().map(|off| off.to_string());
        let nats =
            (!self.bus.is_connected()).then_some("NATS is away; reading goes on from the database");
        let allowed = *self.allowed.borrow();
        let relay = match *self.relay.borrow() {
            RelayHealth::Diverged { .. } => {
                Some("the stream knows events that the history does not: purser relay reset")
            }
            RelayHealth::Away => Some("the relay waits for JetStream"),
            RelayHealth::Starting | RelayHealth::Standby | RelayHealth::Following { .. } => None,
        };
        let cluster = (!*self.cluster.borrow())
            .then_some("the cluster does not answer Purser, or refuses it; orders wait");
        let boundary = self.boundary.borrow().clone();
        vec![
            part("database", true, database),
            part("writer", true, self.writer()),
            part("clock", true, clock.as_deref()),
            part("nats", false, nats),
            part("relay", false, relay),
            part("effects", false, (!allowed).then_some(WITHHELD)),
            part("cluster", false, cluster),
            part("boundary", false, boundary.trouble()),
        ]
    }

    fn volumes_grow(&self) -> Option<bool> {
        self.support.borrow().volumes_grow()
    }
}

impl Health {
    fn writer(&self) -> Option<&'static str> {
        if self.appender.has_stopped() {
            return Some("the writer has ended; start this process anew");
        }
        let slow = self.appender.busy_for().is_some_and(|busy| busy > WRITING);
        slow.then_some("the database does not answer the writer; commands are not taken")
    }
}

/// Takes the installation's figures from the database.
pub(super) struct Figures {
    pub(super) pool: PgPool,
    pub(super) clock: Clock,
    pub(super) relay: watch::Receiver<RelayHealth>,
    pub(super) support: watch::Receiver<Support>,
    pub(super) boundary: watch::Receiver<Boundary>,
    /// They could not be taken when they were last asked for.
    pub(super) untaken: AtomicBool,
    pub(super) cluster: Cluster,
    pub(super) cluster_answers: watch::Receiver<bool>,
}

#[async_trait]
impl Measures for Figures {
    async fn measure(&self) -> Option<Measured> {
        let taken = tokio::time::timeout(PATIENCE, self.take()).await;
        let trouble = match taken {
            Ok(Ok(measured)) => {
                self.untaken.store(false, Ordering::Relaxed);
                return Some(measured);
            }
            Ok(Err(error)) => crate::chain_of(&error),
            Err(_) => format!("the database took longer than {} s", PATIENCE.as_secs()),
        };
        // Every scrape would say it again.
        if !self.untaken.swap(true, Ordering::Relaxed) {
            tracing::warn!("the figures of the installation cannot be taken: {trouble}");
        }
        None
    }
}

impl Figures {
    async fn take(&self) -> sqlx::Result<Measured> {
        let head = sqlx::query_scalar("select coalesce(max(position), 0) from events")
            .fetch_one(&self.pool)
            .await?;
        let mut readers: Vec<(String, i64)> = sqlx::query_as(
            "select name, position from checkpoints where position > 0 order by name",
        )
        .fetch_all(&self.pool)
        .await?;
        let effects = sqlx::query_as(
            "select status, count(*) from work.effects where status <> 'done' group by status order by status",
        )
        .fetch_all(&self.pool)
        .await?;
        let parked = sqlx::query_scalar("select count(*) from work.parked")
            .fetch_one(&self.pool)
            .await?;
        let removals_stuck = sqlx::query_scalar(
            "select count(*) from work.effects report join work.effects removal using (saga, instance)
             where report.step = 'report-stuck' and removal.step = 'remove' and removal.status in ('waiting', 'running')",
        )
        .fetch_one(&self.pool)
        .await?;
        let findings = sqlx::query_as(
            "select found ->> 'finding', found ->> 'outcome', count(*)
             from (select report from work.sweeps order by id desc limit 1) last,
               jsonb_array_elements(report -> 'findings') found group by 1, 2 order by 1, 2",
        )
        .fetch_all(&self.pool)
        .await?;
        let swept: Option<(i64, i64)> = sqlx::query_as(
            "select jsonb_array_length(report -> 'orphans')::bigint,
               extract(epoch from clock_timestamp() - at)::bigint
             from work.sweeps order by id desc limit 1",
        )
        .fetch_optional(&self.pool)
        .await?;
        let pods = pods::by_status(&mut *self.pool.acquire().await?).await?;
        let workers = workers::by_status(&mut *self.pool.acquire().await?).await?;
        let pools = workers::pools(&mut *self.pool.acquire().await?).await?;
        let headroom = pools.into_iter().map(|pool| Headroom {
            pool: pool.name,
            cpu_millicores: pool.headroom_cpu_millicores,
            memory_mib: pool.headroom_memory_mib,
            pods: pool.headroom_pods,
        });
        let noted = readers.extract_if(.., |(name, _)| name == RELAY_LEASE);
        let noted = noted.map(|(_, position)| position).next().unwrap_or(0);
        let published = match *self.relay.borrow() {
            RelayHealth::Following { published } => Some(published),
            RelayHealth::Away | RelayHealth::Diverged { .. } => Some(noted),
            // Another process tells it, or nobody knows yet.
            RelayHealth::Starting | RelayHealth::Standby => None,
        };
        Ok(Measured {
            head,
            published,
            readers,
            effects,
            parked,
            removals_stuck,
            findings,
            orphans: swept.map_or(0, |(orphans, _)| orphans),
            sweep_age_seconds: swept.map(|(_, age)| age),
            reconciliation_age_seconds: self.reconciliation_age().await?,
            pods,
            workers,
            headroom: headroom.collect(),
            usage: self.usage().await?,
            cases_unowned: cases::unowned(&mut *self.pool.acquire().await?).await?,
            unspent_paid_credit: wallets::unspent_paid(&mut *self.pool.acquire().await?).await?,
            support: self.support(),
            cluster_reachable: *self.cluster_answers.borrow(),
            cluster_errors: self.cluster.errors(),
        })
    }

    fn support(&self) -> Vec<(&'static str, bool)> {
        let mut parts = self.support.borrow().parts();
        let boundary = self.boundary.borrow();
        if *boundary != Boundary::Unknown {
            parts.push(("boundary", *boundary == Boundary::Held));
        }
        parts
    }

    async fn reconciliation_age(&self) -> sqlx::Result<Option<i64>> {
        let last = last_compared(&self.pool).await?;
        let end = last.and_then(|day| day.succ_opt()).map(day_begins);
        Ok(end.map(|end| (self.clock.now() - end).num_seconds()))
    }

    async fn usage(&self) -> sqlx::Result<MeasuredUsage> {
        let mut rows = self.pool.acquire().await?;
        let sampling = usage::sampling(&mut rows).await?;
        let pods = match sampling.succeeded_at {
            Some(at) => usage::measured_at(&mut rows, at).await?,
            None => 0,
        };
        Ok(MeasuredUsage {
            available: sampling.trouble(self.clock.now()).is_none(),
            pods,
            failures: sampling.failures,
            warned: usage::warned(&mut rows).await?,
        })
    }
}
