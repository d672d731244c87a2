//! Workers: claim an effect in a short transaction, run it with nothing open in the database, note
//! the result where the claim is still theirs. What another build asked for is left to it.

use super::{
    claim::{self, Claimed},
    effect::Effect,
    saga::AnySaga,
    storage::ReactError,
    timers::ClusterClock,
};
use crate::{clock::Clock, faults, panics::said};
use async_trait::async_trait;
use futures_util::FutureExt as _;
use sqlx::PgPool;
use std::{any::Any, panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::sync::{Mutex, Notify, Semaphore, SemaphorePermit, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often is looked for what has become due while there is nothing to do.
const LOOK: Duration = Duration::from_millis(250);
/// How many workers are kept free of effects on the cluster, which may take long to answer.
const KEPT_FREE: usize = 2;
/// How often, in milliseconds, is looked whether an attempt on the cluster was called off.
const LOOK_MS: u64 = 2_000;
/// From which attempt on one that panics again cannot succeed.
const PANICS: i32 = 8;
/// How the error of an attempt that panicked begins.
const PANICKED: &str = "it panicked: ";

/// An effect as a worker gets it.
#[derive(Clone, Debug)]
pub struct Task {
    /// Stable: the same effect has the same id at every attempt.
    pub effect_id: Uuid,
    pub effect: Effect,
    pub correlation_id: Uuid,
    pub attempt: i32,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Not yet: look again after this time. Nothing went wrong.
    Wait(Duration),
    /// Something is away or busy: again, with back-off, or when it said.
    Retry {
        error: String,
        after: Option<Duration>,
    },
    /// It was handed over and nobody answered for it: it may have been done, and doing it again does it twice. Again after a
    /// long time, and a few times at most; then an operator has to look.
    Unanswered {
        error: String,
    },
    /// It cannot succeed: an operator has to look, and the saga hears of it.
    Dead {
        error: String,
    },
}

/// Runs effects against the outside. Every attempt of one effect must lead to the same thing.
#[async_trait]
pub trait Executor: Send + Sync {
    async fn run(&self, task: &Task) -> Outcome;
}

/// How many workers, and how patient.
#[derive(Clone, Copy, Debug)]
pub struct WorkerOptions {
    pub workers: usize,
    /// How long an attempt may take, in milliseconds.
    pub attempt_ms: u64,
    /// How long one on the cluster may take, in milliseconds: it asks much, one thing after another, and each request has
    /// a limit of its own.
    pub cluster_attempt_ms: u64,
    /// The first pause after a failure, in milliseconds; it doubles up to `backoff_max_ms`.
    pub backoff_ms: u64,
    pub backoff_max_ms: u64,
    /// The pause, in milliseconds, after an attempt that may have done it.
    pub unanswered_ms: u64,
    /// For how long, in milliseconds, a request that nobody waits for any more may still reach the cluster.
    pub on_its_way_ms: u64,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            workers: 8,
            attempt_ms: 30_000,
            cluster_attempt_ms: 600_000,
            backoff_ms: 500,
            backoff_max_ms: 60_000,
            unanswered_ms: 900_000,
            on_its_way_ms: 10_000,
        }
    }
}

/// How long an effect is claimed for at most.
const LONGEST_CLAIM_MS: u64 = 60_000;

impl WorkerOptions {
    /// How long an effect is claimed for, in milliseconds: for so long it rests after a death, however long the mail server
    /// may take. The claim is renewed while its attempt lasts.
    fn lease_ms(&self) -> u64 {
        self.attempt_ms.saturating_mul(2).min(LONGEST_CLAIM_MS)
    }

    /// How many of the oldest effects are compared for whose turn it is: more than other workers can take meanwhile.
    fn compared(&self) -> usize {
        self.workers.saturating_mul(4)
    }

    /// How many effects on the cluster run at once.
    fn on_cluster(&self) -> usize {
        self.workers.saturating_sub(KEPT_FREE).max(1)
    }
}

/// The workers of one process.
#[derive(Clone)]
pub struct Workers {
    pub pool: PgPool,
    pub sagas: Vec<Arc<dyn AnySaga>>,
    pub executor: Arc<dyn Executor>,
    pub clock: Clock,
    pub wake: Arc<Notify>,
    /// While this is false no effect begins: the history and the stream disagree.
    pub allowed: watch::Receiver<bool>,
    /// While the cluster does not answer no effect on it begins.
    pub cluster: ClusterClock,
    pub options: WorkerOptions,
}

/// What the workers of one process have between them.
struct Between {
    /// Whose turn it is to look for what has become due.
    lookout: Mutex<()>,
    /// A place for each effect on the cluster that may run at once.
    places: Semaphore,
}

impl Workers {
    /// Starts them; they end when told to stop, each after the effect it is at. One on the cluster is waited for no longer
    /// than any other: whoever claims it next does it again.
    pub fn start(&self, stop: &CancellationToken) -> Vec<tokio::task::JoinHandle<()>> {
        let between = Arc::new(Between {
            lookout: Mutex::default(),
            places: Semaphore::new(self.options.on_cluster()),
        });
        (0..self.options.workers)
            .map(|_| {
                let (workers, between, stop) = (self.clone(), between.clone(), stop.clone());
                tokio::spawn(async move { workers.work(&between, stop).await })
            })
            .collect()
    }

    /// Of those who have nothing to do one looks, now and then, whether something has become due; who then finds
    /// something wakes one more.
    async fn work(self, between: &Between, stop: CancellationToken) {
        let mut rested = false;
        while !stop.is_cancelled() {
            let wake = self.wake.notified();
            let found = tokio::select! {
                found = self.work_one(between, rested) => found,
                () = self.long_stopped(&stop) => return,
            };
            let found = match found {
                Ok(found) => found,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "an effect could not be claimed or noted"
                    );
                    false
                }
            };
            if !found {
                tokio::select! {
                    () = wake => {}
                    () = look_out(&between.lookout) => {}
                    () = stop.cancelled() => {}
                }
            }
            rested = !found;
        }
    }

    async fn long_stopped(&self, stop: &CancellationToken) {
        stop.cancelled().await;
        tokio::time::sleep(Duration::from_millis(self.options.attempt_ms)).await;
    }

    async fn work_one(&self, between: &Between, rested: bool) -> Result<bool, ReactError> {
        // What is done by a wrong date does not come back. Another process, whose clock is right, does it.
        if !*self.allowed.borrow() || self.clock.off().is_some() {
            return Ok(false);
        }
        let place = self.place(between);
        let lease_ms = self.options.lease_ms();
        let sagas: Vec<_> = self.sagas.iter().map(|saga| saga.name()).collect();
        let (may, compared) = (place.is_some(), self.options.compared());
        let claimed = claim::claim(&self.pool, &sagas, lease_ms, may, compared).await?;
        let Some(claimed) = claimed else {
            return Ok(false);
        };
        // What is not on the cluster takes no place there.
        let _place = place.filter(|_| claimed.on_cluster);
        if rested {
            self.wake.notify_one();
        }
        faults::reach("claimed");
        let effect = match serde_json::from_value(claimed.body.clone()) {
            Ok(effect) => effect,
            Err(error) => {
                self.leave(&claimed, &error).await?;
                return Ok(true);
            }
        };
        let outcome = self.attempt(&claimed, effect).await;
        faults::reach("effect-run");
        self.note(&claimed, outcome).await?;
        Ok(true)
    }

    /// A place for an effect on the cluster: none while that does not answer, or all are taken.
    fn place<'a>(&self, between: &'a Between) -> Option<SemaphorePermit<'a>> {
        let answers = *self.cluster.borrow();
        answers.then(|| between.places.try_acquire().ok()).flatten()
    }

    async fn attempt(&self, claimed: &Claimed, effect: Effect) -> Outcome {
        let Claimed {
            effect_id,
            correlation_id,
            attempt,
            ..
        } = *claimed;
        let task = Task {
            effect_id,
            effect,
            correlation_id,
            attempt,
        };
        let limit_ms = match claimed.on_cluster {
            true => self.options.cluster_attempt_ms,
            false => self.options.attempt_ms,
        };
        let limit = Duration::from_millis(limit_ms);
        let run = AssertUnwindSafe(self.executor.run(&task)).catch_unwind();
        let attempt = tokio::time::timeout(limit, run);
        let ended = tokio::select! {
            ended = attempt => ended,
            () = self.keep(claimed) => {
                // What was on its way when it was called off may still arrive; until then nothing may follow.
                tokio::time::sleep(Duration::from_millis(self.options.on_its_way_ms)).await;
                return Outcome::Wait(Duration::ZERO);
            }
        };
        match ended {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panic)) => panicked(claimed, &*panic),
            Err(_) => Outcome::Retry {
                error: format!("no answer within {limit_ms} ms"),
                after: None,
            },
        }
    }

    /// Renews a claim for as long as its attempt lasts; ends when one on the cluster, which may last long, was called off.
    async fn keep(&self, claimed: &Claimed) {
        let look_ms = match claimed.on_cluster {
            true => self.options.attempt_ms.min(LOOK_MS),
            false => self.options.lease_ms() / 2,
        };
        loop {
            tokio::time::sleep(Duration::from_millis(look_ms)).await;
            match claim::renew(&self.pool, claimed, self.options.lease_ms()).await {
                Ok(called_off) if called_off && claimed.on_cluster => return,
                Ok(_) => {}
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    effect.id = %claimed.effect_id,
                    "the claim on an effect could not be renewed"
                ),
            }
        }
    }
}

/// An attempt that panicked failed, and no worker ends with it; one that goes on panicking cannot succeed.
fn panicked(claimed: &Claimed, panic: &(dyn Any + Send)) -> Outcome {
    let error = format!("{PANICKED}{}", said(panic));
    let last = claimed.last_error.as_deref().unwrap_or_default();
    if last.starts_with(PANICKED) && claimed.attempt >= PANICS {
        return Outcome::Dead { error };
    }
    Outcome::Retry { error, after: None }
}

/// Waits for its turn to look, and until it is time to.
async fn look_out(lookout: &Mutex<()>) {
    let _turn = lookout.lock().await;
    tokio::time::sleep(LOOK).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;
    use std::time::Instant;

    struct Nobody;

    #[async_trait]
    impl Executor for Nobody {
        async fn run(&self, _: &Task) -> Outcome {
            unreachable!("nothing begins")
        }
    }

    #[test]
    fn a_claim_lasts_no_longer_for_a_mail_server_that_may_take_its_time() {
        let claimed_for = |attempt_ms| {
            let options = WorkerOptions {
                attempt_ms,
                ..WorkerOptions::default()
            };
            options.lease_ms()
        };
        let [short, usual, long] = [100, 30_000, 610_000].map(claimed_for);
        assert!(short < usual, "{short}");
        assert_eq!(usual, long);
    }

    #[tokio::test]
    async fn no_effect_is_asked_for_by_a_clock_that_is_off() {
        let workers = Workers {
            pool: crate::store::pool_to_nowhere(),
            sagas: vec![],
            executor: Arc::new(Nobody),
            clock: Clock::default(),
            wake: Arc::default(),
            allowed: watch::channel(true).1,
            cluster: watch::channel(true).1,
            options: WorkerOptions::default(),
        };
        let between = Between {
            lookout: Mutex::default(),
            places: Semaphore::new(1),
        };
        let asked = workers.work_one(&between, false).await;
        assert!(asked.is_err(), "nobody is there to answer: {asked:?}");
        let an_hour_ago = Utc::now() - chrono::Duration::hours(1);
        workers.clock.compare(an_hour_ago, Instant::now());
        assert!(!workers.work_one(&between, false).await.unwrap());
    }
}
