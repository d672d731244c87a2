use super::Held;
use crate::{aggregate::event_names, ids::UserId, text::Reason};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ApprovalEvent {
    #[serde(rename = "approval.requested")]
    Requested { held: Box<Held>, at: DateTime<Utc> },
    /// What is held was carried out in the same commit.
    #[serde(rename = "approval.approved")]
    Approved { by: UserId, at: DateTime<Utc> },
    #[serde(rename = "approval.rejected")]
    Rejected {
        by: UserId,
        reason: Reason,
        at: DateTime<Utc>,
    },
    /// Nobody decided it in its time.
    #[serde(rename = "approval.expired")]
    Expired { at: DateTime<Utc> },
}

event_names!(ApprovalEvent {
    Requested => "approval.requested" v "1",
    Approved => "approval.approved" v "1",
    Rejected => "approval.rejected" v "1",
    Expired => "approval.expired" v "1",
});
