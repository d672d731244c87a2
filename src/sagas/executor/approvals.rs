//! What waits for a second person: who is told of it, and the end of its time.

use super::{Effects, from_store};
use crate::{
    mail::{AskedFor, Message, Notice, Outcome as Decided},
    sagas::{Outcome, Task},
};
use chrono::{DateTime, Utc};
use purser_domain::{
    approval::{Approval, ApprovalCommand, ApprovalEnd, Held},
    decisions::One,
    ids::ApprovalId,
};

impl Effects {
    pub(super) async fn expire_approval(
        &self,
        task: &Task,
        id: ApprovalId,
        at: DateTime<Utc>,
    ) -> Outcome {
        let command = ApprovalCommand::Expire { at };
        self.decide(task, "approvals", One::<Approval> { id, command })
            .await
    }

    pub(super) async fn approval_wanted(
        &self,
        name: String,
        id: ApprovalId,
    ) -> Result<Message, Outcome> {
        let approval = self
            .states
            .load::<Approval>(&id)
            .await
            .map_err(from_store)?;
        let held = held(&approval, id)?;
        let notice = Notice::ApprovalWanted {
            requester: self.name_of(held.requested_by).await?,
            asked: self.asked_for(held, id),
            until: held.expires_at,
        };
        Ok(Message::Notice { name, notice })
    }

    pub(super) async fn approval_decided(
        &self,
        name: String,
        id: ApprovalId,
    ) -> Result<Message, Outcome> {
        let approval = self
            .states
            .load::<Approval>(&id)
            .await
            .map_err(from_store)?;
        let (outcome, rejection) = match approval.end() {
            Some(ApprovalEnd::Approved(_)) => (Decided::Approved, None),
            Some(ApprovalEnd::Rejected(_, reason)) => (Decided::Rejected, Some(reason.to_string())),
            Some(ApprovalEnd::Expired) | None => (Decided::Expired, None),
        };
        let notice = Notice::ApprovalDecided {
            asked: self.asked_for(held(&approval, id)?, id),
            outcome,
            rejection,
        };
        Ok(Message::Notice { name, notice })
    }

    fn asked_for(&self, held: &Held, id: ApprovalId) -> AskedFor {
        let deed = &held.act.deed;
        AskedFor {
            deed: deed.word().into(),
            amount: held.amount,
            reason: deed.reason().map(ToString::to_string),
            url: format!("{}/approvals/{id}", self.panel_url),
        }
    }
}

fn held(approval: &Approval, id: ApprovalId) -> Result<&Held, Outcome> {
    approval.held().ok_or_else(|| Outcome::Dead {
        error: format!("there is no request {id}"),
    })
}
