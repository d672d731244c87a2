//! What stands behind the surface where nothing does.

use crate::{
    http::{
        CrashLog, Headroom, MailInfo, Mails, Measured, MeasuredUsage, Measures, Orphan,
        OrphanError, OrphanRemoval, Orphans, PartHealth, PodAccess, PodAccessError, PodCredentials,
        PrintedLine, Readiness, RemovedOrphan, Sweep, Sweeps, WantedLog,
    },
    store::StoreError,
};
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use purser_domain::ids::{InstanceId, MailId, UserId};

pub(super) struct Nothing;

#[async_trait]
impl PodAccess for Nothing {
    async fn logs(&self, _: InstanceId, _: &WantedLog) -> Result<String, PodAccessError> {
        Err(PodAccessError::NotThere)
    }

    async fn follow_logs(
        &self,
        _: InstanceId,
        _: &WantedLog,
    ) -> Result<BoxStream<'static, std::io::Result<PrintedLine>>, PodAccessError> {
        Err(PodAccessError::NotThere)
    }

    async fn crash_log(&self, _: InstanceId) -> Result<Option<CrashLog>, PodAccessError> {
        Err(PodAccessError::NotThere)
    }

    async fn credentials(&self, _: InstanceId) -> Result<PodCredentials, PodAccessError> {
        Err(PodAccessError::NotThere)
    }
}

#[async_trait]
impl Orphans for Nothing {
    async fn list(&self) -> Result<Vec<Orphan>, OrphanError> {
        Ok(vec![])
    }

    async fn remove(&self, _: &str, _: OrphanRemoval) -> Result<RemovedOrphan, OrphanError> {
        Err(OrphanError::NotAnOrphan)
    }
}

#[async_trait]
impl Sweeps for Nothing {
    async fn last(&self) -> Result<Option<Sweep>, StoreError> {
        Ok(None)
    }
}

#[async_trait]
impl Mails for Nothing {
    async fn of(&self, _: UserId, _: i64) -> Result<Vec<MailInfo>, StoreError> {
        Ok(vec![])
    }

    async fn get(&self, _: MailId) -> Result<Option<MailInfo>, StoreError> {
        Ok(None)
    }
}

#[async_trait]
impl Readiness for Nothing {
    async fn parts(&self) -> Vec<PartHealth> {
        let part = |name, needed| PartHealth {
            name,
            needed,
            trouble: Some("does not answer".into()),
        };
        vec![part("database", true), part("cluster", false)]
    }

    fn volumes_grow(&self) -> Option<bool> {
        None
    }
}

#[async_trait]
impl Measures for Nothing {
    async fn measure(&self) -> Option<Measured> {
        Some(Measured {
            head: 10,
            published: Some(8),
            readers: vec![("users_v1".into(), 9)],
            effects: vec![("waiting".into(), 2)],
            effects_allowed: true,
            effects_overdue: 3,
            effects_failing: 4,
            oldest_due_effect_seconds: 601,
            parked: 1,
            removals_stuck: 1,
            findings: vec![("object_missing".into(), "repaired".into(), 2)],
            orphans: 1,
            sweep_age_seconds: Some(12),
            reconciliation_age_seconds: Some(3_600),
            pods: vec![("ready".into(), 7)],
            workers: vec![("online".into(), 3)],
            headroom: vec![Headroom {
                pool: "default".into(),
                cpu_millicores: 1_500,
                memory_mib: 2_048,
                pods: 7,
            }],
            usage: MeasuredUsage {
                available: true,
                pods: 5,
                failures: 0,
                warned: vec![("cpu".into(), 80, 2)],
            },
            unspent_paid_credit: 90_000,
            cases_unowned: 2,
            support: vec![("network_policies", false)],
            cluster_reachable: true,
            cluster_errors: vec![("cluster.timed_out", 4)],
        })
    }
}
