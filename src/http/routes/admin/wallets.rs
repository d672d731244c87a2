use super::users::ReasonRequest;
use crate::{
    http::{
        Parts,
        acting::Asked,
        answer::{Accepted, Listed},
        body::Body,
        caller::{Admin, Auditor},
        dates::Day,
        error::{self, ApiError, Buying, Command},
        fields::amount_and_reason,
        idempotency::Keyed,
        problem::Problem,
        routes::Tag,
        statement::{Csv, ToldStatement},
    },
    store::Committed,
};
use chrono::NaiveDate;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::Example,
};
use purser_domain::{
    approval::Deed,
    ids::{AdjustmentId, GrantId, UserId, WalletId},
    wallet::AdjustmentSide,
};
use purser_projections::{
    Projection as _,
    pages::Page,
    views::ViewsError,
    wallet_transactions::{self, Transaction, WalletTransactions},
    wallets::{self, WalletRow, Wallets},
};
use std::sync::Arc;
use uuid::Uuid;

/// Which way credit is corrected.
#[derive(Clone, Copy, Debug, Enum)]
#[oai(rename_all = "snake_case")]
enum Side {
    /// The customer gets more.
    Credit,
    /// The customer gets less: no more than the paid credit is taken.
    Debit,
}

impl From<Side> for AdjustmentSide {
    fn from(side: Side) -> Self {
        match side {
            Side::Credit => Self::Credit,
            Side::Debit => Self::Debit,
        }
    }
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct AdjustmentRequest {
    side: Side,
    /// Whole rupiah of paid credit.
    amount: i64,
    /// Why; it stays in the history for ever.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

impl Example for AdjustmentRequest {
    fn example() -> Self {
        Self {
            side: Side::Credit,
            amount: 25_000,
            reason: "paid at the counter, receipt 4711".into(),
        }
    }
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct PromotionRequest {
    /// Whole rupiah of promotional credit: it is spent first, and never paid out.
    amount: i64,
    /// The last day on which it can be spent, in Asia/Jakarta.
    expires_on: Day,
    /// Why; it stays in the history for ever.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

impl Example for PromotionRequest {
    fn example() -> Self {
        Self {
            amount: 25_000,
            expires_on: Day(NaiveDate::from_ymd_opt(2027, 12, 31).unwrap_or_default()),
            reason: "for the outage of 12 May".into(),
        }
    }
}

/// Credit that was changed.
#[derive(Object)]
pub(super) struct ChangedCredit {
    wallet_id: Uuid,
    /// The position of the commit.
    position: i64,
    /// The version of the wallet.
    version: i64,
}

impl ChangedCredit {
    pub(super) fn answer(user: UserId, committed: &Committed) -> Accepted<Self> {
        let body = Self {
            wallet_id: WalletId::of(user).uuid(),
            position: committed.position,
            version: committed.version,
        };
        Accepted::new(committed, body)
    }
}

pub(in crate::http) struct AdminWalletRoutes(pub(in crate::http::routes) Arc<Parts>);

#[OpenApi(prefix_path = "/admin/users", tag = "Tag::Administration")]
impl AdminWalletRoutes {
    /// Read a customer's balance.
    #[oai(path = "/:id/wallet", method = "get", operation_id = "get_user_wallet")]
    async fn wallet(
        &self,
        _auditor: Auditor,
        /// The customer's id.
        id: Path<Uuid>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<WalletRow>, ApiError<error::Query>> {
        let mut views = self.0.at(&[Wallets::NAME], min_position.0).await?;
        let found = wallets::of_user(&mut views, UserId::new(id.0)).await;
        let missing = || Problem::not_found("wallet.not_found", "there is no such wallet");
        Ok(Json(found.map_err(ViewsError::from)?.ok_or_else(missing)?))
    }

    /// List every movement of a customer's wallet.
    #[oai(
        path = "/:id/transactions",
        method = "get",
        operation_id = "list_user_transactions"
    )]
    async fn transactions(
        &self,
        _auditor: Auditor,
        /// The customer's id.
        id: Path<Uuid>,
        /// How many, 1 to 100; 50 where it is not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// The `next` of the page before.
        after: Query<Option<String>>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<Listed<Transaction>>, ApiError<error::Query>> {
        let page = Page::new(limit.0, after.0.as_deref())?;
        let models = &[WalletTransactions::NAME];
        let mut views = self.0.at(models, min_position.0).await?;
        let wallet = WalletId::of(UserId::new(id.0));
        let found = wallet_transactions::page_of_wallet(&mut views, wallet, &page).await;
        Ok(Json(found.map_err(ViewsError::from)?.into()))
    }

    /// Read the statement of a customer's wallet between two dates.
    #[oai(
        path = "/:id/statement",
        method = "get",
        operation_id = "get_user_statement"
    )]
    async fn statement(
        &self,
        _auditor: Auditor,
        /// The customer's id.
        id: Path<Uuid>,
        /// The first date, in Asia/Jakarta.
        from: Query<Day>,
        /// The last date, within 366 days.
        to: Query<Day>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<ToldStatement>, ApiError<error::Query>> {
        let wallet = WalletId::of(UserId::new(id.0));
        let told = self.0.statement(wallet, from.0, to.0, min_position.0).await;
        Ok(Json(told?))
    }

    /// Read the statement of a customer's wallet between two dates as CSV.
    #[oai(
        path = "/:id/statement.csv",
        method = "get",
        operation_id = "get_user_statement_csv"
    )]
    async fn statement_csv(
        &self,
        _auditor: Auditor,
        /// The customer's id.
        id: Path<Uuid>,
        /// The first date, in Asia/Jakarta.
        from: Query<Day>,
        /// The last date, within 366 days.
        to: Query<Day>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Csv, ApiError<error::Query>> {
        let wallet = WalletId::of(UserId::new(id.0));
        let told = self.0.statement(wallet, from.0, to.0, min_position.0).await;
        Ok(told?.csv())
    }

    /// Correct a customer's paid credit.
    ///
    /// A debit takes no more than the paid credit. Above what you may move by yourself it is held for another one's
    /// approval.
    #[oai(
        path = "/:id/adjustments",
        method = "post",
        operation_id = "adjust_credit"
    )]
    async fn adjust(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The customer's id.
        id: Path<Uuid>,
        body: Body<AdjustmentRequest>,
    ) -> Result<Asked<ChangedCredit, 200>, ApiError<Buying>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "adjust_credit", &[id.0], &body.0)?;
        let (amount, reason) = amount_and_reason(body.0.amount, &body.0.reason)?;
        let user = UserId::new(id.0);
        let adjust = Deed::Adjust {
            adjustment_id: AdjustmentId::new(context.derive("adjustment")),
            side: body.0.side.into(),
            amount,
            reason,
        };
        let outcome = self.0.act(&admin, &context, Some(user), adjust).await?;
        Ok(Asked::new(outcome, |done| {
            ChangedCredit::answer(user, done)
        }))
    }

    /// Grant a customer promotional credit.
    #[oai(
        path = "/:id/promotions",
        method = "post",
        operation_id = "grant_promotion"
    )]
    async fn grant(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The customer's id.
        id: Path<Uuid>,
        body: Body<PromotionRequest>,
    ) -> Result<Asked<ChangedCredit, 200>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "grant_promotion", &[id.0], &body.0)?;
        let (amount, reason) = amount_and_reason(body.0.amount, &body.0.reason)?;
        let user = UserId::new(id.0);
        let grant = Deed::Grant {
            grant_id: GrantId::new(context.derive("grant")),
            amount,
            expires_on: body.0.expires_on.0,
            reason,
        };
        let outcome = self.0.act(&admin, &context, Some(user), grant).await?;
        Ok(Asked::new(outcome, |done| {
            ChangedCredit::answer(user, done)
        }))
    }

    /// Let a customer spend promotional credit again that a chargeback has frozen, and pay by card again.
    #[oai(
        path = "/:id/promotions/unfreeze",
        method = "post",
        operation_id = "unfreeze_promotions"
    )]
    async fn unfreeze(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        /// The customer's id.
        id: Path<Uuid>,
        body: Body<ReasonRequest>,
    ) -> Result<Asked<ChangedCredit, 200>, ApiError<Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "unfreeze_promotions", &[id.0], &body.0)?;
        let reason = body.0.reason()?;
        let (user, unfreeze) = (UserId::new(id.0), Deed::Unfreeze { reason });
        let outcome = self.0.act(&admin, &context, Some(user), unfreeze).await?;
        Ok(Asked::new(outcome, |done| {
            ChangedCredit::answer(user, done)
        }))
    }
}
