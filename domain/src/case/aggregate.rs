use super::{CaseCommand, CaseError, CaseEvent, Matter};
use crate::{
    aggregate::aggregate,
    ids::{CaseId, UserId},
    text::Reason,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Case {
    matter: Option<Box<Matter>>,
    owner: Option<UserId>,
    /// How it was closed.
    resolution: Option<Reason>,
}

aggregate!(Case, CaseId, CaseCommand, CaseEvent, CaseError, "case");

impl Case {
    pub fn owner(&self) -> Option<UserId> {
        self.owner
    }

    /// What it is about.
    pub fn matter(&self) -> Option<&Matter> {
        self.matter.as_deref()
    }

    pub fn is_open(&self) -> bool {
        self.matter.is_some() && self.resolution.is_none()
    }

    pub(super) fn decide(&self, command: CaseCommand) -> Result<Vec<CaseEvent>, CaseError> {
        use {CaseCommand as Do, CaseEvent as Did};
        match command {
            // What somebody has looked at and closed is known, however often it is found again.
            Do::Open { .. } if self.matter.is_some() => Ok(vec![]),
            Do::Open { matter } => Ok(vec![Did::Opened { matter }]),
            _ if self.matter.is_none() => Err(CaseError::NotFound),
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
            Did::Opened { matter } => self.matter = Some(matter),
            Did::Assigned { owner } => self.owner = Some(owner),
            Did::Closed { resolution } => self.resolution = Some(resolution),
        }
    }
}
