//! What staff asks for: done at once, or held until another one has approved it.

use super::{Parts, answer::Done, caller::Admin, problem::Problem, routes::PREFIX};
use crate::store::{Committed, Context};
use chrono::{DateTime, Utc};
use poem::{IntoResponse, Response, http::StatusCode};
use poem_openapi::{
    ApiResponse, Object,
    registry::{MetaResponses, Registry},
    types::{ToJSON, Type as _},
};
use purser_domain::{
    approval::{Act, Deed},
    decisions::{ActAsStaff, Acted},
    ids::{ApprovalId, PayoutId, TopUpId, UserId},
};
use purser_projections::{
    Projection as _,
    users::{self, Users},
    views::ViewsError,
};
use serde_json::Value;
use uuid::Uuid;

/// Nothing was changed yet: somebody else of the staff has to approve it.
#[derive(Object)]
pub(super) struct HeldForApproval {
    /// Under which it is held.
    approval_id: Uuid,
    /// Until when it can be approved.
    expires_at: DateTime<Utc>,
    /// The position of the commit.
    position: i64,
}

/// What an operation of the staff answers with.
pub(super) enum Asked<T, const STATUS: u16> {
    Done(Done<T, STATUS>),
    Held(Done<HeldForApproval, 202>),
}

impl<T, const STATUS: u16> Asked<T, STATUS> {
    /// `done` is the answer where nobody else has to be asked.
    pub(super) fn new(
        outcome: (Acted, Committed),
        done: impl FnOnce(&Committed) -> Done<T, STATUS>,
    ) -> Self {
        let (acted, committed) = outcome;
        match acted {
            Acted::Done => Self::Done(done(&committed)),
            Acted::Held {
                approval_id,
                expires_at,
            } => {
                let body = HeldForApproval {
                    approval_id: approval_id.uuid(),
                    expires_at,
                    position: committed.position,
                };
                let at = format!("{PREFIX}/admin/approvals/{approval_id}");
                Self::Held(Done::new(&committed, body).at(at))
            }
        }
    }
}

impl<T: ToJSON, const STATUS: u16> IntoResponse for Asked<T, STATUS> {
    fn into_response(self) -> Response {
        match self {
            Self::Done(done) => done.into_response(),
            Self::Held(held) => held.into_response(),
        }
    }
}

impl<T: ToJSON, const STATUS: u16> ApiResponse for Asked<T, STATUS> {
    fn meta() -> MetaResponses {
        let mut meta = Done::<T, STATUS>::meta();
        let held = Done::<HeldForApproval, 202>::meta();
        meta.responses.extend(held.responses);
        meta
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
        HeldForApproval::register(registry);
    }
}

impl Parts {
    /// Does it, or holds it for the other administrators of this moment.
    pub(super) async fn act(
        &self,
        admin: &Admin,
        context: &Context,
        user_id: Option<UserId>,
        deed: Deed,
    ) -> Result<(Acted, Committed), Problem> {
        let head = self.states.head().await?;
        let mut views = self.at(&[Users::NAME], Some(head)).await?;
        let others = users::other_admins(&mut views, admin.id()).await;
        let act = ActAsStaff {
            act: Act { user_id, deed },
            by: admin.id(),
            approval_id: ApprovalId::new(context.derive("approval")),
            others: others.map_err(ViewsError::from)?,
            proven: admin.is_proven(),
            rules: self.two_persons,
            policy: self.policy,
            at: self.clock.now(),
        };
        let committed = self.appender.execute(context.command(act)).await?;
        // Before anybody was asked it was done, whatever the answer.
        let acted = committed.answer_since(Value::is_object)?;
        let acted = acted.unwrap_or(Acted::Done);
        Ok((acted, committed))
    }

    /// What the gateway is sending back must not come back as credit as well.
    pub(super) async fn require_not_sent_back(
        &self,
        top_up_id: TopUpId,
        payout_id: PayoutId,
    ) -> Result<(), Problem> {
        match self.top_ups.knows_refund(top_up_id, payout_id).await? {
            false => Ok(()),
            true => Err(Problem::new(
                StatusCode::CONFLICT,
                "payout.sent_back",
                "the payment gateway has taken this refund on; it is booked once the bank has confirmed it",
            )),
        }
    }
}
