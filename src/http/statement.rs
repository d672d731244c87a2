//! The statement of a wallet as the API tells it: as JSON and as CSV.

use super::{
    Parts,
    problem::{FieldError, Problem},
};
use chrono::{DateTime, Datelike as _, Days, NaiveDate, Utc};
use poem_openapi::Object;
use purser_domain::{ids::WalletId, period::day_begins};
use purser_projections::{
    Projection as _,
    views::ViewsError,
    wallet_transactions::{self, Transaction, WalletTransactions},
};

/// The longest time that a statement tells of.
const DAYS: i64 = 366;
/// Before these there was no wallet, and after them there is no date that everybody can write.
const YEARS: std::ops::Range<i32> = 1970..9999;

/// Every movement of a wallet between two dates.
#[derive(Object)]
#[oai(rename = "Statement")]
pub(super) struct ToldStatement {
    /// The first date, in Asia/Jakarta.
    from: NaiveDate,
    /// The last date.
    to: NaiveDate,
    /// The balance when the first date began, in whole rupiah.
    opening_balance: i64,
    /// The balance when the last date was over, or now.
    closing_balance: i64,
    /// The oldest first.
    items: Vec<Transaction>,
}

impl ToldStatement {
    /// RFC 4180. None of the fields has a comma, a quote or a line break in it.
    pub(super) fn csv(&self) -> String {
        let mut csv = String::from("at,kind,amount,promotional,balance_after,id\r\n");
        let opening = format!(
            "{},opening_balance,,,{},\r\n",
            stamp(day_begins(self.from)),
            self.opening_balance
        );
        csv.push_str(&opening);
        for item in &self.items {
            let movement = &item.movement;
            csv.push_str(&format!(
                "{},{},{},{},{},{}\r\n",
                stamp(movement.at),
                movement.kind.as_str(),
                movement.amount,
                movement.promotional,
                item.balance_after,
                movement.id,
            ));
        }
        let closing = format!(
            "{},closing_balance,,,{},\r\n",
            stamp(day_begins(self.to + Days::new(1))),
            self.closing_balance
        );
        csv.push_str(&closing);
        csv
    }
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

impl Parts {
    pub(super) async fn statement(
        &self,
        wallet: WalletId,
        from: NaiveDate,
        to: NaiveDate,
        min_position: Option<i64>,
    ) -> Result<ToldStatement, Problem> {
        let days = (to - from).num_days();
        let told = (0..DAYS).contains(&days) && YEARS.contains(&from.year());
        let end = to.checked_add_days(Days::new(1)).filter(|_| told);
        let end = end.ok_or_else(|| {
            let detail =
                format!("is {from} or one of the {DAYS} days from then on, both from 1970 on");
            let pointer = "to".to_owned();
            Problem::invalid(vec![FieldError { pointer, detail }])
        })?;
        let models = &[WalletTransactions::NAME];
        let mut views = self.at(models, min_position).await?;
        let (from_at, to_at) = (day_begins(from), day_begins(end));
        let found = wallet_transactions::between(&mut views, wallet, from_at, to_at).await;
        let (opening_balance, items) = found.map_err(ViewsError::from)?;
        let closing = items.last().map(|item| item.balance_after);
        Ok(ToldStatement {
            from,
            to,
            opening_balance,
            closing_balance: closing.unwrap_or(opening_balance),
            items,
        })
    }
}
