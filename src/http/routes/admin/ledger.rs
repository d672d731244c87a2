use crate::http::{
    Parts,
    acting::Asked,
    answer::Accepted,
    body::Body,
    caller::{Admin, Auditor},
    dates::Day,
    error::{self, ApiError},
    fields::{Fields, amount_and_reason},
    idempotency::Keyed,
    routes::Tag,
};
use chrono::NaiveDate;
use poem_openapi::{Object, OpenApi, param::Query, payload::Json, types::Example};
use purser_domain::{
    Rupiah,
    approval::Deed,
    fee_statement::month_of,
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
#[oai(skip_serializing_if_is_none)]
struct TrialBalanceReport {
    /// The date, in Asia/Jakarta.
    date: NaiveDate,
    /// Up to which position the history was booked.
    position: i64,
    /// In the order of the chart of accounts.
    accounts: Vec<AccountBalance>,
    /// The sum of all balances; zero, where everything adds up.
    sum: i64,
    /// Credit that customers paid and did not spend, in whole rupiah.
    unspent_paid_credit: i64,
    /// What the books do not know, such as fees of the gateway that nobody has booked.
    note: Option<String>,
}

#[derive(Object)]
#[oai(skip_serializing_if_is_none, example, deny_unknown_fields)]
struct GatewayFeesRequest {
    /// Any day of the month that the statement is of; the month has to be over.
    month: Day,
    /// What the gateway kept for itself, in whole rupiah; 0 only where it replaces what was wrong.
    amount: i64,
    /// What is booked for this month and was wrong: it is replaced, and both stay in the history.
    replaces: Option<i64>,
    /// Which statement says so; it stays in the history for ever.
    #[oai(validator(min_length = 1, max_length = 500))]
    reason: String,
}

impl Example for GatewayFeesRequest {
    fn example() -> Self {
        Self {
            month: Day(NaiveDate::from_ymd_opt(2026, 11, 1).unwrap_or_default()),
            amount: 45_000,
            replaces: None,
            reason: "statement 2026-11 of the gateway".into(),
        }
    }
}

/// Fees that were booked.
#[derive(Object)]
struct BookedFees {
    /// The first day of their month.
    month: NaiveDate,
    /// The position of the commit.
    position: i64,
    /// The version of the statement.
    version: i64,
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
        date: Query<Option<Day>>,
    ) -> Result<Json<TrialBalanceReport>, ApiError<error::Query>> {
        let today = || jakarta_date(self.0.clock.now());
        let date = date.0.map_or_else(today, |day| day.0);
        let standing = self.0.books.trial_balance(date).await?;
        let balance = &standing.balance;
        let whole = |amount: i128| i64::try_from(amount).unwrap_or(i64::MAX);
        let accounts = Account::ALL.iter().map(|account| AccountBalance {
            account: account.as_str().into(),
            kind: kind(account.kind()).into(),
            balance: whole(balance.of(*account)),
        });
        Ok(Json(TrialBalanceReport {
            date,
            position: standing.position,
            accounts: accounts.collect(),
            sum: whole(balance.sum()),
            unspent_paid_credit: whole(standing.unspent_paid_credit()),
            note: standing.note,
        }))
    }

    /// Book what the payment gateway kept for itself in a month.
    ///
    /// Above what you may move by yourself it is held for another one's approval.
    #[oai(path = "/fees", method = "post", operation_id = "book_gateway_fees")]
    async fn fees(
        &self,
        admin: Admin,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        body: Body<GatewayFeesRequest>,
    ) -> Result<Asked<BookedFees, 200>, ApiError<error::Command>> {
        let keys = self.0.vault.keys();
        let context = ask.context(keys, admin.actor(), "book_gateway_fees", &[], &body.0)?;
        let (amount, reason) = amount_and_reason(body.0.amount, &body.0.reason)?;
        let mut fields = Fields::default();
        let replaces = body
            .0
            .replaces
            .and_then(|booked| fields.take("/replaces", Rupiah::try_from(booked)));
        let replaces = fields.done(Some(replaces))?;
        let month = month_of(body.0.month.0);
        let book = Deed::BookFees {
            month,
            amount,
            replaces,
            reason,
        };
        let outcome = self.0.act(&admin, &context, None, book).await?;
        Ok(Asked::new(outcome, |done| {
            let body = BookedFees {
                month,
                position: done.position,
                version: done.version,
            };
            Accepted::new(done, body)
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
