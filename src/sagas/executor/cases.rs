//! Whose a case is when it is opened, by whom ever.

use super::{Effects, from_store, outcome_of};
use crate::{
    sagas::{Outcome, Task},
    store::CommandError,
};
use purser_domain::{
    claim::{Claim, ClaimKind},
    decisions::OwnCase,
    ids::{CaseId, UserId, derived},
};

impl Effects {
    /// Gives a case to whom the operator names for cases. Where he names nobody, or somebody who cannot own one, it stays the
    /// administrators'.
    pub(super) async fn give_case(&self, task: &Task, case_id: CaseId) -> Result<(), Outcome> {
        let Some(email) = &self.case_owner else {
            return Ok(());
        };
        let claim = self.vault.keys();
        let claim = claim.claim_id(ClaimKind::Email, &email.normalised());
        let claim = self.states.load::<Claim>(&claim).await;
        let Some(owner) = claim.map_err(from_store)?.holder().map(UserId::new) else {
            tracing::error!(case.id = %case_id, "nobody has the address of CASE_OWNER: case {case_id} has no owner");
            return Ok(());
        };
        let own = OwnCase { case_id, owner };
        let id = derived(&["effect-part", &task.effect_id.to_string(), "owner"]);
        let ended = self.execute_as(id, task.correlation_id, "cases", own).await;
        if let Err(CommandError::Refused(refused)) = &ended {
            tracing::error!(case.id = %case_id, "CASE_OWNER cannot own case {case_id}: {refused}");
            return Ok(());
        }
        match outcome_of(id, "cases", ended) {
            Outcome::Done => Ok(()),
            other => Err(other),
        }
    }
}
