//! Namespaces that belong to nothing.

use super::{OrphanFound, OrphanPolicy, SweepReport, Sweeper};
use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// A namespace of ours that belongs to no instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrphanSeen {
    pub namespace: String,
    pub instance: Uuid,
    /// The history knows the instance, as removed. Any other may be an app that was made after the backup from which the
    /// database was restored.
    pub known: bool,
    pub terminating: bool,
}

/// Finds orphans and removes them; whoever does it looks at each once more.
#[async_trait]
pub trait OrphanKeeper: Send + Sync {
    async fn find(&self) -> Result<Vec<OrphanSeen>, Box<dyn std::error::Error + Send + Sync>>;

    async fn remove(&self, namespace: &str)
    -> Result<(), Box<dyn std::error::Error + Send + Sync>>;
}

impl Sweeper {
    /// Reports the orphans, and removes those of removed instances that the policy says have been seen for long enough.
    pub(super) async fn sweep_orphans(
        &self,
        last: Option<&SweepReport>,
        now: DateTime<Utc>,
    ) -> Vec<OrphanFound> {
        let seen = match self.orphans.find().await {
            Ok(seen) => seen,
            Err(error) => {
                tracing::warn!(error = &*error, "orphans could not be looked for");
                // What is not known to be gone is kept, with the time since which it is known.
                return last.map(|last| last.orphans.clone()).unwrap_or_default();
            }
        };
        let mut found = Vec::new();
        for orphan in seen {
            let known = last.into_iter().flat_map(|last| &last.orphans);
            let known = known
                .filter(|it| it.namespace == orphan.namespace && it.instance_id == orphan.instance);
            let since = known.map(|it| it.since).min().unwrap_or(now);
            let removing = orphan.terminating || self.removes(&orphan, since, now).await;
            tracing::warn!("namespace {} belongs to no instance", orphan.namespace);
            found.push(OrphanFound {
                namespace: orphan.namespace,
                instance_id: orphan.instance,
                since,
                removing,
            });
        }
        found
    }

    async fn removes(&self, orphan: &OrphanSeen, since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let OrphanPolicy::Remove { after_ms } = self.options.orphans else {
            return false;
        };
        let long_enough = now - since >= Duration::milliseconds(after_ms);
        if !orphan.known || !long_enough || !*self.allowed.borrow() {
            return false;
        }
        match self.orphans.remove(&orphan.namespace).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(
                    error = &*error,
                    "namespace {} could not be removed",
                    orphan.namespace
                );
                false
            }
        }
    }
}
