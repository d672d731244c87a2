//! Money is whole rupiah. Arithmetic is checked: the caller says what an overflow means.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount of Indonesian rupiah, never negative and always below 2^53 so that every JSON reader
/// (RFC 8785) reads the same number.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "i64", into = "i64")]
pub struct Rupiah(i64);

/// Why a number is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    #[error("an amount of rupiah is never negative, this is {0}")]
    Negative(i64),
    #[error("an amount of rupiah is below 2^53, this is {0}")]
    TooLarge(i64),
}

impl Rupiah {
    pub const ZERO: Self = Self(0);
    /// The largest amount: 2^53 - 1 rupiah.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// An amount that is known beforehand: one that is none does not compile.
    pub const fn of<const AMOUNT: i64>() -> Self {
        const { assert!(0 <= AMOUNT && AMOUNT <= Self::MAX.0, "this is no amount") };
        Self(AMOUNT)
    }

    /// The amount in rupiah.
    pub const fn get(self) -> i64 {
        self.0
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// As [`Rupiah::is_zero`], for fields that are left out of a stored event.
    pub(crate) const fn is_nothing(&self) -> bool {
        self.0 == 0
    }

    /// `None` where the sum exceeds [`Rupiah::MAX`].
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0
            .checked_add(other.0)
            .and_then(|sum| Self::try_from(sum).ok())
    }

    /// `None` where the difference would be negative.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0
            .checked_sub(other.0)
            .and_then(|rest| Self::try_from(rest).ok())
    }
}

impl TryFrom<i64> for Rupiah {
    type Error = AmountError;

    fn try_from(amount: i64) -> Result<Self, AmountError> {
        match amount {
            ..0 => Err(AmountError::Negative(amount)),
            _ if amount > Self::MAX.0 => Err(AmountError::TooLarge(amount)),
            _ => Ok(Self(amount)),
        }
    }
}

impl From<Rupiah> for i64 {
    fn from(amount: Rupiah) -> Self {
        amount.0
    }
}

impl fmt::Display for Rupiah {
    /// Indonesian notation: `Rp 1.250.000`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let first = digits.len() % 3;
        let mut groups = Vec::with_capacity(digits.len() / 3 + 1);
        if first > 0 {
            groups.push(&digits[..first]);
        }
        let mut rest = &digits[first..];
        while !rest.is_empty() {
            let (group, tail) = rest.split_at(3);
            groups.push(group);
            rest = tail;
        }
        write!(formatter, "Rp {}", groups.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::{AmountError, Rupiah};

    fn rp(amount: i64) -> Rupiah {
        Rupiah::try_from(amount).unwrap()
    }

    #[test]
    fn a_negative_amount_is_refused_typed_and_read() {
        assert_eq!(Rupiah::of::<10_000>(), rp(10_000));
        assert_eq!(Rupiah::try_from(-5), Err(AmountError::Negative(-5)));
        assert!(serde_json::from_str::<Rupiah>("-5").is_err());
        assert!(serde_json::from_str::<Rupiah>("1.5").is_err());
    }

    #[test]
    fn nothing_passes_two_to_the_fifty_third() {
        assert_eq!(
            Rupiah::try_from(1 << 53),
            Err(AmountError::TooLarge(1 << 53))
        );
        assert_eq!(Rupiah::MAX.checked_add(rp(1)), None);
        assert_eq!(rp(1).checked_sub(rp(2)), None);
    }

    #[test]
    fn thousands_are_grouped_with_dots() {
        assert_eq!(rp(0).to_string(), "Rp 0");
        assert_eq!(rp(999).to_string(), "Rp 999");
        assert_eq!(rp(40_000).to_string(), "Rp 40.000");
        assert_eq!(rp(1_250_000).to_string(), "Rp 1.250.000");
    }
}
