//! What a coupon takes off a price.

use super::CouponCode;
use crate::{Rupiah, vat::VatPolicy};
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

impl Off {
    /// What comes off this price, in which VAT may be. A coupon reduces what the operator asks (billing rule 22): where VAT comes
    /// on top it takes its rupiah, or its share, off the price of the catalogue, and VAT is charged on what is left of it; what
    /// comes off the price is then more than the coupon says, by that much VAT. Where VAT is in the price there is no other
    /// price to take it off.
    pub fn within(self, price: Rupiah, vat: VatPolicy) -> Rupiah {
        let VatPolicy::Exclusive(rate) = vat else {
            return self.of(price);
        };
        let net = rate.within(price).net;
        let left = net.checked_sub(self.of(net)).unwrap_or(Rupiah::ZERO);
        price.checked_sub(vat.charged(left)).unwrap_or(Rupiah::ZERO)
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
    /// How many days it gives.
    pub const fn free_days(&self) -> Option<u32> {
        match self.gives {
            Promised::Days(days) => Some(days),
            Promised::Discount { .. } => None,
        }
    }

    /// What comes off the next period of this price.
    pub fn discount(&self, price: Rupiah, vat: VatPolicy) -> Option<Discount> {
        match self.gives {
            Promised::Discount {
                periods: Some(0), ..
            }
            | Promised::Days(_) => None,
            Promised::Discount { off, .. } => discount(&self.coupon, off, price, vat),
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
pub fn discount(coupon: &CouponCode, off: Off, price: Rupiah, vat: VatPolicy) -> Option<Discount> {
    let amount = off.within(price, vat);
    (!amount.is_zero()).then(|| Discount {
        coupon: coupon.clone(),
        amount,
    })
}

#[cfg(test)]
mod tests {
    use super::{NotAPercentage, Off, Percent, Promise, Promised, charged};
    use crate::{
        Rupiah,
        story::rp,
        vat::{VatPolicy, VatRate},
    };

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
    fn where_vat_comes_on_top_a_coupon_takes_something_off_the_price_without_it() {
        let rate = VatRate {
            percent: "12".parse().unwrap(),
            base: "11/12".parse().unwrap(),
        };
        let (inclusive, exclusive) = (VatPolicy::Inclusive(rate), VatPolicy::Exclusive(rate));
        let ten = Off::Fixed(rp(10_000));
        assert_eq!(ten.within(rp(40_000), VatPolicy::None), rp(10_000));
        assert_eq!(ten.within(rp(40_000), inclusive), rp(10_000));
        // 40.000 and 4.400 VAT become 30.000 and 3.300.
        assert_eq!(ten.within(rp(44_400), exclusive), rp(11_100));
        assert_eq!(percent(25).within(rp(44_400), exclusive), rp(11_100));
        for all in [Off::Fixed(rp(40_000)), percent(100)] {
            assert_eq!(all.within(rp(44_400), exclusive), rp(44_400));
        }
        // Whatever the price, what is charged is what is left with VAT.
        for price in (1_000..90_000).step_by(777) {
            let gross = exclusive.charged(rp(price));
            let left = gross.get() - Off::Fixed(rp(999)).within(gross, exclusive).get();
            assert_eq!(rp(left), exclusive.charged(rp(price - 999)), "{price}");
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
        let discount = promise.discount(rp(40_000), VatPolicy::None);
        assert_eq!(charged(rp(40_000), discount.as_ref()), rp(32_000));
        promise.count(|left| left - 1);
        assert_eq!(promise.discount(rp(40_000), VatPolicy::None), None);
        assert_eq!(charged(rp(40_000), None), rp(40_000));
    }
}
