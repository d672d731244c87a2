//! What a coupon can cost in all, and the bounds that it has.

use super::{CouponError, Gives, Limits, Off};
use crate::Rupiah;

/// The most days that a coupon gives, or for which its credit can be spent, as for what staff grants.
pub(super) const MOST_DAYS: u32 = 3_660;

/// The most that one coupon gives as credit in all, or takes off one period, in whole rupiah.
pub const MOST_OFF: i64 = 100_000_000;

const fn most() -> Rupiah {
    Rupiah::of::<MOST_OFF>()
}

impl Gives {
    /// The most that it can cost with these limits; `None` where nothing bounds it. `dearest` is what the dearest period costs
    /// that it could take a share off, as far as that is known.
    pub fn at_most(self, limits: &Limits, dearest: Option<Rupiah>) -> Option<Rupiah> {
        let uses = limits.uses?;
        let (once, periods) = match self {
            Self::Credit { amount, .. } => (amount, 1),
            Self::Discount { off, periods } => (off.at_most(dearest)?, periods?),
            Self::FreeDays { .. } => return None,
        };
        Some(times(times(once, periods), uses))
    }

    pub(super) fn is_within_bounds(self, limits: &Limits) -> Result<(), CouponError> {
        let too_much = || CouponError::TooMuch { most: most() };
        match self {
            Self::Credit { days, .. } | Self::FreeDays { days } if days > MOST_DAYS => {
                Err(CouponError::TooManyDays { most: MOST_DAYS })
            }
            Self::Credit { amount, .. } => match limits.uses {
                None => Err(CouponError::CreditWithoutLimit),
                Some(uses) if times(amount, uses) > most() => Err(too_much()),
                Some(_) => Ok(()),
            },
            Self::Discount {
                off: Off::Fixed(amount),
                ..
            } if amount > most() => Err(too_much()),
            Self::Discount { .. } | Self::FreeDays { .. } => Ok(()),
        }
    }
}

impl Off {
    /// The most that it takes off one period. What takes all of it off is no discount any more: whatever plans come to cost,
    /// it pays them.
    fn at_most(self, dearest: Option<Rupiah>) -> Option<Rupiah> {
        match self {
            Self::Fixed(amount) => Some(amount),
            Self::Percent(percent) if percent.get() < 100 => dearest.map(|price| self.of(price)),
            Self::Percent(_) => None,
        }
    }
}

fn times(amount: Rupiah, count: u32) -> Rupiah {
    let product = amount.get().checked_mul(count.into());
    let product = product.and_then(|product| Rupiah::try_from(product).ok());
    product.unwrap_or(Rupiah::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{coupon::Percent, story::rp};

    fn uses(uses: impl Into<Option<u32>>) -> Limits {
        Limits {
            uses: uses.into(),
            ..Limits::default()
        }
    }

    fn off(off: Off, periods: impl Into<Option<u32>>) -> Gives {
        Gives::Discount {
            off,
            periods: periods.into(),
        }
    }

    fn percent(hundredths: u8) -> Off {
        Off::Percent(Percent::try_from(hundredths).unwrap())
    }

    #[test]
    fn what_a_coupon_can_cost_is_what_it_gives_times_its_uses_and_periods() {
        let credit = Gives::Credit {
            amount: rp(20_000),
            days: 30,
        };
        assert_eq!(credit.at_most(&uses(5), None), Some(rp(100_000)));
        let fixed = off(Off::Fixed(rp(5_000)), 3);
        assert_eq!(fixed.at_most(&uses(10), None), Some(rp(150_000)));
        let share = off(percent(25), 2);
        let dearest = Some(rp(400_000));
        assert_eq!(share.at_most(&uses(4), dearest), Some(rp(800_000)));
        let huge = off(Off::Fixed(Rupiah::MAX), 2);
        assert_eq!(huge.at_most(&uses(2), None), Some(Rupiah::MAX));
    }

    #[test]
    fn what_has_no_end_has_no_bound() {
        let dearest = Some(rp(400_000));
        let boundless = [
            (off(Off::Fixed(rp(5_000)), 1), uses(None)),
            (off(Off::Fixed(rp(5_000)), None), uses(5)),
            (off(percent(100), 1), uses(1)),
            (off(percent(20), None), uses(5)),
            (Gives::FreeDays { days: 1 }, uses(1)),
        ];
        for (gives, limits) in boundless {
            assert_eq!(gives.at_most(&limits, dearest), None, "{gives:?}");
        }
        // Nor has a share of what nobody knows.
        assert_eq!(off(percent(20), 1).at_most(&uses(5), None), None);
    }
}
