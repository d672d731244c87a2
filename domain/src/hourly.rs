//! How often something was done lately, where so many times within an hour are enough.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

/// When it was done the last times: as many as are taken within an hour, and none before them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Hourly<const MOST: usize>(Vec<DateTime<Utc>>);

impl<const MOST: usize> Hourly<MOST> {
    /// Whether it may be done once more.
    pub(crate) fn allows(&self, at: DateTime<Utc>) -> bool {
        let lately = |before: &&DateTime<Utc>| at - **before < Duration::hours(1);
        self.0.iter().filter(lately).count() < MOST
    }

    pub(crate) fn note(&mut self, at: DateTime<Utc>) {
        self.0.push(at);
        let old = self.0.len().saturating_sub(MOST);
        self.0.drain(..old);
    }

    pub(crate) fn last(&self) -> Option<DateTime<Utc>> {
        self.0.last().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::at;

    #[test]
    fn an_hour_after_the_first_of_them_another_one_is_taken() {
        let mut done = Hourly::<2>::default();
        assert_eq!(
            (done.allows(at("2027-01-31T05:00:00Z")), done.last()),
            (true, None)
        );
        for moment in ["2027-01-31T05:00:00Z", "2027-01-31T05:30:00Z"] {
            assert!(done.allows(at(moment)));
            done.note(at(moment));
        }
        assert!(!done.allows(at("2027-01-31T05:59:59Z")));
        assert!(done.allows(at("2027-01-31T06:00:00Z")));
        done.note(at("2027-01-31T06:00:00Z"));
        assert!(!done.allows(at("2027-01-31T06:29:59Z")));
        assert!(done.allows(at("2027-01-31T06:30:00Z")));
        assert_eq!(done.last(), Some(at("2027-01-31T06:00:00Z")));
    }

    #[test]
    fn no_more_are_remembered_than_count() {
        let mut done = Hourly::<2>::default();
        for _ in 0..9 {
            done.note(at("2027-01-31T05:00:00Z"));
        }
        assert_eq!(done.0.len(), 2);
    }
}
