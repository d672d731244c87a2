use crate::{
    http::{
        Parts,
        acting::Asked,
        answer::{Accepted, Listed},
        body::Body,
        caller::{Admin, Auditor},
        error::{self, ApiError, Command, Paying},
        fields::{Fields, amount_and_reason},
        idempotency::Keyed,
        problem::Problem,
        routes::Tag,
    },
    store::Committed,
};
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::Example,
};
use purser_domain::{
    Refused,
    approval::{Deed, TakenFor},
    case::{Case, CaseCommand, CaseError},
    decisions::{AssignCase, One},
    ids::{CaseId, TopUpId, UserId},
    top_up::TopUp,
};
use purser_projections::{
    Projection as _,
    cases::{self, CaseRow, CaseStatus, Cases},
    pages::Page,
    views::ViewsError,
};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Object)]
#[oai(skip_serializing_if_is_none, example, deny_unknown_fields)]
struct AssignRequest {
    /// Who of the staff owns it from now on; you where it is not given.
    owner_id: Option<Uuid>,
}

impl Example for AssignRequest {
    fn example() -> Self {
        Self { owner_id: None }
    }
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct CloseRequest {
    /// What was done about it; it stays in the history for ever.
    #[oai(validator(min_length = 1, max_length = 500))]
    resolution: String,
}

impl Example for CloseRequest {
    fn example() -> Self {
        Self {
            resolution: "paid back by bank, reference 4711".into(),
        }
    }
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct BookPaymentRequest {
    /// What the payment is worth, in whole rupiah.
    amount: i64,
    /// Why; the case is closed with it, and it stays in the history for ever.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

impl Example for BookPaymentRequest {
    fn example() -> Self {
        Self {
            amount: 40_000,
            reason: "paid 40.000 of 50.000, seen in the dashboard".into(),
        }
    }
}

/// Why a payment went back.
#[derive(Clone, Copy, Debug, Enum)]
#[oai(rename_all = "snake_case")]
enum Cause {
    /// The gateway or the bank sent it back to its payer, or never had it.
    Refund,
    /// The card's holder disputed it: his promotional credit is frozen and he pays by card no more.
    Chargeback,
}

impl From<Cause> for TakenFor {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Refund => Self::Refund,
            Cause::Chargeback => Self::Chargeback,
        }
    }
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct TakeBackRequest {
    /// What went back of the payment, in whole rupiah: no more than was credited and not taken back.
    amount: i64,
    /// Why it went back.
    cause: Cause,
    /// Why; the case is closed with it, and it stays in the history for ever.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

impl Example for TakeBackRequest {
    fn example() -> Self {
        Self {
            amount: 40_000,
            cause: Cause::Refund,
            reason: "refunded by bank transfer, seen in the dashboard".into(),
        }
    }
}

/// A case that was changed.
#[derive(Object)]
struct ChangedCase {
    case_id: Uuid,
    /// The position of the commit.
    position: i64,
    /// The version of the case.
    version: i64,
}

impl ChangedCase {
    fn answer(case_id: Uuid, committed: &Committed) -> Accepted<Self> {
        let body = Self {
            case_id,
            position: committed.position,
            version: committed.version,
        };
        Accepted::new(committed, body)
    }
}

pub(in crate::http) struct AdminCaseRoutes(pub(in crate::http::routes) Arc<Parts>);

#[OpenApi(prefix_path = "/admin/cases", tag = "Tag::Administration")]
impl AdminCaseRoutes {
    /// List what about money waits for a person, and what was closed.
    #[oai(path = "/", method = "get", operation_id = "list_cases")]
    async fn list(
        &self,
        _auditor: Auditor,
        /// Those open or those closed; all where it is not given.
        status: Query<Option<CaseStatus>>,
        /// How many, 1 to 100; 50 where it is not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// The `next` of the page before.
        after: Query<Option<String>>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<Listed<CaseRow>>, ApiError<error::Query>> {
        let page = Page::new(limit.0, after.0.as_deref())?;
        let mut views = self.0.at(&[Cases::NAME], min_position.0).await?;
        let found = cases::page(&mut views, status.0, &page).await;
        Ok(Json(found.map_err(ViewsError::from)?.into()))
    }

    /// Read a case.
    #[oai(path = "/:id", method = "get", operation_id = "get_case")]
    async fn get(
        &self,
        _auditor: Auditor,
        /// The case's id.
        id: Path<Uuid>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<CaseRow>, ApiError<error::Query>> {
        let mut views = self.0.at(&[Cases::NAME], min_position.0).await?;
        let found = cases::by_id(&mut views, CaseId::new(id.0)).await;
        let case = found.map_err(ViewsError::from)?;
        let missing = || Problem::not_found("case.not_found", "there is no such case");
        Ok(Json(case.ok_or_else(missing)?))
    }

    /// Give a case to somebody of the staff, or take it.
    #[oai(path = "/:id/assign", method = "post", operation_id = "assign_case")]
    async fn assign(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The case's id.
        id: Path<Uuid>,
        body: Body<AssignRequest>,
    ) -> Result<Accepted<ChangedCase>, ApiError<Command>> {
        let owner = body.0.owner_id.map_or(admin.id(), UserId::new);
        let case_id = CaseId::new(id.0);
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "assign_case", &[id.0], &body.0)?;
        let assign = AssignCase { case_id, owner };
        let committed = self.0.appender.execute(context.command(assign)).await?;
        Ok(ChangedCase::answer(id.0, &committed))
    }

    /// Book the payment of a case: it becomes its payer's credit, and the case is closed.
    ///
    /// For payments of a wrong amount, currency or merchant. Another one has to approve it.
    #[oai(path = "/:id/book", method = "post", operation_id = "book_payment")]
    async fn book(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The case's id.
        id: Path<Uuid>,
        body: Body<BookPaymentRequest>,
    ) -> Result<Asked<ChangedCase, 200>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "book_payment", &[id.0], &body.0)?;
        let (amount, reason) = amount_and_reason(body.0.amount, &body.0.reason)?;
        let case_id = CaseId::new(id.0);
        let (top_up_id, transaction_id) = self.payment_of(case_id).await?;
        let top_up = self.0.states.recall::<TopUp>(&top_up_id).await?;
        let book = Deed::BookPayment {
            case_id,
            top_up_id,
            transaction_id,
            amount,
            reason,
        };
        let outcome = self.0.act(&admin, &context, top_up.user_id(), book).await?;
        Ok(Asked::new(outcome, |done| ChangedCase::answer(id.0, done)))
    }

    /// Take back what went back of a case's payment: from its payer's credit, what of it was spent is owed, and the case is
    /// closed.
    ///
    /// For what the gateway's reports say in no way in which they can be booked: of a payment that was booked by hand, a refund
    /// that no bank confirms, or a payment that it calls expired or failed after all. The gateway is asked first, and what it
    /// says is booked: where that takes something back between the request and its approval, nothing more is taken. Another one
    /// has to approve it.
    #[oai(
        path = "/:id/take-back",
        method = "post",
        operation_id = "take_back_payment"
    )]
    async fn take_back(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The case's id.
        id: Path<Uuid>,
        body: Body<TakeBackRequest>,
    ) -> Result<Asked<ChangedCase, 200>, ApiError<Paying>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "take_back_payment", &[id.0], &body.0)?;
        let (amount, reason) = amount_and_reason(body.0.amount, &body.0.reason)?;
        let case_id = CaseId::new(id.0);
        let (top_up_id, transaction_id) = self.payment_of(case_id).await?;
        if self.0.is_new(&context).await? {
            let top_ups = &self.0.top_ups;
            let caught_up = top_ups.catch_up(&context, top_up_id, &transaction_id);
            caught_up.await?;
        }
        let top_up = self.0.states.load::<TopUp>(&top_up_id).await?;
        let returned = Some(top_up.returned_of(&transaction_id));
        let take_back = Deed::TakeBack {
            case_id,
            top_up_id,
            transaction_id,
            amount,
            cause: body.0.cause.into(),
            returned,
            reason,
        };
        let user = top_up.user_id();
        let outcome = self.0.act(&admin, &context, user, take_back).await?;
        Ok(Asked::new(outcome, |done| ChangedCase::answer(id.0, done)))
    }

    /// Close a case.
    #[oai(path = "/:id/close", method = "post", operation_id = "close_case")]
    async fn close(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The case's id.
        id: Path<Uuid>,
        body: Body<CloseRequest>,
    ) -> Result<Accepted<ChangedCase>, ApiError<Command>> {
        let mut fields = Fields::default();
        let resolution = fields.parse("/resolution", &body.0.resolution);
        let resolution = fields.done(resolution)?;
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "close_case", &[id.0], &body.0)?;
        let close = One::<Case> {
            id: CaseId::new(id.0),
            command: CaseCommand::Close { resolution },
        };
        let committed = self.0.appender.execute(context.command(close)).await?;
        Ok(ChangedCase::answer(id.0, &committed))
    }
}

impl AdminCaseRoutes {
    /// Which payment a case is about, which never changes.
    async fn payment_of(&self, id: CaseId) -> Result<(TopUpId, String), Problem> {
        let case = self.0.states.recall::<Case>(&id).await?;
        let matter = case.matter().ok_or(CaseError::NotFound);
        let matter = matter.map_err(Refused::from)?;
        let payment = matter.top_up_id.zip(matter.transaction_id.clone());
        Ok(payment
            .ok_or(CaseError::NotAPayment)
            .map_err(Refused::from)?)
    }
}
