//! Hosts outside of the cluster: invited by staff, joined by a token once, heard of by heartbeats.

use super::{sightings, teller::Teller};
use crate::{
    auth::{TokenError, WorkerTokens},
    clock::Clock,
    store::{AnswerError, Appender, Asking, CommandError, Committed, Context, States, StoreError},
};
use chrono::{DateTime, Duration, Utc};
use purser_domain::{
    Actor, Refused,
    decisions::{InviteWorker, One, WorkerInvited},
    ids::WorkerId,
    text::{PoolName, WorkerName},
    worker::{Capacity, Origin, Worker, WorkerCommand, WorkerError},
};
use sqlx::PgPool;
use std::sync::Arc;

/// A host is not let in, or not heard.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Command(#[from] CommandError),
    #[error("what is seen of workers cannot be noted")]
    Sightings(#[from] sqlx::Error),
    #[error(transparent)]
    Answer(#[from] AnswerError),
}

impl From<StoreError> for HostError {
    fn from(error: StoreError) -> Self {
        Self::Command(error.into())
    }
}

/// An invitation, and the commit it stands on.
#[derive(Clone)]
pub struct Invited {
    pub worker_id: WorkerId,
    /// Lets one host join. It is stored nowhere.
    pub token: String,
    pub expires_at: DateTime<Utc>,
    pub committed: Committed,
}

/// A host that took an invitation up, and the commit it stands on.
#[derive(Clone)]
pub struct Joined {
    pub worker_id: WorkerId,
    /// Proves its heartbeats. It is stored nowhere.
    pub credential: String,
    pub committed: Committed,
}

#[derive(Clone)]
pub struct Hosts {
    teller: Teller,
    tokens: WorkerTokens,
    pool: PgPool,
    clock: Clock,
}

impl Hosts {
    pub fn new(
        appender: Appender,
        states: Arc<States>,
        tokens: WorkerTokens,
        pool: PgPool,
        clock: Clock,
    ) -> Self {
        let actor = Actor::System("host");
        Self {
            teller: Teller {
                appender,
                states,
                actor,
            },
            tokens,
            pool,
            clock,
        }
    }

    /// Makes a join token. Repeating the command gives the same one.
    ///
    /// # Errors
    /// The store's trouble.
    pub async fn invite(
        &self,
        context: &Context,
        pool: PoolName,
        expires_in_minutes: u32,
    ) -> Result<Invited, HostError> {
        let invite = InviteWorker {
            worker_id: WorkerId::new(context.derive("worker")),
            pool,
            expires_at: self.clock.now() + Duration::minutes(expires_in_minutes.into()),
        };
        let invite = context.command(invite);
        let committed = self.teller.appender.execute(invite).await?;
        let WorkerInvited {
            worker_id,
            expires_at,
        } = committed.answer()?;
        Ok(Invited {
            worker_id,
            token: self.tokens.join(worker_id),
            expires_at,
            committed,
        })
    }

    /// Lets the host in that holds this token.
    ///
    /// # Errors
    /// The token is forged, spent or over, or the store's trouble.
    pub async fn join(
        &self,
        asking: &Asking,
        token: &str,
        name: WorkerName,
        capacity: Capacity,
    ) -> Result<Joined, HostError> {
        let id = self.tokens.read_join(token)?;
        let command_id = asking.command_id(&format!("host:{id}"), "register_worker");
        let at = self.clock.now();
        let command = WorkerCommand::Join { name, capacity, at };
        let context = asking.under(command_id, self.teller.actor);
        let join = context.command(One::<Worker> { id, command });
        let committed = self.teller.appender.execute(join).await?;
        if !committed.repeated {
            sightings::beat(&self.pool, id, at, Capacity::default()).await?;
        }
        Ok(Joined {
            worker_id: id,
            credential: self.tokens.beat(id),
            committed,
        })
    }

    /// Whose credential this is.
    ///
    /// # Errors
    /// [`TokenError::Forged`].
    pub fn recognise(&self, credential: &str) -> Result<WorkerId, TokenError> {
        self.tokens.read_beat(credential)
    }

    /// Hears of a host: what it has, and how much of it is taken.
    ///
    /// # Errors
    /// It is no longer known, or the store's trouble.
    pub async fn beat(
        &self,
        id: WorkerId,
        capacity: Capacity,
        allocated: Capacity,
    ) -> Result<(), HostError> {
        let worker = self.teller.states.load::<Worker>(&id).await?;
        if worker.origin() != Some(Origin::Host) {
            let gone = if worker.is_removed() {
                WorkerError::Removed
            } else {
                WorkerError::NotFound
            };
            return Err(CommandError::Refused(Refused::from(gone)).into());
        }
        let at = self.clock.now();
        sightings::beat(&self.pool, id, at, allocated).await?;
        let report = WorkerCommand::ReportCapacity { capacity };
        self.teller.of_worker(id, "capacity", report).await?;
        let online = WorkerCommand::ComeOnline { at };
        self.teller.of_worker(id, "online", online).await?;
        Ok(())
    }
}
