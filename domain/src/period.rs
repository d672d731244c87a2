//! Paid time: whole dates in Asia/Jakarta, anchored on the first day (billing rule 1).

use crate::Rupiah;
use chrono::{DateTime, Days, Duration, FixedOffset, Months, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// Asia/Jakarta: UTC+7 the whole year, without summer time.
pub fn jakarta() -> FixedOffset {
    FixedOffset::east_opt(7 * 3600).expect("seven hours are within a day")
}

/// The years of the dates and moments that a command may give: before them there was nothing here, and after them not
/// everybody can write a date.
pub const YEARS: RangeInclusive<i32> = 1970..=9999;

/// The date in Asia/Jakarta at this moment.
pub fn jakarta_date(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&jakarta()).date_naive()
}

/// The first moment of this date in Asia/Jakarta.
pub fn day_begins(date: NaiveDate) -> DateTime<Utc> {
    let midnight = date.and_time(NaiveTime::MIN);
    let seconds = i64::from(jakarta().local_minus_utc());
    midnight.and_utc() - Duration::seconds(seconds)
}

/// How often a subscription is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillingCycle {
    Monthly,
    Yearly,
}

impl BillingCycle {
    const fn months(self) -> u32 {
        match self {
            Self::Monthly => 1,
            Self::Yearly => 12,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monthly => "monthly",
            Self::Yearly => "yearly",
        }
    }
}

/// The paid dates `[start, end)`; due at 00:00 Asia/Jakarta of `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    pub start: NaiveDate,
    pub end: NaiveDate,
}

/// A date beyond what the calendar can hold (year 262142).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the period leaves the calendar")]
pub struct BeyondCalendar;

impl Period {
    /// The `index`-th period (from 0) of a subscription whose first day is `anchor`. Both ends are
    /// counted from the anchor, so 31 January renews on 28 or 29 February and then on 31 March.
    ///
    /// # Errors
    /// [`BeyondCalendar`] where the end has no date.
    pub fn nth(anchor: NaiveDate, cycle: BillingCycle, index: u32) -> Result<Self, BeyondCalendar> {
        let boundary = |count: u32| {
            count
                .checked_mul(cycle.months())
                .and_then(|months| anchor.checked_add_months(Months::new(months)))
                .ok_or(BeyondCalendar)
        };
        Ok(Self {
            start: boundary(index)?,
            end: boundary(index.checked_add(1).ok_or(BeyondCalendar)?)?,
        })
    }

    /// Days in `[start, end)`.
    pub fn days(&self) -> i64 {
        (self.end - self.start).num_days()
    }

    /// How many of its days are over at the end of this date.
    pub fn used_through(&self, date: NaiveDate) -> i64 {
        ((date - self.start).num_days() + 1).clamp(0, self.days())
    }

    pub fn contains(&self, date: NaiveDate) -> bool {
        self.start <= date && date < self.end
    }

    /// The value of its first `days` days where the whole is worth `net`: floor(net * days / n), so that the days sum
    /// exactly and the remainder of the division stays in the last one (billing rule 2).
    pub fn value_of(&self, net: Rupiah, days: i64) -> Rupiah {
        self.cost_of(net, days.min(self.days()))
    }

    /// What so many days cost at the price of this period's, also more of them than it has.
    pub fn cost_of(&self, net: Rupiah, days: i64) -> Rupiah {
        let (whole, n) = (i128::from(net.get()), i128::from(self.days().max(1)));
        let cost = whole * i128::from(days.max(0)) / n;
        let cost = i64::try_from(cost).ok();
        cost.and_then(|cost| Rupiah::try_from(cost).ok())
            .unwrap_or(Rupiah::MAX)
    }

    /// What is left of `net` after the end of this date.
    pub fn left_after(&self, net: Rupiah, date: NaiveDate) -> Rupiah {
        let used = self.value_of(net, self.used_through(date));
        net.checked_sub(used).unwrap_or(Rupiah::ZERO)
    }

    /// The value of this one date.
    pub fn value_on(&self, net: Rupiah, date: NaiveDate) -> Rupiah {
        if !self.contains(date) {
            return Rupiah::ZERO;
        }
        let through = self.used_through(date);
        let value = self.value_of(net, through);
        value
            .checked_sub(self.value_of(net, through - 1))
            .unwrap_or(Rupiah::ZERO)
    }

    /// The last paid date.
    pub fn last_day(&self) -> NaiveDate {
        self.end.checked_sub_days(Days::new(1)).unwrap_or(self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn ends(anchor: &str, cycle: BillingCycle, count: u32) -> Vec<String> {
        (0..count)
            .map(|n| Period::nth(date(anchor), cycle, n).unwrap().end.to_string())
            .collect()
    }

    #[test]
    fn the_31st_of_january_renews_at_the_end_of_february_and_then_on_the_31st_of_march() {
        assert_eq!(
            ends("2027-01-31", BillingCycle::Monthly, 3),
            ["2027-02-28", "2027-03-31", "2027-04-30"]
        );
        assert_eq!(
            ends("2028-01-31", BillingCycle::Monthly, 2),
            ["2028-02-29", "2028-03-31"]
        );
    }

    #[test]
    fn a_leap_day_comes_back_in_leap_years() {
        let ends = ends("2028-02-29", BillingCycle::Yearly, 4);
        assert_eq!(
            ends,
            ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]
        );
    }

    #[test]
    fn periods_touch_without_gap_or_overlap() {
        for day in 0..400 {
            let anchor = date("2027-01-01") + Days::new(day);
            for n in 0..30 {
                let this = Period::nth(anchor, BillingCycle::Monthly, n).unwrap();
                let next = Period::nth(anchor, BillingCycle::Monthly, n + 1).unwrap();
                assert_eq!(this.end, next.start);
                assert!((28..=31).contains(&this.days()));
            }
        }
    }

    #[test]
    fn the_days_of_a_period_sum_to_the_whole_and_the_last_one_has_the_remainder() {
        let rp = |amount| Rupiah::try_from(amount).unwrap();
        for (net, days) in [
            (40_000, 28),
            (100, 31),
            (5, 30),
            (400_000, 365),
            (1, 30),
            (0, 30),
        ] {
            let start = date("2027-01-01");
            let period = Period {
                start,
                end: start + Days::new(days),
            };
            let each: Vec<i64> = (0..days)
                .map(|day| period.value_on(rp(net), start + Days::new(day)).get())
                .collect();
            assert_eq!(each.iter().sum::<i64>(), net);
            for day in 0..days {
                let today = start + Days::new(day);
                let later: i64 = each[day as usize + 1..].iter().sum();
                assert_eq!(period.left_after(rp(net), today).get(), later);
            }
        }
        let period = Period {
            start: date("2027-01-31"),
            end: date("2027-02-28"),
        };
        assert_eq!(
            period.left_after(rp(40_000), date("2027-01-30")),
            rp(40_000)
        );
        assert_eq!(period.value_on(rp(40_000), date("2027-02-27")), rp(1_429));
        assert_eq!(
            period.value_on(rp(40_000), date("2027-02-28")),
            Rupiah::ZERO
        );
    }

    #[test]
    fn a_day_in_jakarta_begins_at_17_00_utc() {
        let just_before: DateTime<Utc> = "2027-01-30T16:59:59Z".parse().unwrap();
        let midnight: DateTime<Utc> = "2027-01-30T17:00:00Z".parse().unwrap();
        assert_eq!(jakarta_date(just_before), date("2027-01-30"));
        assert_eq!(jakarta_date(midnight), date("2027-01-31"));
        assert_eq!(day_begins(date("2027-01-31")), midnight);
    }

    #[test]
    fn a_period_beyond_the_calendar_is_an_error() {
        assert_eq!(
            Period::nth(date("2027-01-01"), BillingCycle::Yearly, u32::MAX),
            Err(BeyondCalendar)
        );
    }
}
