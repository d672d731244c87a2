//! The sweep as the API asks for it, and the orphans as the sweep does.

use super::orphans::Strays;
use crate::{
    http::{OrphanCause, OrphanRemoval, Orphans as _, Sweep, SweepFinding, Sweeps, SweptOrphan},
    store::StoreError,
    sweep::{OrphanKeeper, OrphanSeen, SweepError, last_report},
};
use async_trait::async_trait;
use purser_domain::Actor;
use sqlx::PgPool;
use uuid::Uuid;

/// Why the policy removes an orphan, as it stays on record.
const BY_POLICY: &str = "it belonged to no instance for as long as the orphan policy says";

pub(super) struct Reports(pub(super) PgPool);

#[async_trait]
impl Sweeps for Reports {
    async fn last(&self) -> Result<Option<Sweep>, StoreError> {
        let report = match last_report(&self.0).await {
            Ok(report) => report,
            Err(SweepError::Database(error)) => return Err(error.into()),
            // A report of another release: the next sweep writes one of ours.
            Err(_) => None,
        };
        Ok(report.map(|report| Sweep {
            started_at: report.started_at,
            ended_at: report.ended_at,
            instances: report.instances,
            findings: report.findings.into_iter().map(finding).collect(),
            orphans: report.orphans.into_iter().map(orphan).collect(),
        }))
    }
}

fn finding(it: crate::sweep::Finding) -> SweepFinding {
    SweepFinding {
        instance_id: it.instance_id,
        finding: it.finding,
        object: it.object,
        detail: it.detail,
        outcome: it.outcome,
    }
}

fn orphan(it: crate::sweep::OrphanFound) -> SweptOrphan {
    SweptOrphan {
        namespace: it.namespace,
        instance_id: it.instance_id,
        since: it.since,
        removing: it.removing,
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[async_trait]
impl OrphanKeeper for Strays {
    async fn find(&self) -> Result<Vec<OrphanSeen>, Failure> {
        let found = self.list().await?.into_iter().map(|orphan| OrphanSeen {
            namespace: orphan.namespace,
            instance: orphan.instance_id,
            known: orphan.cause == OrphanCause::Removed,
            terminating: orphan.terminating,
        });
        Ok(found.collect())
    }

    async fn remove(&self, namespace: &str) -> Result<(), Failure> {
        let removal = OrphanRemoval {
            id: Uuid::now_v7(),
            actor: Actor::System("sweep").to_string(),
            reason: BY_POLICY.into(),
        };
        crate::http::Orphans::remove(self, namespace, removal).await?;
        Ok(())
    }
}
