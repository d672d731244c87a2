//! Whether the cluster holds Purser to its own namespaces: found out at the start by a binding that must be refused.
//! A cluster that does not answer is asked again until it does.

use super::AppError;
use crate::{
    config::Settings,
    kubernetes::{Backoff, BoundaryRule, Cluster, ClusterError, ClusterSettings},
};
use std::time::Duration;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

const ASK_AGAIN: Duration = Duration::from_secs(1);
const ASK_AGAIN_AT_MOST: Duration = Duration::from_secs(60);
/// How often, and after which pause, an open boundary is tried again before it counts as open.
const TRIES_WHILE_OPEN: u32 = 10;
const TRY_AGAIN: Duration = Duration::from_millis(500);

/// What is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// The cluster has not answered yet, or its roles do not let it come to the policies.
    Unknown,
    Held,
    /// Purser could reach what is not its own; why that is known.
    Open(String),
}

impl Boundary {
    pub(super) fn trouble(&self) -> Option<&str> {
        match self {
            Self::Unknown => {
                Some("whether the cluster holds Purser to its own namespaces is not known yet")
            }
            Self::Held => None,
            Self::Open(why) => Some(why),
        }
    }
}

struct Trial {
    cluster: Cluster,
    settings: ClusterSettings,
    rule: BoundaryRule,
}

/// Tries it, and goes on trying where the cluster does not answer.
///
/// # Errors
/// There is no boundary, and the settings ask for one.
pub(super) async fn find_out(
    cluster: &Cluster,
    settings: &Settings,
    stop: &CancellationToken,
    tasks: &mut Vec<JoinHandle<()>>,
) -> Result<watch::Receiver<Boundary>, AppError> {
    let trial = Trial {
        cluster: cluster.clone(),
        settings: settings.cluster_settings.clone(),
        rule: settings.cluster_boundary,
    };
    let found = trial.patiently().await;
    trial.say(&found);
    if let (Boundary::Open(why), BoundaryRule::Enforce) = (&found, trial.rule) {
        return Err(AppError::Unconfined(why.clone()));
    }
    let unknown = found == Boundary::Unknown;
    let (sender, receiver) = watch::channel(found);
    if unknown {
        let stop = stop.clone();
        tasks.push(tokio::spawn(async move {
            stop.run_until_cancelled(trial.until_known(sender)).await;
        }));
    }
    Ok(receiver)
}

impl Trial {
    /// An API server takes up policies and their parameters once a second: it is open where it stays so.
    async fn patiently(&self) -> Boundary {
        let mut found = self.once().await;
        let tries = match self.rule {
            BoundaryRule::Enforce => TRIES_WHILE_OPEN,
            BoundaryRule::Warn => 0,
        };
        for _ in 0..tries {
            if !matches!(found, Boundary::Open(_)) {
                break;
            }
            tokio::time::sleep(TRY_AGAIN).await;
            found = self.once().await;
        }
        found
    }

    async fn once(&self) -> Boundary {
        let own = &self.settings.service_account_namespace;
        match self.cluster.is_confined(&self.settings, own).await {
            Ok(true) => Boundary::Held,
            Ok(false) => Boundary::Open(format!(
                "Purser may bind itself to purser-instance in the namespace {own}, and so in any: \
                 the admission policies of deploy/30-admission.yaml are not in force"
            )),
            Err(error) if can_pass(&error) => Boundary::Unknown,
            Err(error) => Boundary::Open(format!(
                "the boundary of deploy/30-admission.yaml cannot be tried in the namespace {own} \
                 (K8S_SERVICE_ACCOUNT_NAMESPACE): {error}"
            )),
        }
    }

    async fn until_known(&self, sender: watch::Sender<Boundary>) {
        let mut wait = ASK_AGAIN;
        while *sender.borrow() == Boundary::Unknown {
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(ASK_AGAIN_AT_MOST);
            let found = self.patiently().await;
            self.say(&found);
            sender.send_replace(found);
        }
    }

    fn say(&self, found: &Boundary) {
        match (found, self.rule) {
            (Boundary::Held, _) => tracing::info!("the cluster holds Purser to its own namespaces"),
            (Boundary::Unknown, _) => {
                tracing::info!(
                    "whether the cluster holds Purser to its own namespaces is asked again"
                );
            }
            (Boundary::Open(why), BoundaryRule::Warn) => tracing::warn!("{why}"),
            (Boundary::Open(why), BoundaryRule::Enforce) => tracing::error!("{why}"),
        }
    }
}

/// A namespace that is not there does not come by waiting.
fn can_pass(error: &ClusterError) -> bool {
    let missing = matches!(error, ClusterError::NotFound { .. });
    !missing && error.backoff() != Backoff::Permanent
}
