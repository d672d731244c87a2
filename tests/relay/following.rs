use super::heard_all;
use crate::support::{Recording, World, becomes, credit, nats_url, store};
use async_trait::async_trait;
use purser::relay::{ApplyError, Follower, FollowerOptions};
use purser_domain::Recorded;
use sqlx::PgConnection;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

const SOON: FollowerOptions = FollowerOptions {
    batch_size: 3,
    lease_ms: 1_000,
    for_newer_ms: 0,
};

/// Writes what another follower writes, and then hangs for ever, so that it can be killed there.
struct Hanging {
    inner: Arc<Recording>,
    written: AtomicBool,
}

#[async_trait]
impl Follower for Hanging {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn concerns(&self, _event: &Recorded) -> bool {
        true
    }

    async fn apply(&self, rows: &mut PgConnection, events: &[&Recorded]) -> Result<(), ApplyError> {
        self.inner.apply(rows, events).await?;
        self.written.store(true, Ordering::SeqCst);
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_follower_killed_before_its_commit_loses_nothing_and_repeats_nothing() {
    let world = World::start(store().await, nats_url().await).await;
    let recording = Recording::new(&world.owner, "recording").await;
    let hanging = Arc::new(Hanging {
        inner: recording.clone(),
        written: AtomicBool::new(false),
    });
    world.customer(1_000).await;
    let kill = world.follow(hanging.clone());
    becomes("the rows are written", async || {
        hanging.written.load(Ordering::SeqCst)
    })
    .await;
    kill.cancel();
    world.customer(2_000).await;
    assert!(recording.heard(&world.pool).await.is_empty());

    world.expire_leases("recording").await;
    world.follow(recording.clone());
    heard_all(&world, &recording).await;
}

/// Concerned by nothing.
struct Passing;

#[async_trait]
impl Follower for Passing {
    fn name(&self) -> &str {
        "passing"
    }

    fn concerns(&self, _event: &Recorded) -> bool {
        false
    }

    async fn apply(&self, _: &mut PgConnection, _: &[&Recorded]) -> Result<(), ApplyError> {
        unreachable!("nothing concerns it")
    }
}

#[tokio::test]
async fn what_concerns_a_follower_in_nothing_moves_its_checkpoint_alone() {
    let world = World::start(store().await, nats_url().await).await;
    world.follow(Arc::new(Passing));
    world.customer(1_000).await;
    becomes("it is at the head", async || {
        let behind = "select (select max(position) from events) - position from checkpoints where name = 'passing'";
        sqlx::query_scalar(behind).fetch_optional(&world.pool).await.unwrap() == Some(0_i64)
    })
    .await;
}

#[tokio::test]
async fn when_a_process_dies_another_goes_on_with_its_followers() {
    let world = World::start(store().await, nats_url().await).await;
    let recording = Recording::new(&world.owner, "recording").await;
    let first = world.follow_with(recording.clone(), SOON);
    let second = world.follow_with(recording.clone(), SOON);
    let budi = world.customer(1_000).await;
    world.settle().await;
    first.cancel();
    for _ in 0..10 {
        world.given(credit(budi, 1)).await;
    }
    world.settle().await;
    world.follow_with(recording.clone(), SOON);
    second.cancel();
    world.customer(2_000).await;
    heard_all(&world, &recording).await;
}

#[tokio::test]
async fn a_lease_that_changes_hands_all_the_time_costs_no_event_and_repeats_none() {
    let world = World::start(store().await, nats_url().await).await;
    let recording = Recording::new(&world.owner, "recording").await;
    for _ in 0..3 {
        world.follow_with(
            recording.clone(),
            FollowerOptions {
                lease_ms: 100,
                ..SOON
            },
        );
    }
    let budi = world.customer(1_000).await;
    for _ in 0..30 {
        world.given(credit(budi, 1)).await;
    }
    heard_all(&world, &recording).await;
}

#[tokio::test]
async fn a_follower_that_begins_late_hears_everything_from_the_beginning() {
    let world = World::start(store().await, nats_url().await).await;
    world.customer(1_000).await;
    world.stream_agrees().await;
    let recording = Recording::new(&world.owner, "late").await;
    world.follow_with(recording.clone(), SOON);
    world.customer(2_000).await;
    heard_all(&world, &recording).await;
}
