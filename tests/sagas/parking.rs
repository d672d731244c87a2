//! A stream that a saga cannot apply waits for an operator, and goes on at his word.

use super::{Courier, Office, UNLUCKY};
use crate::support::credit;
use purser::{
    relay::{ParkedError, Released, parked_streams, release},
    sagas::SagaFollower,
};
use purser_domain::{
    StreamId,
    ids::{UserId, WalletId},
    wallet::Wallet,
};
use std::sync::Arc;

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
    set_state(&office, budi, r#""of another release""#).await;
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

async fn set_state(office: &Office, user: UserId, state: &str) {
    let statement = "update sagas set state = $2::json where saga = 'courier' and instance = $1";
    let updated = sqlx::query(statement)
        .bind(WalletId::of(user).uuid())
        .bind(state)
        .execute(&office.world.pool)
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
        set_state(&self.office, self.budi, "null").await;
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
