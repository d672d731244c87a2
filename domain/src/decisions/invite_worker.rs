//! Letting one host outside of the cluster join. The answer keeps until when, so that asking again tells the same.

use super::answer;
use crate::{
    Decision, Refused, StreamId, Work,
    ids::WorkerId,
    text::PoolName,
    worker::{Worker, WorkerCommand},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug)]
pub struct InviteWorker {
    pub worker_id: WorkerId,
    pub pool: PoolName,
    pub expires_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerInvited {
    pub worker_id: WorkerId,
    pub expires_at: DateTime<Utc>,
}

impl Decision for InviteWorker {
    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::of::<Worker>(&self.worker_id)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let Self {
            worker_id,
            expires_at,
            ..
        } = *self;
        let pool = self.pool.clone();
        work.execute::<Worker>(&worker_id, WorkerCommand::Invite { pool, expires_at })?;
        Ok(answer(WorkerInvited {
            worker_id,
            expires_at,
        }))
    }
}
