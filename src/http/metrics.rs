//! What Prometheus reads: requests and commands as they come, and figures of the installation that
//! are taken when asked for.

use super::usage_metrics::{MeasuredUsage, UsageGauges};
use async_trait::async_trait;
use poem::http::{Method, StatusCode};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};
use std::{fmt, time::Duration};

/// Figures of the whole installation at this moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// The last position of the history.
    pub head: i64,
    /// The last position that the relay has published, if this process relays.
    pub published: Option<i64>,
    /// Every reader of the history with its checkpoint.
    pub readers: Vec<(String, i64)>,
    /// How many effects there are, by status.
    pub effects: Vec<(String, i64)>,
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
    /// What the cluster may lack, and whether it is there.
    pub support: Vec<(&'static str, bool)>,
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

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    operation: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OperationLabels {
    operation: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CommandLabels {
    operation: String,
    outcome: &'static str,
    code: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ReaderLabels {
    reader: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct StatusLabels {
    status: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct FindingLabels {
    finding: String,
    outcome: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct SupportLabels {
    part: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct PoolLabels {
    pool: String,
}

/// The counters of this process.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<OperationLabels, Histogram>,
    commands: Family<CommandLabels, Counter>,
    measured: Gauge,
    head: Gauge,
    relay_lag: Gauge,
    reader_lag: Family<ReaderLabels, Gauge>,
    effects: Family<StatusLabels, Gauge>,
    parked: Gauge,
    removals_stuck: Gauge,
    findings: Family<FindingLabels, Gauge>,
    orphans: Gauge,
    sweep_age: Gauge,
    reconciliation_age: Gauge,
    pods: Family<StatusLabels, Gauge>,
    workers: Family<StatusLabels, Gauge>,
    headroom_cpu: Family<PoolLabels, Gauge>,
    headroom_memory: Family<PoolLabels, Gauge>,
    headroom_pods: Family<PoolLabels, Gauge>,
    support: Family<SupportLabels, Gauge>,
    unspent_paid_credit: Gauge,
    usage: UsageGauges,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("purser");
        let histogram: fn() -> Histogram = || Histogram::new(exponential_buckets(0.001, 2.0, 14));
        let durations = Family::new_with_constructor(histogram);
        let metrics = Self {
            requests: Family::default(),
            durations,
            commands: Family::default(),
            measured: Gauge::default(),
            head: Gauge::default(),
            relay_lag: Gauge::default(),
            reader_lag: Family::default(),
            effects: Family::default(),
            parked: Gauge::default(),
            removals_stuck: Gauge::default(),
            findings: Family::default(),
            orphans: Gauge::default(),
            sweep_age: Gauge::default(),
            reconciliation_age: Gauge::default(),
            pods: Family::default(),
            workers: Family::default(),
            headroom_cpu: Family::default(),
            headroom_memory: Family::default(),
            headroom_pods: Family::default(),
            support: Family::default(),
            unspent_paid_credit: Gauge::default(),
            usage: UsageGauges::default(),
            registry: Registry::default(),
        };
        registry.register(
            "http_requests",
            "Requests answered",
            metrics.requests.clone(),
        );
        registry.register(
            "http_request_duration_seconds",
            "Time to the answer",
            metrics.durations.clone(),
        );
        registry.register(
            "commands",
            "Requests for a change, by what became of them",
            metrics.commands.clone(),
        );
        registry.register(
            "measured",
            "1 if the figures below were taken for this answer",
            metrics.measured.clone(),
        );
        registry.register(
            "history_head",
            "The last position of the history",
            metrics.head.clone(),
        );
        registry.register(
            "relay_lag_events",
            "Events that JetStream does not have yet",
            metrics.relay_lag.clone(),
        );
        registry.register(
            "reader_lag_events",
            "Events that a reader of the history has not applied yet",
            metrics.reader_lag.clone(),
        );
        registry.register("effects", "Effects by status", metrics.effects.clone());
        registry.register(
            "parked_streams",
            "Streams that wait for an operator",
            metrics.parked.clone(),
        );
        registry.register(
            "removals_stuck",
            "Removals of apps that take longer than they should",
            metrics.removals_stuck.clone(),
        );
        registry.register(
            "sweep_findings",
            "What the last sweep found to differ, and what became of it",
            metrics.findings.clone(),
        );
        registry.register(
            "orphans",
            "Namespaces that belong to no instance",
            metrics.orphans.clone(),
        );
        registry.register(
            "sweep_age_seconds",
            "Time since the last sweep was done; -1 before the first",
            metrics.sweep_age.clone(),
        );
        registry.register(
            "reconciliation_age_seconds",
            "Time since the end of the last day of which the books were compared; -1 before the first",
            metrics.reconciliation_age.clone(),
        );
        registry.register("pods", "Pods by status", metrics.pods.clone());
        registry.register("workers", "Workers by status", metrics.workers.clone());
        registry.register(
            "pool_headroom_cpu_millicores",
            "CPU left for new pods",
            metrics.headroom_cpu.clone(),
        );
        registry.register(
            "pool_headroom_memory_mib",
            "Memory left for new pods",
            metrics.headroom_memory.clone(),
        );
        registry.register(
            "pool_headroom_pods",
            "How many more pods there may be",
            metrics.headroom_pods.clone(),
        );
        registry.register(
            "cluster_support",
            "1 if the cluster has this, 0 if it lacks it or that is not certain",
            metrics.support.clone(),
        );
        registry.register(
            "unspent_paid_credit",
            "Rupiah that customers paid in and did not spend",
            metrics.unspent_paid_credit.clone(),
        );
        metrics.usage.register(&mut registry);
        Self {
            registry,
            ..metrics
        }
    }
}

impl Metrics {
    /// Counts an answered request; `code` names its problem.
    pub(super) fn request(
        &self,
        method: &Method,
        operation: &str,
        status: StatusCode,
        code: Option<&str>,
        took: Duration,
    ) {
        let operation = operation.to_owned();
        let labels = OperationLabels {
            operation: operation.clone(),
        };
        self.durations
            .get_or_create(&labels)
            .observe(took.as_secs_f64());
        if *method != Method::GET && operation != "unmatched" {
            let outcome = match status {
                status if status.is_success() => "accepted",
                status if status.is_client_error() => "refused",
                _ => "failed",
            };
            let labels = CommandLabels {
                operation: operation.clone(),
                outcome,
                code: code.unwrap_or_default().to_owned(),
            };
            self.commands.get_or_create(&labels).inc();
        }
        let labels = RequestLabels {
            method: method_label(method),
            operation,
            status: status.as_u16(),
        };
        self.requests.get_or_create(&labels).inc();
    }

    /// The text that Prometheus reads.
    ///
    /// # Errors
    /// None in practice: it writes to memory.
    pub(super) async fn scrape(&self, measures: &dyn Measures) -> Result<String, fmt::Error> {
        let measured = measures.measure().await;
        self.measured.set(measured.is_some().into());
        if let Some(measured) = measured {
            self.take(measured);
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }

    fn take(&self, measured: Measured) {
        let lag = |position: i64| (measured.head - position).max(0);
        self.head.set(measured.head);
        self.relay_lag.set(measured.published.map_or(0, lag));
        self.parked.set(measured.parked);
        self.removals_stuck.set(measured.removals_stuck);
        for (reader, position) in measured.readers {
            let gauge = self
                .reader_lag
                .get_or_create_owned(&ReaderLabels { reader });
            gauge.set(lag(position));
        }
        self.orphans.set(measured.orphans);
        self.sweep_age.set(measured.sweep_age_seconds.unwrap_or(-1));
        let compared = measured.reconciliation_age_seconds;
        self.reconciliation_age.set(compared.unwrap_or(-1));
        self.findings.clear();
        for (finding, outcome, count) in measured.findings {
            let labels = FindingLabels { finding, outcome };
            self.findings.get_or_create_owned(&labels).set(count);
        }
        for (family, counts) in [
            (&self.effects, measured.effects),
            (&self.pods, measured.pods),
            (&self.workers, measured.workers),
        ] {
            family.clear();
            for (status, count) in counts {
                let gauge = family.get_or_create_owned(&StatusLabels { status });
                gauge.set(count);
            }
        }
        for family in [
            &self.headroom_cpu,
            &self.headroom_memory,
            &self.headroom_pods,
        ] {
            family.clear();
        }
        for left in measured.headroom {
            let pool = &PoolLabels { pool: left.pool };
            let set = |family: &Family<PoolLabels, Gauge>, figure| {
                family.get_or_create_owned(pool).set(figure);
            };
            set(&self.headroom_cpu, left.cpu_millicores);
            set(&self.headroom_memory, left.memory_mib);
            set(&self.headroom_pods, left.pods);
        }
        for (part, there) in measured.support {
            let gauge = self.support.get_or_create_owned(&SupportLabels { part });
            gauge.set(there.into());
        }
        let unspent = measured.unspent_paid_credit;
        self.unspent_paid_credit.set(unspent);
        self.usage.take(measured.usage);
    }
}

/// Methods that nobody serves are one label: a caller must not be able to make up new ones.
fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        _ => "other",
    }
}
