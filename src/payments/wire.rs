//! How Midtrans writes values: everything may be text or a number, amounts carry two decimals, and times
//! are Jakarta's without saying so.

use chrono::{DateTime, Datelike as _, NaiveDateTime, Utc};
use purser_domain::{
    Rupiah,
    period::{YEARS, jakarta},
};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::value::RawValue;

/// A value as it stands in the body, quoted or not: a number is never read as one, so `10000.00` stays
/// what was signed.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let Some(raw) = Option::<Box<RawValue>>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let raw = raw.get();
    if raw.starts_with('"') {
        serde_json::from_str(raw).map(Some).map_err(Error::custom)
    } else {
        Ok(Some(raw.to_owned()))
    }
}

/// Whole rupiah from `10000.00` or `10000`; `None` for fractions, signs, exponents and anything else.
pub(super) fn rupiah(text: &str) -> Option<Rupiah> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.bytes().any(|byte| byte != b'0') {
        return None;
    }
    Rupiah::try_from(whole.parse::<i64>().ok()?).ok()
}

/// A time without a zone, which is GMT+7. Outside of [`YEARS`] it is none: where the calendar ends nothing can be added to it.
pub(super) fn time(text: Option<String>) -> Option<DateTime<Utc>> {
    let local = NaiveDateTime::parse_from_str(text?.trim(), "%Y-%m-%d %H:%M:%S").ok()?;
    let at = local.and_local_timezone(jakarta()).single()?;
    Some(at.with_timezone(&Utc)).filter(|at| YEARS.contains(&at.year()))
}

/// Statuses are compared without regard to case: at least one channel shouts.
pub(super) fn word(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_ascii_lowercase())
        .filter(|text| !text.is_empty())
}

/// The inner `status_code`.
pub(super) fn code(text: Option<&str>) -> Option<u16> {
    text?.parse().ok().filter(|code| (100..600).contains(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_whole_rupiah_or_nothing() {
        for (text, amount) in [
            ("10000.00", 10_000),
            ("10000", 10_000),
            ("0.0", 0),
            ("9007199254740991.00", (1 << 53) - 1),
        ] {
            assert_eq!(rupiah(text).map(Rupiah::get), Some(amount), "{text}");
        }
        for text in [
            "10000.50",
            "10000.001",
            "-1.00",
            "+1",
            "1e4",
            "10.000,00",
            "10,000",
            "10000.",
            ".00",
            "",
            " 10000.00",
            "NaN",
            "9007199254740992.00",
            "99999999999999999999.00",
            "1.00.00",
        ] {
            assert_eq!(rupiah(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_without_a_zone_is_jakartas() {
        let at = time(Some("2021-06-23 14:06:48".into())).unwrap();
        assert_eq!(at.to_rfc3339(), "2021-06-23T07:06:48+00:00");
        assert_eq!(time(Some("soon".into())), None);
        for beyond in [
            "+262142-12-31 23:59:59",
            "-262143-01-01 00:00:00",
            "0001-01-01 00:00:00",
        ] {
            assert_eq!(time(Some(beyond.into())), None, "{beyond}");
        }
        assert_eq!(time(None), None);
    }
}
