//! The runner: state, effects and position of a saga in one transaction, effects outside of any, at
//! least once, each under its stable id.

mod behind;
mod cluster;
mod late;
mod locks;
mod parking;
mod timers;
mod updates;
mod working;

use crate::support::{World, becomes, nats_url, store};
use async_trait::async_trait;
use purser::sagas::{
    AnySaga, Effect, Executor, Heard, Outcome, Reaction, Saga, SagaFollower, Task, Timer,
    WorkerOptions, Workers, run_timers,
};
use purser_domain::{
    Event, Recorded,
    ids::{TopUpId, WorkerId},
    wallet::WalletEvent,
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A saga for tests: every credit of a wallet sends something, a large one does something on the cluster, a charge stops
/// it, a failure is undone.
struct Courier;

/// A credit of so much nobody has thought of.
const UNLUCKY: i64 = 666;
/// Nor a timer of this name.
const TRAP: &str = "trap";

/// From so much on a credit is a large one.
const LARGE: i64 = 1_000;

fn send(top_up_id: TopUpId) -> Effect {
    Effect::CheckPayment {
        top_up_id,
        page_over: false,
    }
}

impl Saga for Courier {
    const NAME: &'static str = "courier";
    type State = Option<TopUpId>;

    fn instance(&self, event: &Recorded) -> Option<Uuid> {
        match &event.event {
            Event::Wallet(_) => event.stream.id.parse().ok(),
            _ => None,
        }
    }

    fn react(&self, state: &Self::State, heard: Heard<'_>) -> Reaction<Self::State> {
        let nobody = TopUpId::new(Uuid::nil());
        let does = |step: String| Reaction {
            effects: vec![(step, send(state.unwrap_or(nobody)))],
            ..Reaction::default()
        };
        match heard {
            Heard::Event(event) => match &event.event {
                Event::Wallet(WalletEvent::Opened { .. }) => opened(event),
                Event::Wallet(WalletEvent::Credited { amount, .. }) if amount.get() >= LARGE => {
                    cordon(amount.get())
                }
                Event::Wallet(WalletEvent::Credited { amount, .. }) if amount.get() == UNLUCKY => {
                    panic!("nobody has thought of {amount:?}")
                }
                Event::Wallet(WalletEvent::Credited {
                    amount, top_up_id, ..
                }) => Reaction {
                    state: Some(Some(*top_up_id)),
                    ..does(format!("send-{}", amount.get()))
                },
                Event::Wallet(WalletEvent::Charged { .. }) => Reaction {
                    stop: true,
                    ..does("stopped".into())
                },
                _ => Reaction::default(),
            },
            Heard::Timer { name: TRAP, .. } => panic!("nobody has thought of this timer"),
            Heard::Timer { name, .. } => does(format!("timer-{name}")),
            Heard::Failed { step, .. } => does(format!("undo-{step}")),
        }
    }
}

fn cordon(amount: i64) -> Reaction<Option<TopUpId>> {
    let worker_id = WorkerId::new(Uuid::nil());
    Reaction {
        effects: vec![(format!("cordon-{amount}"), Effect::Cordon { worker_id })],
        ..Reaction::default()
    }
}

/// A timer of business time in an hour, and one after a moment during which the cluster answers.
fn opened(event: &Recorded) -> Reaction<Option<TopUpId>> {
    let timer = |name: &str, due_at, cluster_left_ms| Timer {
        name: name.to_owned(),
        due_at,
        cluster_left_ms,
    };
    let in_an_hour = event.at + chrono::Duration::hours(1);
    Reaction {
        timers: vec![
            timer("hour", Some(in_an_hour), None),
            timer("patience", None, Some(100)),
        ],
        ..Reaction::default()
    }
}

/// Does what the script says, and after that everything at once.
#[derive(Default)]
struct Scripted {
    script: Mutex<VecDeque<Act>>,
    ran: Mutex<Vec<Task>>,
}

enum Act {
    Say(Outcome),
    /// Panics with these words.
    Panic(&'static str),
    /// Says so once it is told to go on.
    SayLater(Arc<Notify>, Outcome),
}

impl Scripted {
    fn will(&self, act: Act) {
        self.script.lock().unwrap().push_back(act);
    }

    /// Every attempt so far: which effect, and the how manieth it was.
    fn ran(&self) -> Vec<(Uuid, i32)> {
        let ran = self.ran.lock().unwrap();
        ran.iter()
            .map(|task| (task.effect_id, task.attempt))
            .collect()
    }
}

#[async_trait]
impl Executor for Scripted {
    async fn run(&self, task: &Task) -> Outcome {
        self.ran.lock().unwrap().push(task.clone());
        let act = self.script.lock().unwrap().pop_front();
        match act {
            None => Outcome::Done,
            Some(Act::Say(outcome)) => outcome,
            Some(Act::Panic(words)) => panic!("{words}"),
            Some(Act::SayLater(go_on, outcome)) => {
                go_on.notified().await;
                outcome
            }
        }
    }
}

/// A world in which the courier is active.
struct Office {
    world: World,
    executor: Arc<Scripted>,
    allowed: watch::Sender<bool>,
    cluster: watch::Sender<bool>,
    wake: Arc<Notify>,
}

/// The workers of a process.
struct Working {
    workers: Vec<JoinHandle<()>>,
    stop: CancellationToken,
}

impl Working {
    /// Ends them where they are.
    fn die(self) {
        self.workers.iter().for_each(JoinHandle::abort);
    }

    /// Lets them come to the end of what they are at.
    async fn end(self) {
        self.stop.cancel();
        for worker in self.workers {
            worker.await.unwrap();
        }
    }
}

/// Every hour a new attempt: so that a pause is seen and not waited for.
const PATIENT: WorkerOptions = WorkerOptions {
    workers: 1,
    attempt_ms: 60_000,
    cluster_attempt_ms: 600_000,
    backoff_ms: 3_600_000,
    backoff_max_ms: 3_600_000 * 3,
    unanswered_ms: 3_600_000 * 24,
    on_its_way_ms: 0,
};

impl Office {
    async fn open() -> Self {
        let world = World::start(store().await, nats_url().await).await;
        Self::opened_in(world).await
    }

    async fn opened_in(world: World) -> Self {
        let wake = Arc::new(Notify::new());
        let follower = SagaFollower::new(Arc::new(Courier), wake.clone());
        follower.activate(&world.pool).await.unwrap();
        world.follow(Arc::new(follower));
        Self {
            world,
            executor: Arc::default(),
            allowed: watch::Sender::new(true),
            cluster: watch::Sender::new(false),
            wake,
        }
    }

    fn sagas() -> Vec<Arc<dyn AnySaga>> {
        vec![Arc::new(Courier)]
    }

    /// Workers as another process has.
    fn work(&self) -> Working {
        self.work_with(PATIENT)
    }

    fn work_with(&self, options: WorkerOptions) -> Working {
        let workers = Workers {
            pool: self.world.pool.clone(),
            sagas: Self::sagas(),
            executor: self.executor.clone(),
            clock: self.world.clock.clone(),
            wake: self.wake.clone(),
            allowed: self.allowed.subscribe(),
            cluster: self.cluster.subscribe(),
            options,
        };
        let stop = self.world.stop.child_token();
        let workers = workers.start(&stop);
        Working { workers, stop }
    }

    fn keep_time(&self) -> CancellationToken {
        let stop = self.world.stop.child_token();
        tokio::spawn(run_timers(
            self.world.pool.clone(),
            Self::sagas(),
            self.world.clock.clone(),
            (self.cluster.subscribe(), self.allowed.subscribe()),
            self.wake.clone(),
            Uuid::now_v7(),
            stop.clone(),
        ));
        stop
    }

    /// Step and status of every effect, in order of their making.
    async fn effects(&self) -> Vec<(String, String)> {
        sqlx::query_as("select step, status from effects order by created_at, step")
            .fetch_all(&self.world.pool)
            .await
            .unwrap()
    }

    async fn are(&self, expected: &[(&str, &str)]) {
        becomes(&format!("the effects are {expected:?}"), async || {
            let effects = self.effects().await;
            let effects: Vec<_> = effects
                .iter()
                .map(|(step, status)| (&**step, &**status))
                .collect();
            effects == expected
        })
        .await;
    }

    /// As if this time had come.
    async fn set(&self, what: &str) {
        sqlx::query(&format!("update effects set {what}"))
            .execute(&self.world.pool)
            .await
            .unwrap();
    }
}
