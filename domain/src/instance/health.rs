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
    /// The node that it runs on does not answer.
    NodeLost,
}

/// How an app that was ready is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Illness {
    pub unready: Unready,
    /// What is wrong in plain words, where the cluster has any.
    pub trouble: Option<String>,
    /// Whether the cause is on our side: no room, no image, no database, a node that is gone.
    pub ours: bool,
}

impl Illness {
    /// Whether a restart may help. Only what has started is restarted: a migration is never cut off, a crash loop is
    /// the kubelet's, and an app does not bring back its database or its node.
    pub fn is_curable(&self) -> bool {
        self.unready == Unready::Unresponsive && !self.ours
    }
}

impl Unready {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unresponsive => "unresponsive",
            Self::Starting => "starting",
            Self::Crashing => "crashing",
            Self::NodeLost => "node_lost",
        }
    }
}
