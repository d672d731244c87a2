//! When a subscription's timers ring.

use super::Timer;
use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use purser_domain::period::day_begins;

pub(super) const CAP: &str = "cap";
/// How many days before the paid time is over its customer hears of it.
pub(super) const REMINDERS: [(&str, u64); 3] = [("remind-7", 7), ("remind-3", 3), ("remind-1", 1)];
/// How many days before the data of what is suspended go.
pub(super) const WARNINGS: [(&str, u64); 3] = [("warn-7", 7), ("warn-3", 3), ("warn-1", 1)];

/// However long the cluster is away: nobody's credit is kept for more than a day without an app (billing rule 4).
pub(super) fn cap(at: DateTime<Utc>) -> Timer {
    Timer {
        name: CAP.to_owned(),
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

/// The warnings of what rests since this day: whoever hears today that it rests is not warned of the same today.
pub(super) fn warnings(on: NaiveDate, delete_on: NaiveDate) -> impl Iterator<Item = Option<Timer>> {
    let later = move |days: u64| delete_on.checked_sub_days(Days::new(days)) > Some(on);
    let warnings = WARNINGS.into_iter().filter(move |(_, days)| later(*days));
    warnings.map(move |(name, days)| timer(name, delete_on, days))
}
