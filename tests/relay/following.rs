use super::heard_all;
use crate::support::{Recording, World, becomes, credit, nats_url, store};
use async_trait::async_trait;
use futures_util::future::join_all;
use purser::relay::{ApplyError, Checkpoints, Follower, FollowerOptions};
use purser_domain::Recorded;
use purser_projections::checkpoint::{self, Pass};
use sqlx::PgConnection;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const SOON: FollowerOptions = FollowerOptions {
    batch_size: 3,
    lease_ms: 1_000,
    look_ms: 100,
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
async fn followers_that_pass_on_at_once_are_written_in_one_statement_and_each_learns_of_its_own() {
    let store = store().await;
    let names = ["lost", "first", "second", "third"];
    let mut passes = Vec::new();
    for name in names {
        let lease = checkpoint::lease(&store.pool, name, Uuid::now_v7(), 600_000).await;
        passes.push(Pass {
            name: name.to_owned(),
            from: lease.unwrap().unwrap(),
            to: 7,
        });
    }
    // By now somebody else holds this one, and is at work with that one.
    passes[0].from.epoch -= 1;
    let mut busy = store.pool.begin().await.unwrap();
    let at_work = "select from checkpoints where name = 'third' for update";
    sqlx::query(at_work).execute(&mut *busy).await.unwrap();

    let stop = CancellationToken::new();
    let (checkpoints, _) = Checkpoints::start(store.pool.clone(), stop);
    let passed = join_all(passes.iter().map(|pass| checkpoints.pass(pass.clone()))).await;
    let passed: Vec<bool> = passed.into_iter().map(Result::unwrap).collect();
    assert_eq!(passed, [false, true, true, false]);
    busy.rollback().await.unwrap();

    let written = "select name, position, xmin::text from checkpoints order by name";
    let written: Vec<(String, i64, String)> = sqlx::query_as(written)
        .fetch_all(&store.pool)
        .await
        .unwrap();
    let positions: Vec<_> = written.iter().map(|(name, at, _)| (&**name, *at)).collect();
    let expected = [("first", 7), ("lost", 0), ("second", 7), ("third", 0)];
    assert_eq!(positions, expected);
    assert_eq!(written[0].2, written[2].2, "two transactions");
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
