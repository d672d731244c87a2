//! What Prometheus reads: requests and commands as they come, and figures of the installation that
//! are taken when asked for.

use super::figures::{Measures, one};
use poem::http::{Method, StatusCode};
use prometheus_client::{
    encoding::{
        EncodeLabelSet,
        text::{encode, encode_registry},
    },
    metrics::{
        counter::Counter,
        family::Family,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};
use std::{fmt, time::Duration};

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

/// The counters of this process.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<OperationLabels, Histogram>,
    commands: Family<CommandLabels, Counter>,
}

/// Before the name of everything that is measured.
const PREFIX: &str = "purser";

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let histogram: fn() -> Histogram = || Histogram::new(exponential_buckets(0.001, 2.0, 14));
        let requests = Family::default();
        let durations = Family::new_with_constructor(histogram);
        let commands = Family::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register(
            "http_request_duration_seconds",
            "Time to the answer",
            durations.clone(),
        );
        registry.register(
            "commands",
            "Requests for a change, by what became of them",
            commands.clone(),
        );
        Self {
            registry,
            requests,
            durations,
            commands,
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
        // What is asked of operators' pages has no operation of the API behind it.
        let is_operation = !operation.starts_with('/') && operation != "unmatched";
        if is_operation && !method.is_safe() {
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

    /// The text that Prometheus reads. Figures that cannot be taken now are not in it: old ones would pass for those of
    /// this moment.
    ///
    /// # Errors
    /// None in practice: it writes to memory.
    pub(super) async fn scrape(&self, measures: &dyn Measures) -> Result<String, fmt::Error> {
        let measured = measures.measure().await;
        let mut figures = Registry::with_prefix(PREFIX);
        let help = "1 if the figures of the installation were taken for this answer, 0 if they are left out";
        one(&mut figures, "measured", help, measured.is_some().into());
        if let Some(measured) = measured {
            measured.register(&mut figures);
        }
        let mut text = String::new();
        encode_registry(&mut text, &self.registry)?;
        encode(&mut text, &figures)?;
        Ok(text)
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

#[cfg(test)]
mod tests {
    use super::{super::figures::Measured, *};
    use async_trait::async_trait;

    struct Says(Option<Measured>);

    #[async_trait]
    impl Measures for Says {
        async fn measure(&self) -> Option<Measured> {
            self.0.clone()
        }
    }

    #[tokio::test]
    async fn only_what_would_change_something_is_counted_as_a_command() {
        let metrics = Metrics::default();
        let asks = |method: Method, operation: &str, status: StatusCode| {
            metrics.request(&method, operation, status, None, Duration::ZERO);
        };
        asks(Method::POST, "top_up", StatusCode::CREATED);
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            asks(method, "list_top_ups", StatusCode::OK);
        }
        for operation in ["/healthz", "unmatched"] {
            asks(Method::POST, operation, StatusCode::METHOD_NOT_ALLOWED);
        }
        let text = metrics.scrape(&Says(None)).await.unwrap();
        let counted = text
            .lines()
            .filter(|line| line.starts_with("purser_commands_total"));
        let expected = r#"purser_commands_total{operation="top_up",outcome="accepted",code=""} 1"#;
        assert_eq!(counted.collect::<Vec<_>>(), [expected]);
    }

    #[tokio::test]
    async fn what_cannot_be_measured_now_is_left_out_and_not_said_again() {
        let metrics = Metrics::default();
        let measured = Measured {
            head: 7,
            effects: vec![("dead".into(), 1)],
            ..Measured::default()
        };
        let known = metrics.scrape(&Says(Some(measured))).await.unwrap();
        let figures = [
            "purser_measured 1",
            "purser_history_head 7",
            r#"purser_effects{status="dead"} 1"#,
            "purser_usage_pods 0",
        ];
        for line in figures {
            assert!(known.lines().any(|said| said == line), "{line}: {known}");
        }
        let unknown = metrics.scrape(&Says(None)).await.unwrap();
        assert!(unknown.contains("purser_measured 0"), "{unknown}");
        for name in ["history_head", "effects", "usage_pods", "parked_streams"] {
            assert!(!unknown.contains(&format!("purser_{name}")), "{unknown}");
        }
        assert!(unknown.ends_with("# EOF\n"), "{unknown}");
    }
}
