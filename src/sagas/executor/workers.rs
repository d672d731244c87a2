//! Effects on nodes.

use super::{Effects, from_store, provisioning::from_cluster};
use crate::{
    kubernetes::{ClusterError, Evicted},
    sagas::{Outcome, Task},
    store::{Loaded, Reader},
};
use purser_domain::{
    Event, StreamId,
    decisions::One,
    ids::WorkerId,
    text::Reason,
    worker::{Drain, Worker, WorkerCommand, WorkerEvent},
};
use std::time::Duration;

/// How often a node on which something of ours is on its way out is looked at.
const LOOK: Duration = Duration::from_millis(500);

impl Effects {
    /// Makes the node take new pods or not, as was asked for last.
    pub(super) async fn cordon(&self, id: WorkerId) -> Outcome {
        match self.worker(id).await {
            Ok(worker) => match self.bring_to_intent(&worker).await {
                Ok(()) => Outcome::Done,
                Err(error) => from_cluster(&error),
            },
            Err(outcome) => outcome,
        }
    }

    /// Moves what is ours off the node, as fast as disruption budgets allow, until nothing is seen to be left.
    pub(super) async fn drain(&self, task: &Task, id: WorkerId) -> Outcome {
        let worker = match self.worker(id).await {
            Ok(worker) if worker.drain() == Some(Drain::Requested) => worker,
            // It was called off, or the node is gone.
            Ok(_) => return Outcome::Done,
            Err(outcome) => return outcome,
        };
        if let Err(error) = self.bring_to_intent(&worker).await {
            return from_cluster(&error);
        }
        let Some(name) = worker.name() else {
            return Outcome::Done;
        };
        let settings = &self.cluster_settings;
        match self.cluster.evict_ours(settings, name.as_str()).await {
            Ok(evicted) if evicted.left == 0 => {
                let at = self.clock.now();
                let command = WorkerCommand::FinishDrain { at };
                self.decide(task, "workers", One::<Worker> { id, command })
                    .await
            }
            // Nobody knows when a budget lets go, or somebody sees to a namespace: the pause grows.
            Ok(evicted) if !evicted.held.is_empty() => Outcome::Retry {
                error: in_words(&evicted),
                after: None,
            },
            Ok(_) => Outcome::Wait(LOOK),
            Err(error) => from_cluster(&error),
        }
    }

    /// Ends a drain whose time is over, with what holds it, unless nothing is left after all. `drain` is the sequence of the
    /// event that asked for it.
    pub(super) async fn give_up_drain(&self, task: &Task, id: WorkerId, drain: i64) -> Outcome {
        let worker = match self.worker(id).await {
            Ok(worker) if worker.drain() == Some(Drain::Requested) => worker,
            // It came to its end, was called off, or the node is gone.
            Ok(_) => return Outcome::Done,
            Err(outcome) => return outcome,
        };
        let Some(name) = worker.name() else {
            return Outcome::Done;
        };
        // A node that still takes new pods is not empty, whatever is seen on it.
        let settings = &self.cluster_settings;
        let evicted = match self.bring_to_intent(&worker).await {
            Ok(()) => self.cluster.evict_ours(settings, name.as_str()).await,
            Err(error) => Err(error),
        };
        let why = match evicted {
            Ok(evicted) if evicted.left == 0 => None,
            Ok(evicted) => Some(in_words(&evicted)),
            Err(error) => Some(crate::chain_of(&error)),
        };
        match self.is_newest_drain(id, drain).await {
            Ok(true) => {}
            Ok(false) => return Outcome::Done,
            Err(outcome) => return outcome,
        }
        let at = self.clock.now();
        let command = match why {
            None => WorkerCommand::FinishDrain { at },
            Some(why) => {
                let reason = Reason::quoted(&why);
                WorkerCommand::FailDrain { reason, at }
            }
        };
        self.decide(task, "workers", One::<Worker> { id, command })
            .await
    }

    /// Whether no other was asked for since: what became of one says nothing of the next.
    async fn is_newest_drain(&self, id: WorkerId, drain: i64) -> Result<bool, Outcome> {
        let stream = StreamId::of::<Worker>(&id);
        let since = Reader::new(self.pool.clone()).stream(&stream, drain).await;
        for stored in since.map_err(from_store)? {
            let event = stored.decode().map_err(from_store)?.event;
            if matches!(event, Event::Worker(WorkerEvent::DrainRequested { .. })) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn bring_to_intent(&self, worker: &Worker) -> Result<(), ClusterError> {
        let Some(name) = worker.name() else {
            return Ok(());
        };
        let wanted = worker.is_to_be_cordoned();
        match self.cluster.set_unschedulable(name.as_str(), wanted).await {
            // What is gone is seen to be gone.
            Err(ClusterError::NotFound { .. }) => Ok(()),
            done => done,
        }
    }

    async fn worker(&self, id: WorkerId) -> Result<Loaded<Worker>, Outcome> {
        self.states.load::<Worker>(&id).await.map_err(from_store)
    }
}

/// What keeps a node from being empty. What the cluster refuses is told first: a budget lets go by itself.
fn in_words(evicted: &Evicted) -> String {
    let Evicted { left, held } = evicted;
    let more = match held.len() {
        0 | 1 => String::new(),
        all => format!(" and {} more", all - 1),
    };
    let mut refused = held
        .iter()
        .filter_map(|held| Some((&held.pod, held.why.as_ref()?)));
    match (refused.next(), &held[..]) {
        (Some((pod, why)), _) => format!("{pod}{more} cannot be moved: {why}"),
        (None, []) => format!("{left} pods are still on their way out"),
        (None, [held]) => format!("a disruption budget holds {}", held.pod),
        (None, [held, ..]) => format!("disruption budgets hold {}{more}", held.pod),
    }
}
