//! Several processes decide on the same streams while processes and connections die at random
//! moments. What was acknowledged is there, nothing is there in half, and repeating converges.

use crate::support::{Offer, Random, Store, becomes, charge, credit, purchase, store};
use futures_util::future::join_all;
use purser::{
    clock::Clock,
    store::{Appender, Command, CommandError, Committed},
};
use purser_domain::{
    Actor,
    decisions::{One, Purchase},
    ids::UserId,
    wallet::Wallet,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::runtime::Runtime;
use uuid::Uuid;

const ROUNDS: usize = 10;
const COMMANDS: usize = 24;
const PROCESSES: usize = 3;

/// What a caller wants, so that it can be asked for again under the same id.
#[derive(Clone)]
enum Wish {
    Move(One<Wallet>),
    Buy(Box<Purchase>),
}

#[derive(Clone)]
struct Wanted {
    id: Uuid,
    wish: Wish,
}

impl Wanted {
    fn at_random(random: &mut Random, customers: &[UserId], offer: Offer) -> Self {
        let customer = customers[random.below(customers.len())];
        let wish = match random.below(3) {
            0 => Wish::Move(credit(customer, 1 + random.below(30_000) as i64)),
            1 => Wish::Move(charge(customer, 1 + random.below(30_000) as i64)),
            _ => Wish::Buy(Box::new(purchase(customer, offer))),
        };
        Self {
            id: Uuid::now_v7(),
            wish,
        }
    }

    fn command(&self) -> Command {
        let actor = Actor::System("test");
        match self.wish.clone() {
            Wish::Move(movement) => Command::of_effect(self.id, self.id, actor, movement),
            Wish::Buy(purchase) => Command::of_effect(self.id, self.id, actor, *purchase),
        }
    }

    /// How many events it comes to where it is accepted.
    fn whole(&self) -> i64 {
        match self.wish {
            Wish::Move(_) => 1,
            Wish::Buy(_) => 5,
        }
    }
}

/// What the caller knows afterwards.
enum Told {
    Accepted(Committed),
    Refused,
    /// The process died, or said that it does not know.
    Nothing,
}

/// An appender with a runtime and connections of its own, which can die at any instruction.
struct Process {
    runtime: Runtime,
    appender: Appender,
}

impl Process {
    fn start(store: &Store) -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build().unwrap();
        let guard = runtime.enter();
        let appender = store.another_appender(Clock::default());
        drop(guard);
        Self { runtime, appender }
    }

    /// Ends it as a crash would: tasks stop where they are, connections are cut.
    fn die(self) {
        self.runtime.shutdown_background();
    }

    /// Gives a command; the future does not belong to the process.
    fn ask(&self, command: Command) -> impl Future<Output = Told> + use<> {
        let appender = self.appender.clone();
        let asked = self
            .runtime
            .spawn(async move { appender.execute(command).await });
        async {
            match asked.await {
                Ok(Ok(committed)) => Told::Accepted(committed),
                Ok(Err(CommandError::Refused(_))) => Told::Refused,
                Ok(Err(CommandError::Store(error))) if error.is_unavailable() => Told::Nothing,
                Ok(Err(error)) => panic!("{error:?}"),
                Err(died) => {
                    assert!(died.is_cancelled(), "{died}");
                    Told::Nothing
                }
            }
        }
    }
}

/// Cuts every connection of the application's that has such a number.
async fn cut_connections(store: &Store, random: &mut Random) {
    let cut = "select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and usename = 'purser_app' and pid <> pg_backend_pid() and pid % 2 = $1";
    let half = i32::try_from(random.below(2)).unwrap();
    sqlx::query(cut)
        .bind(half)
        .execute(&store.pool)
        .await
        .unwrap();
}

async fn nothing_runs(store: &Store) {
    becomes("the dead processes' statements have ended", async || {
        let running =
            "pg_stat_activity where datname = current_database() and usename = 'purser_app'
            and state <> 'idle' and pid <> pg_backend_pid()";
        store.count(running).await == 0
    })
    .await;
}

/// How many events a command has, and whether it is remembered.
async fn traces(store: &Store, id: Uuid) -> (i64, bool) {
    let events = format!("events where metadata ->> 'command_id' = '{id}'");
    let commands = format!("commands where command_id = '{id}'");
    (
        store.count(&events).await,
        store.count(&commands).await == 1,
    )
}

#[tokio::test]
async fn nothing_is_lost_and_nothing_is_half_done_whatever_dies() {
    let mut random = Random::seeded();
    let store = store().await;
    let offer = store.on_sale(1_000, 1_000).await;
    let customers = join_all((0..4).map(|_| store.customer(300_000))).await;
    let mut processes: Vec<Process> = (0..PROCESSES).map(|_| Process::start(&store)).collect();
    let mut story: Vec<(Wanted, Told)> = Vec::new();

    for round in 0..ROUNDS {
        let wanted: Vec<Wanted> = (0..COMMANDS)
            .map(|_| Wanted::at_random(&mut random, &customers, offer))
            .collect();
        let answered = AtomicUsize::new(0);
        let asked: Vec<_> = wanted
            .iter()
            .map(|wanted| processes[random.below(PROCESSES)].ask(wanted.command()))
            .collect();
        let asked = join_all(asked.into_iter().map(async |asked| {
            let told = asked.await;
            answered.fetch_add(1, Ordering::SeqCst);
            told
        }));
        // Every other time nobody waits for an answer, so that deaths before the first commit are seen too.
        let after = random.below(COMMANDS / 2) * (round % 2);
        let trouble = async {
            becomes("some are answered", async || {
                answered.load(Ordering::SeqCst) >= after
            })
            .await;
            let victim = random.below(PROCESSES);
            std::mem::replace(&mut processes[victim], Process::start(&store)).die();
            cut_connections(&store, &mut random).await;
        };
        let (told, ()) = tokio::join!(asked, trouble);
        story.extend(wanted.into_iter().zip(told));
    }
    processes.into_iter().for_each(Process::die);
    nothing_runs(&store).await;

    let (mut accepted, mut unknown) = (0, 0);
    for (wanted, told) in &story {
        let (events, remembered) = traces(&store, wanted.id).await;
        assert!(
            events == 0 || events == wanted.whole(),
            "half a decision: {events} events"
        );
        assert_eq!(remembered, events > 0);
        match told {
            Told::Accepted(_) => {
                accepted += 1;
                assert!(remembered, "an acknowledged command is lost");
            }
            Told::Refused => assert!(!remembered, "a refused command was written"),
            Told::Nothing => unknown += 1,
        }
    }
    println!("{accepted} accepted, {unknown} unknown of {}", story.len());
    assert!(
        accepted > 0 && unknown > 0,
        "{accepted} accepted, {unknown} unknown"
    );

    for (wanted, told) in &story {
        let (before, _) = traces(&store, wanted.id).await;
        let again = store.execute(wanted.command()).await;
        let (after, _) = traces(&store, wanted.id).await;
        match (told, again) {
            (Told::Accepted(first), Ok(again)) => {
                assert_eq!(
                    (again.position, again.version),
                    (first.position, first.version)
                );
                assert_eq!(after, before);
            }
            (Told::Nothing | Told::Refused, Ok(again)) => {
                assert_eq!(again.repeated, before > 0);
                assert_eq!(after, wanted.whole());
            }
            (Told::Nothing | Told::Refused, Err(CommandError::Refused(_))) => assert_eq!(after, 0),
            (_, Err(error)) => panic!("{error:?}"),
        }
    }
    let report = store.verified().await;
    assert!(report.is_clean(), "{report}");
}
