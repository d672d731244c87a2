//! What instances run on: nodes as they are seen in the cluster, and hosts outside that join and tell of themselves.
//! Turns what is seen into commands, and only where it changes something; decides nothing itself.

mod hosts;
mod room;
mod sightings;
mod teller;
mod watcher;

pub use hosts::{HostError, Hosts, Invited, Joined};
pub use watcher::Watcher;

/// When a worker counts as what, and how nodes are read.
#[derive(Clone, Debug)]
pub struct FleetOptions {
    /// How long a host may be quiet before it is degraded, in milliseconds.
    pub degraded_after_ms: u64,
    /// How long a worker may be quiet, or a node not ready, before it is offline, in milliseconds.
    pub offline_after_ms: u64,
    /// The label of a node whose value names its pool.
    pub pool_label: String,
    /// Whether a plan for which no node has room is not sold. Off where nodes are made on demand.
    pub hold_sales: bool,
    /// How long a drain may take before it has failed, in milliseconds during which the cluster answers.
    pub drain_deadline_ms: i64,
}
