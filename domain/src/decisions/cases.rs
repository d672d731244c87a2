//! A case is given to somebody of the staff.

use super::answer;
use crate::{
    Decision, Refused, StreamId, Work,
    case::{Case, CaseCommand, CaseError},
    ids::{CaseId, UserId},
    user::{Role, User},
};

#[derive(Clone, Debug)]
pub struct AssignCase {
    pub case_id: CaseId,
    pub owner: UserId,
}

impl Decision for AssignCase {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<Case>(&self.case_id),
            StreamId::of::<User>(&self.owner),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let owner = work.state::<User>(&self.owner);
        owner.require_active()?;
        if owner.roles().iter().all(|role| *role == Role::Customer) {
            return Err(CaseError::OwnerNotStaff.into());
        }
        let assign = CaseCommand::Assign { owner: self.owner };
        work.execute::<Case>(&self.case_id, assign)?;
        Ok(answer(self.case_id))
    }
}
