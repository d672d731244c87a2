//! When a subscription's timers ring.

use super::Timer;
use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use purser_domain::period::{BillingCycle, day_begins};

/// Of a resumption, and of a change of plan.
pub(super) const CAP: &str = "cap";
pub(super) const CHANGE_CAP: &str = "change-cap";
/// Of the look whether the credit reaches.
pub(super) const CREDIT: &str = "credit";
/// How many days before the paid time is over its customer hears of it.
const REMINDERS: [(&str, u64); 4] = [
    ("remind-30", 30),
    ("remind-7", 7),
    ("remind-3", 3),
    ("remind-1", 1),
];
/// How many days before the data of what is suspended go.
pub(super) const WARNINGS: [(&str, u64); 3] = [("warn-7", 7), ("warn-3", 3), ("warn-1", 1)];

pub(super) fn is_yearly(cycle: BillingCycle) -> bool {
    cycle == BillingCycle::Yearly
}

/// The reminders of who pays so often: a month ahead only where it is for a year (billing rule 9).
pub(super) fn reminders(yearly: bool) -> &'static [(&'static str, u64)] {
    match yearly {
        true => &REMINDERS,
        false => &REMINDERS[1..],
    }
}

/// Looks so many days before whether the credit reaches, where that is not a day of a reminder, which looks as well.
pub(super) fn credit(yearly: bool, until: NaiveDate, days: u32) -> Option<Timer> {
    let days = u64::from(days);
    let mut reminders = reminders(yearly).iter();
    match reminders.any(|(_, others)| *others == days) {
        true => None,
        false => timer(CREDIT, until, days),
    }
}

/// However long the cluster is away: nobody's credit is kept for more than a day without an app (billing rule 4).
pub(super) fn cap(name: &str, at: DateTime<Utc>) -> Timer {
    Timer {
        name: name.to_owned(),
        due_at: Some(at + Duration::hours(24)),
        cluster_left_ms: None,
    }
}

/// Rings at the first moment in Jakarta of the day so many days before this one.
pub(super) fn timer(name: &str, day: NaiveDate, days: u64) -> Option<Timer> {
    let day = day.checked_sub_days(Days::new(days))?;
    Some(Timer {
        name: name.to_owned(),
        due_at: Some(day_begins(day)),
        cluster_left_ms: None,
    })
}

/// Whether this is the day of this timer, one of those that ring so many days before a date.
pub(super) fn is_day(all: &[(&str, u64)], name: &str, date: NaiveDate, today: NaiveDate) -> bool {
    let mut named = all.iter().filter(|(known, _)| *known == name);
    named.any(|(_, days)| date.checked_sub_days(Days::new(*days)) == Some(today))
}

/// The warnings of what rests since this day: whoever hears today that it rests is not warned of the same today.
pub(super) fn warnings(on: NaiveDate, delete_on: NaiveDate) -> impl Iterator<Item = Option<Timer>> {
    let later = move |days: u64| delete_on.checked_sub_days(Days::new(days)) > Some(on);
    let warnings = WARNINGS.into_iter().filter(move |(_, days)| later(*days));
    warnings.map(move |(name, days)| timer(name, delete_on, days))
}
