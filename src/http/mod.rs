//! The API: parses, authenticates, executes, answers. It decides nothing, and speaks neither SQL nor
//! to the cluster, the mail server or JetStream: what it needs is handed to it in [`Parts`].

mod acting;
mod allow;
mod answer;
mod bank;
mod body;
mod caller;
mod conversation;
mod cors;
mod dates;
mod document;
mod erasing;
mod error;
mod fields;
mod figures;
mod idempotency;
mod mails;
mod metrics;
mod operations;
mod orphans;
mod paper;
mod parameters;
mod peer;
mod persons;
mod pods;
mod problem;
mod readiness;
mod refusals;
mod resting;
mod routes;
mod statement;
mod streams;
mod sweeps;
mod templates;
#[cfg(test)]
mod tests;
mod usage_metrics;

pub use cors::Cors;
pub use figures::{Headroom, Measured, Measures};
pub use mails::{MailInfo, Mails};
pub use metrics::Metrics;
pub use orphans::{Orphan, OrphanCause, OrphanError, OrphanRemoval, Orphans, RemovedOrphan};
pub use pods::{CrashLog, PodAccess, PodAccessError, PodCredentials, PrintedLine, WantedLog};
pub use readiness::{PartHealth, Readiness};
pub use resting::AppHosts;
pub use streams::LogStreams;
pub use sweeps::{Sweep, SweepFinding, Sweeps, SweptOrphan};
pub use templates::{
    TemplateFigures, TemplateImage, TemplateInfo, TemplateOverhead, TemplateParameter,
    TemplatePorts, TemplateVolume, Words,
};
pub use usage_metrics::MeasuredUsage;

use crate::{
    auth::{Accounts, Vault},
    clock::Clock,
    fleet::Hosts,
    ledger::Books,
    paper::Archive,
    payments::{Notifications, TopUps},
    store::{Appender, States},
};
use conversation::Conversation;
use poem::{Endpoint, EndpointExt as _, Response, Route};
use problem::{FieldError, Problem};
use purser_domain::{
    decisions::{Policy, TwoPersons},
    parameters::Offered,
};
use purser_projections::views::{ViewConnection, Views};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Everything the API works with.
pub struct Parts {
    pub appender: Appender,
    pub states: Arc<States>,
    pub views: Views,
    pub vault: Vault,
    pub accounts: Accounts,
    pub top_ups: TopUps,
    pub notifications: Notifications,
    pub pods: Arc<dyn PodAccess>,
    pub hosts: Hosts,
    pub log_streams: Arc<LogStreams>,
    pub orphans: Arc<dyn Orphans>,
    pub sweeps: Arc<dyn Sweeps>,
    pub mails: Arc<dyn Mails>,
    pub templates: Vec<TemplateInfo>,
    /// What customers may choose, by recipe.
    pub offered: BTreeMap<String, Vec<Offered>>,
    pub app_hosts: AppHosts,
    /// Whose pages may read the answers.
    pub cors: Cors,
    /// Subdomains that no customer may have, besides those that the domain reserves.
    pub reserved_subdomains: BTreeSet<String>,
    /// How long subscriptions are waited for.
    pub policy: Policy,
    /// When a second person is asked.
    pub two_persons: TwoPersons,
    /// What auditors ask for.
    pub books: Arc<Books>,
    /// Receipts, invoices and credit notes.
    pub archive: Archive,
    pub readiness: Arc<dyn Readiness>,
    pub measures: Arc<dyn Measures>,
    pub metrics: Arc<Metrics>,
    /// Metrics are read at an address of their own, and not beside the API.
    pub metrics_apart: bool,
    /// How many proxies say where a request comes from.
    pub trusted_proxies: usize,
    pub clock: Clock,
}

impl Parts {
    /// The read models at `min_position`, or 503 `read_model.behind`.
    async fn at(
        &self,
        models: &[&str],
        min_position: Option<i64>,
    ) -> Result<ViewConnection, Problem> {
        // There never is a position that JSON does not keep exactly: to wait for one is a mistake.
        if min_position.is_some_and(|position| position > document::LARGEST) {
            return Err(Problem::invalid(vec![FieldError {
                pointer: "min_position".to_owned(),
                detail: format!("is more than {}", document::LARGEST),
            }]));
        }
        Ok(self.views.at(models, min_position).await?)
    }
}

/// The whole HTTP surface: `/api/v1`, its document, and what operators' tools ask, beside `extra`.
pub fn api(parts: Parts, extra: Route) -> impl Endpoint<Output = Response> {
    let parts = Arc::new(parts);
    let metrics = parts.metrics.clone();
    let service = routes::service(&parts);
    let recipes = parts.templates.iter().map(|template| &*template.name);
    let document = document::of(&service, &recipes.collect::<Vec<_>>());
    let allow = allow::Allow::from_document(routes::PREFIX, &document);
    let extra = match parts.metrics_apart {
        true => extra,
        false => extra.at(
            "/metrics",
            operations::metrics(&parts.metrics, &parts.measures),
        ),
    };
    let routes = extra
        .at("/docs", operations::docs(&service, &document))
        .at("/openapi.json", operations::document(&document))
        .at("/healthz", operations::healthz())
        .at(
            "/readyz",
            operations::readyz(&parts.readiness, !parts.metrics_apart),
        )
        .nest(routes::PREFIX, service)
        .data(parts.clone());
    Conversation {
        app_hosts: parts.app_hosts.clone(),
        cors: parts.cors.clone(),
        inner: resting::Resting {
            inner: routes,
            parts,
        },
        metrics,
        allow,
    }
}

/// What Prometheus and operators read, for a listener of its own, and nothing else.
pub fn metrics(parts: &Parts) -> impl Endpoint<Output = Response> + use<> {
    let metrics = operations::metrics(&parts.metrics, &parts.measures);
    Route::new()
        .at("/metrics", metrics)
        .at("/healthz", operations::healthz())
        .at("/readyz", operations::readyz(&parts.readiness, true))
}
