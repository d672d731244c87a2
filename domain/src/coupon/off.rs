//! What a coupon takes off a price.

use super::CouponCode;
use crate::Rupiah;
use serde::{Deserialize, Serialize};

/// How much comes off the price of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Off {
    /// So many rupiah, never more than the price.
    Fixed(Rupiah),
    Percent(Percent),
}

/// 1 to 100 hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Percent(u8);

/// Why a number is no share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not between 1 and 100 percent")]
pub struct NotAPercentage;

impl Percent {
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Percent {
    type Error = NotAPercentage;

    fn try_from(hundredths: u8) -> Result<Self, NotAPercentage> {
        match hundredths {
            1..=100 => Ok(Self(hundredths)),
            _ => Err(NotAPercentage),
        }
    }
}

impl From<Percent> for u8 {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

impl Off {
    pub(super) const fn is_nothing(self) -> bool {
        match self {
            Self::Fixed(amount) => amount.is_zero(),
            Self::Percent(_) => false,
        }
    }

    /// What comes off this price: whole rupiah, a fraction of one stays with the operator.
    pub fn of(self, price: Rupiah) -> Rupiah {
        match self {
            Self::Fixed(amount) => amount.min(price),
            Self::Percent(percent) => {
                let part = i128::from(price.get()) * i128::from(percent.0) / 100;
                let part = i64::try_from(part).ok();
                part.and_then(|part| Rupiah::try_from(part).ok())
                    .unwrap_or(price)
            }
        }
    }
}

/// What a coupon took off the price of a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    pub coupon: CouponCode,
    /// Whole rupiah, never more than the price.
    pub amount: Rupiah,
}

/// What is charged for a period of this price.
pub fn charged(price: Rupiah, discount: Option<&Discount>) -> Rupiah {
    let off = discount.map_or(Rupiah::ZERO, |discount| discount.amount);
    price.checked_sub(off).unwrap_or(Rupiah::ZERO)
}

/// What a coupon that was redeemed with an order gives beyond the first period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    pub coupon: CouponCode,
    pub gives: Promised,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Promised {
    /// Off the price of so many periods more; of all of them where it does not say.
    Discount { off: Off, periods: Option<u32> },
    /// So many days at no price, after the first period.
    Days(u32),
}

impl Promise {
    /// What comes off the next period of this price.
    pub fn discount(&self, price: Rupiah) -> Option<Discount> {
        match self.gives {
            Promised::Discount {
                periods: Some(0), ..
            }
            | Promised::Days(_) => None,
            Promised::Discount { off, .. } => discount(&self.coupon, off, price),
        }
    }

    /// One period of it was used, or came back.
    pub(crate) fn count(&mut self, change: impl Fn(u32) -> u32) {
        if let Promised::Discount {
            periods: Some(periods),
            ..
        } = &mut self.gives
        {
            *periods = change(*periods);
        }
    }
}

/// What a coupon takes off this price, where that is anything.
pub fn discount(coupon: &CouponCode, off: Off, price: Rupiah) -> Option<Discount> {
    let amount = off.of(price);
    (!amount.is_zero()).then(|| Discount {
        coupon: coupon.clone(),
        amount,
    })
}

#[cfg(test)]
mod tests {
    use super::{NotAPercentage, Off, Percent, Promise, Promised, charged};
    use crate::{Rupiah, story::rp};

    fn percent(hundredths: u8) -> Off {
        Off::Percent(Percent::try_from(hundredths).unwrap())
    }

    #[test]
    fn a_percentage_is_rounded_down_to_a_rupiah() {
        assert_eq!(percent(15).of(rp(39_999)), rp(5_999));
        assert_eq!(percent(1).of(rp(99)), Rupiah::ZERO);
        assert_eq!(percent(100).of(rp(39_999)), rp(39_999));
        assert_eq!(percent(100).of(Rupiah::MAX), Rupiah::MAX);
    }

    #[test]
    fn a_fixed_amount_is_never_more_than_the_price() {
        assert_eq!(Off::Fixed(rp(50_000)).of(rp(40_000)), rp(40_000));
        assert_eq!(Off::Fixed(rp(5_000)).of(rp(40_000)), rp(5_000));
    }

    #[test]
    fn there_is_no_share_of_nothing_or_of_more_than_all() {
        for hundredths in [0, 101, 255] {
            assert_eq!(Percent::try_from(hundredths), Err(NotAPercentage));
        }
    }

    #[test]
    fn a_promise_reaches_as_many_periods_as_it_says() {
        let mut promise = Promise {
            coupon: "HEMAT20".parse().unwrap(),
            gives: Promised::Discount {
                off: percent(20),
                periods: Some(1),
            },
        };
        let discount = promise.discount(rp(40_000));
        assert_eq!(charged(rp(40_000), discount.as_ref()), rp(32_000));
        promise.count(|left| left - 1);
        assert_eq!(promise.discount(rp(40_000)), None);
        assert_eq!(charged(rp(40_000), None), rp(40_000));
    }
}
