//! From a commit to its read model: appender, relay, JetStream, feed, followers, tables. Purchases come
//! at a fixed rate, whether or not the ones before have been answered.

use crate::{
    Plan,
    load::Percentiles,
    servers::{Servers, Store},
    world::{World, command},
};
use async_trait::async_trait;
use purser::{
    app::ViewFollower,
    clock::Clock,
    relay::{ApplyError, Bus, Checkpoints, Feed, Follower, FollowerOptions, Relay, follow},
    store::{Appender, AppenderOptions, Reader},
};
use purser_domain::Recorded;
use purser_projections::ReadModel;
use sqlx::PgConnection;
use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const RATES: [u32; 2] = [100, 500];
const WATCHED: &str = "subscriptions_v1";
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn drive(plan: &Plan, servers: &Servers) -> anyhow::Result<String> {
    let store = Store::new(servers, "road").await?;
    let road = Road::open(&store, servers, plan.users).await?;
    let mut table = format!(
        "Milliseconds from a purchase's answer to its row (5 events each; {} read models follow at once):\n\n\
         | purchases a second | done a second | commit p50 / p99 | subscriptions p50 / p99 / max | all read models p50 / p99 / max |\n\
         | ---: | ---: | ---: | ---: | ---: |\n",
        road.followers.len()
    );
    for rate in RATES {
        eprintln!("{rate} purchases a second");
        road.at_rate(rate, plan.road / 3).await?;
        let seen = road.at_rate(rate, plan.road).await?;
        let of = |pick: fn(&Times) -> Duration| Percentiles::of(seen.iter().map(pick).collect());
        let three = |times: Option<Percentiles>| {
            times.map_or("–".into(), |times| {
                format!("{:.1} / {:.1} / {:.1}", times.p50, times.p99, times.max)
            })
        };
        let commit = of(|times| times.commit).map_or("–".into(), |times| {
            format!("{:.1} / {:.1}", times.p50, times.p99)
        });
        let done = seen.len() as f64 / plan.road.as_secs_f64();
        let _ = writeln!(
            table,
            "| {rate} | {done:.0} | {commit} | {} | {} |",
            three(of(|times| times.watched)),
            three(of(|times| times.all))
        );
    }
    road.stop.cancel();
    Ok(table)
}

/// What one purchase waited for: its commit, and from there its read models.
struct Times {
    commit: Duration,
    watched: Duration,
    all: Duration,
}

/// Everything between a command and its rows, as a serving process runs it.
struct Road {
    appender: Appender,
    world: World,
    followers: Vec<Arc<Projecting>>,
    stop: CancellationToken,
}

impl Road {
    async fn open(store: &Store, servers: &Servers, users: usize) -> anyhow::Result<Self> {
        let (stop, holder) = (CancellationToken::new(), Uuid::now_v7());
        let pool = store.app.clone();
        let options = AppenderOptions::default();
        let appender = Appender::start(pool.clone(), Clock::default(), options);
        let bus = Bus::connect(servers.nats.url(), None, Uuid::now_v7(), 1).await?;
        let relay = Relay::new(bus.clone(), pool.clone(), holder, appender.head());
        tokio::spawn(relay.run(stop.clone()));
        let reader = Reader::new(pool.clone());
        let (feed, _) = Feed::start(bus, reader, appender.head(), stop.clone());
        let (checkpoints, _) = Checkpoints::start(pool, stop.clone());
        let mut followers = Vec::new();
        for model in purser_projections::all() {
            let follower = Arc::new(Projecting::new(model));
            followers.push(follower.clone());
            tokio::spawn(follow(
                follower,
                feed.clone(),
                checkpoints.clone(),
                Clock::default(),
                holder,
                FollowerOptions::default(),
                stop.clone(),
            ));
        }
        let world = World::prepare(&appender, users).await?;
        // What is measured begins with everybody at the head.
        let head = *appender.head().borrow();
        for follower in &followers {
            follower.reached(head).await?;
        }
        Ok(Self {
            appender,
            world,
            followers,
            stop,
        })
    }

    async fn at_rate(&self, rate: u32, length: Duration) -> anyhow::Result<Vec<Times>> {
        let mut clock = interval(Duration::from_secs(1) / rate);
        clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let end = Instant::now() + length;
        let mut tasks = JoinSet::new();
        while Instant::now() < end {
            let due = clock.tick().await;
            let (appender, followers) = (self.appender.clone(), self.followers.clone());
            let purchase = command(self.world.purchase()?);
            tasks.spawn(async move {
                let position = appender.execute(purchase).await?.position;
                let committed = Instant::now();
                let mut times = Times {
                    commit: committed - due.into_std(),
                    watched: Duration::ZERO,
                    all: Duration::ZERO,
                };
                let arrivals = followers.iter().map(async |follower| {
                    follower.reached(position).await?;
                    anyhow::Ok((follower.name(), committed.elapsed()))
                });
                for (name, elapsed) in futures_util::future::try_join_all(arrivals).await? {
                    times.all = times.all.max(elapsed);
                    if name == WATCHED {
                        times.watched = elapsed;
                    }
                }
                anyhow::Ok(times)
            });
        }
        let mut seen = Vec::new();
        while let Some(task) = tasks.join_next().await {
            seen.push(task??);
        }
        Ok(seen)
    }
}

/// A read model that follows as the application's do, and tells how far it has come.
struct Projecting {
    follower: ViewFollower,
    written: AtomicI64,
    committed: watch::Sender<i64>,
}

impl Projecting {
    fn new(model: Arc<dyn ReadModel>) -> Self {
        Self {
            follower: ViewFollower(model),
            written: AtomicI64::new(0),
            committed: watch::Sender::new(0),
        }
    }

    async fn reached(&self, position: i64) -> anyhow::Result<()> {
        let mut committed = self.committed.subscribe();
        timeout(PATIENCE, committed.wait_for(|seen| *seen >= position)).await??;
        Ok(())
    }
}

#[async_trait]
impl Follower for Projecting {
    fn name(&self) -> &str {
        self.follower.name()
    }

    fn concerns(&self, _event: &Recorded) -> bool {
        true
    }

    async fn apply(&self, rows: &mut PgConnection, events: &[&Recorded]) -> Result<(), ApplyError> {
        self.follower.apply(rows, events).await?;
        let last = events.last().map_or(0, |event| event.position);
        self.written.store(last, Ordering::SeqCst);
        Ok(())
    }

    fn applied(&self) {
        self.committed
            .send_replace(self.written.load(Ordering::SeqCst));
    }
}
