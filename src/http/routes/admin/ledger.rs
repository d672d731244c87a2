use crate::http::{
    Parts,
    caller::Auditor,
    error::{self, ApiError},
    routes::Tag,
};
use chrono::NaiveDate;
use poem_openapi::{Object, OpenApi, param::Query, payload::Json};
use purser_domain::{
    ledger::{Account, AccountKind},
    period::jakarta_date,
};
use std::sync::Arc;

/// One account at the end of a date.
#[derive(Object)]
struct AccountBalance {
    /// Its name in the chart of accounts.
    account: String,
    /// `asset`, `liability`, `income` or `expense`.
    kind: String,
    /// In whole rupiah: positive is a debit, negative a credit.
    balance: i64,
}

/// Every account at the end of a date.
#[derive(Object)]
struct TrialBalanceReport {
    /// The date, in Asia/Jakarta.
    date: NaiveDate,
    /// Up to which position the history was booked.
    position: i64,
    /// In the order of the chart of accounts.
    accounts: Vec<AccountBalance>,
    /// The sum of all balances; zero, where everything adds up.
    sum: i64,
}

pub(in crate::http) struct AdminLedgerRoutes(pub(in crate::http::routes) Arc<Parts>);

#[OpenApi(prefix_path = "/admin/ledger", tag = "Tag::Administration")]
impl AdminLedgerRoutes {
    /// Read the trial balance at the end of a date.
    ///
    /// The books are a double-entry view over the history. What was earned by that date follows from the events and the
    /// date alone, so a date in the past or the future can be asked for as well.
    #[oai(
        path = "/trial-balance",
        method = "get",
        operation_id = "get_trial_balance"
    )]
    async fn trial_balance(
        &self,
        _auditor: Auditor,
        /// The date, in Asia/Jakarta; today where it is not given.
        date: Query<Option<NaiveDate>>,
    ) -> Result<Json<TrialBalanceReport>, ApiError<error::Query>> {
        let today = || jakarta_date(self.0.clock.now());
        let date = date.0.unwrap_or_else(today);
        let (position, balance) = self.0.books.trial_balance(date).await?;
        let whole = |amount: i128| i64::try_from(amount).unwrap_or(i64::MAX);
        let accounts = Account::ALL.iter().map(|account| AccountBalance {
            account: account.as_str().into(),
            kind: kind(account.kind()).into(),
            balance: whole(balance.of(*account)),
        });
        Ok(Json(TrialBalanceReport {
            date,
            position,
            accounts: accounts.collect(),
            sum: whole(balance.sum()),
        }))
    }
}

const fn kind(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Asset => "asset",
        AccountKind::Liability => "liability",
        AccountKind::Income => "income",
        AccountKind::Expense => "expense",
    }
}
