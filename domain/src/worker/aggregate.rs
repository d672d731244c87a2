use super::{Capacity, Origin, WorkerCommand, WorkerError, WorkerEvent};
use crate::{
    aggregate::aggregate,
    ids::WorkerId,
    text::{PoolName, WorkerName},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Worker {
    stage: Stage,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Stage {
    #[default]
    Unknown,
    Invited {
        pool: PoolName,
        expires_at: DateTime<Utc>,
    },
    Working(Working),
    Removed,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Working {
    name: WorkerName,
    origin: Origin,
    pool: PoolName,
    capacity: Capacity,
    allocatable: Capacity,
    health: Health,
    cordoned: bool,
    /// What was asked for and not observed yet.
    wanted: Option<bool>,
    drain: Option<Drain>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Health {
    Online,
    Degraded,
    Offline,
}

/// How far the moving away has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Drain {
    Requested,
    Done,
}

aggregate!(
    Worker,
    WorkerId,
    WorkerCommand,
    WorkerEvent,
    WorkerError,
    "worker"
);

impl Worker {
    /// Its name, once it is registered and until it is removed.
    pub fn name(&self) -> Option<&WorkerName> {
        self.working().map(|working| &working.name)
    }

    /// How it is known, once it is registered and until it is removed.
    pub fn origin(&self) -> Option<Origin> {
        self.working().map(|working| working.origin)
    }

    pub fn is_removed(&self) -> bool {
        self.stage == Stage::Removed
    }

    /// Whether nothing new is to be placed on it: as it was asked for, else as it was observed.
    pub fn is_to_be_cordoned(&self) -> bool {
        self.working().is_some_and(Working::intent)
    }

    pub fn drain(&self) -> Option<Drain> {
        self.working().and_then(|working| working.drain)
    }

    fn working(&self) -> Option<&Working> {
        match &self.stage {
            Stage::Working(working) => Some(working),
            Stage::Unknown | Stage::Invited { .. } | Stage::Removed => None,
        }
    }

    pub(super) fn decide(&self, command: WorkerCommand) -> Result<Vec<WorkerEvent>, WorkerError> {
        use WorkerCommand as Do;
        match (&self.stage, command) {
            (Stage::Unknown, command) => begin(command),
            (Stage::Invited { pool, expires_at }, command) => invited(pool, *expires_at, command),
            (Stage::Removed, Do::ObserveGone { .. } | Do::Dismiss { .. }) => Ok(vec![]),
            (Stage::Removed, Do::Join { .. }) => Err(WorkerError::TokenSpent),
            (Stage::Removed, _) => Err(WorkerError::Removed),
            (Stage::Working(working), command) => working.decide(command),
        }
    }

    pub(super) fn fold(&mut self, event: WorkerEvent) {
        use WorkerEvent as Did;
        match (event, &mut self.stage) {
            (Did::Invited { pool, expires_at }, _) => {
                self.stage = Stage::Invited { pool, expires_at };
            }
            (
                Did::Registered {
                    name,
                    origin,
                    pool,
                    capacity,
                    allocatable,
                    ..
                },
                _,
            ) => {
                self.stage = Stage::Working(Working {
                    name,
                    origin,
                    pool,
                    capacity,
                    allocatable,
                    health: Health::Online,
                    cordoned: false,
                    wanted: None,
                    drain: None,
                });
            }
            (Did::Removed { .. }, _) => self.stage = Stage::Removed,
            (event, Stage::Working(working)) => working.fold(event),
            (_, Stage::Unknown | Stage::Invited { .. } | Stage::Removed) => {}
        }
    }
}

fn begin(command: WorkerCommand) -> Result<Vec<WorkerEvent>, WorkerError> {
    use {WorkerCommand as Do, WorkerEvent as Did};
    match command {
        Do::Invite { pool, expires_at } => Ok(vec![Did::Invited { pool, expires_at }]),
        Do::ObserveNode {
            name,
            pool,
            capacity,
            allocatable,
            at,
        } => Ok(vec![Did::Registered {
            name,
            origin: Origin::Node,
            pool,
            capacity,
            allocatable,
            at,
        }]),
        _ => Err(WorkerError::NotFound),
    }
}

fn invited(
    pool: &PoolName,
    until: DateTime<Utc>,
    command: WorkerCommand,
) -> Result<Vec<WorkerEvent>, WorkerError> {
    use {WorkerCommand as Do, WorkerEvent as Did};
    match command {
        Do::Join { at, .. } if at >= until => Err(WorkerError::TokenExpired),
        Do::Join { name, capacity, at } => Ok(vec![Did::Registered {
            name,
            origin: Origin::Host,
            pool: pool.clone(),
            capacity,
            allocatable: capacity,
            at,
        }]),
        Do::Dismiss { at } => Ok(vec![Did::Removed { at }]),
        Do::Invite { .. } | Do::ObserveNode { .. } => Err(WorkerError::AlreadyKnown),
        _ => Err(WorkerError::NotJoined),
    }
}

impl Working {
    fn intent(&self) -> bool {
        self.wanted.unwrap_or(self.cordoned)
    }

    fn decide(&self, command: WorkerCommand) -> Result<Vec<WorkerEvent>, WorkerError> {
        use {WorkerCommand as Do, WorkerEvent as Did};
        let is_node = self.origin == Origin::Node;
        let once = |already: bool, event: Did| Ok(if already { vec![] } else { vec![event] });
        match command {
            Do::Join { .. } => Err(WorkerError::TokenSpent),
            Do::Invite { .. } => Err(WorkerError::AlreadyKnown),
            Do::ObserveNode { .. } | Do::ObserveGone { .. } if !is_node => {
                Err(WorkerError::NotANode)
            }
            Do::ObserveNode {
                pool,
                capacity,
                allocatable,
                ..
            } => Ok(self.changes(Some(pool), capacity, allocatable)),
            Do::ReportCapacity { .. } if is_node => Err(WorkerError::InTheCluster),
            Do::ReportCapacity { capacity } => Ok(self.changes(None, capacity, capacity)),
            Do::GoDegraded { since, at } => once(
                self.health >= Health::Degraded,
                Did::WentDegraded { since, at },
            ),
            Do::GoOffline { since, at } => once(
                self.health == Health::Offline,
                Did::WentOffline { since, at },
            ),
            Do::ComeOnline { at } => once(self.health == Health::Online, Did::CameOnline { at }),
            Do::Cordon if is_node => once(self.intent(), Did::CordonRequested {}),
            Do::Uncordon if is_node => once(!self.intent(), Did::UncordonRequested {}),
            Do::Cordon => once(self.cordoned, Did::Cordoned {}),
            Do::Uncordon => once(!self.cordoned, Did::Uncordoned {}),
            Do::ObserveCordon { cordoned: true } => once(self.cordoned, Did::Cordoned {}),
            Do::ObserveCordon { cordoned: false } => once(!self.cordoned, Did::Uncordoned {}),
            Do::Drain { .. } if !is_node => Err(WorkerError::NotANode),
            Do::Drain { at } => once(self.drain.is_some(), Did::DrainRequested { at }),
            Do::FinishDrain { at } => match self.drain {
                Some(Drain::Requested) => Ok(vec![Did::Drained { at }]),
                Some(Drain::Done) => Ok(vec![]),
                None => Err(WorkerError::NotDraining),
            },
            Do::FailDrain { reason, at } => once(
                self.drain != Some(Drain::Requested),
                Did::DrainFailed { reason, at },
            ),
            Do::ObserveGone { at } => Ok(vec![Did::Removed { at }]),
            Do::Dismiss { .. } if is_node => Err(WorkerError::InTheCluster),
            Do::Dismiss { at } => Ok(vec![Did::Removed { at }]),
        }
    }

    fn changes(
        &self,
        pool: Option<PoolName>,
        capacity: Capacity,
        allocatable: Capacity,
    ) -> Vec<WorkerEvent> {
        let resized = (self.capacity, self.allocatable) != (capacity, allocatable);
        let resized = resized.then_some(WorkerEvent::CapacityChanged {
            capacity,
            allocatable,
        });
        let moved = pool.filter(|pool| *pool != self.pool);
        let moved = moved.map(|pool| WorkerEvent::PoolChanged { pool });
        resized.into_iter().chain(moved).collect()
    }

    fn fold(&mut self, event: WorkerEvent) {
        use WorkerEvent as Did;
        match event {
            Did::Invited { .. } | Did::Registered { .. } | Did::Removed { .. } => {}
            Did::CapacityChanged {
                capacity,
                allocatable,
            } => {
                self.capacity = capacity;
                self.allocatable = allocatable;
            }
            Did::PoolChanged { pool } => self.pool = pool,
            Did::WentDegraded { .. } => self.health = Health::Degraded,
            Did::WentOffline { .. } => self.health = Health::Offline,
            Did::CameOnline { .. } => self.health = Health::Online,
            Did::CordonRequested {} => self.wanted = Some(true),
            Did::UncordonRequested {} => {
                self.wanted = Some(false);
                self.drain = None;
            }
            Did::Cordoned {} => self.is_now(true),
            Did::Uncordoned {} => self.is_now(false),
            Did::DrainRequested { .. } => {
                self.wanted = Some(true);
                self.drain = Some(Drain::Requested);
            }
            Did::Drained { .. } => self.drain = Some(Drain::Done),
            Did::DrainFailed { .. } => self.drain = None,
        }
    }

    /// An observation answers the wish that it fulfils, and no other.
    fn is_now(&mut self, cordoned: bool) {
        self.cordoned = cordoned;
        self.wanted = self.wanted.filter(|wanted| *wanted != cordoned);
        if !cordoned && self.drain == Some(Drain::Done) {
            self.drain = None;
        }
    }
}
