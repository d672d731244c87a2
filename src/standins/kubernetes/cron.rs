//! The five fields of a cron schedule.

use chrono::{DateTime, Datelike, Duration, FixedOffset, Timelike, Utc};

/// How far back a missed time is looked for.
const MEMORY_MINUTES: i64 = 8 * 24 * 60;

/// The times at which a CronJob starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    minutes: Vec<u32>,
    hours: Vec<u32>,
    days: Vec<u32>,
    months: Vec<u32>,
    weekdays: Vec<u32>,
    /// Where both the day of the month and the day of the week are given, either is enough.
    either_day: bool,
    zone: FixedOffset,
}

impl Schedule {
    /// Reads a schedule in a time zone; the zones known here have no summer time.
    pub(super) fn parse(text: &str, zone: &str) -> Option<Self> {
        let hours = match zone {
            "" | "UTC" | "Etc/UTC" => 0,
            "Asia/Jakarta" => 7,
            "Asia/Makassar" | "Asia/Singapore" => 8,
            "Asia/Jayapura" => 9,
            _ => return None,
        };
        let text = match text.trim() {
            "@hourly" => "0 * * * *",
            "@daily" | "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" | "@annually" => "0 0 1 1 *",
            other => other,
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hour, day, month, weekday] = fields.as_slice() else {
            return None;
        };
        Some(Self {
            minutes: field(minutes, 0, 59, &[])?,
            hours: field(hour, 0, 23, &[])?,
            days: field(day, 1, 31, &[])?,
            months: field(month, 1, 12, &MONTHS)?,
            weekdays: field(weekday, 0, 6, &WEEKDAYS)?,
            either_day: !day.starts_with('*') && !weekday.starts_with('*'),
            zone: FixedOffset::east_opt(hours * 3600)?,
        })
    }

    fn is_at(&self, at: DateTime<Utc>) -> bool {
        let at = at.with_timezone(&self.zone);
        let day = self.days.contains(&at.day());
        let weekday = self.weekdays.contains(&at.weekday().num_days_from_sunday());
        let right_day = if self.either_day {
            day || weekday
        } else {
            day && weekday
        };
        right_day
            && self.minutes.contains(&at.minute())
            && self.hours.contains(&at.hour())
            && self.months.contains(&at.month())
    }

    /// The latest time after `last` and not after `now`.
    pub(super) fn due(&self, last: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let start = whole_minute(now)?;
        (0..MEMORY_MINUTES)
            .map(|back| start - Duration::minutes(back))
            .take_while(|at| *at > last)
            .find(|at| self.is_at(*at))
    }
}

fn whole_minute(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    at.with_second(0)?.with_nanosecond(0)
}

const MONTHS: [&str; 13] = [
    "", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

fn number(text: &str, names: &[&str]) -> Option<u32> {
    let lower = text.to_lowercase();
    let named = names
        .iter()
        .position(|name| !name.is_empty() && *name == lower);
    match named {
        Some(place) => u32::try_from(place).ok(),
        None => text.parse().ok(),
    }
}

/// `*`, `*/5`, `1-5`, `1,3`, `mon`.
fn field(text: &str, least: u32, most: u32, names: &[&str]) -> Option<Vec<u32>> {
    let mut all = Vec::new();
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u32>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (number(from, names)?, number(to, names)?),
            None if range == "*" || range == "?" => (least, most),
            None if part.contains('/') => (number(range, names)?, most),
            None => (number(range, names)?, number(range, names)?),
        };
        if from < least || to > most || from > to {
            return None;
        }
        all.extend((from..=to).step_by(usize::try_from(step).ok()?));
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_latest_time_that_was_missed_is_due() {
        for (schedule, zone, expected) in [
            ("*/5 * * * *", "", Some("2026-11-25T10:10:00Z")),
            ("0 3 * * *", "", Some("2026-11-25T03:00:00Z")),
            ("0 3 * * *", "Asia/Jakarta", Some("2026-11-24T20:00:00Z")),
            ("30 9 * * mon-fri", "", Some("2026-11-25T09:30:00Z")),
            ("0 0 1 1 *", "", None),
            ("@hourly", "UTC", Some("2026-11-25T10:00:00Z")),
            ("0 9 13 * wed", "", Some("2026-11-25T09:00:00Z")),
        ] {
            let schedule = Schedule::parse(schedule, zone).unwrap();
            let due = schedule.due(at("2026-11-24T12:00:00Z"), at("2026-11-25T10:12:30Z"));
            assert_eq!(due, expected.map(at));
        }
        for wrong in ["", "* * * *", "61 * * * *", "*/0 * * * *", "5-1 * * * *"] {
            assert_eq!(Schedule::parse(wrong, ""), None, "{wrong}");
        }
        assert_eq!(Schedule::parse("* * * * *", "Mars/Base"), None);
    }
}
