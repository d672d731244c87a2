//! What the API may read of running apps.

use crate::{
    auth::{AccountError, Accounts},
    config::Settings,
    http::{PodAccess, PodAccessError, PodCredentials},
    kubernetes::{Cluster, ClusterError, ClusterSettings, LogQuery, Recipes},
    store::States,
};
use async_trait::async_trait;
use purser_domain::{ids::InstanceId, instance::Instance};
use std::sync::Arc;

/// Reads logs and sign-ins from the cluster.
pub(super) struct Pods {
    cluster: Cluster,
    recipes: Arc<Recipes>,
    settings: ClusterSettings,
    states: Arc<States>,
    accounts: Accounts,
}

impl Pods {
    pub(super) fn new(
        cluster: Cluster,
        recipes: Arc<Recipes>,
        settings: &Settings,
        states: Arc<States>,
        accounts: Accounts,
    ) -> Self {
        Self {
            cluster,
            recipes,
            settings: settings.cluster_settings.clone(),
            states,
            accounts,
        }
    }
}

#[async_trait]
impl PodAccess for Pods {
    async fn logs(&self, instance: InstanceId, tail: u32) -> Result<String, PodAccessError> {
        let namespace = self.settings.namespace_of(instance.uuid());
        let query = LogQuery {
            tail_lines: Some(i64::from(tail)),
            ..LogQuery::default()
        };
        self.cluster
            .logs(&namespace, &query)
            .await
            .map_err(from_cluster)
    }

    async fn credentials(&self, instance: InstanceId) -> Result<PodCredentials, PodAccessError> {
        let loaded = self
            .states
            .load::<Instance>(&instance)
            .await
            .map_err(away)?;
        let wanted = loaded.wanted().ok_or(PodAccessError::NotThere)?;
        let recipe = self.recipes.get(wanted.recipe.as_str()).map_err(away)?;
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
        })
    }
}

fn from_cluster(error: ClusterError) -> PodAccessError {
    match error {
        ClusterError::NotFound { .. } => PodAccessError::NotThere,
        error => away(error),
    }
}

fn from_account(error: AccountError) -> PodAccessError {
    away(error)
}

fn away(error: impl std::error::Error + Send + Sync + 'static) -> PodAccessError {
    PodAccessError::Away(Box::new(error))
}
