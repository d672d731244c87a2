//! What the gateway holds for the merchant. It takes no fees and hands nothing over: what is paid can be withdrawn at once, and
//! stays where it is.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::{
    book::Book,
    merchant_calls::{Refusal, refuse},
    transaction::Transaction,
};

/// What is asked for; both ends are in it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Window {
    currency: String,
    start_time: String,
    end_time: String,
}

impl Book {
    /// Keeps what the merchant has now, where it is something else than before.
    pub(super) fn note_balance(&mut self, now: DateTime<Utc>) {
        let held = self.transactions.iter().map(Transaction::worth).sum();
        let before = self.balances.last().map_or(0, |(_, held)| *held);
        if held != before {
            self.balances.push((now, held));
        }
    }

    /// The body of an answer. It is written as text: its amounts are numbers with two decimals, which JSON libraries shorten.
    pub(super) fn balance(&self, window: &Window, now: DateTime<Utc>) -> Result<String, Refusal> {
        if let Some(code) = self.quirks.no_balance {
            return refuse(code, "Balance mutation is not available for this merchant");
        }
        if window.currency != "IDR" {
            return refuse(400, "currency is not supported");
        }
        let moment = |text: &str| DateTime::parse_from_rfc3339(text).ok();
        let times = moment(&window.start_time).zip(moment(&window.end_time));
        let Some((start, end)) = times.filter(|(start, end)| start <= end && *start <= now) else {
            return refuse(400, "start_time and end_time are no time that has begun");
        };
        let opening = self.held_before(start.to_utc());
        let closing = self.held_before(end.to_utc() + TimeDelta::seconds(1));
        let (start, end) = (start.to_rfc3339(), end.to_rfc3339());
        let (held, nothing) = (balances(opening, closing), balances(0, 0));
        Ok(format!(
            r#"{{"currency":"IDR","start_time":"{start}","end_time":"{end}",{held},"wallets":[{{"source":"payin",{held}}},{{"source":"iris",{nothing}}}]}}"#
        ))
    }

    fn held_before(&self, moment: DateTime<Utc>) -> i64 {
        let mut earlier = self.balances.iter().rev();
        earlier
            .find(|(at, _)| *at < moment)
            .map_or(0, |(_, held)| *held)
    }
}

fn balances(opening: i64, closing: i64) -> String {
    let both = |kind: &str, opening: i64, closing: i64| {
        format!(r#""opening_balance_{kind}":{opening}.00,"closing_balance_{kind}":{closing}.00"#)
    };
    [
        both("effective", opening, closing),
        both("pending", 0, 0),
        both("overall", opening, closing),
    ]
    .join(",")
}
