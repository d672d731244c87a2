//! Two persons for what is worth it (billing rule 40): what a member of the staff asks for is done at once or held, and what is
//! held is done in the commit in which another one approves it.
//!
//! Stricter than that rule, what somebody moves alone has a bound over all customers as well, five times that for one of them:
//! spread over enough of them it would have none, and what is not held asks for no second factor. Both are looked at, and noted,
//! in the commit of the act, so that of two acts at once only what is within both is done.
//!
//! Both have proven a second factor in the session in which they ask and decide, and both are administrators when it is done.
//! Taking away somebody's second factor needs two as changing his roles does, however little there is to it: whoever could do
//! it alone would need one password to be both persons. So does shutting an administrator's account, oneself's included: whoever
//! approved it is an administrator in the commit in which it is done, so there is always one left.

use super::{Policy, acting::CarryOut, answer, weighing::Weight};
use crate::{
    Decision, Refused, Rupiah, StreamId, Work,
    allowance::{Allowance, AllowanceCommand},
    approval::{Act, Approval, ApprovalCommand, ApprovalError, Held},
    approval_limit::{self, ApprovalLimit},
    ids::{AllowanceId, ApprovalId, ApprovalLimitId, UserId},
    text::Reason,
    user::{Role, User},
};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

/// When a second person is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TwoPersons {
    /// The most that a member of the staff moves for a customer within a day without asking, until two persons have decided on
    /// another [`ApprovalLimit`]; for all customers together it is [`approval_limit::over_all`] of it.
    pub above: Rupiah,
    /// How many hours there are to decide.
    pub hours: u32,
}

impl Default for TwoPersons {
    /// Rp 1.000.000, and 72 hours.
    fn default() -> Self {
        Self {
            above: Rupiah::of::<1_000_000>(),
            hours: 72,
        }
    }
}

/// A member of the staff acts.
#[derive(Clone, Debug)]
pub struct ActAsStaff {
    pub act: Act,
    pub by: UserId,
    /// Under which it is held where it needs a second person.
    pub approval_id: ApprovalId,
    /// Who else may approve; each is looked at once more.
    pub others: Vec<UserId>,
    /// Whether his session is proven with his second factor.
    pub proven: bool,
    pub rules: TwoPersons,
    pub policy: Policy,
    pub at: DateTime<Utc>,
}

/// What it came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "acted", rename_all = "snake_case")]
pub enum Acted {
    Done,
    /// Somebody else has to approve it until then.
    Held {
        approval_id: ApprovalId,
        expires_at: DateTime<Utc>,
    },
}

/// Another member of the staff approves what is held, and it is done.
#[derive(Clone, Debug)]
pub struct Approve {
    pub approval_id: ApprovalId,
    /// What is held; any other is refused.
    pub act: Act,
    /// Who asked for it; he has to be an administrator still.
    pub requested_by: UserId,
    pub by: UserId,
    /// Whether his session is proven with his second factor.
    pub proven: bool,
    pub policy: Policy,
    pub at: DateTime<Utc>,
}

/// It is not done.
#[derive(Clone, Debug)]
pub struct Reject {
    pub approval_id: ApprovalId,
    pub by: UserId,
    /// Whether his session is proven with his second factor.
    pub proven: bool,
    pub reason: Reason,
    pub at: DateTime<Utc>,
}

impl Decision for ActAsStaff {
    fn streams(&self) -> Vec<StreamId> {
        let mut streams = self.act.streams();
        streams.push(StreamId::of::<Approval>(&self.approval_id));
        let allowances = [self.for_customer(), self.over_all()];
        streams.extend(allowances.iter().map(StreamId::of::<Allowance>));
        streams.push(StreamId::of::<ApprovalLimit>(&ApprovalLimitId::the_one()));
        let people = self.others.iter().map(StreamId::of::<User>);
        each_once(streams.into_iter().chain(people))
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let carry_out = self.carry_out();
        let rehearsed = work.rehearse(&carry_out)?;
        if rehearsed.events.is_empty() {
            return Ok(answer(Acted::Done));
        }
        let weight = self.act.weight(work, &rehearsed);
        match weight {
            Weight::Nothing => {
                carry_out.decide(work)?;
                Ok(answer(Acted::Done))
            }
            Weight::Amount(amount) if !self.is_about_himself() && self.may_alone(work, amount) => {
                carry_out.decide(work)?;
                Ok(answer(Acted::Done))
            }
            Weight::Amount(amount) | Weight::Always(Some(amount)) => self.hold(work, Some(amount)),
            Weight::Always(None) => self.hold(work, None),
        }
    }
}

impl ActAsStaff {
    fn carry_out(&self) -> CarryOut {
        CarryOut {
            act: self.act.clone(),
            policy: self.policy,
            at: self.at,
        }
    }

    fn for_customer(&self) -> AllowanceId {
        AllowanceId::of(self.by, self.act.user_id)
    }

    fn over_all(&self) -> AllowanceId {
        AllowanceId::over_all(self.by)
    }

    fn is_about_himself(&self) -> bool {
        self.act.user_id == Some(self.by)
    }

    /// Whether it is within what he moves for this customer and for all of them. Notes it in both where it is so, else in none.
    fn may_alone(&self, work: &mut Work<'_>, amount: Rupiah) -> bool {
        let decided = work
            .state::<ApprovalLimit>(&ApprovalLimitId::the_one())
            .above();
        let (above, at) = (decided.unwrap_or(self.rules.above), self.at);
        let allowances = [
            (self.for_customer(), above),
            (self.over_all(), approval_limit::over_all(above)),
        ];
        let mut each = allowances.iter();
        if !each.all(|(id, above)| work.state::<Allowance>(id).allows(amount, *above, at)) {
            return false;
        }
        allowances.into_iter().all(|(id, above)| {
            let take = AllowanceCommand::Use { amount, above, at };
            work.execute::<Allowance>(&id, take).is_ok()
        })
    }

    fn hold(
        &self,
        work: &mut Work<'_>,
        amount: Option<Rupiah>,
    ) -> Result<serde_json::Value, Refused> {
        require_proof(self.proven)?;
        let mut asked = Vec::new();
        for other in &self.others {
            let eligible = *other != self.by && Some(*other) != self.act.user_id;
            if eligible && may_approve(work.state::<User>(other)) {
                asked.push(*other);
            }
        }
        if asked.is_empty() {
            return Err(ApprovalError::Alone.into());
        }
        let subject = self.act.streams().into_iter().next();
        let expires_at = self.at + Duration::hours(self.rules.hours.into());
        let held = Held {
            act: self.act.clone(),
            requested_by: self.by,
            expected_version: subject.map_or(0, |subject| work.version(&subject)),
            amount,
            asked,
            expires_at,
        };
        let request = ApprovalCommand::Request {
            held: Box::new(held),
            at: self.at,
        };
        work.execute::<Approval>(&self.approval_id, request)?;
        Ok(answer(Acted::Held {
            approval_id: self.approval_id,
            expires_at,
        }))
    }
}

impl Decision for Approve {
    fn streams(&self) -> Vec<StreamId> {
        let own = [
            StreamId::of::<Approval>(&self.approval_id),
            StreamId::of::<User>(&self.by),
            StreamId::of::<User>(&self.requested_by),
        ];
        each_once(own.into_iter().chain(self.act.streams()))
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        if !may_approve(work.state::<User>(&self.by)) {
            return Err(ApprovalError::NotAnApprover.into());
        }
        require_proof(self.proven)?;
        let held = work.state::<Approval>(&self.approval_id).held();
        let is_it = |held: &&Held| held.act == self.act && held.requested_by == self.requested_by;
        let held = held.filter(is_it);
        let expected = held.ok_or(ApprovalError::NotFound)?.expected_version;
        let approve = ApprovalCommand::Approve {
            by: self.by,
            at: self.at,
        };
        if work.execute::<Approval>(&self.approval_id, approve)? == 0 {
            return Ok(answer(self.approval_id));
        }
        // Two persons stand for it, so both have to be what they were when it is done.
        if !may_approve(work.state::<User>(&self.requested_by)) {
            return Err(ApprovalError::RequesterGone.into());
        }
        let subject = self.act.streams().into_iter().next();
        if subject.is_some_and(|subject| work.version(&subject) != expected) {
            return Err(ApprovalError::StateMoved.into());
        }
        let carry_out = CarryOut {
            act: self.act.clone(),
            policy: self.policy,
            at: self.at,
        };
        carry_out.decide(work)?;
        Ok(answer(self.approval_id))
    }
}

impl Decision for Reject {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<Approval>(&self.approval_id),
            StreamId::of::<User>(&self.by),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        if !may_approve(work.state::<User>(&self.by)) {
            return Err(ApprovalError::NotAnApprover.into());
        }
        require_proof(self.proven)?;
        let reject = ApprovalCommand::Reject {
            by: self.by,
            reason: self.reason.clone(),
            at: self.at,
        };
        work.execute::<Approval>(&self.approval_id, reject)?;
        Ok(answer(self.approval_id))
    }
}

/// Whether he is an administrator who may act.
pub(super) fn may_approve(person: &User) -> bool {
    person.is_active() && person.roles().contains(&Role::Admin)
}

/// Of everybody, whatever he speaks to the API with.
pub(super) fn require_proof(proven: bool) -> Result<(), ApprovalError> {
    match proven {
        true => Ok(()),
        false => Err(ApprovalError::SecondFactorRequired),
    }
}

fn each_once(streams: impl Iterator<Item = StreamId>) -> Vec<StreamId> {
    let mut each = Vec::new();
    for stream in streams {
        if !each.contains(&stream) {
            each.push(stream);
        }
    }
    each
}
