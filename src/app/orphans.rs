//! Which namespaces of ours belong to nothing. Compared at the moment of asking: an instance is in the history before its
//! namespace is on the cluster, so that a new one is never taken for an orphan.

use crate::{
    http::{Orphan, OrphanCause, OrphanError, OrphanRemoval, Orphans, RemovedOrphan},
    kubernetes::{Cluster, ClusterError, ClusterSettings, OwnedNamespace},
    store::{OperatorCommand, States, StoreError},
};
use async_trait::async_trait;
use purser_domain::{ids::InstanceId, instance::Instance};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use std::sync::Arc;
use uuid::Uuid;

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

    async fn remove(
        &self,
        namespace: &str,
        removal: OrphanRemoval,
    ) -> Result<RemovedOrphan, OrphanError> {
        let recorded = self.recorded(namespace, &removal).await?;
        let repeated = recorded.is_some();
        let orphan = match (self.find(namespace).await?, recorded) {
            (Some(found), _) => {
                self.record(&found, &removal)
                    .await
                    .map_err(StoreError::from)?;
                // Of two at the same time under one key one is on record.
                self.recorded(namespace, &removal).await?;
                self.cluster
                    .delete_namespace(namespace)
                    .await
                    .map_err(away)?;
                found
            }
            (None, Some(gone)) => gone,
            (None, None) => return Err(OrphanError::NotAnOrphan),
        };
        Ok(RemovedOrphan {
            orphan: Orphan {
                terminating: true,
                ..orphan
            },
            repeated,
        })
    }
}

/// What is on record of an orphan that was removed.
#[derive(Serialize, Deserialize)]
struct Detail {
    namespace: String,
    instance: Uuid,
    customer: Uuid,
    cause: OrphanCause,
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

    /// As it is on the cluster now.
    async fn find(&self, namespace: &str) -> Result<Option<Orphan>, OrphanError> {
        let owned = self.cluster.owned_namespaces(None).await.map_err(away)?;
        let mut named = owned.into_iter().filter(|owned| owned.name == namespace);
        match named.next() {
            Some(named) => Ok(self.orphan(named).await?),
            None => Ok(None),
        }
    }

    /// What is on record of this very removal.
    async fn recorded(
        &self,
        namespace: &str,
        removal: &OrphanRemoval,
    ) -> Result<Option<Orphan>, OrphanError> {
        let mut rows = self.pool.acquire().await.map_err(StoreError::from)?;
        let recorded = OperatorCommand::recorded::<Detail>(&mut rows, removal.id).await;
        let Some((detail, reason)) = recorded.map_err(StoreError::from)? else {
            return Ok(None);
        };
        if detail.namespace != namespace || reason != removal.reason {
            return Err(OrphanError::KeyReused);
        }
        Ok(Some(Orphan {
            namespace: detail.namespace,
            instance_id: detail.instance,
            customer_id: detail.customer,
            cause: detail.cause,
            terminating: true,
        }))
    }

    async fn record(&self, orphan: &Orphan, removal: &OrphanRemoval) -> sqlx::Result<()> {
        let detail = serde_json::json!(Detail {
            namespace: orphan.namespace.clone(),
            instance: orphan.instance_id,
            customer: orphan.customer_id,
            cause: orphan.cause,
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
