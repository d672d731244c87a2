//! Streams' states for whoever must know one right now: each read looks into the history for what
//! followed the state that is remembered, so what another process committed is seen at once.

use super::{
    StoreError,
    connection::{answer, answered},
    reader::{COLUMNS, Reader, StoredEvent},
};
use purser_domain::{State, Stream, StreamId};
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
        let mut found = self.remembered(streams);
        let before: HashMap<StreamId, i64> = versions(&found);
        for event in self.tails(&found).await? {
            let event = event.decode()?;
            if let Some(known) = found.get_mut(&event.stream) {
                Arc::make_mut(&mut known.state).apply(event.event);
                known.version = event.sequence;
            }
        }
        self.remember(&found, &before);
        Ok(found)
    }

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
             join events on aggregate_type = wanted.kind and aggregate_id = wanted.id and sequence > wanted.after \
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
                let state = known.get(stream).cloned().unwrap_or_else(|| Known {
                    state: Arc::new(State::empty(stream.kind)),
                    version: 0,
                });
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
    let known = known.unwrap_or_else(|| Known {
        state: Arc::new(State::empty(A::KIND)),
        version: 0,
    });
    Loaded {
        state: known.state,
        empty: A::default(),
        version: known.version,
        kind: PhantomData,
    }
}
