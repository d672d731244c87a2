//! The appender: concurrent commands share one commit. It drains what waits, never waits for more,
//! decides in memory, and writes the whole batch or nothing.

use super::{
    Command, CommandError, Committed, StoreError,
    append::{Appended, Remembered},
    batch::{Batch, Job},
    cache::Cache,
    connection::Connection,
    reader::{COLUMNS, StoredEvent},
};
use crate::{clock::Clock, faults};
use purser_domain::StreamId;
use sqlx::PgPool;
use std::{
    collections::{HashMap, HashSet},
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
}

impl Appender {
    /// Starts the task. It ends when the last handle is dropped.
    pub fn start(pool: PgPool, clock: Clock, options: AppenderOptions) -> Self {
        let (jobs, waiting) = mpsc::channel(4 * options.batch_size);
        let (announce, head) = watch::channel(0);
        let writer = Writer {
            connection: Connection::of(pool),
            clock,
            options,
            cache: Cache::new(options.cached_streams),
            announce,
        };
        tokio::spawn(writer.run(waiting));
        Self { jobs, head }
    }

    /// Decides and commits a command.
    ///
    /// # Errors
    /// The refusal, a reused key, or the store's trouble; then nothing was written, or it was and the
    /// same command id will say so.
    pub async fn execute(&self, command: Command) -> Result<Committed, CommandError> {
        let (reply, answer) = oneshot::channel();
        self.jobs
            .send(Job { command, reply })
            .await
            .map_err(|_| StoreError::Stopped)?;
        answer.await.map_err(|_| StoreError::Stopped)?
    }

    /// The last position that this process has committed: a hint for who follows the history.
    pub fn head(&self) -> watch::Receiver<i64> {
        self.head.clone()
    }
}

struct Writer {
    connection: Connection,
    clock: Clock,
    options: AppenderOptions,
    cache: Cache,
    announce: watch::Sender<i64>,
}

impl Writer {
    async fn run(mut self, mut waiting: mpsc::Receiver<Job>) {
        let mut jobs = Vec::with_capacity(self.options.batch_size);
        loop {
            if waiting.recv_many(&mut jobs, self.options.batch_size).await == 0 {
                return;
            }
            let mut round = std::mem::take(&mut jobs);
            while !round.is_empty() {
                let later = split_off_repeats(&mut round);
                self.commit_or_halve(round).await;
                round = later;
            }
            self.cache.tidy();
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
            self.cache.clear();
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
            let attempt = self.attempt(&jobs).await;
            match attempt {
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
                    self.forget(&jobs);
                }
                Ok((_, Appended::Repeated(remembered))) => {
                    self.forget(&jobs);
                    jobs = answer_repeated(jobs, remembered);
                }
                Err(error) if error.is_unavailable() && Instant::now() < deadline => {
                    self.forget(&jobs);
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
        self.load(jobs).await?;
        let batch = Batch::decide(jobs, &mut self.cache)?;
        let now = self.clock.now();
        let appended = self
            .connection
            .run(async |connection| batch.rows.append(connection, now).await)
            .await?;
        Ok((batch, appended))
    }

    /// Reads every stream that the jobs name and the cache does not hold, in one statement.
    async fn load(&mut self, jobs: &[Job]) -> Result<(), StoreError> {
        let mut missing: HashSet<StreamId> = HashSet::new();
        for stream in jobs.iter().flat_map(|job| job.command.decision.streams()) {
            if self.cache.version(&stream).is_none() {
                missing.insert(stream.clone());
            }
            self.cache.touch(&stream);
        }
        if missing.is_empty() {
            return Ok(());
        }
        let loaded = self.read(&missing).await;
        if loaded.is_err() {
            self.cache.forget(&missing);
        }
        for event in loaded? {
            let event = event.decode()?;
            self.cache.apply(&event.stream, event.event);
        }
        Ok(())
    }

    async fn read(&mut self, streams: &HashSet<StreamId>) -> Result<Vec<StoredEvent>, StoreError> {
        let (kinds, ids): (Vec<&str>, Vec<&str>) = streams
            .iter()
            .map(|stream| (stream.kind.as_str(), stream.id.as_str()))
            .unzip();
        let select = format!(
            "select {COLUMNS} from unnest($1::text[], $2::text[]) as wanted (kind, id) \
             join events on aggregate_type = wanted.kind and aggregate_id = wanted.id \
             order by aggregate_type, aggregate_id, sequence"
        );
        let query = sqlx::query_as(&select).bind(kinds).bind(ids);
        self.connection
            .run(async |connection| Ok(query.fetch_all(connection).await?))
            .await
    }

    /// Drops every state that the jobs may have changed: it was decided on but not written.
    fn forget(&mut self, jobs: &[Job]) {
        let streams: Vec<StreamId> = jobs
            .iter()
            .flat_map(|job| job.command.decision.streams())
            .collect();
        self.cache.forget(&streams);
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
    let unavailable = error.is_unavailable();
    let mut error = Some(error);
    for job in jobs {
        let error = error.take().unwrap_or(if unavailable {
            StoreError::Stopped
        } else {
            StoreError::Protocol
        });
        job.answer(Err(error.into()));
    }
}
