//! The statement of a wallet as the API tells it: as JSON and as CSV.

use super::{
    Parts,
    dates::Day,
    problem::{FieldError, Problem},
};
use chrono::{DateTime, Days, NaiveDate, Utc};
use poem_openapi::{ApiResponse, Object, payload::PlainText};
use purser_domain::{ids::WalletId, period::day_begins};
use purser_projections::{
    Projection as _,
    views::ViewsError,
    wallet_transactions::{self, Transaction, WalletTransactions},
};

/// The longest time that a statement tells of.
const DAYS: i64 = 366;

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

/// A statement to keep.
#[derive(ApiResponse)]
pub(super) enum Csv {
    /// RFC 4180, with the names of the columns in the first line.
    #[oai(status = 200, content_type = "text/csv; charset=utf-8; header=present")]
    Found(
        PlainText<String>,
        /// The name to keep it under.
        #[oai(header = "Content-Disposition")]
        String,
    ),
}

impl ToldStatement {
    pub(super) fn csv(&self) -> Csv {
        let name = format!("statement-{}-{}.csv", self.from, self.to);
        let disposition = format!("attachment; filename=\"{name}\"");
        Csv::Found(PlainText(self.lines()), disposition)
    }

    /// None of the fields has a comma, a quote or a line break in it.
    fn lines(&self) -> String {
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
        from: Day,
        to: Day,
        min_position: Option<i64>,
    ) -> Result<ToldStatement, Problem> {
        let (Day(from), Day(to)) = (from, to);
        if !(0..DAYS).contains(&(to - from).num_days()) {
            let detail = format!("is not {from} or one of the {DAYS} days from then on");
            let pointer = "to".to_owned();
            return Err(Problem::invalid(vec![FieldError { pointer, detail }]));
        }
        let models = &[WalletTransactions::NAME];
        let mut views = self.at(models, min_position).await?;
        let (from_at, to_at) = (day_begins(from), day_begins(to + Days::new(1)));
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
