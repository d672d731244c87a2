//! Whether the cluster holds Purser to its own namespaces: found out at the start by a binding and a namespace that must be
//! refused, and again for as long as it runs. A cluster that does not answer is asked again until it does.

use super::AppError;
use crate::{
    config::Settings,
    kubernetes::{Backoff, BoundaryRule, Cluster, ClusterError, ClusterSettings},
};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const ASK_AGAIN: Duration = Duration::from_secs(1);
const ASK_AGAIN_AT_MOST: Duration = Duration::from_secs(60);
/// How often, and after which pause, an open boundary is tried again before it counts as open.
const TRIES_WHILE_OPEN: u32 = 10;
const TRY_AGAIN: Duration = Duration::from_millis(500);
/// How often what is known is looked at again.
const LOOK_EVERY: Duration = Duration::from_secs(300);

/// What is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// The cluster has not answered yet, or its roles do not let it come to the policies.
    Unknown,
    Held,
    /// Purser could reach what is not its own; why that is known.
    Open(String),
    /// As open, of a boundary that held before: what runs goes on, and says so.
    Lost(String),
}

impl Boundary {
    pub(super) fn trouble(&self) -> Option<&str> {
        match self {
            Self::Unknown => {
                Some("whether the cluster holds Purser to its own namespaces is not known yet")
            }
            Self::Held => None,
            Self::Open(why) | Self::Lost(why) => Some(why),
        }
    }

    /// What is known once this was found.
    fn after(&self, found: Self) -> Self {
        match (self, found) {
            (Self::Held | Self::Lost(_), Self::Open(why)) => Self::Lost(why),
            // A cluster that does not answer changes nothing of what is known of it.
            (known, Self::Unknown) => known.clone(),
            (_, found) => found,
        }
    }
}

/// Tries it for as long as Purser runs.
pub(super) struct Trial {
    cluster: Cluster,
    settings: ClusterSettings,
    rule: BoundaryRule,
    known: watch::Sender<Boundary>,
}

/// Tries it for the first time.
///
/// # Errors
/// There is no boundary, and the settings ask for one.
pub(super) async fn find_out(cluster: &Cluster, settings: &Settings) -> Result<Trial, AppError> {
    let trial = Trial {
        cluster: cluster.clone(),
        settings: settings.cluster_settings.clone(),
        rule: settings.cluster_boundary,
        known: watch::Sender::new(Boundary::Unknown),
    };
    let found = trial.patiently().await;
    trial.say(&found);
    if let (Boundary::Open(why), BoundaryRule::Enforce) = (&found, trial.rule) {
        return Err(AppError::Unconfined(why.clone()));
    }
    trial.known.send_replace(found);
    Ok(trial)
}

impl Trial {
    pub(super) fn known(&self) -> watch::Receiver<Boundary> {
        self.known.subscribe()
    }

    /// Asks a cluster that did not answer until it does, and looks again now and then, and whenever it answers after it was
    /// away: it may have come back without its policies.
    pub(super) async fn keep(self, mut answers: watch::Receiver<bool>, stop: CancellationToken) {
        let looking = async {
            self.until_known().await;
            loop {
                match tokio::time::timeout(LOOK_EVERY, answers.changed()).await {
                    Ok(Err(_)) => return,
                    Ok(Ok(())) if !*answers.borrow_and_update() => continue,
                    Ok(Ok(())) | Err(_) => {}
                }
                let found = self.patiently().await;
                self.note(found);
            }
        };
        stop.run_until_cancelled(looking).await;
    }

    fn note(&self, found: Boundary) {
        let is_news = self.known.send_if_modified(|known| {
            let now = known.after(found);
            let is_news = *known != now;
            *known = now;
            is_news
        });
        if is_news {
            let known = self.known.borrow().clone();
            self.say(&known);
        }
    }

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
        match self.cluster.missing_policy(&self.settings, own).await {
            Ok(None) => Boundary::Held,
            Ok(Some(policy)) => Boundary::Open(format!(
                "Purser, tried from the namespace {own}, may reach into namespaces that are not its own: the admission \
                 policies of deploy/30-admission.yaml are not in force, {policy} or its binding is missing or does not deny, \
                 or the ConfigMap of deploy/10-settings.yaml is missing"
            )),
            Err(error) if can_pass(&error) => Boundary::Unknown,
            Err(error) => Boundary::Open(format!(
                "the boundary of deploy/30-admission.yaml cannot be tried in the namespace {own} \
                 (K8S_SERVICE_ACCOUNT_NAMESPACE): {error}"
            )),
        }
    }

    async fn until_known(&self) {
        let mut wait = ASK_AGAIN;
        while *self.known.borrow() == Boundary::Unknown {
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(ASK_AGAIN_AT_MOST);
            let found = self.patiently().await;
            self.note(found);
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
            (Boundary::Open(why) | Boundary::Lost(why), BoundaryRule::Warn) => {
                tracing::warn!("{why}");
            }
            (Boundary::Open(why), BoundaryRule::Enforce) => tracing::error!("{why}"),
            (Boundary::Lost(why), BoundaryRule::Enforce) => tracing::error!(
                "{why}. What runs goes on; the next start is refused until deploy/ is applied"
            ),
        }
    }
}

/// A namespace that is not there does not come by waiting, and a policy that refuses for another reason than the one that is
/// tried has not got the settings.
fn can_pass(error: &ClusterError) -> bool {
    use ClusterError as Is;
    let stays = matches!(error, Is::NotFound { .. } | Is::Denied { .. });
    !stays && error.backoff() != Backoff::Permanent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_that_held_is_lost_and_not_open() {
        let open = || Boundary::Open("no policy".into());
        let lost = || Boundary::Lost("no policy".into());
        for (known, found, is) in [
            (Boundary::Unknown, open(), open()),
            (Boundary::Unknown, Boundary::Held, Boundary::Held),
            (Boundary::Held, open(), lost()),
            (lost(), open(), lost()),
            (lost(), Boundary::Held, Boundary::Held),
            (open(), open(), open()),
            (Boundary::Held, Boundary::Unknown, Boundary::Held),
            (lost(), Boundary::Unknown, lost()),
        ] {
            assert_eq!(known.after(found), is);
        }
    }
}
