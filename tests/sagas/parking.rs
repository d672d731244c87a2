//! A stream that a saga cannot apply waits for an operator, and goes on at his word.

use super::{Act, Courier, Office, UNLUCKY};
use crate::support::{World, becomes, credit, nats_url, store};
use purser::{
    relay::{FollowerOptions, ParkedError, Released, parked_streams, release},
    sagas::{Outcome, SagaFollower},
};
use purser_domain::{
    StreamId,
    ids::{UserId, WalletId},
    wallet::Wallet,
};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;

struct Scene {
    office: Office,
    budi: UserId,
    /// The first event that the saga could not hear.
    first: i64,
}

/// Budi's saga has a state that nobody can read, and he is credited twice more. Somebody else is served.
async fn damaged() -> Scene {
    let office = Office::open().await;
    office.work();
    let budi = office.world.customer(1).await;
    office.are(&[("send-1", "done")]).await;
    set_state(&office.world, budi, NEWER).await;
    let first = office.world.head().await + 1;
    for amount in [2, 3] {
        office.world.given(credit(budi, amount)).await;
    }
    office.world.customer(4).await;
    office.world.settle().await;
    office.are(&[("send-1", "done"), ("send-4", "done")]).await;
    Scene {
        office,
        budi,
        first,
    }
}

/// The state of a newer release.
const NEWER: &str = r#""of another release""#;

async fn set_state(world: &World, user: UserId, state: &str) {
    let statement = "update sagas set state = $2::json where saga = 'courier' and instance = $1";
    let updated = sqlx::query(statement)
        .bind(WalletId::of(user).uuid())
        .bind(state)
        .execute(&world.pool)
        .await
        .unwrap();
    assert_eq!(updated.rows_affected(), 1);
}

impl Scene {
    async fn release(&self, skip: bool) -> Result<Released, ParkedError> {
        let follower = SagaFollower::new(Arc::new(Courier), Arc::default());
        let stream = StreamId::of::<Wallet>(&WalletId::of(self.budi));
        let pool = &self.office.world.pool;
        release(pool, &follower, &stream, skip, "user:operator", "because").await
    }

    async fn parked(&self) -> Vec<(String, i64)> {
        let parked = parked_streams(&self.office.world.pool).await.unwrap();
        let parked = parked.into_iter();
        parked.map(|it| (it.reader, it.first_position)).collect()
    }

    async fn waits_from(&self, position: i64) {
        assert_eq!(self.parked().await, [("saga:courier".into(), position)]);
    }

    async fn is_repaired(&self) {
        set_state(&self.office.world, self.budi, "null").await;
    }

    async fn recorded(&self) -> Vec<(String, i64)> {
        let recorded =
            "select command, (detail ->> 'position')::bigint from operator_commands order by at";
        sqlx::query_as(recorded)
            .fetch_all(&self.office.world.pool)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_sagas_stream_is_retried_once_its_state_is_put_right_and_goes_on() {
    let scene = damaged().await;
    scene.waits_from(scene.first).await;
    let refused = scene.release(false).await;
    assert!(
        matches!(refused, Err(ParkedError::StillFails { position, .. }) if position == scene.first),
        "{refused:?}"
    );
    scene.waits_from(scene.first).await;

    scene.is_repaired().await;
    let released = scene.release(false).await.unwrap();
    let both = Released {
        left_out: None,
        applied: 2,
        waits: None,
    };
    assert_eq!(released, both);
    assert!(scene.parked().await.is_empty());
    assert_eq!(
        scene.recorded().await,
        [("parked.retry".into(), scene.first)]
    );
    let office = &scene.office;
    office.world.given(credit(scene.budi, 5)).await;
    office.world.settle().await;
    let effects = office.effects().await;
    let steps: Vec<_> = effects.iter().map(|(step, _)| &**step).collect();
    assert_eq!(steps, ["send-1", "send-4", "send-2", "send-3", "send-5"]);
    assert!(effects.iter().all(|(_, status)| status == "done"));
}

#[tokio::test]
async fn skipping_leaves_out_one_event_and_the_stream_waits_again_where_the_next_fails() {
    let scene = damaged().await;
    let released = scene.release(true).await.unwrap();
    assert_eq!(
        (released.left_out, released.applied),
        (Some(scene.first), 0)
    );
    let (position, reason) = released.waits.unwrap();
    assert_eq!(position, scene.first + 1);
    assert!(reason.contains("cannot be read"), "{reason}");
    scene.waits_from(scene.first + 1).await;

    scene.is_repaired().await;
    let released = scene.release(false).await.unwrap();
    assert_eq!((released.applied, released.waits), (1, None));
    assert!(scene.parked().await.is_empty());
    let (first, next) = (scene.first, scene.first + 1);
    assert_eq!(
        scene.recorded().await,
        [("parked.skip".into(), first), ("parked.retry".into(), next)]
    );
    scene
        .office
        .are(&[("send-1", "done"), ("send-4", "done"), ("send-3", "done")])
        .await;
}

#[tokio::test]
async fn an_event_at_which_a_saga_panics_parks_its_stream_and_all_others_go_on() {
    let office = Office::open().await;
    office.work();
    let budi = office.world.customer(0).await;
    let first = office.world.head().await + 1;
    office.world.given(credit(budi, UNLUCKY)).await;
    office.world.customer(4).await;
    office.world.settle().await;
    office.are(&[("send-4", "done")]).await;
    let parked = parked_streams(&office.world.pool).await.unwrap();
    assert_eq!(parked.len(), 1, "{parked:?}");
    let parked = &parked[0];
    assert_eq!(
        (&*parked.reader, parked.first_position),
        ("saga:courier", first)
    );
    assert!(
        parked.error.contains("panicked: nobody has thought of"),
        "{}",
        parked.error
    );
}

/// A world in which Budi's saga has the state of a newer release, so that whoever follows leaves what Budi is credited then to
/// a newer process; and the position of that.
async fn left_to_a_newer_process() -> (World, UserId, i64) {
    let world = World::start(store().await, nats_url().await).await;
    let follower = SagaFollower::new(Arc::new(Courier), Arc::default());
    follower.activate(&world.pool).await.unwrap();
    let options = FollowerOptions {
        look_ms: 100,
        ..FollowerOptions::default()
    };
    world.follow_with(Arc::new(follower), options);
    let budi = world.customer(1).await;
    let heard = world.head().await;
    becomes("the first credit is heard", async || {
        world.position("saga:courier").await == heard
    })
    .await;
    set_state(&world, budi, NEWER).await;
    world.given(credit(budi, 2)).await;
    becomes("it has come to the second and given up", async || {
        let given_up = format!(
            "checkpoints where name = 'saga:courier' and holder is null and position = {heard}"
        );
        world.count(&given_up).await == 1
    })
    .await;
    assert!(parked_streams(&world.pool).await.unwrap().is_empty());
    (world, budi, heard + 1)
}

#[tokio::test]
async fn a_state_of_a_newer_release_is_left_to_a_process_that_can_read_it() {
    let (world, budi, first) = left_to_a_newer_process().await;
    set_state(&world, budi, "null").await;
    becomes("it is heard", async || {
        world.position("saga:courier").await == first
    })
    .await;
    assert!(parked_streams(&world.pool).await.unwrap().is_empty());
    assert_eq!(world.count("effects where step = 'send-2'").await, 1);
}

#[tokio::test]
async fn a_state_of_a_newer_release_parks_the_stream_where_nobody_newer_comes() {
    let (world, _, first) = left_to_a_newer_process().await;
    let a_while = FollowerOptions::default().for_newer_ms;
    world.clock.advance(Duration::from_millis(a_while));
    world.customer(4).await;
    becomes("all others go on", async || {
        world.position("saga:courier").await == world.head().await
    })
    .await;
    let parked = parked_streams(&world.pool).await.unwrap();
    let [parked] = &parked[..] else {
        panic!("one stream is parked: {parked:?}")
    };
    assert_eq!(parked.first_position, first);
    assert!(parked.error.contains("cannot be read"), "{}", parked.error);
    assert_eq!(world.count("effects where step = 'send-4'").await, 1);
}

#[tokio::test]
async fn what_was_given_up_is_over_also_where_its_saga_cannot_hear_of_it() {
    let office = Office::open().await;
    let go_on = Arc::new(Notify::new());
    let dead = Outcome::Dead {
        error: "refused for good".into(),
    };
    office.executor.will(Act::SayLater(go_on.clone(), dead));
    office.work();
    let budi = office.world.customer(1).await;
    becomes("it is run", async || office.executor.ran().len() == 1).await;
    set_state(&office.world, budi, NEWER).await;
    go_on.notify_one();
    office.are(&[("send-1", "dead")]).await;
}
