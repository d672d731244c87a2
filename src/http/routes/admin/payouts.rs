use crate::{
    http::{
        Parts,
        acting::Asked,
        answer::{Accepted, Created, Listed},
        bank::ToldBankAccount,
        body::Body,
        caller::{Admin, Auditor},
        error::{self, ApiError, Buying, Command, Paying},
        fields::{Fields, amount_and_reason},
        idempotency::Keyed,
        problem::Problem,
        routes::{PREFIX, Tag},
    },
    store::{Committed, Context},
};
use poem::http::StatusCode;
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::Example,
};
use purser_domain::{
    Rupiah,
    approval::Deed,
    decisions::{ConfirmRefund, One},
    ids::{PayoutId, TopUpId, UserId, WalletId},
    text::Reason,
    top_up::TopUp,
    wallet::{Wallet, WalletCommand},
};
use purser_projections::{
    Projection as _,
    pages::Page,
    payouts::{self, PayoutRow, PayoutStatus, Payouts},
    views::ViewsError,
};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct RefundRequest {
    /// Whole rupiah.
    amount: i64,
    /// Why; it stays in the history for ever.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

impl Example for RefundRequest {
    fn example() -> Self {
        Self {
            amount: 30_000,
            reason: "asked for it in ticket 4711".into(),
        }
    }
}

#[derive(Object)]
#[oai(skip_serializing_if_is_none, example, deny_unknown_fields)]
struct PayoutRequest {
    /// Whole rupiah of paid credit.
    amount: i64,
    /// Why; it stays in the history for ever.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: Option<String>,
}

impl Example for PayoutRequest {
    fn example() -> Self {
        Self {
            amount: 30_000,
            reason: Some("the account is being closed".into()),
        }
    }
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct PaidRequest {
    /// The bank's reference; it stays in the history for ever.
    #[oai(validator(min_length = 1, max_length = 500))]
    proof: String,
}

impl Example for PaidRequest {
    fn example() -> Self {
        Self {
            proof: "BCA 2026-11-26 000471100".into(),
        }
    }
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct CancelPayoutRequest {
    /// Why; it stays in the history for ever.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

impl Example for CancelPayoutRequest {
    fn example() -> Self {
        Self {
            reason: "the account is closed".into(),
        }
    }
}

/// A payout that was asked for or brought to its end.
#[derive(Object)]
struct ChangedPayout {
    payout_id: Uuid,
    /// The position of the commit.
    position: i64,
    /// The version of what was changed.
    version: i64,
}

impl ChangedPayout {
    fn of(payout_id: PayoutId, committed: &Committed) -> Self {
        Self {
            payout_id: payout_id.uuid(),
            position: committed.position,
            version: committed.version,
        }
    }

    fn made(payout_id: PayoutId, committed: &Committed) -> Created<Self> {
        let at = format!("{PREFIX}/admin/payouts/{payout_id}");
        Created::new(committed, Self::of(payout_id, committed)).at(at)
    }
}

pub(in crate::http) struct AdminPayoutRoutes(pub(in crate::http::routes) Arc<Parts>);

#[OpenApi(prefix_path = "/admin", tag = "Tag::Administration")]
impl AdminPayoutRoutes {
    /// Send something of a top-up back through the payment gateway.
    ///
    /// The credit is set aside at once, and gone once the bank confirms it; where it does not go out, the credit comes
    /// back. Only some ways of paying can be sent back, and only for some days.
    #[oai(
        path = "/top-ups/:id/refund",
        method = "post",
        operation_id = "refund_top_up"
    )]
    async fn refund(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The top-up's id.
        id: Path<Uuid>,
        body: Body<RefundRequest>,
    ) -> Result<Asked<ChangedPayout, 201>, ApiError<Buying>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "refund_top_up", &[id.0], &body.0)?;
        let (amount, reason) = amount_and_reason(body.0.amount, &body.0.reason)?;
        let top_up_id = TopUpId::new(id.0);
        let payout_id = PayoutId::new(context.derive("payout"));
        let refund = Deed::Refund {
            payout_id,
            top_up_id,
            amount,
            reason,
        };
        let user = self.payer_of(top_up_id).await?;
        let outcome = self.0.act(&admin, &context, Some(user), refund).await?;
        Ok(Asked::new(outcome, |done| {
            ChangedPayout::made(payout_id, done)
        }))
    }

    /// Set paid credit of a customer aside that you pay out by bank.
    #[oai(
        path = "/users/:id/payouts",
        method = "post",
        operation_id = "request_payout"
    )]
    async fn request(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The customer's id.
        id: Path<Uuid>,
        body: Body<PayoutRequest>,
    ) -> Result<Asked<ChangedPayout, 201>, ApiError<Buying>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "request_payout", &[id.0], &body.0)?;
        let mut fields = Fields::default();
        let amount = fields.take("/amount", Rupiah::try_from(body.0.amount));
        let reason = fields.parse_if("/reason", body.0.reason.as_deref());
        let amount = fields.done(amount)?;
        let payout_id = PayoutId::new(context.derive("payout"));
        let pay_out = Deed::PayOut {
            payout_id,
            amount,
            reason,
        };
        let user = Some(UserId::new(id.0));
        let outcome = self.0.act(&admin, &context, user, pay_out).await?;
        Ok(Asked::new(outcome, |done| {
            ChangedPayout::made(payout_id, done)
        }))
    }

    /// List payouts.
    #[oai(path = "/payouts", method = "get", operation_id = "list_payouts")]
    async fn list(
        &self,
        _auditor: Auditor,
        /// Those in this state; all where it is not given.
        status: Query<Option<PayoutStatus>>,
        /// How many, 1 to 100; 50 where it is not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// The `next` of the page before.
        after: Query<Option<String>>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<Listed<PayoutRow>>, ApiError<error::Query>> {
        let page = Page::new(limit.0, after.0.as_deref())?;
        let mut views = self.0.at(&[Payouts::NAME], min_position.0).await?;
        let found = payouts::page(&mut views, status.0, &page).await;
        Ok(Json(found.map_err(ViewsError::from)?.into()))
    }

    /// Read a payout.
    #[oai(path = "/payouts/:id", method = "get", operation_id = "get_payout")]
    async fn get(
        &self,
        _auditor: Auditor,
        /// The payout's id.
        id: Path<Uuid>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<PayoutRow>, ApiError<error::Query>> {
        Ok(Json(self.row(id.0, min_position.0).await?))
    }

    /// Read where to pay a payout to that is under way: the customer's bank account as it is given now.
    ///
    /// Refused while the customer owes something, as where the payment behind it was taken back meanwhile: cancelled, what
    /// was set aside pays that first.
    #[oai(
        path = "/payouts/:id/bank-account",
        method = "get",
        operation_id = "get_payout_bank_account"
    )]
    async fn bank_account(
        &self,
        _admin: Admin,
        /// The payout's id.
        id: Path<Uuid>,
    ) -> Result<Json<ToldBankAccount>, ApiError<error::Quoting>> {
        let row = self.row_of_now(id.0).await?;
        let wallet = WalletId::new(row.wallet_id);
        let under_way = matches!(row.status, PayoutStatus::Requested) && row.top_up_id.is_none();
        let wallet = self.0.states.load::<Wallet>(&wallet).await?;
        let owner = wallet.owner();
        if under_way && !wallet.owed().is_zero() {
            let detail = format!("{} is owed: cancel the payout", wallet.owed());
            return Err(Problem::new(StatusCode::CONFLICT, "payout.customer_owes", detail).into());
        }
        let missing = || Problem::not_found("payout.not_by_bank", "nothing is to be paid by bank");
        let owner = owner.filter(|_| under_way).ok_or_else(missing)?;
        Ok(Json(self.0.bank_account_of(owner).await?))
    }

    /// Say that a payout has arrived, with the proof of it.
    #[oai(
        path = "/payouts/:id/paid",
        method = "post",
        operation_id = "confirm_payout"
    )]
    async fn paid(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The payout's id.
        id: Path<Uuid>,
        body: Body<PaidRequest>,
    ) -> Result<Accepted<ChangedPayout>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "confirm_payout", &[id.0], &body.0)?;
        let mut fields = Fields::default();
        let proof = fields.parse("/proof", &body.0.proof);
        let proof: Reason = fields.done(proof)?;
        let row = self.row_of_now(id.0).await?;
        let (payout_id, wallet_id) = (PayoutId::new(row.id), WalletId::new(row.wallet_id));
        let at = self.0.clock.now();
        let committed = match row.top_up_id.map(TopUpId::new) {
            Some(top_up_id) => {
                let confirm = ConfirmRefund {
                    payout_id,
                    top_up_id,
                    wallet_id,
                    proof,
                    at,
                };
                self.0.appender.execute(context.command(confirm)).await?
            }
            None => {
                let confirm = WalletCommand::ConfirmPayout {
                    payout_id,
                    proof,
                    at,
                };
                self.on_wallet(&context, wallet_id, confirm).await?
            }
        };
        let body = ChangedPayout::of(payout_id, &committed);
        Ok(Accepted::new(&committed, body))
    }

    /// Say that a payout did not go out: its credit comes back.
    ///
    /// Of one that goes through the payment gateway the gateway is asked first: what it has taken on is not cancelled.
    #[oai(
        path = "/payouts/:id/cancel",
        method = "post",
        operation_id = "cancel_payout"
    )]
    async fn cancel(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The payout's id.
        id: Path<Uuid>,
        body: Body<CancelPayoutRequest>,
    ) -> Result<Asked<ChangedPayout, 200>, ApiError<Paying>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "cancel_payout", &[id.0], &body.0)?;
        let mut fields = Fields::default();
        let reason = fields.parse("/reason", &body.0.reason);
        let reason: Reason = fields.done(reason)?;
        let row = self.row_of_now(id.0).await?;
        let payout_id = PayoutId::new(row.id);
        let top_up_id = row.top_up_id.map(TopUpId::new);
        if let Some(top_up_id) = top_up_id
            && self.0.is_new(&context).await?
        {
            self.0.require_not_sent_back(top_up_id, payout_id).await?;
        }
        let wallet = WalletId::new(row.wallet_id);
        let wallet = self.0.states.recall::<Wallet>(&wallet).await?;
        let cancel = Deed::CancelPayout {
            payout_id,
            top_up_id,
            reason,
        };
        let outcome = self.0.act(&admin, &context, wallet.owner(), cancel).await?;
        Ok(Asked::new(outcome, |done| {
            let body = ChangedPayout::of(payout_id, done);
            Accepted::new(done, body)
        }))
    }
}

impl AdminPayoutRoutes {
    /// Who paid a top-up, which never changes.
    async fn payer_of(&self, top_up: TopUpId) -> Result<UserId, Problem> {
        let top_up = self.0.states.recall::<TopUp>(&top_up).await?;
        let missing = || Problem::not_found("top_up.not_found", "there is no such top-up");
        top_up.user_id().ok_or_else(missing)
    }

    /// Where a payout belongs, which never changes; what may be done about it is decided on the wallet itself.
    async fn row(&self, id: Uuid, min_position: Option<i64>) -> Result<PayoutRow, Problem> {
        let mut views = self.0.at(&[Payouts::NAME], min_position).await?;
        let found = payouts::by_id(&mut views, PayoutId::new(id)).await;
        let missing = || Problem::not_found("payout.not_found", "there is no such payout");
        found.map_err(ViewsError::from)?.ok_or_else(missing)
    }

    /// The same, not older than what was written before this request.
    async fn row_of_now(&self, id: Uuid) -> Result<PayoutRow, Problem> {
        let head = self.0.states.head().await?;
        self.row(id, Some(head)).await
    }

    async fn on_wallet(
        &self,
        context: &Context,
        id: WalletId,
        command: WalletCommand,
    ) -> Result<Committed, Problem> {
        let change = One::<Wallet> { id, command };
        Ok(self.0.appender.execute(context.command(change)).await?)
    }
}
