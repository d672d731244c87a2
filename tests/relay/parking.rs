//! An event that cannot be applied: its stream waits, everything else goes on.

use crate::support::{Recording, World, becomes, credit, nats_url, store};
use async_trait::async_trait;
use purser::{
    clock::Clock,
    relay::{
        ApplyError, Follower, FollowerOptions, ParkedError, Released, parked_streams, release,
    },
};
use purser_domain::{
    Recorded, StreamId,
    ids::{UserId, WalletId},
    wallet::Wallet,
};
use serde_json::json;
use sqlx::PgConnection;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

struct Scene {
    world: World,
    recording: Arc<Recording>,
    stream: StreamId,
    budi: UserId,
}

/// Nobody follows yet.
async fn unheard(nats: &str) -> Scene {
    let world = World::start(store().await, nats).await;
    let recording = Recording::new(&world.owner, "recording").await;
    let budi = world.customer(0).await;
    let stream = StreamId::of::<Wallet>(&WalletId::of(budi));
    Scene {
        world,
        recording,
        stream,
        budi,
    }
}

/// Somebody follows, and has heard of Budi's empty wallet.
async fn scene() -> Scene {
    let scene = unheard(nats_url().await).await;
    scene.world.follow(scene.recording.clone());
    scene.world.settle().await;
    scene
}

impl Scene {
    /// Budi is credited twice, of which the first chokes the follower, and somebody else signs up.
    async fn choked() -> (Self, i64) {
        let scene = scene().await;
        let poison = scene.world.head().await + 1;
        scene.recording.choke_on(poison);
        scene.world.given(credit(scene.budi, 1)).await;
        scene.world.given(credit(scene.budi, 2)).await;
        scene.world.customer(500).await;
        scene.world.settle().await;
        (scene, poison)
    }

    async fn positions(&self) -> Vec<i64> {
        let heard = self.recording.heard(&self.world.pool).await;
        heard.into_iter().map(|(position, _)| position).collect()
    }

    async fn parked(&self) -> Vec<i64> {
        let parked = parked_streams(&self.world.pool).await.unwrap();
        parked.iter().map(|parked| parked.first_position).collect()
    }

    async fn release(&self, skip: bool) -> Result<Released, ParkedError> {
        let Self {
            world,
            recording,
            stream,
            ..
        } = self;
        release(
            &world.pool,
            &**recording,
            stream,
            skip,
            "user:operator",
            "because",
        )
        .await
    }

    /// An event that this build does not know, and one behind it that it does.
    async fn comes_of_a_newer_release(&self) -> i64 {
        let poison = self.world.head().await + 1;
        let id = &self.stream.id;
        let frozen = json!({"wallet.frozen": {}});
        let opened = json!({"wallet.opened": {"owner": self.budi}});
        self.world
            .write_raw("wallet", id, "wallet.frozen", &frozen)
            .await;
        self.world
            .write_raw("wallet", id, "wallet.opened", &opened)
            .await;
        poison
    }

    async fn recorded(&self) -> Vec<(String, i64)> {
        sqlx::query_as("select command, (detail ->> 'position')::bigint from operator_commands")
            .fetch_all(&self.world.pool)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_poisoned_stream_waits_and_all_others_go_on() {
    let (scene, poison) = Scene::choked().await;
    let head = scene.world.head().await;
    let others = (1..=head).filter(|position| ![poison, poison + 1].contains(position));
    assert_eq!(scene.positions().await, others.collect::<Vec<_>>());
    assert_eq!(scene.parked().await, [poison]);
    let parked = parked_streams(&scene.world.pool).await.unwrap();
    assert_eq!(
        (
            &*parked[0].reader,
            &*parked[0].aggregate_id,
            &*parked[0].error
        ),
        ("recording", &*scene.stream.id, "told to choke")
    );
}

#[tokio::test]
async fn once_the_cause_is_gone_a_retry_applies_what_waited_in_order() {
    let (scene, poison) = Scene::choked().await;
    scene.recording.choke_on(0);
    scene.release(false).await.unwrap();
    let heard = scene.positions().await;
    assert_eq!(heard[heard.len() - 2..], [poison, poison + 1]);
    assert!(scene.parked().await.is_empty());
    assert_eq!(
        scene.recorded().await,
        [("parked.retry".to_owned(), poison)]
    );

    scene.world.given(credit(scene.budi, 3)).await;
    scene.world.settle().await;
    let heard = scene.positions().await;
    assert_eq!(heard.last(), Some(&scene.world.head().await));
    assert_eq!(heard.len() as i64, scene.world.head().await);
}

#[tokio::test]
async fn a_retry_while_the_cause_is_there_changes_nothing() {
    let (scene, poison) = Scene::choked().await;
    let before = scene.positions().await;
    let refused = scene.release(false).await;
    assert!(
        matches!(refused, Err(ParkedError::StillFails { position, .. }) if position == poison),
        "{refused:?}"
    );
    assert_eq!(scene.positions().await, before);
    assert_eq!(scene.parked().await, [poison]);
    assert!(scene.recorded().await.is_empty());
}

#[tokio::test]
async fn an_event_is_skipped_on_an_operators_recorded_word() {
    let (scene, poison) = Scene::choked().await;
    scene.release(true).await.unwrap();
    let heard = scene.positions().await;
    assert!(!heard.contains(&poison));
    assert_eq!(heard.last(), Some(&(poison + 1)));
    assert_eq!(scene.recorded().await, [("parked.skip".to_owned(), poison)]);
}

#[tokio::test]
async fn a_stream_that_is_not_parked_cannot_be_released() {
    let scene = scene().await;
    let refused = scene.release(true).await;
    assert!(
        matches!(refused, Err(ParkedError::NotParked { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_event_of_a_newer_release_parks_its_stream_where_nobody_newer_takes_over() {
    let scene = scene().await;
    let poison = scene.comes_of_a_newer_release().await;
    scene.world.customer(0).await;
    scene.world.settle().await;
    assert_eq!(scene.parked().await, [poison]);
    let heard = scene.positions().await;
    assert_eq!(heard.len() as i64, scene.world.head().await - 2);
}

#[tokio::test]
async fn an_event_of_a_newer_release_is_left_to_a_newer_process() {
    let scene = unheard(nats_url().await).await;
    let options = FollowerOptions::default();
    let old = scene.world.follow_with(scene.recording.clone(), options);
    let poison = scene.comes_of_a_newer_release().await;
    becomes("the old process has come to it and given up", async || {
        let given_up = format!(
            "checkpoints where name = 'recording' and holder is null and position = {poison} - 1"
        );
        scene.world.count(&given_up).await == 1
    })
    .await;
    assert_eq!(scene.positions().await, (1..poison).collect::<Vec<_>>());
    assert!(scene.parked().await.is_empty());

    // Whoever comes takes over, while the old one is still there.
    scene.world.follow(scene.recording.clone());
    scene.world.settle().await;
    assert_eq!(scene.parked().await, [poison]);
    old.cancel();
}

#[tokio::test]
async fn an_event_of_a_newer_release_that_has_been_there_for_long_parks_its_stream_at_once() {
    let scene = unheard(nats_url().await).await;
    let poison = scene.comes_of_a_newer_release().await;
    // A process that is started anew after that begins no new wait.
    let options = FollowerOptions::default();
    let a_while = Duration::from_millis(options.for_newer_ms);
    scene.world.clock.advance(a_while);
    scene.world.follow_with(scene.recording.clone(), options);
    scene.world.settle().await;
    assert_eq!(scene.parked().await, [poison]);
}

#[tokio::test]
async fn an_event_that_the_table_refuses_is_found_among_its_batch_and_parked() {
    let scene = scene().await;
    let poison = scene.world.head().await + 3;
    let forbid =
        format!("alter table views.heard add constraint narrow check (position <> {poison})");
    sqlx::raw_sql(&forbid)
        .execute(&scene.world.owner)
        .await
        .unwrap();
    for _ in 0..8 {
        scene.world.customer(0).await;
    }
    becomes("the follower is at the head", async || {
        scene.world.position("recording").await == scene.world.head().await
    })
    .await;
    assert_eq!(scene.parked().await, [poison]);
    let all_but_one = (1..=scene.world.head().await).filter(|position| *position != poison);
    assert_eq!(scene.positions().await, all_but_one.collect::<Vec<_>>());
}

/// Panics at one position, and else writes down what another does.
struct Panicking {
    inner: Arc<Recording>,
    at: i64,
}

#[async_trait]
impl Follower for Panicking {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn concerns(&self, _event: &Recorded) -> bool {
        true
    }

    async fn apply(&self, rows: &mut PgConnection, events: &[&Recorded]) -> Result<(), ApplyError> {
        let meets_it = events.iter().any(|event| event.position == self.at);
        assert!(!meets_it, "told to panic");
        self.inner.apply(rows, events).await
    }
}

#[tokio::test]
async fn an_event_at_which_a_reader_panics_is_found_among_its_batch_and_parked() {
    let world = World::start(store().await, nats_url().await).await;
    let recording = Recording::new(&world.owner, "recording").await;
    let budi = world.customer(0).await;
    let poison = world.head().await + 1;
    world.given(credit(budi, 1)).await;
    for _ in 0..4 {
        world.customer(0).await;
    }
    let panicking = Arc::new(Panicking {
        inner: recording.clone(),
        at: poison,
    });
    world.follow(panicking.clone());
    world.settle().await;
    let parked = parked_streams(&world.pool).await.unwrap();
    let parked: Vec<_> = parked
        .iter()
        .map(|it| (it.first_position, &*it.error))
        .collect();
    assert_eq!(parked, [(poison, "it panicked: told to panic")]);
    let heard = recording.heard(&world.pool).await;
    let heard: Vec<_> = heard.into_iter().map(|(position, _)| position).collect();
    let all_but_one = (1..=world.head().await).filter(|position| *position != poison);
    assert_eq!(heard, all_but_one.collect::<Vec<_>>());

    // Nor does an operator's word that comes too early end anything.
    let stream = StreamId::of::<Wallet>(&WalletId::of(budi));
    let who = ("user:operator", "because");
    let refused = release(&world.pool, &*panicking, &stream, false, who.0, who.1).await;
    assert!(
        matches!(refused, Err(ParkedError::StillFails { position, .. }) if position == poison),
        "{refused:?}"
    );
}

/// Panics when it first meets a position, in a moment at which nobody is sure of the time any more.
struct Doubting {
    inner: Arc<Recording>,
    clock: Clock,
    at: i64,
    met: AtomicBool,
}

#[async_trait]
impl Follower for Doubting {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn concerns(&self, _event: &Recorded) -> bool {
        true
    }

    async fn apply(&self, rows: &mut PgConnection, events: &[&Recorded]) -> Result<(), ApplyError> {
        let meets_it = events.iter().any(|event| event.position == self.at);
        if meets_it && !self.met.swap(true, Ordering::SeqCst) {
            self.clock.set_machine(chrono::Duration::days(40));
            panic!("told to panic");
        }
        self.inner.apply(rows, events).await
    }
}

#[tokio::test]
async fn where_half_a_batch_is_applied_in_part_the_other_half_waits() {
    // Without a stream all that is there comes in one batch.
    let scene = unheard("nats://127.0.0.1:1").await;
    // In the first half, and left to nobody as long as its age is known.
    let unreadable = scene.comes_of_a_newer_release().await;
    for _ in 0..8 {
        scene.world.customer(0).await;
    }
    let options = FollowerOptions {
        look_ms: 100,
        ..FollowerOptions::default()
    };
    let (world, clock) = (&scene.world, scene.world.clock.clone());
    clock.advance(Duration::from_millis(options.for_newer_ms));
    let doubting = Arc::new(Doubting {
        inner: scene.recording.clone(),
        clock: clock.clone(),
        at: world.head().await,
        met: AtomicBool::new(false),
    });
    world.follow_with(doubting.clone(), options);
    becomes("it has come to what it cannot read", async || {
        doubting.met.load(Ordering::SeqCst) && world.position("recording").await >= unreadable - 1
    })
    .await;
    clock.set_machine(chrono::Duration::zero());
    world.settle().await;

    assert_eq!(scene.parked().await, [unreadable]);
    let head = world.head().await;
    let others = (1..=head).filter(|position| ![unreadable, unreadable + 1].contains(position));
    assert_eq!(scene.positions().await, others.collect::<Vec<_>>());
}
