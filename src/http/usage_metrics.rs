//! What Prometheus reads of what pods use.

use super::figures::{many, one};
use prometheus_client::registry::Registry;

/// How measuring what pods use goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeasuredUsage {
    /// Whether there are figures of this moment.
    pub available: bool,
    /// How many pods the last good round measured.
    pub pods: i64,
    /// How many rounds in a row measured nothing.
    pub failures: i64,
    /// How many pods are warned, by what they are short of and the mark that they passed.
    pub warned: Vec<(String, i64, i64)>,
}

impl MeasuredUsage {
    pub(super) fn register(self, registry: &mut Registry) {
        for (name, help, figure) in [
            (
                "usage_available",
                "1 if there are figures of what pods use now",
                self.available.into(),
            ),
            (
                "usage_pods",
                "Pods that the last good round measured",
                self.pods,
            ),
            (
                "usage_failed_rounds",
                "Rounds in a row that measured nothing",
                self.failures,
            ),
        ] {
            one(registry, name, help, figure);
        }
        let warned = self.warned.into_iter();
        many(
            registry,
            "usage_warnings",
            "Pods that come close to a limit of their plan, by the percent that they passed",
            warned.map(|(resource, mark, count)| {
                let labels = vec![("resource", resource), ("mark", mark.to_string())];
                (labels, count)
            }),
        );
    }
}
