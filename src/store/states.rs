//! Streams' states for whoever must know one right now: each read looks into the history for what
//! followed the state that is remembered, so what another process committed is seen at once.

use super::{
    StoreError,
    connection::{answer, answered},
    reader::{COLUMNS, Reader, StoredEvent},
};
use purser_domain::{AggregateType, State, Stream, StreamId};
use sqlx::PgPool;
use std::{
    collections::HashMap,
    marker::PhantomData,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

/// A state and the version it is at, as remembered.
#[derive(Clone, Debug)]
struct Known {
    state: Arc<State>,
    version: i64,
    /// That of the event at this version: it covers all before.
    hash: Vec<u8>,
}

impl Known {
    fn nothing(kind: AggregateType) -> Self {
        Self {
            state: Arc::new(State::empty(kind)),
            version: 0,
            hash: Vec::new(),
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

/// Reads states, remembering as many as it may.
#[derive(Debug)]
pub struct States {
    pool: PgPool,
    capacity: usize,
    known: Mutex<HashMap<StreamId, Known>>,
}

impl States {
    pub fn new(pool: PgPool, capacity: usize) -> Self {
        Self {
            pool,
            capacity,
            known: Mutex::new(HashMap::new()),
        }
    }

    /// The last position; 0 before the first event.
    ///
    /// # Errors
    /// The history cannot be read.
    pub async fn head(&self) -> Result<i64, StoreError> {
        Reader::new(self.pool.clone()).head().await
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
        let remembered = self.lock().get(&StreamId::of::<A>(id)).cloned();
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
        self.lock().clear();
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
        let (mut kinds, mut ids, mut after) = (vec![], vec![], vec![]);
        for (stream, known) in found {
            kinds.push(stream.kind.as_str());
            ids.push(stream.id.as_str());
            after.push(known.version);
        }
        let select = format!(
            "select {COLUMNS} from unnest($1::text[], $2::text[], $3::bigint[]) as wanted (kind, id, after) \
             join events on aggregate_type = wanted.kind and aggregate_id = wanted.id and sequence >= wanted.after \
             order by aggregate_type, aggregate_id, sequence"
        );
        let select = sqlx::query_as(&select).bind(kinds).bind(ids).bind(after);
        let mut connection = self.pool.acquire().await?;
        let events = answer(select.fetch_all(&mut *connection)).await;
        Ok(answered(&mut connection, events)?)
    }

    fn remembered(&self, streams: &[StreamId]) -> HashMap<StreamId, Known> {
        let known = self.lock();
        streams
            .iter()
            .map(|stream| {
                let nothing = || Known::nothing(stream.kind);
                let state = known.get(stream).cloned().unwrap_or_else(nothing);
                (stream.clone(), state)
            })
            .collect()
    }

    /// Keeps what is newer. A stream that does not exist is not kept: anybody can ask for any id.
    fn remember(&self, found: &HashMap<StreamId, Known>, before: &HashMap<StreamId, i64>) {
        let news = found
            .iter()
            .filter(|(stream, known)| before.get(*stream).is_none_or(|old| known.version > *old));
        let mut remembered = self.lock();
        for (stream, known) in news {
            if remembered.len() >= self.capacity {
                remembered.clear();
            }
            let newer = remembered
                .get(stream)
                .is_none_or(|old| known.version > old.version);
            if newer {
                remembered.insert(stream.clone(), known.clone());
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<StreamId, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
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
