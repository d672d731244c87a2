//! One batch of commands, decided one after another, each on the state that the one before left.

use super::{
    Command, CommandError, Committed, StoreError,
    append::{Head, Remembered, Rows},
    cache::Cache,
};
use purser_domain::{Decided, Metadata, Refused, State, States, StreamId, Work, ids::derived};
use serde_json::Value;
use std::collections::HashSet;
use tokio::sync::oneshot;

/// A command that waits for its answer.
pub(super) struct Job {
    pub(super) command: Command,
    /// Those that its decision names.
    pub(super) streams: Vec<StreamId>,
    pub(super) reply: oneshot::Sender<Result<Committed, CommandError>>,
}

impl Job {
    pub(super) fn answer(self, result: Result<Committed, CommandError>) {
        // Who asked may have gone; what was decided stands all the same.
        let _ = self.reply.send(result);
    }

    /// Answers with what was remembered, unless another request hides behind the same key.
    pub(super) fn repeat(self, remembered: Remembered) {
        let again = remembered.again(&self.command.body_hash);
        self.answer(again);
    }
}

/// What became of a job in the batch.
enum Outcome {
    Accepted {
        answer: Value,
        version: i64,
        events: i64,
    },
    Refused(Refused),
}

/// What a decision gets to see: the streams that it named, and so are guarded, and no other.
struct Named<'a> {
    cache: &'a Cache,
    streams: &'a [StreamId],
}

impl States for Named<'_> {
    fn state(&self, stream: &StreamId) -> Option<&State> {
        self.streams
            .contains(stream)
            .then(|| self.cache.state(stream))
            .flatten()
    }

    fn version(&self, stream: &StreamId) -> i64 {
        let version = || self.cache.version(stream);
        let named = self.streams.contains(stream);
        named.then(version).unwrap_or(0)
    }
}

/// A decided batch: the rows to write, and what each job is told once they are.
pub(super) struct Batch {
    outcomes: Vec<Outcome>,
    pub(super) rows: Rows,
}

impl Batch {
    /// Decides the jobs in order. The cache must hold every stream they name; what they come to stands in it as decided
    /// and not committed.
    pub(super) fn decide(jobs: &[Job], cache: &mut Cache) -> Result<Self, StoreError> {
        let mut rows = Rows::default();
        let mut guarded = HashSet::new();
        let mut outcomes = Vec::with_capacity(jobs.len());
        for Job {
            command, streams, ..
        } in jobs
        {
            for stream in streams {
                if guarded.insert(stream) {
                    rows.guard(stream, cache.version(stream));
                }
            }
            cache.catch_up(streams);
            rows.ask(command.command_id);
            match Work::run(&*command.decision, &Named { cache, streams }) {
                Ok(decided) => outcomes.push(accept(command, streams, decided, cache, &mut rows)?),
                Err(refused) => outcomes.push(Outcome::Refused(refused)),
            }
        }
        Ok(Self { outcomes, rows })
    }

    /// Tells everybody, once the batch is written. Returns the position of its last event, if it has any.
    pub(super) fn tell(self, jobs: Vec<Job>, head: Head) -> Option<i64> {
        let before = head.first_position - 1;
        let mut position = before;
        for (job, outcome) in jobs.into_iter().zip(self.outcomes) {
            match outcome {
                Outcome::Accepted {
                    answer,
                    version,
                    events,
                } => {
                    position += events;
                    job.answer(Ok(Committed {
                        answer,
                        position,
                        version,
                        at: head.at,
                        repeated: false,
                    }));
                }
                Outcome::Refused(refused) => job.answer(Err(refused.into())),
            }
        }
        (position > before).then_some(position)
    }
}

fn accept(
    command: &Command,
    streams: &[StreamId],
    decided: Decided,
    cache: &mut Cache,
    rows: &mut Rows,
) -> Result<Outcome, StoreError> {
    let Decided { answer, events } = decided;
    let count = events.len();
    for (ordinal, (stream, event)) in events.into_iter().enumerate() {
        let metadata = Metadata {
            event_id: derived(&[
                "event",
                &command.command_id.to_string(),
                &ordinal.to_string(),
            ]),
            actor: command.actor.to_string(),
            correlation_id: command.correlation_id,
            causation_id: command.causation_id,
            command_id: command.command_id,
        };
        let sequence = cache.version(&stream) + 1;
        rows.event(&stream, sequence, &event, &metadata)?;
        cache.decide(&stream, event);
    }
    let version = streams.first().map_or(0, |stream| cache.version(stream));
    let events = i32::try_from(count).unwrap_or(i32::MAX);
    rows.command(
        command.command_id,
        command.body_hash,
        &answer,
        version,
        events,
    );
    Ok(Outcome::Accepted {
        answer,
        version,
        events: i64::from(events),
    })
}
