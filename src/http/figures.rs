//! Figures of the whole installation, taken anew for every answer to Prometheus.

use super::usage_metrics::MeasuredUsage;
use async_trait::async_trait;
use prometheus_client::{
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

/// Figures of the whole installation at this moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// The last position of the history.
    pub head: i64,
    /// The last position that the relay is known to have published; none where another process relays, or before this one
    /// has compared stream and history.
    pub published: Option<i64>,
    /// Every reader of the history with its checkpoint.
    pub readers: Vec<(String, i64)>,
    /// How many effects are not done, by status.
    pub effects: Vec<(String, i64)>,
    /// Whether this process begins effects: history and stream agree, and its clock is right.
    pub effects_allowed: bool,
    /// How many effects are past their deadline.
    pub effects_overdue: i64,
    /// How many effects were asked for more than ten minutes ago and failed when they were tried last.
    pub effects_failing: i64,
    /// Seconds since the oldest effect that is due became so.
    pub oldest_due_effect_seconds: i64,
    /// Streams that wait for an operator.
    pub parked: i64,
    /// Removals that take longer than they should.
    pub removals_stuck: i64,
    /// What the last sweep found, by finding and outcome.
    pub findings: Vec<(String, String, i64)>,
    /// Namespaces of ours that belong to nothing, as the last sweep saw them.
    pub orphans: i64,
    /// Seconds since the last sweep was done; none before the first.
    pub sweep_age_seconds: Option<i64>,
    /// Seconds since the end of the last day of which the books were compared; none before the first.
    pub reconciliation_age_seconds: Option<i64>,
    /// How many pods there are, by status.
    pub pods: Vec<(String, i64)>,
    /// How many workers there are, by status.
    pub workers: Vec<(String, i64)>,
    /// What is left in every pool.
    pub headroom: Vec<Headroom>,
    /// How measuring what pods use goes.
    pub usage: MeasuredUsage,
    /// Credit that customers paid and did not spend, in rupiah.
    pub unspent_paid_credit: i64,
    /// How many open cases are nobody's.
    pub cases_unowned: i64,
    /// What the cluster may lack, and whether it is there.
    pub support: Vec<(&'static str, bool)>,
    /// Whether the cluster answers this process.
    pub cluster_reachable: bool,
    /// How often the cluster did not do what this process asked, by why, since it began.
    pub cluster_errors: Vec<(&'static str, i64)>,
}

/// What is left in a pool for new pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headroom {
    pub pool: String,
    /// CPU in thousandths of a core.
    pub cpu_millicores: i64,
    /// Memory in MiB.
    pub memory_mib: i64,
    pub pods: i64,
}

/// Where the figures come from.
#[async_trait]
pub trait Measures: Send + Sync {
    /// `None` where they cannot be taken now.
    async fn measure(&self) -> Option<Measured>;
}

/// Names and values of a figure's labels.
pub(super) type Labels = Vec<(&'static str, String)>;

/// Registers a figure.
pub(super) fn one(registry: &mut Registry, name: &str, help: &str, figure: i64) {
    let gauge: Gauge = Gauge::default();
    gauge.set(figure);
    registry.register(name, help, gauge);
}

/// Registers figures of one name, each under its labels.
pub(super) fn many(
    registry: &mut Registry,
    name: &str,
    help: &str,
    figures: impl IntoIterator<Item = (Labels, i64)>,
) {
    let family: Family<Labels, Gauge> = Family::default();
    for (labels, figure) in figures {
        family.get_or_create_owned(&labels).set(figure);
    }
    registry.register(name, help, family);
}

impl Measured {
    pub(super) fn register(self, registry: &mut Registry) {
        let lag = |position: i64| (self.head - position).max(0);
        for (name, help, figure) in [
            (
                "history_head",
                "The last position of the history",
                self.head,
            ),
            (
                "effects_allowed",
                "1 if this process begins effects, 0 if history and stream do not agree or its clock is off",
                self.effects_allowed.into(),
            ),
            (
                "effects_overdue",
                "Effects that are past their deadline",
                self.effects_overdue,
            ),
            (
                "effects_failing",
                "Effects that were asked for more than ten minutes ago and failed when they were tried last",
                self.effects_failing,
            ),
            (
                "oldest_due_effect_seconds",
                "Time since the oldest effect that is due became so",
                self.oldest_due_effect_seconds,
            ),
            (
                "parked_streams",
                "Streams that wait for an operator",
                self.parked,
            ),
            (
                "removals_stuck",
                "Removals of apps that take longer than they should",
                self.removals_stuck,
            ),
            (
                "orphans",
                "Namespaces that belong to no instance",
                self.orphans,
            ),
            (
                "sweep_age_seconds",
                "Time since the last sweep was done; -1 before the first",
                self.sweep_age_seconds.unwrap_or(-1),
            ),
            (
                "reconciliation_age_seconds",
                "Time since the end of the last day of which the books were compared; -1 before the first",
                self.reconciliation_age_seconds.unwrap_or(-1),
            ),
            (
                "unspent_paid_credit",
                "Rupiah that customers paid in and did not spend",
                self.unspent_paid_credit,
            ),
            (
                "cases_unowned",
                "Open cases about money that nobody of the staff owns",
                self.cases_unowned,
            ),
            (
                "cluster_reachable",
                "1 if the cluster answers this process, 0 if it does not or refuses it",
                self.cluster_reachable.into(),
            ),
        ] {
            one(registry, name, help, figure);
        }
        if let Some(published) = self.published {
            let help = "Events that JetStream does not have yet; left out where this process does not relay";
            one(registry, "relay_lag_events", help, lag(published));
        }
        let readers = self.readers.into_iter();
        many(
            registry,
            "reader_lag_events",
            "Events that a reader of the history has not applied yet",
            readers.map(|(reader, position)| (vec![("reader", reader)], lag(position))),
        );
        for (name, help, counts) in [
            (
                "effects",
                "Effects that are not done, by status",
                self.effects,
            ),
            ("pods", "Pods by status", self.pods),
            ("workers", "Workers by status", self.workers),
        ] {
            let counts = counts.into_iter();
            let labelled = counts.map(|(status, count)| (vec![("status", status)], count));
            many(registry, name, help, labelled);
        }
        let findings = self.findings.into_iter();
        many(
            registry,
            "sweep_findings",
            "What the last sweep found to differ, and what became of it",
            findings.map(|(finding, outcome, count)| {
                (vec![("finding", finding), ("outcome", outcome)], count)
            }),
        );
        let support = self.support.into_iter();
        many(
            registry,
            "cluster_support",
            "1 if the cluster has this, 0 if it lacks it or that is not certain",
            support.map(|(part, there)| (vec![("part", part.to_owned())], there.into())),
        );
        let errors = self.cluster_errors.into_iter();
        many(
            registry,
            "cluster_errors",
            "How often the cluster did not do what this process asked since it began, by why",
            errors.map(|(code, times)| (vec![("code", code.to_owned())], times)),
        );
        register_headroom(registry, &self.headroom);
        self.usage.register(registry);
    }
}

fn register_headroom(registry: &mut Registry, pools: &[Headroom]) {
    type Figure = fn(&Headroom) -> i64;
    let figures: [(_, _, Figure); 3] = [
        (
            "pool_headroom_cpu_millicores",
            "CPU left for new pods",
            |pool| pool.cpu_millicores,
        ),
        (
            "pool_headroom_memory_mib",
            "Memory left for new pods",
            |pool| pool.memory_mib,
        ),
        (
            "pool_headroom_pods",
            "How many more pods there may be",
            |pool| pool.pods,
        ),
    ];
    for (name, help, figure) in figures {
        let left = pools.iter();
        let left = left.map(|pool| (vec![("pool", pool.pool.clone())], figure(pool)));
        many(registry, name, help, left);
    }
}
