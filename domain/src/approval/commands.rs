use super::Act;
use crate::{Rupiah, ids::UserId, text::Reason};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug)]
pub enum ApprovalCommand {
    Request {
        held: Box<Held>,
        at: DateTime<Utc>,
    },
    Approve {
        by: UserId,
        at: DateTime<Utc>,
    },
    Reject {
        by: UserId,
        reason: Reason,
        at: DateTime<Utc>,
    },
    Expire {
        at: DateTime<Utc>,
    },
}

/// What is held until somebody decides it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub act: Act,
    pub requested_by: UserId,
    /// The version of what it changes, at which it was asked for; at any other it is not carried out.
    pub expected_version: i64,
    /// What it comes to; `None` where it is not about an amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Rupiah>,
    /// Who may decide it and is written to.
    pub asked: Vec<UserId>,
    pub expires_at: DateTime<Utc>,
}
