//! The relay: copies the history to JetStream so that stream sequence equals position. It has no
//! state of its own: the stream's last sequence says where to go on, and a second relay is fenced out
//! by `Nats-Expected-Last-Sequence`. The stream is disposable; the history is not. How far it came is noted beside its lease
//! for the figures alone: the stream cannot say it while it is away.

use super::{
    message::{HASH, Message},
    nats::{Bus, BusError},
};
use crate::{
    faults,
    store::{OperatorCommand, Reader, StoreError, StoredEvent},
};
use async_nats::jetstream::{
    message::PublishMessage,
    stream::{RawMessageErrorKind, Stream},
};
use purser_projections::checkpoint::{self, Lease};
use sqlx::PgPool;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The lease of who relays; its checkpoint is how far the stream was last known to have come.
pub const LEASE: &str = "relay";
const LEASE_MS: i64 = 10_000;
/// How soon is looked for what another process has committed. While nothing comes the pause doubles.
const LOOK: Duration = Duration::from_millis(20);
const LOOK_AT_REST: Duration = Duration::from_millis(250);
const BATCH: i64 = 500;

/// How the relay is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayHealth {
    /// Stream and history were not compared yet.
    Starting,
    /// Another process relays, and the stream is of this history.
    Standby,
    /// The stream follows the history.
    Following { published: i64 },
    /// JetStream or Postgres is away, so that nobody can tell whether the stream is of this history; tried again with
    /// back-off.
    Away,
    /// The stream knows events that the history does not: the database was restored. Effects stop
    /// until an operator runs `purser relay reset`.
    Diverged { position: i64 },
}

#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the lease cannot be read")]
    Lease(#[source] sqlx::Error),
    #[error("an event cannot be written as JSON")]
    Encode(#[from] serde_json::Error),
    #[error("the stream differs from the history at position {0}")]
    Diverged(i64),
    #[error("the stream does not take events: {0}")]
    Publish(String),
}

/// Copies events to JetStream while it holds the lease.
pub struct Relay {
    bus: Bus,
    reader: Reader,
    pool: PgPool,
    holder: Uuid,
    head: watch::Receiver<i64>,
    health: watch::Sender<RelayHealth>,
    /// The last publish stayed unanswered.
    was_silent: bool,
}

impl Relay {
    pub fn new(bus: Bus, pool: PgPool, holder: Uuid, head: watch::Receiver<i64>) -> Self {
        let health = watch::Sender::new(RelayHealth::Starting);
        Self {
            bus,
            reader: Reader::new(pool.clone()),
            pool,
            holder,
            head,
            health,
            was_silent: false,
        }
    }

    pub fn health(&self) -> watch::Receiver<RelayHealth> {
        self.health.subscribe()
    }

    /// Runs until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut backoff = Duration::from_millis(50);
        while let Some(result) = stop.run_until_cancelled(self.follow(&mut backoff)).await {
            let Err(error) = result else { continue };
            let health = match error {
                RelayError::Diverged(position) => RelayHealth::Diverged { position },
                _ => RelayHealth::Away,
            };
            if *self.health.borrow() != health {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the relay stopped: {error}"
                );
            }
            self.health.send_replace(health);
            if stop
                .run_until_cancelled(tokio::time::sleep(backoff))
                .await
                .is_none()
            {
                break;
            }
            backoff = (backoff * 2).min(Duration::from_secs(2));
        }
    }

    /// Publishes what the stream lacks for as long as the lease and the connection hold.
    async fn follow(&mut self, backoff: &mut Duration) -> Result<(), RelayError> {
        let Some(lease) = self.lease().await? else {
            // No answer is no agreement. Where there is nothing to compare with, who relays makes the stream anew first.
            if let Some(stream) = self.bus.known_stream().await?
                && self.compare(&stream).await?.is_some()
            {
                self.health.send_replace(RelayHealth::Standby);
                *backoff = Duration::from_millis(50);
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            return Ok(());
        };
        let mut connections = self.bus.connections();
        connections.mark_unchanged();
        let mut published = self.agree().await?;
        self.note(lease, published).await?;
        let mut leased = tokio::time::Instant::now();
        let mut look = LOOK;
        loop {
            self.health
                .send_replace(RelayHealth::Following { published });
            *backoff = Duration::from_millis(50);
            if leased.elapsed() > Duration::from_millis(LEASE_MS as u64 / 3) {
                let Some(lease) = self.lease().await? else {
                    return Ok(());
                };
                self.note(lease, published).await?;
                leased = tokio::time::Instant::now();
            }
            let events = self.reader.after(published, BATCH).await?;
            if events.is_empty() {
                tokio::select! {
                    // Another process may have committed: look without a hint as well.
                    () = tokio::time::sleep(look) => look = (look * 2).min(LOOK_AT_REST),
                    changed = self.head.changed() => {
                        if changed.is_err() {
                            tokio::time::sleep(look).await;
                        }
                    }
                    _ = connections.changed() => return Ok(()),
                }
                continue;
            }
            look = LOOK;
            published = self.publish(published, &events).await?;
            faults::reach("published");
        }
    }

    async fn lease(&self) -> Result<Option<Lease>, RelayError> {
        checkpoint::lease(&self.pool, LEASE, self.holder, LEASE_MS)
            .await
            .map_err(RelayError::Lease)
    }

    /// Notes how far the stream has come, wherever that differs from what stands there.
    async fn note(&self, lease: Lease, published: i64) -> Result<(), RelayError> {
        if lease.position == published {
            return Ok(());
        }
        let mut rows = self.pool.acquire().await.map_err(RelayError::Lease)?;
        // Where the lease was lost meanwhile another relay notes it.
        checkpoint::advance(&mut rows, LEASE, lease, published)
            .await
            .map_err(RelayError::Lease)?;
        Ok(())
    }

    /// The last position that the stream holds, after making sure that it holds this history.
    async fn agree(&self) -> Result<i64, RelayError> {
        let Some(stream) = self.bus.known_stream().await? else {
            return self.recreate(false).await;
        };
        match self.compare(&stream).await? {
            Some(last) => Ok(last),
            None => self.recreate(true).await,
        }
    }

    /// The last position that the stream holds, where it is of this history; `None` where it has lost its messages.
    async fn compare(&self, stream: &Stream) -> Result<Option<i64>, RelayError> {
        let state = stream.get_info().await.map_err(BusError::jetstream)?.state;
        let last = i64::try_from(state.last_sequence).unwrap_or(i64::MAX);
        if last > self.reader.head().await? {
            return Err(RelayError::Diverged(last));
        }
        if state.messages == 0 {
            // Nothing to compare: a stream that was just made, or whose messages have all aged.
            return Ok(Some(last));
        }
        let Some(hash) = hash_at(stream, state.last_sequence).await? else {
            return Ok(None);
        };
        let event = self.reader.at(last).await?;
        match event.is_some_and(|event| hex::encode(event.hash) == hash) {
            true => Ok(Some(last)),
            false => Err(RelayError::Diverged(last)),
        }
    }

    /// Makes the stream anew, to go on after the head: readers find what is older in Postgres.
    async fn recreate(&self, exists: bool) -> Result<i64, RelayError> {
        if exists {
            tracing::warn!("the stream has lost its messages, making it anew");
            self.bus.delete_stream().await?;
        }
        let head = self.reader.head().await?;
        let next = u64::try_from(head + 1).unwrap_or(1);
        self.bus.create_stream(next).await?;
        tracing::info!(
            event.position = head,
            "made the stream to go on after position {head}"
        );
        Ok(head)
    }

    /// Publishes a batch in flight together, then waits for every acknowledgement.
    async fn publish(&mut self, after: i64, events: &[StoredEvent]) -> Result<i64, RelayError> {
        let mut acknowledgements = Vec::with_capacity(events.len());
        for (event, expected) in events.iter().zip(u64::try_from(after).unwrap_or(0)..) {
            let message = PublishMessage::build()
                .payload(Message::encode(event)?.into())
                .header(HASH, hex::encode(&event.hash).as_str())
                .expected_last_sequence(expected);
            let subject = self.bus.subject(&event.aggregate_type, &event.aggregate_id);
            let sent = self.bus.jetstream().send_publish(subject, message).await;
            acknowledgements.push(sent.map_err(|error| RelayError::Publish(error.to_string()))?);
        }
        for acknowledgement in acknowledgements {
            if let Err(error) = acknowledgement.await {
                return self.recover(&error).await;
            }
        }
        self.was_silent = false;
        Ok(after + i64::try_from(events.len()).unwrap_or(0))
    }

    /// After a publish that was refused or stayed unanswered. A stream that is silent twice in a row is
    /// made anew: one that lost its files never answers again. Anything else is looked at afresh.
    async fn recover(
        &mut self,
        error: &async_nats::jetstream::context::PublishError,
    ) -> Result<i64, RelayError> {
        use async_nats::jetstream::context::PublishErrorKind as Kind;
        tracing::warn!(
            error = error as &dyn std::error::Error,
            "an event was not taken by the stream"
        );
        let silent = matches!(error.kind(), Kind::TimedOut) && self.bus.is_connected();
        if silent && self.was_silent && self.bus.stream().await.is_ok() {
            self.was_silent = false;
            return self.recreate(true).await;
        }
        self.was_silent = silent;
        Err(RelayError::Publish(error.to_string()))
    }
}

/// The hash that a message carries; `None` where the stream has lost it. Neither no answer nor another refusal
/// is a loss.
async fn hash_at(stream: &Stream, sequence: u64) -> Result<Option<String>, BusError> {
    match stream.get_raw_message(sequence).await {
        Ok(message) => Ok(message.headers.get(HASH).map(ToString::to_string)),
        Err(error) if matches!(error.kind(), RawMessageErrorKind::NoMessageFound) => Ok(None),
        Err(error) => Err(BusError::jetstream(error)),
    }
}

/// Deletes the stream on an operator's word, so that the relay makes it anew from this history.
///
/// # Errors
/// NATS or the database is away.
pub async fn reset(
    bus: &Bus,
    pool: &PgPool,
    actor: &str,
    reason: &str,
) -> Result<(), super::ParkedError> {
    let detail = serde_json::json!({"stream": bus.stream_name()});
    let given = OperatorCommand {
        id: Uuid::now_v7(),
        actor,
        command: "relay.reset",
        detail,
        reason,
    };
    given.record(&mut *pool.acquire().await?).await?;
    bus.delete_stream().await.map_err(super::ParkedError::Bus)
}
