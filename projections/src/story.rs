//! Histories for tests: events get the positions and sequences that the store would give them.

use crate::{Projection, Rows, Unprojectable};
use chrono::{DateTime, Days, TimeDelta, Utc};
use purser_domain::{Metadata, Recorded, Rupiah, Stream, StreamId, sealed::Sealed};
use uuid::Uuid;

/// A history in the making.
#[derive(Clone, Default)]
pub(crate) struct Story(Vec<Recorded>);

impl Story {
    /// The next event; it happens a day after the one before.
    pub(crate) fn then<A: Stream>(mut self, id: &A::Id, event: A::Event) -> Self {
        let stream = StreamId::of::<A>(id);
        let earlier = self.0.iter().filter(|known| known.stream == stream).count();
        let position = self.0.len() as i64 + 1;
        self.0.push(Recorded {
            position,
            stream,
            sequence: earlier as i64 + 1,
            at: at(position as u64),
            event: A::wrap(event),
            metadata: Metadata {
                event_id: event_id(position),
                actor: "system:test".into(),
                correlation_id: Uuid::nil(),
                causation_id: Uuid::nil(),
                command_id: Uuid::nil(),
            },
        });
        self
    }

    /// Repeats the last event as it stands, which no store does.
    pub(crate) fn again(mut self) -> Self {
        self.0.extend(self.0.last().cloned());
        self
    }

    pub(crate) fn fold<P: Projection>(&self) -> Result<Rows<P::Row>, Unprojectable> {
        let mut rows = Rows::default();
        for event in &self.0 {
            P::project(&mut rows, event)?;
        }
        Ok(rows)
    }

    pub(crate) fn row<P: Projection>(&self, id: Uuid) -> Option<P::Row> {
        self.fold::<P>().unwrap().get(id).cloned()
    }

    /// Why it cannot be folded.
    pub(crate) fn refusal<P: Projection>(&self) -> Option<Unprojectable> {
        self.fold::<P>().err()
    }

    pub(crate) fn touches_nothing<P: Projection>(&self) -> bool {
        self.0.iter().all(|event| P::touches(event).is_empty())
    }

    pub(crate) fn events(&self) -> &[Recorded] {
        &self.0
    }
}

pub(crate) fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// The id of the event at this position.
pub(crate) fn event_id(position: i64) -> Uuid {
    Uuid::from_u128(0xE0_0000 + position as u128)
}

pub(crate) fn rp(amount: i64) -> Rupiah {
    Rupiah::try_from(amount).unwrap()
}

/// The days of a story, to the microsecond.
pub(crate) fn at(day: u64) -> DateTime<Utc> {
    let first: DateTime<Utc> = "2027-01-31T02:00:00.123456Z".parse().unwrap();
    first + Days::new(day)
}

/// What a clock may give and the database does not keep.
pub(crate) fn finer(moment: DateTime<Utc>) -> DateTime<Utc> {
    moment + TimeDelta::nanoseconds(789)
}

pub(crate) fn sealed() -> Sealed {
    let text = format!("v1.{}.{}", Uuid::nil(), "A".repeat(60));
    Sealed::try_from(text).unwrap()
}
