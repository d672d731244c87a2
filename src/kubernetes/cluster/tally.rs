//! How often the cluster did not do what was asked, by why.

use super::super::error::ClusterError;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Counts since the process began, for all that hold the door to the cluster together.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally(Arc<Mutex<BTreeMap<&'static str, i64>>>);

impl Tally {
    pub(super) fn count(&self, error: &ClusterError) {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *times.entry(error.code()).or_default() += 1;
    }

    /// Every code that there was, and how often.
    pub(super) fn counted(&self) -> Vec<(&'static str, i64)> {
        let times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        times.iter().map(|(code, times)| (*code, *times)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_counted_by_their_codes_whoever_holds_the_door() {
        let tally = Tally::default();
        let timed_out = ClusterError::TimedOut { waited_ms: 1 };
        tally.count(&timed_out);
        tally.clone().count(&timed_out);
        tally.count(&ClusterError::NotFound { object: "x".into() });
        let expected = [("cluster.not_found", 1), ("cluster.timed_out", 2)];
        assert_eq!(tally.counted(), expected);
    }
}
