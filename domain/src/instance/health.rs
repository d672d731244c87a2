use serde::{Deserialize, Serialize};

/// Why an app that was ready is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unready {
    /// It has started and does not answer its readiness probe.
    Unresponsive,
    /// It has not finished starting, or cannot begin to.
    Starting,
    /// It starts and exits, again and again.
    Crashing,
}

impl Unready {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unresponsive => "unresponsive",
            Self::Starting => "starting",
            Self::Crashing => "crashing",
        }
    }
}
