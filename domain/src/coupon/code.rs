//! What a customer types. It is the name of the coupon's stream too, so that a code finds its coupon without a list.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A coupon's code: 4 to 32 of A to Z, 0 to 9 and single hyphens. Letters are read in either case and kept in upper case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CouponCode(String);

/// Why a text is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "is not a coupon code: 4 to 32 of A to Z, 0 to 9 and single hyphens, with a letter or digit at both ends"
)]
pub struct NotACode;

impl CouponCode {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CouponCode {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<Self, NotACode> {
        let code = text.to_ascii_uppercase();
        let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
        let whole = !code.starts_with('-') && !code.ends_with('-') && !code.contains("--");
        match (4..=32).contains(&code.len()) && code.chars().all(allowed) && whole {
            true => Ok(Self(code)),
            false => Err(NotACode),
        }
    }
}

impl TryFrom<String> for CouponCode {
    type Error = NotACode;

    fn try_from(text: String) -> Result<Self, NotACode> {
        text.parse()
    }
}

impl From<CouponCode> for String {
    fn from(code: CouponCode) -> Self {
        code.0
    }
}

impl fmt::Display for CouponCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{CouponCode, NotACode};

    #[test]
    fn a_code_is_read_in_either_case() {
        let code: CouponCode = "hemat-20".parse().unwrap();
        assert_eq!(code.as_str(), "HEMAT-20");
        assert_eq!("Hemat-20".parse(), Ok(code));
    }

    #[test]
    fn what_is_no_code_is_refused_typed_and_read() {
        for text in [
            "",
            "abc",
            " hemat-20",
            "hemat-20 ",
            "-abcd",
            "abcd-",
            "ab--cd",
            "dua puluh",
            "käse",
            &"A".repeat(33),
        ] {
            assert_eq!(text.parse::<CouponCode>(), Err(NotACode), "{text}");
        }
        assert!(serde_json::from_str::<CouponCode>("\"no code\"").is_err());
    }
}
