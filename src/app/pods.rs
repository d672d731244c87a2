//! What the API may read of running apps.

use crate::{
    auth::{AccountError, Accounts},
    config::Settings,
    http::{CrashLog, PodAccess, PodAccessError, PodCredentials, PrintedLine, WantedLog},
    kubernetes::{Cluster, ClusterError, ClusterSettings, LogQuery, LogSource, Owner, Recipes},
    store::States,
};
use async_trait::async_trait;
use futures_util::{StreamExt as _, stream::BoxStream};
use purser_domain::{ids::InstanceId, instance::Instance};
use std::{io, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// Whoever looks at a pod waits no longer than this for what it printed.
const CRASH_LOG_PATIENCE: Duration = Duration::from_secs(2);

/// Reads logs and sign-ins from the cluster.
pub(super) struct Pods {
    cluster: Cluster,
    recipes: Arc<Recipes>,
    settings: ClusterSettings,
    states: Arc<States>,
    accounts: Accounts,
    /// Ends what is followed, so that stopping need not wait for it.
    stop: CancellationToken,
}

impl Pods {
    pub(super) fn new(
        cluster: Cluster,
        recipes: Arc<Recipes>,
        settings: &Settings,
        states: Arc<States>,
        accounts: Accounts,
        stop: CancellationToken,
    ) -> Self {
        Self {
            cluster,
            recipes,
            settings: settings.cluster_settings.clone(),
            states,
            accounts,
            stop,
        }
    }
}

fn query(wanted: &WantedLog) -> LogQuery {
    LogQuery {
        component: wanted.component.to_owned(),
        source: match wanted.container.as_deref() {
            None => LogSource::App,
            Some("*") => LogSource::Everything,
            Some(name) => LogSource::Container(name.to_owned()),
        },
        tail_lines: Some(wanted.tail.into()),
        since_seconds: wanted.since_seconds.map(i64::from),
        previous: wanted.previous,
    }
}

#[async_trait]
impl PodAccess for Pods {
    async fn logs(
        &self,
        instance: InstanceId,
        wanted: &WantedLog,
    ) -> Result<String, PodAccessError> {
        let namespace = self.settings.namespace_of(instance.uuid());
        let printed = self.cluster.logs(&namespace, &query(wanted)).await;
        printed.map_err(from_log)
    }

    async fn follow_logs(
        &self,
        instance: InstanceId,
        wanted: &WantedLog,
    ) -> Result<BoxStream<'static, io::Result<PrintedLine>>, PodAccessError> {
        let namespace = self.settings.namespace_of(instance.uuid());
        let followed = self.cluster.follow_logs(&namespace, &query(wanted)).await;
        let lines = followed.map_err(from_log)?.map(|line| {
            line.map(|line| PrintedLine {
                container: line.container,
                text: line.text,
            })
        });
        Ok(lines
            .take_until(self.stop.clone().cancelled_owned())
            .boxed())
    }

    async fn crash_log(&self, instance: InstanceId) -> Result<Option<CrashLog>, PodAccessError> {
        let namespace = self.settings.namespace_of(instance.uuid());
        let asked = self.cluster.last_words(&namespace);
        let words = tokio::time::timeout(CRASH_LOG_PATIENCE, asked);
        let words = words.await.map_err(away)?.map_err(from_cluster)?;
        Ok(words.map(|words| CrashLog {
            container: words.container,
            lines: words.lines,
        }))
    }

    async fn credentials(&self, instance: InstanceId) -> Result<PodCredentials, PodAccessError> {
        let loaded = self
            .states
            .load::<Instance>(&instance)
            .await
            .map_err(away)?;
        let wanted = loaded.wanted().ok_or(PodAccessError::NotThere)?;
        let recipe = self.recipes.get(wanted.recipe.as_str()).map_err(away)?;
        if recipe.owner == Owner::None {
            return Err(PodAccessError::NoSignIn);
        }
        let namespace = self.settings.namespace_of(instance.uuid());
        let secret = self
            .cluster
            .read_credentials(&namespace)
            .await
            .map_err(from_cluster)?;
        let username = match &recipe.admin_username {
            Some(username) => username.clone(),
            None => {
                self.accounts
                    .profile(wanted.user_id)
                    .await
                    .map_err(from_account)?
                    .email
            }
        };
        Ok(PodCredentials {
            url: format!(
                "https://{}.{}{}",
                wanted.subdomain, self.settings.cluster_domain, recipe.admin_path
            ),
            username,
            password: secret.admin_password.expose().to_owned(),
            operation: secret.operation,
        })
    }
}

fn from_cluster(error: ClusterError) -> PodAccessError {
    match error {
        ClusterError::NotFound { .. } => PodAccessError::NotThere,
        error => away(error),
    }
}

/// What the cluster finds wrong with a request for a log is that there is none.
fn from_log(error: ClusterError) -> PodAccessError {
    match error {
        ClusterError::NoContainer { .. } => PodAccessError::NoContainer,
        ClusterError::Invalid { .. } => PodAccessError::NoLog(Box::new(error)),
        error => from_cluster(error),
    }
}

fn from_account(error: AccountError) -> PodAccessError {
    away(error)
}

fn away(error: impl std::error::Error + Send + Sync + 'static) -> PodAccessError {
    PodAccessError::Away(Box::new(error))
}
