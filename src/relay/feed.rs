//! The feed: one ordered, unfiltered consumer per process keeps the newest events in memory for every
//! follower. What is not there, because it is older, or because NATS is away, is read from Postgres.

use super::{
    message::Message,
    nats::{Bus, BusError},
};
use crate::store::{Reader, StoreError, StoredEvent, chain};
use async_nats::jetstream::consumer::{DeliverPolicy, pull::OrderedConfig};
use chrono::{DateTime, Utc};
use futures_util::StreamExt as _;
use purser_domain::Recorded;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::watch, task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;

/// Events kept in memory.
const TAIL: usize = 8_192;
/// How long a follower trusts the stream to bring what this process has committed itself.
const GRACE: Duration = Duration::from_millis(150);
/// Up to so many events behind this process' own commits, a follower waits for the stream.
const COMING: i64 = 256;
/// How often a process looks into Postgres, for all its followers, and how long one of them waits for news.
const LOOK: Duration = Duration::from_secs(1);
/// What is known of the history before anybody has looked: that it may go on.
const UNSEEN: i64 = i64::MAX;

/// One place in the history.
#[derive(Clone, Debug)]
pub enum Entry {
    Event(Box<Recorded>),
    /// This build cannot read it.
    Unreadable(Unreadable),
}

/// An event that cannot be decoded.
#[derive(Clone, Debug)]
pub struct Unreadable {
    pub position: i64,
    pub aggregate_type: String,
    pub aggregate_id: String,
    pub at: DateTime<Utc>,
    pub error: String,
}

impl Entry {
    pub(super) fn of(stored: &StoredEvent) -> Self {
        match stored.decode() {
            Ok(event) => Self::Event(Box::new(event)),
            Err(error) => Self::Unreadable(Unreadable {
                position: stored.position,
                aggregate_type: stored.aggregate_type.clone(),
                aggregate_id: stored.aggregate_id.clone(),
                at: stored.at,
                error: crate::chain_of(&error),
            }),
        }
    }

    pub fn position(&self) -> i64 {
        match self {
            Self::Event(event) => event.position,
            Self::Unreadable(event) => event.position,
        }
    }

    /// When it was written.
    pub fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Event(event) => event.at,
            Self::Unreadable(event) => event.at,
        }
    }

    /// Type and id of its stream.
    pub fn stream(&self) -> (&str, &str) {
        match self {
            Self::Event(event) => (event.stream.kind.as_str(), &event.stream.id),
            Self::Unreadable(event) => (&event.aggregate_type, &event.aggregate_id),
        }
    }
}

/// The newest events: contiguous by position, each with a hash that follows from the one before, so
/// that events of a history that was restored away are never mixed with those that took their place.
#[derive(Debug, Default)]
struct Tail(VecDeque<Link>);

#[derive(Debug)]
struct Link {
    entry: Arc<Entry>,
    hash: Vec<u8>,
}

impl Tail {
    fn last(&self) -> Option<i64> {
        self.0.back().map(|link| link.entry.position())
    }

    /// Takes the next event. What it does not follow from is forgotten.
    fn push(&mut self, event: &StoredEvent) {
        if self.knows(event) {
            return;
        }
        if !self.leads_to(event) {
            self.0.clear();
        }
        self.0.push_back(Link {
            entry: Arc::new(Entry::of(event)),
            hash: event.hash.clone(),
        });
        if self.0.len() > TAIL {
            self.0.pop_front();
        }
    }

    fn knows(&self, event: &StoredEvent) -> bool {
        let first = self.0.front().map(|link| link.entry.position());
        let index = first.and_then(|first| usize::try_from(event.position - first).ok());
        let known = index.and_then(|index| self.0.get(index));
        known.is_some_and(|link| link.hash == event.hash)
    }

    fn leads_to(&self, event: &StoredEvent) -> bool {
        let Some(last) = self.0.back() else {
            return true;
        };
        let parts = (
            <&[u8; 32]>::try_from(&*last.hash),
            event.leaf.as_slice().try_into(),
        );
        let (Ok(previous), Ok(leaf)) = parts else {
            return false;
        };
        last.entry.position() + 1 == event.position
            && chain(previous, event.at_us(), leaf)[..] == event.hash
    }

    /// What follows a position; nothing where the tail does not hold the very next one.
    fn after(&self, position: i64, limit: usize) -> Vec<Arc<Entry>> {
        let Some(first) = self.0.front().map(|link| link.entry.position()) else {
            return vec![];
        };
        match usize::try_from(position + 1 - first) {
            Ok(skip) if skip < self.0.len() => self
                .0
                .iter()
                .skip(skip)
                .take(limit)
                .map(|link| link.entry.clone())
                .collect(),
            _ => vec![],
        }
    }
}

/// Brings the history to followers.
#[derive(Clone, Debug)]
pub struct Feed {
    reader: Reader,
    tail: Arc<Mutex<Tail>>,
    arrived: watch::Receiver<i64>,
    head: watch::Receiver<i64>,
    seen: watch::Receiver<i64>,
}

impl Feed {
    /// Starts following the stream. `head` is what this process has committed. Where the task ends, nobody hears any more of what
    /// other processes commit.
    pub fn start(
        bus: Bus,
        reader: Reader,
        head: watch::Receiver<i64>,
        stop: CancellationToken,
    ) -> (Self, JoinHandle<()>) {
        let tail = Arc::new(Mutex::new(Tail::default()));
        let (announce, arrived) = watch::channel(0);
        let consumer = Consumer {
            bus,
            tail: tail.clone(),
            announce,
        };
        let (tell, seen) = watch::channel(UNSEEN);
        let looking = look(reader.clone(), tell);
        let following = async move { tokio::join!(consumer.run(), looking) };
        let task = tokio::spawn(async move {
            stop.run_until_cancelled(following).await;
        });
        let feed = Self {
            reader,
            tail,
            arrived,
            head,
            seen,
        };
        (feed, task)
    }

    /// Forgets what is in memory where the history no longer has it: the database was restored under
    /// this process. The newest event speaks for all, since its hash covers those before.
    ///
    /// # Errors
    /// Postgres is away.
    pub async fn agree(&self) -> Result<(), StoreError> {
        let newest = self
            .lock()
            .0
            .back()
            .map(|link| (link.entry.position(), link.hash.clone()));
        let Some((position, hash)) = newest else {
            return Ok(());
        };
        let stored = self.reader.at(position).await?;
        if stored.is_none_or(|event| event.hash != hash) {
            tracing::warn!(
                event.position = position,
                "the history no longer has the event at {position}, forgetting what came by the stream"
            );
            self.lock().0.clear();
        }
        Ok(())
    }

    /// The entries after a position, in order and without a gap; an empty batch where nothing came
    /// for a second.
    ///
    /// # Errors
    /// Postgres is away.
    pub async fn after(&self, position: i64, limit: usize) -> Result<Vec<Arc<Entry>>, StoreError> {
        let mut arrived = self.arrived.clone();
        let mut head = self.head.clone();
        let mut seen = self.seen.clone();
        arrived.mark_unchanged();
        seen.mark_unchanged();
        let entries = self.tailed(position, limit);
        if !entries.is_empty() {
            return Ok(entries);
        }
        // The stream brings in a moment what this process has just committed; anything else is in Postgres.
        let ahead = *head.borrow_and_update() - position;
        let awaited = (1..=COMING).contains(&ahead) && *arrived.borrow() <= position;
        if !awaited && self.goes_on(position) {
            let stored = self.stored(position, limit).await?;
            if !stored.is_empty() {
                return Ok(stored);
            }
        }
        let mut deadline = Instant::now() + if awaited { GRACE } else { LOOK };
        loop {
            tokio::select! {
                Ok(()) = arrived.changed() => {
                    let entries = self.tailed(position, limit);
                    if !entries.is_empty() {
                        return Ok(entries);
                    }
                }
                // It only ever comes nearer: else whoever commits all the time would put it off for as long as the stream is away.
                Ok(()) = head.changed() => deadline = deadline.min(Instant::now() + GRACE),
                // Another process has committed, and the stream may bring that as well.
                Ok(()) = seen.changed() => {
                    if self.goes_on(position) {
                        deadline = deadline.min(Instant::now() + GRACE);
                    }
                }
                () = tokio::time::sleep_until(deadline) => return match self.goes_on(position) {
                    true => self.stored(position, limit).await,
                    false => Ok(vec![]),
                },
            }
        }
    }

    /// Whether anything is known to come after a position.
    fn goes_on(&self, position: i64) -> bool {
        [&self.arrived, &self.head, &self.seen]
            .iter()
            .any(|known| *known.borrow() > position)
    }

    fn tailed(&self, position: i64, limit: usize) -> Vec<Arc<Entry>> {
        self.lock().after(position, limit)
    }

    fn lock(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn stored(&self, position: i64, limit: usize) -> Result<Vec<Arc<Entry>>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let events = self.reader.after(position, limit).await?;
        Ok(events
            .iter()
            .map(|event| Arc::new(Entry::of(event)))
            .collect())
    }
}

/// Looks how far the history goes, as long as it is followed: what this process neither committed nor got by the stream.
async fn look(reader: Reader, tell: watch::Sender<i64>) {
    loop {
        // Where that is not known it may go on, and whoever follows hears of the trouble by asking.
        let head = reader.head().await.unwrap_or(UNSEEN);
        tell.send_if_modified(|seen| std::mem::replace(seen, head) != head);
        tokio::time::sleep(LOOK).await;
    }
}

struct Consumer {
    bus: Bus,
    tail: Arc<Mutex<Tail>>,
    announce: watch::Sender<i64>,
}

impl Consumer {
    /// Consumes for ever. The consumer is made anew on any error, end or reconnect: the crate's own
    /// recovery is slow and can start over from the beginning.
    async fn run(self) {
        let mut connections = self.bus.connections();
        loop {
            connections.mark_unchanged();
            tokio::select! {
                result = self.consume() => {
                    if let Err(error) = result {
                        tracing::debug!(error = &error as &dyn std::error::Error, "the consumer ended, making it anew");
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                _ = connections.changed() => {}
            }
        }
    }

    async fn consume(&self) -> Result<(), BusError> {
        let stream = self.bus.stream().await?;
        let last = self
            .tail
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .last();
        let deliver_policy = match last.and_then(|last| u64::try_from(last + 1).ok()) {
            Some(start_sequence) => DeliverPolicy::ByStartSequence { start_sequence },
            None => DeliverPolicy::New,
        };
        let config = OrderedConfig {
            deliver_policy,
            ..OrderedConfig::default()
        };
        let consumer = stream
            .create_consumer(config)
            .await
            .map_err(BusError::jetstream)?;
        let mut messages = consumer.messages().await.map_err(BusError::jetstream)?;
        while let Some(message) = messages.next().await {
            let message = message.map_err(BusError::jetstream)?;
            let Some(event) = Message::decode(&message.payload) else {
                return Err(BusError::JetStream(
                    "a message that is not the relay's".into(),
                ));
            };
            let position = event.position;
            self.tail
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(&event);
            self.announce.send_replace(position);
        }
        Ok(())
    }
}
