//! What can go wrong with a mail server, on demand.

use serde::{Deserialize, Serialize};

/// All off by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Connections are closed without a word.
    pub refuse: bool,
    /// Connections are greeted with 421 and closed.
    pub busy: bool,
    /// 451 for recipients that contain one of these; an empty text fits all.
    pub recipients_later: Vec<String>,
    /// 550 for recipients that contain one of these.
    pub recipients_never: Vec<String>,
    /// Every reply waits so long.
    pub slow_ms: u64,
    /// The next so many messages are taken, and then the connection is dropped instead of saying 250.
    pub accept_then_drop: u32,
}

impl Faults {
    pub(super) fn later(&self, recipient: &str) -> bool {
        self.recipients_later
            .iter()
            .any(|part| recipient.contains(part.as_str()))
    }

    pub(super) fn never(&self, recipient: &str) -> bool {
        self.recipients_never
            .iter()
            .any(|part| recipient.contains(part.as_str()))
    }
}
