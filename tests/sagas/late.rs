//! Sagas that hear several streams, of which one waits for an operator while the others go on.

use crate::support::{World, becomes, nats_url, rp, store};
use cqrs_es::DomainEvent as _;
use purser::{
    relay::release,
    sagas::{Arrears, Papers, Renewal, Saga, SagaFollower, run_timers},
};
use purser_domain::{
    Stream, StreamId,
    ids::{ChargeId, CreditId, InstanceId, SubscriptionId, TopUpId, UserId, WalletId},
    instance::{Instance, InstanceEvent},
    period::Period,
    subscription::{RenewalCause, Subscription, SubscriptionEvent},
    wallet::{Wallet, WalletEvent},
};
use std::sync::Arc;
use tokio::sync::watch;
use uuid::Uuid;

/// A history that is written as it stands, and one saga that follows it.
struct Scene<S> {
    world: World,
    saga: S,
    subscription: SubscriptionId,
    wallet: WalletId,
}

impl<S: Saga + Copy> Scene<S> {
    async fn of(saga: S) -> Self {
        let world = World::start(store().await, nats_url().await).await;
        let scene = Self {
            world,
            saga,
            subscription: SubscriptionId::new(Uuid::now_v7()),
            wallet: WalletId::of(UserId::new(Uuid::now_v7())),
        };
        let follower = scene.follower();
        follower.activate(&scene.world.pool).await.unwrap();
        scene.world.follow(Arc::new(follower));
        scene
    }

    fn follower(&self) -> SagaFollower {
        SagaFollower::new(Arc::new(self.saga), Arc::default())
    }

    fn reader() -> String {
        format!("saga:{}", S::NAME)
    }

    async fn happens<A: Stream>(&self, id: &A::Id, event: A::Event) {
        let payload = serde_json::to_value(&event).unwrap();
        let (kind, id, name) = (A::KIND.as_str(), id.to_string(), event.event_type());
        self.world.write_raw(kind, &id, &name, &payload).await;
    }

    /// As where the saga cannot hear what comes next of it.
    async fn parks(&self, stream: &StreamId) {
        let park =
            "insert into parked (reader, aggregate_type, aggregate_id, first_position, error)
                    values ($1, $2, $3, $4, 'as a test says')";
        sqlx::query(park)
            .bind(Self::reader())
            .bind(stream.kind.as_str())
            .bind(&stream.id)
            .bind(self.world.head().await + 1)
            .execute(&self.world.pool)
            .await
            .unwrap();
    }

    /// All that could be heard was.
    async fn heard(&self) {
        becomes("the saga is at the head", async || {
            self.world.position(&Self::reader()).await == self.world.head().await
        })
        .await;
    }

    /// Lets the stream go, of which so many events waited.
    async fn goes_on(&self, stream: &StreamId, waited: usize) {
        let (pool, follower) = (&self.world.pool, self.follower());
        let released = release(pool, &follower, stream, false, "user:operator", "because");
        let released = released.await.unwrap();
        assert_eq!((released.applied, released.waits), (waited, None));
    }

    async fn steps(&self) -> Vec<String> {
        sqlx::query_scalar("select step from effects order by created_at, step")
            .fetch_all(&self.world.pool)
            .await
            .unwrap()
    }
}

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

#[tokio::test]
async fn what_was_charged_is_invoiced_once_the_wallet_goes_on() {
    let scene = Scene::of(Papers).await;
    let stream = StreamId::of::<Wallet>(&scene.wallet);
    scene.parks(&stream).await;
    let start = day("2020-01-01");
    let charge_id = ChargeId::of_period(scene.subscription, start, 0);
    let charged = WalletEvent::Charged {
        charge_id,
        amount: rp(40_000),
        subscription_id: scene.subscription,
        promotional: vec![],
    };
    scene.happens::<Wallet>(&scene.wallet, charged).await;
    let renewed = SubscriptionEvent::Renewed {
        period: Period {
            start,
            end: day("2020-02-01"),
        },
        discount: None,
        price: rp(40_000),
        vat: Default::default(),
        charge_id: Some(charge_id),
        cause: RenewalCause::Automatic,
        wallet_id: scene.wallet,
        at: scene.world.clock.now(),
    };
    scene
        .happens::<Subscription>(&scene.subscription, renewed)
        .await;
    scene.heard().await;
    assert!(scene.steps().await.is_empty());
    scene.goes_on(&stream, 1).await;
    assert_eq!(scene.steps().await, [format!("invoice-{charge_id}")]);
}

#[tokio::test]
async fn what_lapsed_is_paid_once_its_stream_goes_on_of_credit_that_came_meanwhile() {
    let scene = Scene::of(Arrears).await;
    let stream = StreamId::of::<Subscription>(&scene.subscription);
    scene.parks(&stream).await;
    let past_due = SubscriptionEvent::BecamePastDue {
        due_on: day("2020-01-01"),
        grace_until: day("2020-01-08"),
        needed: rp(40_000),
        wallet_id: scene.wallet,
        at: scene.world.clock.now(),
    };
    let position = scene.world.head().await + 1;
    scene
        .happens::<Subscription>(&scene.subscription, past_due)
        .await;
    let credited = WalletEvent::Credited {
        credit_id: CreditId::new(Uuid::now_v7()),
        amount: rp(50_000),
        top_up_id: TopUpId::new(Uuid::now_v7()),
        orders_from: None,
    };
    scene.happens::<Wallet>(&scene.wallet, credited).await;
    scene.heard().await;
    assert!(scene.steps().await.is_empty());
    scene.goes_on(&stream, 1).await;
    tokio::spawn(run_timers(
        scene.world.pool.clone(),
        vec![Arc::new(Arrears)],
        scene.world.clock.clone(),
        (
            watch::Sender::new(false).subscribe(),
            watch::Sender::new(false).subscribe(),
        ),
        Arc::default(),
        Uuid::now_v7(),
        scene.world.stop.child_token(),
    ));
    let expected = [format!("pay-late-{position}")];
    becomes("what lapsed is paid", async || {
        scene.steps().await == expected
    })
    .await;
}

#[tokio::test]
async fn a_resumption_ends_once_its_stream_goes_on_with_what_was_seen_meanwhile() {
    let scene = Scene::of(Renewal { low_credit_days: 7 }).await;
    let stream = StreamId::of::<Subscription>(&scene.subscription);
    let at = scene.world.clock.now();
    let period = Period {
        start: day("2020-01-01"),
        end: day("2020-02-01"),
    };
    let activated = SubscriptionEvent::Activated { period, at };
    scene
        .happens::<Subscription>(&scene.subscription, activated)
        .await;
    scene.heard().await;
    scene.parks(&stream).await;
    let position = scene.world.head().await + 1;
    let ordered = SubscriptionEvent::ResumeOrdered {
        price: rp(40_000),
        vat: Default::default(),
        discount: None,
        charge_id: None,
        grace: rp(0),
        grace_charge_id: None,
        wallet_id: scene.wallet,
        at,
    };
    scene
        .happens::<Subscription>(&scene.subscription, ordered)
        .await;
    let started = InstanceEvent::Started { operation: 2, at };
    let instance = InstanceId::of(scene.subscription);
    scene.happens::<Instance>(&instance, started).await;
    scene.heard().await;
    assert!(scene.steps().await.is_empty());
    scene.goes_on(&stream, 1).await;
    let expected = format!("resumed-late-{position}");
    assert_eq!(scene.steps().await, [expected]);
}
