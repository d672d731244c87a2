//! What the gateway holds for us, at the two ends of a stretch of time.

use super::wire::text;
use chrono::{DateTime, SubsecRound as _, Utc};
use purser_domain::period::jakarta;
use serde::Deserialize;
use std::fmt;

/// Where customers' payments come in; `iris` is where payouts go out from.
const PAYIN: &str = "payin";
/// Digits of whole rupiah: no balance comes near it, and sums of such are far from what can be counted.
const DIGITS: usize = 15;

/// An amount in hundredths of a rupiah: the gateway's fees have them. It may be less than nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sen(i128);

impl Sen {
    pub const fn new(hundredths: i128) -> Self {
        Self(hundredths)
    }

    pub const fn of_rupiah(rupiah: i128) -> Self {
        Self(rupiah * 100)
    }

    pub const fn less(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }

    /// From `962000.01`, `-0.5` or `962000`; `None` for finer fractions, exponents and anything else.
    fn read(text: &str) -> Option<Self> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_number =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let hundredths = fraction.trim_end_matches('0');
        if !is_number(whole) || !is_number(fraction) || hundredths.len() > 2 || whole.len() > DIGITS
        {
            return None;
        }
        let hundredths: i128 = format!("{hundredths:0<2}").parse().ok()?;
        Some(Self(
            sign * (whole.parse::<i128>().ok()? * 100 + hundredths),
        ))
    }
}

impl fmt::Display for Sen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let amount = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", amount / 100, amount % 100)
    }
}

/// What customers paid and the gateway has not handed over, what is pending included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    pub opening: Sen,
    pub closing: Sen,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default, deserialize_with = "text")]
    currency: Option<String>,
    #[serde(default, deserialize_with = "text")]
    start_time: Option<String>,
    #[serde(default, deserialize_with = "text")]
    end_time: Option<String>,
    wallets: Option<Vec<WalletBody>>,
}

#[derive(Deserialize)]
struct WalletBody {
    #[serde(default, deserialize_with = "text")]
    source: Option<String>,
    #[serde(default, deserialize_with = "text")]
    opening_balance_overall: Option<String>,
    #[serde(default, deserialize_with = "text")]
    closing_balance_overall: Option<String>,
}

impl Balance {
    /// What was answered where it was asked for the time from `start` to `end`.
    ///
    /// # Errors
    /// What of it cannot be believed: nothing is made of a part.
    pub(super) fn parse(
        raw: &[u8],
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Result<Self, &'static str> {
        let body: Body = serde_json::from_slice(raw).map_err(|_| "it names no balances")?;
        if body.currency.is_some_and(|currency| currency != "IDR") {
            return Err("it is about another currency");
        }
        let is_other = |told: Option<String>, asked: DateTime<Utc>| {
            told.is_some_and(|told| DateTime::parse_from_rfc3339(&told) != Ok(asked.into()))
        };
        if is_other(body.start_time, start) || is_other(body.end_time, end) {
            return Err("it is about another time");
        }
        let wallets = body.wallets.unwrap_or_default();
        let mut payin = wallets
            .into_iter()
            .filter(|wallet| wallet.source.as_deref() == Some(PAYIN));
        let (Some(wallet), None) = (payin.next(), payin.next()) else {
            return Err("it has not the one payin wallet");
        };
        let read = |told: Option<String>| Sen::read(told.as_deref()?);
        match (
            read(wallet.opening_balance_overall),
            read(wallet.closing_balance_overall),
        ) {
            (Some(opening), Some(closing)) => Ok(Self { opening, closing }),
            _ => Err("the balances of its payin wallet cannot be read"),
        }
    }
}

/// The two ends as they are asked for: the documentation ends a day with its last second.
pub(super) fn ends(from: DateTime<Utc>, until: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    let last = until.trunc_subsecs(0) - chrono::Duration::seconds(1);
    (from.trunc_subsecs(0), last)
}

/// As it stands in an address: `2026-03-02T00%3A00%3A00%2B07%3A00`.
pub(super) fn in_address(at: DateTime<Utc>) -> String {
    let text = at.with_timezone(&jakarta()).to_rfc3339();
    text.replace(':', "%3A").replace('+', "%2B")
}

#[cfg(test)]
mod tests {
    use super::Sen;

    #[test]
    fn an_amount_is_read_to_the_hundredth_or_not_at_all() {
        for (text, hundredths) in [
            ("962000.01", 96_200_001),
            ("59312508.02", 5_931_250_802),
            ("0.00", 0),
            ("0.1", 10),
            ("12", 1_200),
            ("144.000", 14_400),
            ("-0.05", -5),
            ("-962000.50", -96_200_050),
            ("999999999999999.99", 99_999_999_999_999_999),
        ] {
            assert_eq!(Sen::read(text), Some(Sen::new(hundredths)), "{text}");
        }
        for text in [
            "1.001",
            "1e4",
            "1E4",
            "+1",
            "--1",
            "1.",
            ".5",
            "",
            "-",
            "1,5",
            " 1",
            "NaN",
            "null",
            "1.2.3",
            "1000000000000000",
            "9e999",
        ] {
            assert_eq!(Sen::read(text), None, "{text}");
        }
    }

    #[test]
    fn an_amount_is_written_as_the_gateway_writes_it() {
        for (hundredths, text) in [
            (96_200_001, "962000.01"),
            (-5, "-0.05"),
            (0, "0.00"),
            (-12_300, "-123.00"),
        ] {
            assert_eq!(Sen::new(hundredths).to_string(), text);
        }
    }
}
