//! A history with everything that follows it: relay, feed and followers.

use super::{Store, ViewFollower, becomes, nats_url, store, until};
use purser::relay::{
    Bus, Checkpoints, Feed, Follower, FollowerOptions, Relay, RelayHealth, follow,
};
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
    checkpoints: Checkpoints,
    pub(crate) relay: watch::Receiver<RelayHealth>,
    relay_stop: CancellationToken,
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
        let (feed, _) = Feed::start(
            bus.clone(),
            store.reader.clone(),
            head.clone(),
            stop.clone(),
        );
        let (checkpoints, _) = Checkpoints::start(store.pool.clone(), stop.clone());
        let relay_stop = stop.child_token();
        let relay = relay(&store, &bus, relay_stop.clone());
        Self {
            store,
            bus,
            feed,
            checkpoints,
            relay,
            relay_stop,
            followers: Mutex::default(),
            _end: stop.clone().drop_guard(),
            stop,
        }
    }

    /// Ends the relay where it stands; its lease stays behind.
    pub(crate) fn end_relay(&self) {
        self.relay_stop.cancel();
    }

    /// A relay as another process has.
    pub(crate) fn another_relay(&self) -> watch::Receiver<RelayHealth> {
        relay(&self.store, &self.bus, self.stop.child_token())
    }

    /// As if the holder of this lease had been gone for long.
    pub(crate) async fn expire_leases(&self, name: &str) {
        let expire = "update checkpoints set leased_until = clock_timestamp() where name = $1";
        sqlx::query(expire)
            .bind(name)
            .execute(&self.pool)
            .await
            .unwrap();
    }

    /// Ends everything that follows; the history stays.
    pub(crate) async fn ended(self) -> Store {
        self.stop.cancel();
        self.store
    }

    /// Lets a follower follow, as a process of its own would; it ends when the token is cancelled. It waits for no newer
    /// process.
    pub(crate) fn follow(&self, follower: Arc<dyn Follower>) -> CancellationToken {
        let options = FollowerOptions {
            look_ms: 500,
            for_newer_ms: 0,
            ..FollowerOptions::default()
        };
        self.follow_with(follower, options)
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
            self.checkpoints.clone(),
            self.clock.clone(),
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

    /// Waits until the stream has come to the newest event: its sequences are positions, each once, and
    /// each event is that of the history.
    pub(crate) async fn stream_agrees(&self) {
        let copied = until("the stream has come to the newest event", async || {
            let head = self.head().await;
            let copied = self.bus.copied().await.ok()?;
            (copied.last == head).then_some(copied)
        })
        .await;
        let first = copied.last + 1 - i64::try_from(copied.hashes.len()).unwrap();
        for ((position, hash), expected) in copied.hashes.iter().zip(first..) {
            assert_eq!(*position, expected, "a gap in the stream");
            let event = self.reader.at(*position).await.unwrap().unwrap();
            assert_eq!(hex::encode(event.hash), *hash, "at position {position}");
        }
    }

    /// Deletes the stream, as somebody with the credentials might.
    pub(crate) async fn delete_stream(&self, nats: &str) {
        let address: async_nats::ServerAddr = nats.parse().unwrap();
        let [user, password] =
            [address.username(), address.password()].map(|part| part.unwrap().to_owned());
        let client = async_nats::ConnectOptions::with_user_and_password(user, password)
            .connect(address)
            .await
            .unwrap();
        let jetstream = async_nats::jetstream::new(client);
        jetstream
            .delete_stream(self.bus.stream_name())
            .await
            .unwrap();
    }

    /// Waits until the relay says that the stream holds every event.
    pub(crate) async fn published(&self) {
        becomes("the stream is at the head", async || {
            let head = self.head().await;
            *self.relay.borrow() == RelayHealth::Following { published: head }
        })
        .await;
    }
}

fn relay(store: &Store, bus: &Bus, stop: CancellationToken) -> watch::Receiver<RelayHealth> {
    let head = store.appender.head();
    let relay = Relay::new(bus.clone(), store.pool.clone(), Uuid::now_v7(), head);
    let health = relay.health();
    tokio::spawn(relay.run(stop));
    health
}

impl Store {
    /// A connection to NATS under this history's installation.
    pub(crate) async fn bus(&self, nats: &str) -> Bus {
        let installation: Uuid = sqlx::query_scalar("select id from installation")
            .fetch_one(&self.pool)
            .await
            .unwrap();
        Bus::connect(nats, None, installation, 1).await.unwrap()
    }
}
