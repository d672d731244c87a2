//! Which namespaces of ours belong to nothing. Compared at the moment of asking: an instance is in the history before its
//! namespace is on the cluster, so that a new one is never taken for an orphan.

use crate::{
    http::{Orphan, OrphanCause, OrphanError, OrphanRemoval, Orphans},
    kubernetes::{Cluster, ClusterError, ClusterSettings, OwnedNamespace},
    store::{OperatorCommand, States, StoreError},
};
use async_trait::async_trait;
use purser_domain::{ids::InstanceId, instance::Instance};
use sqlx::PgPool;
use std::sync::Arc;

/// Compares the cluster with the history.
pub(super) struct Strays {
    pub(super) cluster: Cluster,
    pub(super) settings: ClusterSettings,
    pub(super) states: Arc<States>,
    pub(super) pool: PgPool,
}

#[async_trait]
impl Orphans for Strays {
    async fn list(&self) -> Result<Vec<Orphan>, OrphanError> {
        let owned = self.cluster.owned_namespaces(None).await.map_err(away)?;
        let mut orphans = Vec::new();
        for namespace in owned {
            let id = InstanceId::new(namespace.instance);
            match self.orphan(namespace).await {
                Ok(orphan) => orphans.extend(orphan),
                Err(error) if error.is_unavailable() => return Err(error.into()),
                // What this build cannot read is not known to belong to nothing.
                Err(error) => tracing::warn!(
                    instance.id = %id, error = &error as &dyn std::error::Error,
                    "whether the namespace of {id} belongs to nothing is not known"
                ),
            }
        }
        Ok(orphans)
    }

    async fn remove(&self, namespace: &str, removal: OrphanRemoval) -> Result<Orphan, OrphanError> {
        let owned = self.cluster.owned_namespaces(None).await.map_err(away)?;
        let mut named = owned.into_iter().filter(|owned| owned.name == namespace);
        let named = named.next().ok_or(OrphanError::NotAnOrphan)?;
        let orphan = self.orphan(named).await?.ok_or(OrphanError::NotAnOrphan)?;
        self.record(&orphan, removal)
            .await
            .map_err(StoreError::from)?;
        self.cluster
            .delete_namespace(namespace)
            .await
            .map_err(away)?;
        Ok(Orphan {
            terminating: true,
            ..orphan
        })
    }
}

impl Strays {
    /// Another installation on the same cluster has another prefix: what bears it is none of our business.
    async fn orphan(&self, namespace: OwnedNamespace) -> Result<Option<Orphan>, StoreError> {
        if namespace.name != self.settings.namespace_of(namespace.instance) {
            return Ok(None);
        }
        let id = InstanceId::new(namespace.instance);
        let instance = self.states.load::<Instance>(&id).await?;
        let cause = match instance.wanted() {
            None => OrphanCause::Unknown,
            Some(_) if instance.is_removed() => OrphanCause::Removed,
            Some(_) => return Ok(None),
        };
        Ok(Some(Orphan {
            namespace: namespace.name,
            instance_id: namespace.instance,
            customer_id: namespace.customer,
            cause,
            terminating: namespace.terminating,
        }))
    }

    async fn record(&self, orphan: &Orphan, removal: OrphanRemoval) -> sqlx::Result<()> {
        let detail = serde_json::json!({
            "namespace": orphan.namespace, "instance": orphan.instance_id, "customer": orphan.customer_id,
        });
        let given = OperatorCommand {
            id: removal.id,
            actor: &removal.actor,
            command: "orphans.remove",
            detail,
            reason: &removal.reason,
        };
        given.record(&mut *self.pool.acquire().await?).await
    }
}

fn away(error: ClusterError) -> OrphanError {
    OrphanError::Away(Box::new(error))
}
