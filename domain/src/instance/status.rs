use serde::{Deserialize, Serialize};

/// Where an instance stands: what was observed of it, or the operation that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstanceStatus {
    Provisioning,
    Ready,
    /// It was ready, and is not without having been asked.
    Unready,
    Restarting,
    Stopping,
    Stopped,
    Starting,
    Resizing,
    /// It starts anew with what its customer chose.
    Reconfiguring,
    /// Its owner gets a new password.
    ResettingPassword,
    /// Somebody else than its customer keeps it from running.
    Held,
    /// What was asked of it last failed.
    Degraded,
    Removing,
    Removed,
}

impl InstanceStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provisioning => "provisioning",
            Self::Ready => "ready",
            Self::Unready => "unready",
            Self::Restarting => "restarting",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Starting => "starting",
            Self::Resizing => "resizing",
            Self::Reconfiguring => "reconfiguring",
            Self::ResettingPassword => "resetting_password",
            Self::Held => "held",
            Self::Degraded => "degraded",
            Self::Removing => "removing",
            Self::Removed => "removed",
        }
    }
}
