use super::Capacity;
use crate::{
    aggregate::event_names,
    text::{PoolName, Reason, WorkerName},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum WorkerEvent {
    /// A token was made with which one host may join until then. The token itself stands nowhere.
    #[serde(rename = "worker.invited")]
    Invited {
        pool: PoolName,
        expires_at: DateTime<Utc>,
    },
    #[serde(rename = "worker.registered")]
    Registered {
        name: WorkerName,
        origin: Origin,
        pool: PoolName,
        /// What it has.
        capacity: Capacity,
        /// What pods may have of it.
        allocatable: Capacity,
        at: DateTime<Utc>,
    },
    #[serde(rename = "worker.capacity_changed")]
    CapacityChanged {
        capacity: Capacity,
        allocatable: Capacity,
    },
    #[serde(rename = "worker.pool_changed")]
    PoolChanged { pool: PoolName },
    /// Not heard of, or not ready, since then.
    #[serde(rename = "worker.went_degraded")]
    WentDegraded {
        since: DateTime<Utc>,
        at: DateTime<Utc>,
    },
    #[serde(rename = "worker.went_offline")]
    WentOffline {
        since: DateTime<Utc>,
        at: DateTime<Utc>,
    },
    #[serde(rename = "worker.came_online")]
    CameOnline { at: DateTime<Utc> },
    /// Somebody wants nothing new to be placed on this node; the cluster has yet to hear of it.
    #[serde(rename = "worker.cordon_requested")]
    CordonRequested {},
    #[serde(rename = "worker.uncordon_requested")]
    UncordonRequested {},
    /// Nothing new is placed on it: observed of a node, so of a host.
    #[serde(rename = "worker.cordoned")]
    Cordoned {},
    #[serde(rename = "worker.uncordoned")]
    Uncordoned {},
    /// What of ours runs on this node is to move elsewhere. Nothing new is placed on it from now on.
    #[serde(rename = "worker.drain_requested")]
    DrainRequested { at: DateTime<Utc> },
    /// Nothing of ours was observed to be left on it.
    #[serde(rename = "worker.drained")]
    Drained { at: DateTime<Utc> },
    /// Something of ours was held on it for too long. Nothing new is placed on it all the same.
    #[serde(rename = "worker.drain_failed")]
    DrainFailed { reason: Reason, at: DateTime<Utc> },
    /// A node is no longer in the cluster; a host or an unused token was dismissed.
    #[serde(rename = "worker.removed")]
    Removed { at: DateTime<Utc> },
}

/// How a worker is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// It is seen in the cluster.
    Node,
    /// It joined with a token and tells of itself.
    Host,
}

impl Origin {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Host => "host",
        }
    }
}

event_names!(WorkerEvent {
    Invited => "worker.invited" v "1",
    Registered => "worker.registered" v "1",
    CapacityChanged => "worker.capacity_changed" v "1",
    PoolChanged => "worker.pool_changed" v "1",
    WentDegraded => "worker.went_degraded" v "1",
    WentOffline => "worker.went_offline" v "1",
    CameOnline => "worker.came_online" v "1",
    CordonRequested => "worker.cordon_requested" v "1",
    UncordonRequested => "worker.uncordon_requested" v "1",
    Cordoned => "worker.cordoned" v "1",
    Uncordoned => "worker.uncordoned" v "1",
    DrainRequested => "worker.drain_requested" v "1",
    Drained => "worker.drained" v "1",
    DrainFailed => "worker.drain_failed" v "1",
    Removed => "worker.removed" v "1",
});
