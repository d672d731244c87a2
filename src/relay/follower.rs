//! Following the history: one lease, one checkpoint, and what is written with it in one transaction.
//!
//! The next position must be checkpoint + 1. An event that cannot be applied parks its stream: later
//! events of that stream queue behind it, everything else goes on, and nothing is ever skipped
//! without an operator's recorded command. An event that this build cannot read, or that goes to a state that it cannot
//! read, is left to a newer process first, which an update starts beside it.

use super::{
    feed::{Entry, Feed},
    parked,
    passing::Checkpoints,
};
use crate::{clock::Clock, faults, panics::said, store::StoreError};
use async_trait::async_trait;
use futures_util::FutureExt as _;
use purser_domain::Recorded;
use purser_projections::checkpoint::{self, Lease, Pass};
use sqlx::{Connection as _, PgConnection};
use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Events were not applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// This one cannot be: its stream is parked.
    #[error("the event at position {position} cannot be applied: {reason}")]
    Event { position: i64, reason: String },
    /// This build cannot read this one or what it goes to, a newer one may.
    #[error("this build cannot read the event at position {position} or what it goes to: {reason}")]
    Unreadable { position: i64, reason: String },
    /// One of them, and which is not known.
    #[error("it panicked: {said}")]
    Panicked { said: String },
    #[error("the database did not take what the events led to")]
    Database(#[from] sqlx::Error),
    #[error("the lease was lost")]
    LeaseLost,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ApplyError {
    /// Why one event of the batch cannot be applied, where only trying tells which.
    fn of_some_event(&self) -> Option<String> {
        match self {
            Self::Database(error) if is_about_rows(error) => Some(error.to_string()),
            Self::Panicked { .. } => Some(self.to_string()),
            _ => None,
        }
    }
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    pub position: i64,
}

/// Something that is built from the history, in order.
#[async_trait]
pub trait Follower: Send + Sync {
    /// The name of its checkpoint.
    fn name(&self) -> &str;

    /// Whether anything can come of this event.
    fn concerns(&self, event: &Recorded) -> bool;

    /// Applies events inside the transaction that also moves the checkpoint.
    ///
    /// # Errors
    /// The event that cannot be applied, or the database's error; then nothing is kept.
    async fn apply(&self, rows: &mut PgConnection, events: &[&Recorded]) -> Result<(), ApplyError>;

    /// Called after each commit.
    fn applied(&self) {}
}

/// How a follower works.
#[derive(Clone, Copy, Debug)]
pub struct FollowerOptions {
    /// Events in one transaction.
    pub batch_size: usize,
    /// How long the lease holds without being renewed.
    pub lease_ms: i64,
    /// How often is looked, in milliseconds, whether the lease of another process has ended.
    pub look_ms: u64,
    /// How old, in milliseconds, an event that this build cannot read may be and is left to a newer process; then its stream
    /// is parked.
    pub for_newer_ms: u64,
}

impl Default for FollowerOptions {
    fn default() -> Self {
        Self {
            batch_size: 500,
            lease_ms: 10_000,
            look_ms: 2_000,
            // In an update the newer process is there by then; without one somebody has to look.
            for_newer_ms: 300_000,
        }
    }
}

/// Follows until told to stop.
pub async fn follow(
    follower: Arc<dyn Follower>,
    feed: Feed,
    checkpoints: Checkpoints,
    clock: Clock,
    holder: Uuid,
    options: FollowerOptions,
    stop: CancellationToken,
) {
    let mut following = Following {
        follower,
        feed,
        checkpoints,
        clock,
        holder,
        options,
        left: None,
    };
    let mut failures = 0;
    loop {
        let began = Instant::now();
        let Some(result) = stop.run_until_cancelled(following.hold()).await else {
            return;
        };
        let pause = match result {
            Ok(Ended::Elsewhere) => Duration::from_millis(options.look_ms),
            Ok(Ended::Changed) => Duration::from_millis(500),
            Err(ApplyError::Unreadable { position, reason }) => {
                following.leave(position, &reason).await;
                // Longer than the others wait for the lease.
                Duration::from_millis(options.look_ms * 2)
            }
            Err(error) => {
                let name = following.follower.name();
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    reader = name,
                    "{name} stopped, trying again"
                );
                let new_trouble = began.elapsed() > Duration::from_secs(10);
                failures = if new_trouble { 1 } else { failures + 1 };
                Duration::from_millis(50 << u32::min(failures, 5))
            }
        };
        if stop
            .run_until_cancelled(tokio::time::sleep(pause))
            .await
            .is_none()
        {
            return;
        }
    }
}

/// Why there is nothing to do.
enum Ended {
    /// Another process has the lease.
    Elsewhere,
    /// The checkpoint is another one than it was.
    Changed,
}

struct Following {
    follower: Arc<dyn Follower>,
    feed: Feed,
    checkpoints: Checkpoints,
    /// The one that stamps events.
    clock: Clock,
    holder: Uuid,
    options: FollowerOptions,
    /// The position of an event that is left to a newer process, and since when.
    left: Option<(i64, Instant)>,
}

impl Following {
    /// Gives the lease up, so that a newer process can go on from here at once.
    async fn leave(&mut self, position: i64, reason: &str) {
        let name = self.follower.name();
        if self.left.is_none_or(|(at, _)| at != position) {
            self.left = Some((position, Instant::now()));
            tracing::warn!(
                reader = name,
                event.position = position,
                error = reason,
                "{name} cannot read the event at {position} and leaves it to a newer process"
            );
        }
        let given_up = checkpoint::give_up(&self.checkpoints.pool, name, self.holder).await;
        if let Err(error) = given_up {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "the lease of {name} was not given up, it ends by itself"
            );
        }
    }

    /// Whether newer processes have had their time to take over: since the event was written, which a restart does not
    /// change, or since it or one before was left to them here.
    fn is_nobody_newer(&self, entry: &Entry) -> bool {
        let left = self.left.filter(|(at, _)| *at <= entry.position());
        let waited = left.map_or(Duration::ZERO, |(_, since)| since.elapsed());
        let now = self.clock.sure().ok();
        let age = now.and_then(|now| (now - entry.at()).to_std().ok());
        waited.max(age.unwrap_or_default()) >= Duration::from_millis(self.options.for_newer_ms)
    }

    /// Takes the lease and works for as long as it holds.
    async fn hold(&mut self) -> Result<Ended, ApplyError> {
        let Some(mut lease) = self.lease().await? else {
            return Ok(Ended::Elsewhere);
        };
        // A newer process was there meanwhile.
        if self.left.is_some_and(|(at, _)| at <= lease.position) {
            self.left = None;
        }
        self.feed.agree().await?;
        let mut renewed = Instant::now();
        loop {
            let entries = self
                .feed
                .after(lease.position, self.options.batch_size)
                .await?;
            if renewed.elapsed() > Duration::from_millis(self.options.lease_ms.unsigned_abs() / 3) {
                match self.lease().await? {
                    // Another process may have gone on in between, or a rebuild put a new checkpoint in place.
                    Some(again) if again == lease => {}
                    _ => return Ok(Ended::Changed),
                }
                renewed = Instant::now();
            }
            if entries.is_empty() {
                continue;
            }
            lease.position = self.apply(lease, &entries).await?;
            self.follower.applied();
        }
    }

    async fn lease(&self) -> Result<Option<Lease>, ApplyError> {
        Ok(checkpoint::lease(
            &self.checkpoints.pool,
            self.follower.name(),
            self.holder,
            self.options.lease_ms,
        )
        .await?)
    }

    /// Applies a batch; what cannot be applied is parked and the rest tried again.
    async fn apply(&self, lease: Lease, entries: &[Arc<Entry>]) -> Result<i64, ApplyError> {
        let committed = super::committing::in_time(self.commit(lease, entries)).await;
        if let Err(Some(reason)) = committed.as_ref().map_err(ApplyError::of_some_event) {
            if entries.len() == 1 {
                self.park(&entries[0], &reason).await?;
                return self.commit(lease, entries).await;
            }
            let (first, second) = entries.split_at(entries.len() / 2);
            let position = Box::pin(self.apply(lease, first)).await?;
            // Not all of it: from there it goes on, with nothing left out.
            if first.last().is_some_and(|last| position < last.position()) {
                return Ok(position);
            }
            return Box::pin(self.apply(Lease { position, ..lease }, second)).await;
        }
        match committed {
            Err(ApplyError::Event { position, reason }) => {
                if let Some(entry) = entries.iter().find(|entry| entry.position() == position) {
                    self.park(entry, &reason).await?;
                }
                Box::pin(self.apply(lease, entries)).await
            }
            // What comes before it is applied first.
            Err(ApplyError::Unreadable { position, .. }) if entries[0].position() < position => {
                let before = entries.partition_point(|entry| entry.position() < position);
                Box::pin(self.apply(lease, &entries[..before])).await
            }
            Err(ApplyError::Unreadable { reason, .. }) if self.is_nobody_newer(&entries[0]) => {
                self.park(&entries[0], &reason).await?;
                Box::pin(self.apply(lease, entries)).await
            }
            result => result,
        }
    }

    async fn commit(&self, lease: Lease, entries: &[Arc<Entry>]) -> Result<i64, ApplyError> {
        let name = self.follower.name();
        let last = entries
            .last()
            .map_or(lease.position, |entry| entry.position());
        if !entries.iter().any(|entry| self.concerns(entry)) {
            let pass = Pass {
                name: name.to_owned(),
                from: lease,
                to: last,
            };
            return match self.checkpoints.pass(pass).await? {
                true => Ok(last),
                false => Err(ApplyError::LeaseLost),
            };
        }
        let mut connection = self.checkpoints.pool.acquire().await?;
        let mut transaction = connection.begin().await?;
        if !checkpoint::advance(&mut transaction, name, lease, last).await? {
            return Err(ApplyError::LeaseLost);
        }
        let mut blocked = parked::streams(&mut transaction, name).await?;
        let events = self
            .applicable(&mut transaction, entries, &mut blocked)
            .await?;
        if !events.is_empty() {
            apply_caught(&*self.follower, &mut transaction, &events).await?;
        }
        faults::reach("projected");
        transaction.commit().await?;
        Ok(last)
    }

    /// What cannot be read may be anybody's; where asking panics, applying tells.
    fn concerns(&self, entry: &Entry) -> bool {
        match entry {
            Entry::Event(event) => {
                catch_unwind(AssertUnwindSafe(|| self.follower.concerns(event))).unwrap_or(true)
            }
            Entry::Unreadable(_) => true,
        }
    }

    /// The events of streams that are not parked; a stream whose event nobody can read is parked now.
    async fn applicable<'a>(
        &self,
        rows: &mut PgConnection,
        entries: &'a [Arc<Entry>],
        blocked: &mut HashSet<(String, String)>,
    ) -> Result<Vec<&'a Recorded>, ApplyError> {
        let mut events = Vec::with_capacity(entries.len());
        for entry in entries {
            let (kind, id) = entry.stream();
            if blocked.contains(&(kind.to_owned(), id.to_owned())) {
                continue;
            }
            match &**entry {
                Entry::Event(event) => events.push(&**event),
                Entry::Unreadable(event) if !self.is_nobody_newer(entry) => {
                    return Err(ApplyError::Unreadable {
                        position: event.position,
                        reason: event.error.clone(),
                    });
                }
                Entry::Unreadable(event) => {
                    parked::park(rows, self.follower.name(), entry, &event.error).await?;
                    blocked.insert((kind.to_owned(), id.to_owned()));
                }
            }
        }
        Ok(events)
    }

    async fn park(&self, entry: &Entry, reason: &str) -> Result<(), ApplyError> {
        let mut connection = self.checkpoints.pool.acquire().await?;
        Ok(parked::park(&mut connection, self.follower.name(), entry, reason).await?)
    }
}

/// Applies events, and makes an error of a panic: one that ended the reader would be met again at each start.
pub(super) async fn apply_caught(
    follower: &dyn Follower,
    rows: &mut PgConnection,
    events: &[&Recorded],
) -> Result<(), ApplyError> {
    let applied = AssertUnwindSafe(follower.apply(rows, events)).catch_unwind();
    applied.await.unwrap_or_else(|panic| {
        Err(ApplyError::Panicked {
            said: said(&*panic),
        })
    })
}

/// Errors that the rows caused (class 22: data, 23: constraints), as opposed to the server's.
pub(super) fn is_about_rows(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code.starts_with("22") || code.starts_with("23"))
}
