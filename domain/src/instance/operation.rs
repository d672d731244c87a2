//! The words in which operations on a running instance are asked for and observed.

use serde::{Deserialize, Serialize};

/// Who keeps an instance from running, apart from its customer. There is one hold of each kind at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldKind {
    /// What is due was not paid.
    Billing,
    /// For abuse, or by order of somebody with the power to give one.
    Staff,
}

impl HoldKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Billing => "billing",
            Self::Staff => "staff",
        }
    }
}

/// Why an instance has to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopCause {
    /// Its customer wants it to.
    Customer,
    /// It is held.
    Hold,
}

/// What was observed after an operation was carried out on the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// App and database answer their readiness probes.
    Ready,
    /// Nothing of app and database is left running.
    Stopped,
    /// The Job that gives the app a new password has succeeded.
    PasswordSet,
    /// The new password stands in the instance's Secret as the one to sign in with.
    PasswordKept,
}

impl Seen {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Stopped => "stopped",
            Self::PasswordSet => "password_set",
            Self::PasswordKept => "password_kept",
        }
    }
}
