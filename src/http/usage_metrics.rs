//! What Prometheus reads of what pods use.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

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

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct WarningLabels {
    resource: String,
    mark: i64,
}

#[derive(Default)]
pub(super) struct UsageGauges {
    available: Gauge,
    pods: Gauge,
    failed_rounds: Gauge,
    warnings: Family<WarningLabels, Gauge>,
}

impl UsageGauges {
    pub(super) fn register(&self, registry: &mut Registry) {
        let gauges = [
            (
                "usage_available",
                "1 if there are figures of what pods use now",
                &self.available,
            ),
            (
                "usage_pods",
                "Pods that the last good round measured",
                &self.pods,
            ),
            (
                "usage_failed_rounds",
                "Rounds in a row that measured nothing",
                &self.failed_rounds,
            ),
        ];
        for (name, help, gauge) in gauges {
            registry.register(name, help, gauge.clone());
        }
        registry.register(
            "usage_warnings",
            "Pods that come close to a limit of their plan, by the percent that they passed",
            self.warnings.clone(),
        );
    }

    pub(super) fn take(&self, measured: MeasuredUsage) {
        self.available.set(measured.available.into());
        self.pods.set(measured.pods);
        self.failed_rounds.set(measured.failures);
        self.warnings.clear();
        for (resource, mark, count) in measured.warned {
            let labels = WarningLabels { resource, mark };
            self.warnings.get_or_create_owned(&labels).set(count);
        }
    }
}
