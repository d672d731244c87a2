use super::users::ReasonRequest;
use crate::{
    http::{
        Parts,
        answer::{Accepted, Listed},
        body::Body,
        caller::{Admin, Auditor},
        error::{self, ApiError, Command, Deciding},
        idempotency::{Keyed, NO_BODY},
        problem::Problem,
        routes::Tag,
    },
    store::{Committed, Context},
};
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use purser_domain::{
    Refused,
    approval::{Approval, ApprovalError, Deed},
    decisions::{Approve, Reject},
    ids::ApprovalId,
};
use purser_projections::{
    Projection as _,
    approvals::{self, ApprovalRow, ApprovalStatus, Approvals},
    pages::Page,
    views::ViewsError,
};
use std::sync::Arc;
use uuid::Uuid;

/// A request that was decided.
#[derive(Object)]
struct DecidedApproval {
    approval_id: Uuid,
    /// The position of the commit.
    position: i64,
    /// The version of the request.
    version: i64,
}

impl DecidedApproval {
    fn answer(approval_id: Uuid, committed: &Committed) -> Accepted<Self> {
        let body = Self {
            approval_id,
            position: committed.position,
            version: committed.version,
        };
        Accepted::new(committed, body)
    }
}

pub(in crate::http) struct AdminApprovalRoutes(pub(in crate::http::routes) Arc<Parts>);

#[OpenApi(prefix_path = "/admin/approvals", tag = "Tag::Administration")]
impl AdminApprovalRoutes {
    /// List what one of the staff asked for and another has to decide, and what was decided.
    #[oai(path = "/", method = "get", operation_id = "list_approvals")]
    async fn list(
        &self,
        _auditor: Auditor,
        /// Those in this state; all where it is not given.
        status: Query<Option<ApprovalStatus>>,
        /// How many, 1 to 100; 50 where it is not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// The `next` of the page before.
        after: Query<Option<String>>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<Listed<ApprovalRow>>, ApiError<error::Query>> {
        let page = Page::new(limit.0, after.0.as_deref())?;
        let mut views = self.0.at(&[Approvals::NAME], min_position.0).await?;
        let found = approvals::page(&mut views, status.0, &page).await;
        Ok(Json(found.map_err(ViewsError::from)?.into()))
    }

    /// Read a request for approval.
    #[oai(path = "/:id", method = "get", operation_id = "get_approval")]
    async fn get(
        &self,
        _auditor: Auditor,
        /// The request's id.
        id: Path<Uuid>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<ApprovalRow>, ApiError<error::Query>> {
        let mut views = self.0.at(&[Approvals::NAME], min_position.0).await?;
        let found = approvals::by_id(&mut views, ApprovalId::new(id.0)).await;
        let missing = || Problem::from(Refused::from(ApprovalError::NotFound));
        Ok(Json(found.map_err(ViewsError::from)?.ok_or_else(missing)?))
    }

    /// Approve what another one asked for: it is done at once, exactly as it was asked for.
    ///
    /// Where what it changes has changed since, or it cannot be done any more, it is refused and stays open. What gives a payout
    /// or takes a payment back asks the payment gateway first. Who asked for it
    /// has to be an administrator still, and you need a session that is proven with your second factor.
    #[oai(
        path = "/:id/approve",
        method = "post",
        operation_id = "approve_request"
    )]
    async fn approve(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The request's id.
        id: Path<Uuid>,
    ) -> Result<Accepted<DecidedApproval>, ApiError<Deciding>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "approve_request", &[id.0], &NO_BODY)?;
        let approval = self.approval(&admin, &context, ApprovalId::new(id.0));
        let committed = self.0.once(&context, approval).await?;
        Ok(DecidedApproval::answer(id.0, &committed))
    }

    /// Refuse what another one asked for, or take back what you asked for yourself.
    ///
    /// You need a session that is proven with your second factor.
    #[oai(path = "/:id/reject", method = "post", operation_id = "reject_request")]
    async fn reject(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The request's id.
        id: Path<Uuid>,
        body: Body<ReasonRequest>,
    ) -> Result<Accepted<DecidedApproval>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "reject_request", &[id.0], &body.0)?;
        let reject = Reject {
            approval_id: ApprovalId::new(id.0),
            by: admin.id(),
            proven: admin.is_proven(),
            reason: body.0.reason()?,
            at: self.0.clock.now(),
        };
        let committed = self.0.appender.execute(context.command(reject)).await?;
        Ok(DecidedApproval::answer(id.0, &committed))
    }
}

impl AdminApprovalRoutes {
    /// What is to be done, once the gateway was asked where it has a say in it.
    async fn approval(
        &self,
        admin: &Admin,
        context: &Context,
        approval_id: ApprovalId,
    ) -> Result<Approve, Problem> {
        let approval = self.0.states.recall::<Approval>(&approval_id).await?;
        let held = approval.held().ok_or(ApprovalError::NotFound);
        let held = held.map_err(Refused::from)?;
        // The gateway may have heard of it since it was asked for, or sent the same money back itself.
        match &held.act.deed {
            Deed::CancelPayout {
                payout_id,
                top_up_id: Some(top_up_id),
                ..
            } => self.0.require_not_sent_back(*top_up_id, *payout_id).await?,
            Deed::TakeBack {
                top_up_id,
                transaction_id,
                ..
            } => {
                let top_ups = &self.0.top_ups;
                let caught_up = top_ups.catch_up(context, *top_up_id, transaction_id);
                caught_up.await?;
            }
            _ => {}
        }
        Ok(Approve {
            approval_id,
            act: held.act.clone(),
            requested_by: held.requested_by,
            by: admin.id(),
            proven: admin.is_proven(),
            policy: self.0.policy,
            at: self.0.clock.now(),
        })
    }
}
