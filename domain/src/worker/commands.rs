use super::Capacity;
use crate::text::{PoolName, Reason, WorkerName};
use chrono::{DateTime, Utc};

#[derive(Clone, Debug)]
pub enum WorkerCommand {
    /// Lets one host join until then.
    Invite {
        pool: PoolName,
        expires_at: DateTime<Utc>,
    },
    /// The host that holds the token joins.
    Join {
        name: WorkerName,
        capacity: Capacity,
        at: DateTime<Utc>,
    },
    /// A node stands in the cluster like this.
    ObserveNode {
        name: WorkerName,
        pool: PoolName,
        capacity: Capacity,
        allocatable: Capacity,
        at: DateTime<Utc>,
    },
    /// A host says what it has.
    ReportCapacity {
        capacity: Capacity,
    },
    /// It was not heard of, or was not ready, since then.
    GoDegraded {
        since: DateTime<Utc>,
        at: DateTime<Utc>,
    },
    GoOffline {
        since: DateTime<Utc>,
        at: DateTime<Utc>,
    },
    ComeOnline {
        at: DateTime<Utc>,
    },
    Cordon,
    Uncordon,
    /// Whether the cluster places anything new on the node.
    ObserveCordon {
        cordoned: bool,
    },
    Drain {
        at: DateTime<Utc>,
    },
    /// Nothing of ours was seen to be left on the node.
    FinishDrain {
        at: DateTime<Utc>,
    },
    /// Something of ours is held on the node for too long.
    FailDrain {
        reason: Reason,
        at: DateTime<Utc>,
    },
    /// The node is no longer in the cluster.
    ObserveGone {
        at: DateTime<Utc>,
    },
    /// Forgets a host, or takes an unused token back.
    Dismiss {
        at: DateTime<Utc>,
    },
}
