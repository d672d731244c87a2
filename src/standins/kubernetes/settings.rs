//! How the simulated cluster is set up: which optional APIs it has and how far its caches lag behind.

use serde::{Deserialize, Serialize};

/// The set-up of a cluster. It can change while the cluster runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Whether `gateway.networking.k8s.io` is installed.
    pub gateway_api: bool,
    /// Whether `metrics.k8s.io` is served.
    pub metrics_api: bool,
    /// How long the status of a quota stays behind its spec and behind what is there.
    pub quota_lag_ms: u64,
    /// How long a change of roles and bindings takes until requests are judged by it.
    pub rbac_lag_ms: u64,
    /// How far the clock of the cluster runs ahead of the system's; CronJobs go by it.
    pub clock_ahead_ms: u64,
    /// Whether watches stay open and say nothing, as through a proxy that has lost their other end.
    pub mute_watches: bool,
    /// Whether volumes that are asked to grow come to it.
    pub volumes_grow: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            gateway_api: false,
            metrics_api: true,
            quota_lag_ms: 0,
            rbac_lag_ms: 0,
            clock_ahead_ms: 0,
            mute_watches: false,
            volumes_grow: true,
        }
    }
}

impl Settings {
    /// Whether the kinds of this API group are there.
    pub(super) fn serves(self, group: &str) -> bool {
        group != "gateway.networking.k8s.io" || self.gateway_api
    }
}
