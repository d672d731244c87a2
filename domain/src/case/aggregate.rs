use super::{CaseCommand, CaseError, CaseEvent};
use crate::{
    aggregate::aggregate,
    ids::{CaseId, UserId},
    text::Reason,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Case {
    open: bool,
    owner: Option<UserId>,
    /// How it was closed.
    resolution: Option<Reason>,
}

aggregate!(Case, CaseId, CaseCommand, CaseEvent, CaseError, "case");

impl Case {
    pub fn owner(&self) -> Option<UserId> {
        self.owner
    }

    pub fn is_open(&self) -> bool {
        self.open && self.resolution.is_none()
    }

    pub(super) fn decide(&self, command: CaseCommand) -> Result<Vec<CaseEvent>, CaseError> {
        use {CaseCommand as Do, CaseEvent as Did};
        match command {
            // What somebody has looked at and closed is known, however often it is found again.
            Do::Open { .. } if self.open => Ok(vec![]),
            Do::Open { matter } => Ok(vec![Did::Opened { matter }]),
            _ if !self.open => Err(CaseError::NotFound),
            Do::Close { resolution } if self.resolution.as_ref() == Some(&resolution) => Ok(vec![]),
            Do::Assign { owner } if self.owner == Some(owner) => Ok(vec![]),
            _ if self.resolution.is_some() => Err(CaseError::Closed),
            Do::Assign { owner } => Ok(vec![Did::Assigned { owner }]),
            Do::Close { resolution } => Ok(vec![Did::Closed { resolution }]),
        }
    }

    pub(super) fn fold(&mut self, event: CaseEvent) {
        use CaseEvent as Did;
        match event {
            Did::Opened { .. } => self.open = true,
            Did::Assigned { owner } => self.owner = Some(owner),
            Did::Closed { resolution } => self.resolution = Some(resolution),
        }
    }
}
