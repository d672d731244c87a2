//! How the simulated cluster is set up: which optional APIs it has.

use serde::{Deserialize, Serialize};

/// The set-up of a cluster. It can change while the cluster runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Whether `gateway.networking.k8s.io` is installed.
    pub gateway_api: bool,
    /// Whether `metrics.k8s.io` is served.
    pub metrics_api: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            gateway_api: false,
            metrics_api: true,
        }
    }
}

impl Settings {
    /// Whether the kinds of this API group are there.
    pub(super) fn serves(self, group: &str) -> bool {
        group != "gateway.networking.k8s.io" || self.gateway_api
    }
}
