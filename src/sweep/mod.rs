//! The sweep: every few minutes everything is compared, what is wanted, what is there, and what is recorded. The watch
//! tells of changes as they come; this finds what it missed, and what changes without anybody telling. It reports all
//! that differed and repairs what can be repaired without losing data.

mod findings;
mod keeper;
mod report;

pub use keeper::{OrphanKeeper, OrphanSeen};
pub use report::{Finding, OrphanFound, SweepReport, last_report};

use crate::{
    clock::Clock,
    kubernetes::{Cluster, ClusterError, watch::NamespacePhase},
    sagas::{Effects, Observer},
    store::{Loaded, States, StoreError},
};
use findings::{Swept, is_about_secret};
use purser_domain::{
    AggregateType,
    ids::InstanceId,
    instance::{Instance, InstanceStatus},
};
use purser_projections::checkpoint;
use sqlx::PgPool;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const LEASE: &str = "sweep";
/// How often a process that does not sweep looks whether it should.
const LOOK: Duration = Duration::from_secs(5);

/// In how many sweeps every Secret and every ConfigMap is looked at once. None may be listed, so each is a request of its own.
const EACH_WITHIN: u64 = 12;

/// What becomes of namespaces that belong to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrphanPolicy {
    /// They are reported, and removed by command.
    Report,
    /// Those of instances that the history knows as removed are removed once they were seen for this long, in milliseconds;
    /// others by command.
    Remove { after_ms: i64 },
}

#[derive(Clone, Copy, Debug)]
pub struct SweepOptions {
    /// The time between two sweeps, in milliseconds.
    pub every_ms: u64,
    /// How many instances are repaired at once.
    pub repairs: usize,
    pub orphans: OrphanPolicy,
}

impl Default for SweepOptions {
    fn default() -> Self {
        Self {
            every_ms: 300_000,
            repairs: 4,
            orphans: OrphanPolicy::Report,
        }
    }
}

/// A sweep came to nothing; the next one begins anew.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the database cannot be asked")]
    Database(#[from] sqlx::Error),
    #[error("a report cannot be written or read")]
    Report(#[from] serde_json::Error),
}

/// Sweeps; one process at a time.
pub struct Sweeper {
    pub cluster: Cluster,
    pub states: Arc<States>,
    pub effects: Arc<Effects>,
    pub observer: Observer,
    pub orphans: Arc<dyn OrphanKeeper>,
    pub pool: PgPool,
    pub clock: Clock,
    /// Whether anything may be put right: what is recorded may be older than what stands in the cluster.
    pub allowed: watch::Receiver<bool>,
    pub options: SweepOptions,
}

impl Sweeper {
    /// Sweeps until told to stop; `holder` holds the lease, for longer than the time between two sweeps.
    pub async fn run(self, holder: Uuid, stop: CancellationToken) {
        let every = Duration::from_millis(self.options.every_ms);
        let lease_ms = i64::try_from(self.options.every_ms).unwrap_or(i64::MAX / 2) + 60_000;
        let mut round = 0_u64;
        loop {
            let pause = match checkpoint::lease(&self.pool, LEASE, holder, lease_ms).await {
                // By a wrong clock an orphan is older than it is.
                Ok(Some(_)) if self.clock.off().is_none() => {
                    if let Some(Err(error)) = stop.run_until_cancelled(self.sweep(round)).await {
                        warn(&error);
                    }
                    round = round.wrapping_add(1);
                    every
                }
                Ok(_) => LOOK,
                Err(error) => {
                    warn(&error);
                    LOOK
                }
            };
            let pause = tokio::time::sleep(pause);
            if stop.run_until_cancelled(pause).await.is_none() {
                return;
            }
        }
    }

    /// Compares everything once, but for Secrets and ConfigMaps, of which it is a part; repairs where that is allowed, and
    /// keeps the report.
    async fn sweep(&self, round: u64) -> Result<(), SweepError> {
        let started_at = self.clock.now();
        let before = self.versions().await?;
        let seen = self.cluster.look().await?;
        let mut inventory = self.cluster.inventory().await?;
        let seen: HashMap<Uuid, _> = seen.into_iter().map(|it| (it.instance, it)).collect();
        let last = match last_report(&self.pool).await {
            // Of another release: this sweep writes one of ours, and begins anew with what it remembers from sweep to sweep.
            Err(SweepError::Report(error)) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "the report of the last sweep cannot be read");
                None
            }
            last => last?,
        };
        let known: HashSet<Finding> = last.iter().flat_map(|it| it.findings.clone()).collect();
        let (mut swept, mut instances) = (Swept::default(), 0);
        for (id, version) in before {
            let Some(instance) = self.recorded(id, &mut swept).await? else {
                continue;
            };
            let Some(status) = instance.status() else {
                continue;
            };
            // What changes at this moment is compared the next time.
            if instance.version != version {
                continue;
            }
            instances += 1;
            let Some(observation) = seen.get(&id.uuid()) else {
                let unmade = matches!(
                    status,
                    InstanceStatus::Provisioning | InstanceStatus::Removing
                );
                if !unmade {
                    self.look_for(id, &mut swept).await;
                }
                continue;
            };
            self.observer.observe(observation).await;
            let Some(observed) = self.recorded(id, &mut swept).await? else {
                continue;
            };
            if observed.version != version {
                swept.unrecorded(id);
            } else if is_settled(status) && observation.namespace == NamespacePhase::Active {
                let rests = instance.is_to_rest();
                if (rests && observation.any_runs) || (!rests && !observation.all_run) {
                    swept.scaled(id, rests);
                }
                if !rests && observation.has_database && !observation.database_ready {
                    match self.effects.stuck_database(id).await {
                        Ok(stuck) => swept.stuck(id, stuck),
                        Err(error) => swept.unknown(id, error),
                    }
                }
                // One that was not well stays in the report until it is.
                let of_it = || known.iter().filter(|it| it.instance_id == id.uuid());
                let its_turn = is_in_round(id, round);
                if its_turn || of_it().any(is_about_secret) {
                    match self.effects.secret_trouble(id).await {
                        Ok(trouble) => swept.secret(id, trouble),
                        Err(error) => swept.unknown(id, error),
                    }
                }
                if instance.failed_resize().is_some()
                    && *self.allowed.borrow()
                    && let Err(error) = self.effects.finish_resize(id).await
                {
                    swept.unknown(id, error);
                }
                let wanted = match self.effects.wanted_objects(id).await {
                    Ok(wanted) => wanted,
                    Err(error) => {
                        swept.unknown(id, error);
                        continue;
                    }
                };
                // What is to run and does not may be waiting for one.
                let waits = !rests && !observation.is_ready();
                if its_turn || waits || of_it().any(is_about_config) {
                    let looked = self.cluster.take_stock_of_configs(&wanted, &mut inventory);
                    if let Err(error) = looked.await {
                        swept.unknown(id, crate::chain_of(&error));
                    }
                }
                swept.compared(id, &instance, &wanted, &inventory);
            }
        }
        let (mut findings, stripped) = swept.into_parts();
        if *self.allowed.borrow() {
            self.repair(&mut findings, stripped, &known).await;
        }
        let orphans = self.sweep_orphans(last.as_ref(), started_at).await;
        let report = SweepReport {
            started_at,
            ended_at: self.clock.now(),
            instances,
            findings,
            orphans,
        };
        report.keep(&self.pool).await
    }

    /// What is recorded of an instance. `None` where this build cannot read it, as after going back to an older release: that
    /// is found, and all others are compared.
    async fn recorded(
        &self,
        id: InstanceId,
        swept: &mut Swept,
    ) -> Result<Option<Loaded<Instance>>, StoreError> {
        match self.states.load::<Instance>(&id).await {
            Err(error) if !error.is_unavailable() => {
                swept.unknown(id, crate::chain_of(&error));
                Ok(None)
            }
            loaded => loaded.map(Some),
        }
    }

    /// An instance whose namespace no list has.
    async fn look_for(&self, id: InstanceId, swept: &mut Swept) {
        match self.observer.look_at(id).await {
            Ok(seen) => {
                swept.unmarked(id, seen.namespace);
                self.observer.observe(&seen).await;
            }
            Err(error) => swept.unknown(id, crate::chain_of(&error)),
        }
    }

    /// The instances that are not gone, and how far their history had come before anything was looked at. Whom to look
    /// at is read from a read model; what is decided of each is decided on its own stream.
    async fn versions(&self) -> Result<Vec<(InstanceId, i64)>, SweepError> {
        let versions = sqlx::query_as(
            "select id, (select coalesce(max(sequence), 0) from events
                          where aggregate_type = $1 and aggregate_id = pods.id::text)
               from pods where status <> 'removed' order by id",
        );
        let versions: Vec<(Uuid, i64)> = versions
            .bind(AggregateType::Instance.as_str())
            .fetch_all(&self.pool)
            .await?;
        let versions = versions.into_iter();
        Ok(versions
            .map(|(id, version)| (InstanceId::new(id), version))
            .collect())
    }
}

/// Whether it is among those whose Secrets and ConfigMaps this round looks at.
fn is_in_round(id: InstanceId, round: u64) -> bool {
    id.uuid().as_u128() % u128::from(EACH_WITHIN) == u128::from(round % EACH_WITHIN)
}

fn is_about_config(finding: &Finding) -> bool {
    let object = finding.object.as_deref();
    object.is_some_and(|object| object.starts_with("ConfigMap/"))
}

/// Whether nothing is under way that would explain a difference.
fn is_settled(status: InstanceStatus) -> bool {
    use InstanceStatus as Is;
    match status {
        Is::Ready | Is::Unready | Is::Degraded | Is::Stopped | Is::Held => true,
        Is::Provisioning
        | Is::Restarting
        | Is::Stopping
        | Is::Starting
        | Is::Resizing
        | Is::Reconfiguring
        | Is::ResettingPassword
        | Is::Removing
        | Is::Removed => false,
    }
}

fn warn(error: &(dyn std::error::Error + 'static)) {
    tracing::warn!(error, "the sweep could not be made");
}
