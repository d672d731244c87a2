//! The loop that compares what is seen with what is known, as a whole and not by what changed: a change that was missed
//! is found the next time. One process at a time does it; the others wait for its lease.

use super::{FleetOptions, room::Room, sightings, teller::Teller};
use crate::{
    clock::Clock,
    kubernetes::{
        Recipes,
        watch::{NodeSeen, NodeWatch, NodesSeen},
    },
    store::{Appender, CommandError, States, StoreError},
};
use chrono::{DateTime, Duration, Utc};
use purser_domain::{
    Actor,
    ids::WorkerId,
    text::TextError,
    worker::{Origin, Worker, WorkerCommand},
};
use purser_projections::checkpoint;
use sqlx::PgPool;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const LEASE: &str = "workers";
const LEASE_MS: i64 = 5_000;
const LOOK: std::time::Duration = std::time::Duration::from_secs(1);

/// What was seen could not be told.
#[derive(Debug, thiserror::Error)]
pub(super) enum WatchError {
    #[error(transparent)]
    Command(#[from] CommandError),
    #[error("what is seen of workers cannot be noted")]
    Sightings(#[from] sqlx::Error),
    #[error("a node's name or pool cannot be kept")]
    Words(#[from] TextError),
}

impl From<StoreError> for WatchError {
    fn from(error: StoreError) -> Self {
        Self::Command(error.into())
    }
}

/// Watches nodes, heartbeats and room.
pub struct Watcher {
    teller: Teller,
    pool: PgPool,
    clock: Clock,
    nodes: NodeWatch,
    room: Room,
    options: FleetOptions,
    installation: Uuid,
    /// Nodes as they were last told of.
    told: HashMap<WorkerId, NodeSeen>,
    /// Who was last found quiet, since when, and whether it was offline by then.
    quiet: HashSet<(Uuid, DateTime<Utc>, bool)>,
}

impl Watcher {
    #[expect(
        clippy::too_many_arguments,
        reason = "everything that is seen of workers comes together here, once"
    )]
    pub fn new(
        appender: Appender,
        states: Arc<States>,
        pool: PgPool,
        clock: Clock,
        nodes: NodeWatch,
        recipes: Arc<Recipes>,
        options: FleetOptions,
        installation: Uuid,
    ) -> Self {
        let actor = Actor::System("workers");
        let teller = Teller {
            appender,
            states,
            actor,
        };
        let hold_sales = options.hold_sales;
        Self {
            room: Room::new(teller.clone(), pool.clone(), recipes, hold_sales),
            teller,
            pool,
            clock,
            nodes,
            options,
            installation,
            told: HashMap::new(),
            quiet: HashSet::new(),
        }
    }

    /// Watches until told to stop; `holder` holds the lease.
    pub async fn run(mut self, holder: Uuid, stop: CancellationToken) {
        let mut moved = self.clock.moves();
        loop {
            match checkpoint::lease(&self.pool, LEASE, holder, LEASE_MS).await {
                // By a wrong clock a host is quiet that is not, and a sighting of then counts for as long as it was wrong.
                Ok(Some(_)) if self.clock.off().is_none() => self.look().await,
                Ok(Some(_)) => {}
                Ok(None) => self.forget(),
                Err(error) => warn(&error),
            }
            tokio::select! {
                () = self.nodes.changed() => {}
                () = tokio::time::sleep(LOOK) => {}
                Ok(()) = moved.changed() => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Another process looks now, and what it told is not known here.
    fn forget(&mut self) {
        self.told.clear();
        self.quiet.clear();
        self.room.forget();
    }

    async fn look(&mut self) {
        if let Some(seen) = self.nodes.seen() {
            if let Err(error) = self.compare(&seen).await {
                warn(&error);
            }
            if let Err(error) = self.room.compare(&seen).await {
                warn(&error);
            }
        }
        if let Err(error) = self.sweep().await {
            warn(&error);
        }
    }

    async fn compare(&mut self, seen: &NodesSeen) -> Result<(), WatchError> {
        let mut present = HashMap::new();
        for node in &seen.nodes {
            let id = WorkerId::of_node(self.installation, &node.uid);
            present.insert(id, node);
        }
        let gone = self.told.keys().any(|id| !present.contains_key(id));
        let first = self.told.is_empty();
        for (id, node) in &present {
            if self.told.get(id) == Some(*node) {
                continue;
            }
            // One that cannot be told of must not keep the others from it.
            match self.tell(*id, node).await {
                Ok(()) => drop(self.told.insert(*id, (*node).clone())),
                // As of a node that was removed and is back under its old id: saying it again helps nobody.
                Err(WatchError::Command(CommandError::Refused(refused))) => {
                    tracing::info!(worker.id = %id, code = refused.code, "worker {id} is not followed: {refused}");
                    self.told.insert(*id, (*node).clone());
                }
                Err(error) => warn(&error),
            }
        }
        if gone || first {
            let present: Vec<Uuid> = present.keys().map(|id| id.uuid()).collect();
            self.miss(&present).await?;
            self.told.retain(|id, _| present.contains(&id.uuid()));
        }
        Ok(())
    }

    async fn tell(&self, id: WorkerId, node: &NodeSeen) -> Result<(), WatchError> {
        let at = self.clock.now();
        let quiet_since = sightings::node(&self.pool, id, at, node.ready, node.allocated).await?;
        let observe = WorkerCommand::ObserveNode {
            name: node.name.parse()?,
            pool: node.pool.parse()?,
            capacity: node.capacity,
            allocatable: node.allocatable,
            at,
        };
        self.teller.of_worker(id, "node", observe).await?;
        let cordoned = node.cordoned;
        let what = if cordoned { "cordoned" } else { "uncordoned" };
        let observe = WorkerCommand::ObserveCordon { cordoned };
        self.teller.of_worker(id, what, observe).await?;
        match quiet_since {
            None => {
                let online = WorkerCommand::ComeOnline { at };
                self.teller.of_worker(id, "online", online).await?;
            }
            // The cluster has waited for it already.
            Some(since) => {
                let degraded = WorkerCommand::GoDegraded { since, at };
                self.teller.of_worker(id, "degraded", degraded).await?;
            }
        }
        Ok(())
    }

    /// Nodes that were known and are not in the cluster any more.
    async fn miss(&self, present: &[Uuid]) -> Result<(), WatchError> {
        for id in sightings::others(&self.pool, present).await? {
            let id = WorkerId::new(id);
            let worker = self.teller.states.load::<Worker>(&id).await?;
            if worker.origin() == Some(Origin::Node) {
                let gone = WorkerCommand::ObserveGone {
                    at: self.clock.now(),
                };
                self.teller.of_worker(id, "gone", gone).await?;
                sightings::forget(&self.pool, id).await?;
            } else if worker.is_removed() {
                sightings::forget(&self.pool, id).await?;
            }
        }
        Ok(())
    }

    /// Turns missed heartbeats into what they mean.
    async fn sweep(&mut self) -> Result<(), WatchError> {
        let at = self.clock.now();
        let degraded_before = at - milliseconds(self.options.degraded_after_ms);
        let offline_before = at - milliseconds(self.options.offline_after_ms);
        let quiet = sightings::quiet(&self.pool, degraded_before).await?;
        let mut found = HashSet::new();
        for (id, since) in quiet {
            let offline = since <= offline_before;
            let known = (id, since, offline);
            found.insert(known);
            if self.quiet.contains(&known) {
                continue;
            }
            let (what, command) = if offline {
                ("offline", WorkerCommand::GoOffline { since, at })
            } else {
                ("degraded", WorkerCommand::GoDegraded { since, at })
            };
            match self
                .teller
                .of_worker(WorkerId::new(id), what, command)
                .await
            {
                Ok(()) => {}
                // It was dismissed meanwhile.
                Err(CommandError::Refused(_)) => {
                    sightings::forget(&self.pool, WorkerId::new(id)).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.quiet = found;
        Ok(())
    }
}

fn milliseconds(figure: u64) -> Duration {
    Duration::milliseconds(i64::try_from(figure).unwrap_or(i64::MAX / 1_000))
}

fn warn(error: &(dyn std::error::Error + 'static)) {
    tracing::warn!(error, "what is seen of workers could not be told");
}
