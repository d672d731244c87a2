//! When money is charged next, with what a coupon promises.

use super::{Promise, Promised};
use crate::{
    Rupiah,
    period::{BillingCycle, Period},
    vat::VatPolicy,
};
use chrono::{Days, NaiveDate};

/// The first date after the first period on which something of this price is charged, where that period begins on this date;
/// `None` where nothing ever is.
pub fn next_charge_on(
    price: Rupiah,
    vat: VatPolicy,
    cycle: BillingCycle,
    promise: Option<&Promise>,
    begins: NaiveDate,
) -> Option<NaiveDate> {
    if price.is_zero() {
        return None;
    }
    let (periods, days) = match promise.map(|promise| promise.gives) {
        Some(Promised::Days(days)) => (0, days),
        Some(Promised::Discount { off, periods }) if off.within(price, vat) == price => {
            (periods?, 0)
        }
        Some(Promised::Discount { .. }) | None => (0, 0),
    };
    let paid = Period::nth(begins, cycle, periods).ok()?;
    paid.end.checked_add_days(Days::new(days.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        coupon::{Off, Percent},
        story::rp,
    };

    fn next(gives: Option<Promised>) -> Option<String> {
        let promise = gives.map(|gives| Promise {
            coupon: "HEMAT".parse().unwrap(),
            gives,
        });
        let begins = "2027-01-31".parse().unwrap();
        let monthly = BillingCycle::Monthly;
        let next = next_charge_on(
            rp(40_000),
            VatPolicy::None,
            monthly,
            promise.as_ref(),
            begins,
        );
        next.map(|next| next.to_string())
    }

    fn off(percent: u8, periods: Option<u32>) -> Option<Promised> {
        let off = Off::Percent(Percent::try_from(percent).unwrap());
        Some(Promised::Discount { off, periods })
    }

    #[test]
    fn it_is_the_end_of_what_costs_nothing_more() {
        assert_eq!(next(None).as_deref(), Some("2027-02-28"));
        assert_eq!(next(off(50, Some(2))).as_deref(), Some("2027-02-28"));
        assert_eq!(next(off(100, Some(2))).as_deref(), Some("2027-04-30"));
        assert_eq!(
            next(Some(Promised::Days(14))).as_deref(),
            Some("2027-03-14")
        );
        assert_eq!(next(off(100, None)), None);
    }
}
