use super::Tag;
use crate::{
    http::{
        Parts,
        answer::{Accepted, Listed},
        bank::{BankAccountRequest, ToldBankAccount},
        body::Body,
        caller::Customer,
        dates::Day,
        error::{self, ApiError},
        idempotency::{Keyed, NO_BODY},
        problem::Problem,
        statement::{Csv, ToldStatement},
    },
    store::Context,
};
use poem_openapi::{Object, OpenApi, param::Query, payload::Json};
use purser_domain::{
    decisions::One,
    ids::WalletId,
    user::{User, UserCommand},
};
use purser_projections::{
    Projection as _,
    pages::Page,
    views::ViewsError,
    wallet_transactions::{self, Transaction, WalletTransactions},
    wallets::{self, WalletRow, Wallets},
};
use std::sync::Arc;

/// Your bank account was given or removed.
#[derive(Object)]
struct ChangedBankAccount {
    /// The position of the commit.
    position: i64,
    /// The version of your account.
    version: i64,
}

pub(in crate::http) struct WalletRoutes(pub(super) Arc<Parts>);

#[OpenApi(prefix_path = "/wallet", tag = "Tag::Wallet")]
impl WalletRoutes {
    /// Read your balance.
    #[oai(path = "/", method = "get", operation_id = "get_wallet")]
    async fn get(
        &self,
        customer: Customer,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<WalletRow>, ApiError<error::Query>> {
        let mut views = self.0.at(&[Wallets::NAME], min_position.0).await?;
        let found = wallets::of_user(&mut views, customer.id()).await;
        let wallet = found.map_err(ViewsError::from)?;
        let missing = || Problem::not_found("wallet.not_found", "there is no such wallet");
        Ok(Json(wallet.ok_or_else(missing)?))
    }

    /// List every movement of your wallet, with its cause and the balance after it.
    #[oai(
        path = "/transactions",
        method = "get",
        operation_id = "list_wallet_transactions"
    )]
    async fn transactions(
        &self,
        customer: Customer,
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
        let wallet = WalletId::of(customer.id());
        let found = wallet_transactions::page_of_wallet(&mut views, wallet, &page).await;
        Ok(Json(found.map_err(ViewsError::from)?.into()))
    }

    /// Read the statement of your wallet between two dates, with the balances before and after.
    #[oai(path = "/statement", method = "get", operation_id = "get_statement")]
    async fn statement(
        &self,
        customer: Customer,
        /// The first date, in Asia/Jakarta.
        from: Query<Day>,
        /// The last date, within 366 days.
        to: Query<Day>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Json<ToldStatement>, ApiError<error::Query>> {
        let wallet = WalletId::of(customer.id());
        let told = self.0.statement(wallet, from.0, to.0, min_position.0).await;
        Ok(Json(told?))
    }

    /// Read the statement of your wallet between two dates as CSV.
    #[oai(
        path = "/statement.csv",
        method = "get",
        operation_id = "get_statement_csv"
    )]
    async fn statement_csv(
        &self,
        customer: Customer,
        /// The first date, in Asia/Jakarta.
        from: Query<Day>,
        /// The last date, within 366 days.
        to: Query<Day>,
        /// Wait for the read model to come to this position.
        #[oai(validator(minimum(value = "0")))]
        min_position: Query<Option<i64>>,
    ) -> Result<Csv, ApiError<error::Query>> {
        let wallet = WalletId::of(customer.id());
        let told = self.0.statement(wallet, from.0, to.0, min_position.0).await;
        Ok(told?.csv())
    }

    /// Read where you want to be paid out to.
    #[oai(
        path = "/bank-account",
        method = "get",
        operation_id = "get_bank_account"
    )]
    async fn bank_account(
        &self,
        customer: Customer,
    ) -> Result<Json<ToldBankAccount>, ApiError<error::Query>> {
        Ok(Json(self.0.bank_account_of(customer.id()).await?))
    }

    /// Say where you want to be paid out to. It is kept sealed, and shown to you and to who pays you out.
    ///
    /// Your e-mail address has to be verified, because you are told of it by mail; three times within an hour at most.
    #[oai(
        path = "/bank-account",
        method = "put",
        operation_id = "give_bank_account"
    )]
    async fn give_bank_account(
        &self,
        customer: Customer,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        body: Body<BankAccountRequest>,
    ) -> Result<Accepted<ChangedBankAccount>, ApiError<error::Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, customer.actor(), "give_bank_account", &[], &body.0)?;
        let account = body.0.account()?.seal(&self.0.vault, customer.id()).await?;
        let at = self.0.clock.now();
        let give = UserCommand::GiveBankAccount { account, at };
        self.change_bank_account(&customer, &context, give).await
    }

    /// Take back where you want to be paid out to.
    #[oai(
        path = "/bank-account",
        method = "delete",
        operation_id = "remove_bank_account"
    )]
    async fn remove_bank_account(
        &self,
        customer: Customer,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
    ) -> Result<Accepted<ChangedBankAccount>, ApiError<error::Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, customer.actor(), "remove_bank_account", &[], &NO_BODY)?;
        let remove = UserCommand::RemoveBankAccount;
        self.change_bank_account(&customer, &context, remove).await
    }
}

impl WalletRoutes {
    async fn change_bank_account(
        &self,
        customer: &Customer,
        context: &Context,
        command: UserCommand,
    ) -> Result<Accepted<ChangedBankAccount>, ApiError<error::Command>> {
        let change = One::<User> {
            id: customer.id(),
            command,
        };
        let committed = self.0.appender.execute(context.command(change)).await?;
        let body = ChangedBankAccount {
            position: committed.position,
            version: committed.version,
        };
        Ok(Accepted::new(&committed, body))
    }
}
