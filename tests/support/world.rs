//! A history with everything that follows it: relay, feed and followers.

use super::{Store, ViewFollower, becomes, nats_url, store};
use purser::relay::{Bus, Feed, Follower, FollowerOptions, Relay, RelayHealth, follow};
use purser_projections::checkpoint;
use std::{
    ops::Deref,
    sync::{Arc, Mutex},
};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

pub(crate) struct World {
    store: Store,
    pub(crate) bus: Bus,
    pub(crate) feed: Feed,
    pub(crate) relay: watch::Receiver<RelayHealth>,
    followers: Mutex<Vec<String>>,
    pub(crate) stop: CancellationToken,
    _end: DropGuard,
}

impl Deref for World {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

/// A new history with every read model following it.
pub(crate) async fn world() -> World {
    let world = World::start(store().await, nats_url().await).await;
    for model in purser_projections::all() {
        world.follow(Arc::new(ViewFollower(model)));
    }
    world
}

impl World {
    /// Relay and feed of a history, and nobody who follows yet.
    pub(crate) async fn start(store: Store, nats: &str) -> Self {
        let bus = store.bus(nats).await;
        let stop = CancellationToken::new();
        let head = store.appender.head();
        let feed = Feed::start(
            bus.clone(),
            store.reader.clone(),
            head.clone(),
            stop.clone(),
        );
        let relay = Relay::new(bus.clone(), store.pool.clone(), Uuid::now_v7(), head);
        let health = relay.health();
        tokio::spawn(relay.run(stop.clone()));
        Self {
            store,
            bus,
            feed,
            relay: health,
            followers: Mutex::default(),
            _end: stop.clone().drop_guard(),
            stop,
        }
    }

    /// Lets a follower follow, as a process of its own would; it ends when the token is cancelled.
    pub(crate) fn follow(&self, follower: Arc<dyn Follower>) -> CancellationToken {
        self.follow_with(follower, FollowerOptions::default())
    }

    pub(crate) fn follow_with(
        &self,
        follower: Arc<dyn Follower>,
        options: FollowerOptions,
    ) -> CancellationToken {
        let name = follower.name().to_owned();
        self.followers.lock().unwrap().push(name);
        let stop = self.stop.child_token();
        tokio::spawn(follow(
            follower,
            self.feed.clone(),
            self.pool.clone(),
            Uuid::now_v7(),
            options,
            stop.clone(),
        ));
        stop
    }

    /// Waits until every follower has come to the head and no effect is due.
    pub(crate) async fn settle(&self) {
        becomes("every follower is at the head", async || {
            let (head, names) = (self.head().await, self.followers.lock().unwrap().clone());
            for name in names {
                if self.position(&name).await < head {
                    return false;
                }
            }
            true
        })
        .await;
        becomes("no effect is due", async || {
            let due =
                "effects where status in ('waiting', 'running') and due_at <= clock_timestamp()";
            self.count(due).await == 0
        })
        .await;
    }

    /// How far a follower has come.
    pub(crate) async fn position(&self, name: &str) -> i64 {
        let mut rows = self.pool.acquire().await.unwrap();
        checkpoint::position(&mut rows, name).await.unwrap()
    }

    /// Waits until the stream holds every event.
    pub(crate) async fn published(&self) {
        becomes("the stream is at the head", async || {
            let head = self.head().await;
            *self.relay.borrow() == RelayHealth::Following { published: head }
        })
        .await;
    }
}

impl Store {
    /// A connection to NATS under this history's installation.
    pub(crate) async fn bus(&self, nats: &str) -> Bus {
        let installation: Uuid = sqlx::query_scalar("select id from installation")
            .fetch_one(&self.pool)
            .await
            .unwrap();
        Bus::connect(nats, installation, 1).await.unwrap()
    }
}
