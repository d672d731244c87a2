//! Streams' states for whoever must know one right now: each read looks into the history for what
//! followed the state that is remembered, so what another process committed is seen at once.

use super::{
    CommandError, Committed, Context, StoreError,
    append::Remembered,
    cache::forget_older_half,
    connection::{answer, answered},
    reader::{Reader, StoredEvent, tails},
};
use purser_domain::{AggregateType, State, Stream, StreamId};
use sqlx::PgPool;
use std::{
    collections::HashMap,
    marker::PhantomData,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};
use uuid::Uuid;

/// A state and the version it is at, as remembered.
#[derive(Clone, Debug)]
struct Known {
    state: Arc<State>,
    version: i64,
    /// That of the event at this version: it covers all before.
    hash: Vec<u8>,
    last_used: u64,
}

impl Known {
    fn nothing(kind: AggregateType) -> Self {
        Self {
            state: Arc::new(State::empty(kind)),
            version: 0,
            hash: Vec::new(),
            last_used: 0,
        }
    }
}

/// What is remembered.
#[derive(Debug, Default)]
struct Memory {
    known: HashMap<StreamId, Known>,
    /// Grows with every use.
    tick: u64,
}

impl Memory {
    fn get(&mut self, stream: &StreamId) -> Option<Known> {
        self.tick += 1;
        let known = self.known.get_mut(stream)?;
        known.last_used = self.tick;
        Some(known.clone())
    }

    /// Keeps what is newer.
    fn put(&mut self, stream: &StreamId, known: &Known) {
        self.tick += 1;
        let old = self.known.get(stream);
        if old.is_none_or(|old| known.version > old.version) {
            let last_used = self.tick;
            let known = Known {
                last_used,
                ..known.clone()
            };
            self.known.insert(stream.clone(), known);
        }
    }
}

/// The state of a stream at a version; 0 and empty where there is no such stream.
#[derive(Clone, Debug)]
pub struct Loaded<A> {
    state: Arc<State>,
    empty: A,
    pub version: i64,
    kind: PhantomData<A>,
}

impl<A: Stream> Deref for Loaded<A> {
    type Target = A;

    fn deref(&self) -> &A {
        A::of(&self.state).unwrap_or(&self.empty)
    }
}

/// Reads states, remembering as many as it may: those that were used last.
#[derive(Debug)]
pub struct States {
    pool: PgPool,
    capacity: usize,
    memory: Mutex<Memory>,
}

impl States {
    pub fn new(pool: PgPool, capacity: usize) -> Self {
        Self {
            pool,
            capacity,
            memory: Mutex::default(),
        }
    }

    /// The last position; 0 before the first event.
    ///
    /// # Errors
    /// The history cannot be read.
    pub async fn head(&self) -> Result<i64, StoreError> {
        Reader::new(self.pool.clone()).head().await
    }

    /// What this command was answered with, where it was accepted before: for whoever looks anything up before it can be decided,
    /// since the same answer is given for ever, whatever is found by now. Whether it is accepted in this moment the appender
    /// knows.
    ///
    /// # Errors
    /// It was another request, or the history cannot be read.
    pub async fn answered(&self, context: &Context) -> Result<Option<Committed>, CommandError> {
        let remembered = self.remembered_command(context.command_id).await?;
        let again = remembered.map(|command| command.again(&context.body_hash));
        again.transpose()
    }

    async fn remembered_command(&self, id: Uuid) -> Result<Option<Remembered>, StoreError> {
        let select = sqlx::query_as(
            "select command_id, body_hash, answer, position, version, at from commands where command_id = $1",
        );
        let select = select.bind(id);
        let mut connection = self.pool.acquire().await?;
        let command = answer(select.fetch_optional(&mut *connection)).await;
        Ok(answered(&mut connection, command)?)
    }

    /// The state as of now.
    ///
    /// # Errors
    /// The history cannot be read.
    pub async fn load<A: Stream>(&self, id: &A::Id) -> Result<Loaded<A>, StoreError> {
        let stream = StreamId::of::<A>(id);
        let mut found = self.read(std::slice::from_ref(&stream)).await?;
        Ok(loaded(found.remove(&stream)))
    }

    /// Two states as of the same moment, in one round trip.
    ///
    /// # Errors
    /// The history cannot be read.
    pub async fn load_both<A: Stream, B: Stream>(
        &self,
        first: &A::Id,
        second: &B::Id,
    ) -> Result<(Loaded<A>, Loaded<B>), StoreError> {
        let streams = [StreamId::of::<A>(first), StreamId::of::<B>(second)];
        let mut found = self.read(&streams).await?;
        Ok((
            loaded(found.remove(&streams[0])),
            loaded(found.remove(&streams[1])),
        ))
    }

    /// A state as it was when last read: for facts of a stream's first event, which never change.
    ///
    /// # Errors
    /// The history cannot be read.
    pub async fn recall<A: Stream>(&self, id: &A::Id) -> Result<Loaded<A>, StoreError> {
        let remembered = self.lock().get(&StreamId::of::<A>(id));
        match remembered {
            Some(known) => Ok(loaded(Some(known))),
            None => self.load::<A>(id).await,
        }
    }

    async fn read(&self, streams: &[StreamId]) -> Result<HashMap<StreamId, Known>, StoreError> {
        if let Some(found) = self.followed(self.remembered(streams)).await? {
            return Ok(found);
        }
        tracing::warn!(
            "the history no longer has what is remembered of it, forgetting all that is remembered"
        );
        self.lock().known.clear();
        let nothing = streams.iter();
        let nothing = nothing.map(|stream| (stream.clone(), Known::nothing(stream.kind)));
        let found = self.followed(nothing.collect()).await?;
        found.ok_or(StoreError::Protocol)
    }

    /// Adds what followed. `None` where the history no longer leads to a state, because the database was restored under this
    /// process.
    async fn followed(
        &self,
        mut found: HashMap<StreamId, Known>,
    ) -> Result<Option<HashMap<StreamId, Known>>, StoreError> {
        let before: HashMap<StreamId, i64> = versions(&found);
        let mut unseen = before.values().filter(|version| **version > 0).count();
        for stored in self.tails(&found).await? {
            let Some(known) = found.get_mut(&stored.stream()?) else {
                continue;
            };
            if stored.sequence == known.version {
                if stored.hash != known.hash {
                    return Ok(None);
                }
                unseen -= 1;
                continue;
            }
            let event = stored.decode()?.event;
            Arc::make_mut(&mut known.state).apply(event);
            known.version = stored.sequence;
            known.hash = stored.hash;
        }
        if unseen > 0 {
            return Ok(None);
        }
        self.remember(&found, &before);
        Ok(Some(found))
    }

    /// The event that each state is remembered as of, and those after it.
    async fn tails(
        &self,
        found: &HashMap<StreamId, Known>,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        // Most reads are of one stream, and need no list to be planned for.
        if let Some((stream, known)) = found.iter().next()
            && found.len() == 1
        {
            return Reader::new(self.pool.clone())
                .stream(stream, known.version - 1)
                .await;
        }
        let (mut kinds, mut ids, mut from) = (vec![], vec![], vec![]);
        for (stream, known) in found {
            kinds.push(stream.kind.as_str());
            ids.push(stream.id.as_str());
            from.push(known.version);
        }
        let select = tails();
        let select = sqlx::query_as(&select).bind(kinds).bind(ids).bind(from);
        let mut connection = self.pool.acquire().await?;
        let events = answer(select.fetch_all(&mut *connection)).await;
        Ok(answered(&mut connection, events)?)
    }

    fn remembered(&self, streams: &[StreamId]) -> HashMap<StreamId, Known> {
        let mut memory = self.lock();
        streams
            .iter()
            .map(|stream| {
                let nothing = || Known::nothing(stream.kind);
                let state = memory.get(stream).unwrap_or_else(nothing);
                (stream.clone(), state)
            })
            .collect()
    }

    /// A stream that does not exist is not kept: anybody can ask for any id.
    fn remember(&self, found: &HashMap<StreamId, Known>, before: &HashMap<StreamId, i64>) {
        let news = found
            .iter()
            .filter(|(stream, known)| before.get(*stream).is_none_or(|old| known.version > *old));
        let mut memory = self.lock();
        for (stream, known) in news {
            memory.put(stream, known);
        }
        if memory.known.len() > self.capacity {
            forget_older_half(&mut memory.known, |known| known.last_used);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn versions(found: &HashMap<StreamId, Known>) -> HashMap<StreamId, i64> {
    found
        .iter()
        .map(|(stream, known)| (stream.clone(), known.version))
        .collect()
}

fn loaded<A: Stream>(known: Option<Known>) -> Loaded<A> {
    let known = known.unwrap_or_else(|| Known::nothing(A::KIND));
    Loaded {
        state: known.state,
        empty: A::default(),
        version: known.version,
        kind: PhantomData,
    }
}
