use super::{ApprovalCommand, ApprovalError, ApprovalEvent, Held};
use crate::{
    aggregate::aggregate,
    ids::{ApprovalId, UserId},
    text::Reason,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    held: Option<Box<Held>>,
    end: Option<ApprovalEnd>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApprovalEnd {
    Approved(UserId),
    /// By whom, and why.
    Rejected(UserId, Reason),
    Expired,
}

aggregate!(
    Approval,
    ApprovalId,
    ApprovalCommand,
    ApprovalEvent,
    ApprovalError,
    "approval"
);

impl Approval {
    /// What is held; it never changes.
    pub fn held(&self) -> Option<&Held> {
        self.held.as_deref()
    }

    pub fn end(&self) -> Option<&ApprovalEnd> {
        self.end.as_ref()
    }

    pub fn is_open(&self) -> bool {
        self.held.is_some() && self.end.is_none()
    }

    pub(super) fn decide(
        &self,
        command: ApprovalCommand,
    ) -> Result<Vec<ApprovalEvent>, ApprovalError> {
        use {
            ApprovalCommand as Do, ApprovalEnd as End, ApprovalError as Error, ApprovalEvent as Did,
        };
        let Some(held) = &self.held else {
            return match command {
                Do::Request { held, at } => Ok(vec![Did::Requested { held, at }]),
                _ => Err(Error::NotFound),
            };
        };
        match (command, &self.end) {
            (Do::Request { held: again, .. }, _) if again == *held => Ok(vec![]),
            (Do::Request { .. }, _) => Err(Error::AlreadyRequested),
            (Do::Approve { by, .. }, Some(End::Approved(known))) if by == *known => Ok(vec![]),
            (Do::Reject { by, .. }, Some(End::Rejected(known, _))) if by == *known => Ok(vec![]),
            (Do::Expire { .. }, Some(End::Expired)) => Ok(vec![]),
            (_, Some(End::Expired)) => Err(Error::Expired),
            (_, Some(_)) => Err(Error::Decided),
            (Do::Expire { at }, None) if at < held.expires_at => Err(Error::StillOpen),
            (Do::Expire { at }, None) => Ok(vec![Did::Expired { at }]),
            (Do::Approve { at, .. } | Do::Reject { at, .. }, None) if at >= held.expires_at => {
                Err(Error::Expired)
            }
            (Do::Approve { by, .. }, None) if by == held.requested_by => Err(Error::OwnRequest),
            (Do::Approve { by, .. }, None) if Some(by) == held.act.user_id => Err(Error::OwnMatter),
            (Do::Approve { by, at }, None) => Ok(vec![Did::Approved { by, at }]),
            // Who asked may take it back.
            (Do::Reject { by, reason, at }, None) => Ok(vec![Did::Rejected { by, reason, at }]),
        }
    }

    pub(super) fn fold(&mut self, event: ApprovalEvent) {
        use ApprovalEvent as Did;
        match event {
            Did::Requested { held, .. } => self.held = Some(held),
            Did::Approved { by, .. } => self.end = Some(ApprovalEnd::Approved(by)),
            Did::Rejected { by, reason, .. } => {
                self.end = Some(ApprovalEnd::Rejected(by, reason));
            }
            Did::Expired { .. } => self.end = Some(ApprovalEnd::Expired),
        }
    }
}
