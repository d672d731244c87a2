//! The appender: concurrent commands share one commit. It drains what waits, never waits for more,
//! decides in memory, and writes the whole batch or nothing.
//!
//! It must never end and never wait for ever: every write of the process goes through it.

use super::{
    Command, CommandError, Committed, StoreError,
    append::{Appended, Remembered},
    batch::{Batch, Job},
    cache::Cache,
    connection::Connection,
    landmark::Landmark,
    panics::caught,
    reader::{StoredEvent, tails},
};
use crate::{clock::Clock, faults};
use purser_domain::StreamId;
use sqlx::PgPool;
use std::{
    collections::{HashMap, HashSet},
    iter,
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

/// How much the appender takes on.
#[derive(Clone, Copy, Debug)]
pub struct AppenderOptions {
    /// Commands in one commit.
    pub batch_size: usize,
    /// Streams whose state is kept in memory.
    pub cached_streams: usize,
    /// How long a command outlasts a database that is away, before its caller is told so.
    pub patience_ms: u64,
}

impl Default for AppenderOptions {
    fn default() -> Self {
        Self {
            batch_size: 256,
            cached_streams: 50_000,
            patience_ms: 5_000,
        }
    }
}

/// The way in: hands commands to the one task that decides and writes.
#[derive(Clone, Debug)]
pub struct Appender {
    jobs: mpsc::Sender<Job>,
    head: watch::Receiver<i64>,
    busy_since: watch::Receiver<Option<Instant>>,
}

impl Appender {
    /// Starts the task. It ends when the last handle is dropped.
    pub fn start(pool: PgPool, clock: Clock, options: AppenderOptions) -> Self {
        let (jobs, waiting) = mpsc::channel(4 * options.batch_size);
        let (announce, head) = watch::channel(0);
        let (at_work, busy_since) = watch::channel(None);
        let writer = Writer {
            connection: Connection::of(pool, clock.clone()),
            clock,
            options,
            cache: Cache::new(options.cached_streams),
            newest: None,
            announce,
            at_work,
        };
        tokio::spawn(writer.run(waiting));
        Self {
            jobs,
            head,
            busy_since,
        }
    }

    /// Decides and commits a command.
    ///
    /// # Errors
    /// The refusal, a reused key, or the store's trouble; then nothing was written, or it was and the
    /// same command id will say so.
    pub async fn execute(&self, command: Command) -> Result<Committed, CommandError> {
        let (reply, answer) = oneshot::channel();
        let streams = command.decision.streams();
        let job = Job {
            command,
            streams,
            reply,
        };
        self.jobs.send(job).await.map_err(|_| StoreError::Stopped)?;
        answer.await.map_err(|_| StoreError::Stopped)?
    }

    /// The last position that this process has committed: a hint for who follows the history.
    pub fn head(&self) -> watch::Receiver<i64> {
        self.head.clone()
    }

    /// For how long the task has been at the commands that it took on last; `None` while it waits for some.
    pub fn busy_for(&self) -> Option<Duration> {
        let since = *self.busy_since.borrow();
        since.map(|since| since.elapsed())
    }

    /// Returns when the task has ended.
    pub async fn stopped(&self) {
        self.jobs.closed().await;
    }

    /// Whether the task has ended: nothing is written by this process any more.
    pub fn has_stopped(&self) -> bool {
        self.jobs.is_closed()
    }
}

struct Writer {
    connection: Connection,
    clock: Clock,
    options: AppenderOptions,
    cache: Cache,
    /// The newest event that anything in the cache comes from, its own or another process'.
    newest: Option<Landmark>,
    announce: watch::Sender<i64>,
    at_work: watch::Sender<Option<Instant>>,
}

impl Writer {
    async fn run(mut self, mut waiting: mpsc::Receiver<Job>) {
        let mut jobs = Vec::with_capacity(self.options.batch_size);
        loop {
            if waiting.recv_many(&mut jobs, self.options.batch_size).await == 0 {
                return;
            }
            self.at_work.send_replace(Some(Instant::now()));
            let mut round = std::mem::take(&mut jobs);
            while !round.is_empty() {
                let later = split_off_repeats(&mut round);
                self.commit_or_halve(round).await;
                round = later;
            }
            self.cache.tidy();
            self.at_work.send_replace(None);
        }
    }

    /// Commits the jobs together. An error that is not the connection's halves the batch until the
    /// guilty decision stands alone.
    async fn commit_or_halve(&mut self, jobs: Vec<Job>) {
        let mut pending = vec![jobs];
        while let Some(mut jobs) = pending.pop() {
            let Err((mut jobs_back, error)) = self.commit(std::mem::take(&mut jobs)).await else {
                continue;
            };
            if !error.is_unavailable() {
                self.cache
                    .forget(jobs_back.iter().flat_map(|job| &job.streams));
            }
            if jobs_back.len() > 1 && !error.is_unavailable() {
                let second = jobs_back.split_off(jobs_back.len() / 2);
                pending.push(second);
                pending.push(jobs_back);
                continue;
            }
            tell_all(jobs_back, error);
        }
    }

    /// Loads, decides and writes until the batch stands. The jobs come back where it cannot.
    async fn commit(&mut self, mut jobs: Vec<Job>) -> Result<(), (Vec<Job>, StoreError)> {
        let deadline = Instant::now() + Duration::from_millis(self.options.patience_ms);
        let mut backoff = Duration::from_millis(10);
        while !jobs.is_empty() {
            match self.attempt(&jobs).await {
                Ok((batch, Appended::Written(head))) => {
                    faults::reach("committed");
                    if let Some(position) = batch.tell(jobs, head) {
                        self.announce.send_replace(position);
                    }
                    return Ok(());
                }
                Ok((_, Appended::Moved(moved))) => {
                    tracing::debug!(
                        streams = moved.len(),
                        "another process moved streams, deciding again"
                    );
                    let mut followed = true;
                    for (stream, version) in &moved {
                        followed &= self.cache.moved(stream, *version);
                    }
                    if !followed {
                        self.forget_all();
                    }
                }
                Ok((_, Appended::Repeated(remembered))) => {
                    jobs = answer_repeated(jobs, remembered);
                }
                Err(error @ StoreError::Unavailable(_)) if Instant::now() < deadline => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the event store is away, retrying"
                    );
                    tokio::time::sleep(backoff).await;
                    backoff = (backoff * 2).min(Duration::from_millis(500));
                }
                Err(error) => return Err((jobs, error)),
            }
        }
        Ok(())
    }

    async fn attempt(&mut self, jobs: &[Job]) -> Result<(Batch, Appended), StoreError> {
        // What a batch before this one came to, where it was not written.
        self.cache.abandon();
        if self.connection.ready().await? {
            self.know_again().await?;
        }
        self.load(jobs).await?;
        let batch = caught(|| Batch::decide(jobs, &mut self.cache))?;
        let now = self.clock.sure()?;
        let appended = self
            .connection
            .run(async |connection| batch.rows.append(connection, now).await)
            .await?;
        if let Appended::Written(head) = &appended {
            self.come_to(batch.rows.last(*head));
            let keep = || {
                self.cache.commit();
                Ok(())
            };
            if caught(keep).is_err() {
                self.cache.forget(jobs.iter().flat_map(|job| &job.streams));
            }
        }
        Ok((batch, appended))
    }

    /// Forgets all that is known where the history no longer leads to it, because the database was restored under this process.
    /// It is asked on every new connection, since restoring ends those there were, and before anything is decided: another
    /// event may stand at the very version that is known, and no guard would see it.
    async fn know_again(&mut self) -> Result<(), StoreError> {
        let Some(newest) = &self.newest else {
            return Ok(());
        };
        let asked = self
            .connection
            .run(async |connection| newest.stands(connection).await);
        if !asked.await? {
            self.forget_all();
        }
        Ok(())
    }

    fn forget_all(&mut self) {
        tracing::warn!(
            "the history no longer has what the writer knows of it, forgetting all that is known"
        );
        self.cache = Cache::new(self.options.cached_streams);
        self.newest = None;
    }

    /// Notes the newest event that the cache has heard of.
    fn come_to(&mut self, landmark: Option<Landmark>) {
        let position = |landmark: &Option<Landmark>| landmark.as_ref().map(|it| it.position);
        if position(&landmark) > position(&self.newest) {
            self.newest = landmark;
        }
    }

    /// Reads what the cache does not know of the streams that the jobs name, in one statement.
    async fn load(&mut self, jobs: &[Job]) -> Result<(), StoreError> {
        let mut missing: HashMap<&StreamId, i64> = HashMap::new();
        for stream in jobs.iter().flat_map(|job| &job.streams) {
            if let Some(after) = self.cache.touch(stream) {
                missing.insert(stream, after);
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let loaded = self.read(&missing).await?;
        let newest = loaded.iter().max_by_key(|event| event.position);
        self.come_to(newest.map(Landmark::of));
        caught(|| {
            for event in loaded {
                let event = event.decode()?;
                self.cache.load(&event.stream, event.event);
            }
            Ok(())
        })?;
        self.cache.loaded(missing.into_keys());
        Ok(())
    }

    /// The events of these streams after these versions.
    async fn read(
        &mut self,
        streams: &HashMap<&StreamId, i64>,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let (mut kinds, mut ids, mut from) = (vec![], vec![], vec![]);
        for (stream, version) in streams {
            kinds.push(stream.kind.as_str());
            ids.push(stream.id.as_str());
            from.push(*version + 1);
        }
        let select = tails();
        let query = sqlx::query_as(&select).bind(kinds).bind(ids).bind(from);
        self.connection
            .run(async |connection| Ok(query.fetch_all(connection).await?))
            .await
    }
}

/// Takes the commands out whose id is in the round already: they get the answer of the first.
fn split_off_repeats(round: &mut Vec<Job>) -> Vec<Job> {
    let mut seen = HashSet::new();
    round
        .extract_if(.., |job| !seen.insert(job.command.command_id))
        .collect()
}

fn answer_repeated(jobs: Vec<Job>, remembered: Vec<Remembered>) -> Vec<Job> {
    let mut remembered: HashMap<Uuid, Remembered> = remembered
        .into_iter()
        .map(|command| (command.command_id, command))
        .collect();
    let mut rest = Vec::new();
    for job in jobs {
        match remembered.remove(&job.command.command_id) {
            Some(command) => job.repeat(command),
            None => rest.push(job),
        }
    }
    rest
}

/// Tells everybody of an error that cannot be cloned: the first gets it, the others its kind.
fn tell_all(jobs: Vec<Job>, error: StoreError) {
    tracing::error!(
        error = &error as &dyn std::error::Error,
        commands = jobs.len(),
        "commands were not written"
    );
    let kind = || match &error {
        StoreError::ClockOff(off) => StoreError::ClockOff(*off),
        error if error.is_unavailable() => StoreError::Stopped,
        _ => StoreError::Protocol,
    };
    let others: Vec<StoreError> = jobs.iter().skip(1).map(|_| kind()).collect();
    for (job, error) in jobs.into_iter().zip(iter::once(error).chain(others)) {
        job.answer(Err(error.into()));
    }
}
