use super::{users::ReasonRequest, wallets::ChangedCredit};
use crate::http::{
    Parts,
    acting::Asked,
    body::Body,
    caller::{Admin, Auditor},
    error::{self, ApiError, Command},
    fields::amount_and_reason,
    idempotency::Keyed,
    routes::Tag,
};
use poem_openapi::{Object, OpenApi, param::Path, payload::Json, types::Example};
use purser_domain::{
    Refused,
    approval::Deed,
    ids::{CreditId, ReversalId, UserId, WalletId},
    wallet::{Debt, Wallet, WalletError},
};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct ReturnReversalRequest {
    /// Whole rupiah that the bank gave back.
    amount: i64,
    /// Why; it stays in the history for ever.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

impl Example for ReturnReversalRequest {
    fn example() -> Self {
        Self {
            amount: 50_000,
            reason: "the bank decided for us, letter of 12 May".into(),
        }
    }
}

/// Something that the gateway took back of a customer's payments.
#[derive(Object)]
struct TakenBack {
    reversal_id: Uuid,
    /// What was taken back, in whole rupiah.
    amount: i64,
    /// What of it the customer still owes.
    owed: i64,
    /// What of it was given up.
    written_off: i64,
    /// What of it the bank gave back later.
    returned: i64,
}

impl From<&Debt> for TakenBack {
    fn from(debt: &Debt) -> Self {
        Self {
            reversal_id: debt.reversal_id.uuid(),
            amount: debt.amount.get(),
            owed: debt.owed.get(),
            written_off: debt.written_off.get(),
            returned: debt.returned.get(),
        }
    }
}

/// Everything that the gateway took back of a customer's payments.
#[derive(Object)]
struct AllTakenBack {
    /// The oldest first.
    items: Vec<TakenBack>,
}

pub(in crate::http) struct AdminReversalRoutes(pub(in crate::http::routes) Arc<Parts>);

#[OpenApi(prefix_path = "/admin/users", tag = "Tag::Administration")]
impl AdminReversalRoutes {
    /// List what the gateway took back of a customer's payments and what is owed because of it, as of now.
    #[oai(
        path = "/:id/reversals",
        method = "get",
        operation_id = "list_reversals"
    )]
    async fn list(
        &self,
        _auditor: Auditor,
        /// The customer's id.
        id: Path<Uuid>,
    ) -> Result<Json<AllTakenBack>, ApiError<error::Query>> {
        let wallet = WalletId::of(UserId::new(id.0));
        let wallet = self.0.states.load::<Wallet>(&wallet).await?;
        if wallet.owner().is_none() {
            return Err(Refused::from(WalletError::NotFound).into());
        }
        let items = wallet.debts().map(Into::into).collect();
        Ok(Json(AllTakenBack { items }))
    }

    /// Give up what a customer owes for a payment that was taken back. Another one has to approve it.
    #[oai(
        path = "/:id/reversals/:reversal_id/write-off",
        method = "post",
        operation_id = "write_off_receivable"
    )]
    async fn write_off(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The customer's id.
        id: Path<Uuid>,
        /// The id of what was taken back.
        reversal_id: Path<Uuid>,
        body: Body<ReasonRequest>,
    ) -> Result<Asked<ChangedCredit, 200>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let path = [id.0, reversal_id.0];
        let context = ask.context(keys, admin.actor(), "write_off_receivable", &path, &body.0)?;
        let user = UserId::new(id.0);
        let write_off = Deed::WriteOff {
            reversal_id: ReversalId::new(reversal_id.0),
            reason: body.0.reason()?,
        };
        let outcome = self.0.act(&admin, &context, Some(user), write_off).await?;
        Ok(Asked::new(outcome, |done| {
            ChangedCredit::answer(user, done)
        }))
    }

    /// Book what the bank gave back of a payment that was taken back. Another one has to approve it.
    ///
    /// It makes good what was written off, pays what is owed, and the rest is credit.
    #[oai(
        path = "/:id/reversals/:reversal_id/return",
        method = "post",
        operation_id = "return_reversal"
    )]
    async fn give_back(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The customer's id.
        id: Path<Uuid>,
        /// The id of what was taken back.
        reversal_id: Path<Uuid>,
        body: Body<ReturnReversalRequest>,
    ) -> Result<Asked<ChangedCredit, 200>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let path = [id.0, reversal_id.0];
        let context = ask.context(keys, admin.actor(), "return_reversal", &path, &body.0)?;
        let (amount, reason) = amount_and_reason(body.0.amount, &body.0.reason)?;
        let user = UserId::new(id.0);
        let returned = Deed::ReturnReversal {
            credit_id: CreditId::new(context.derive("returned-reversal")),
            reversal_id: ReversalId::new(reversal_id.0),
            amount,
            reason,
        };
        let outcome = self.0.act(&admin, &context, Some(user), returned).await?;
        Ok(Asked::new(outcome, |done| {
            ChangedCredit::answer(user, done)
        }))
    }
}
