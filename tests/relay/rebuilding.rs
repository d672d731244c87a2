//! A read model is built again beside the live one, which nobody notices.

use crate::support::{Store, World, becomes, credit, purchase, world};
use purser::relay::{Progress, RebuildError, Rebuilt, parked_streams, rebuild, release};
use purser_domain::ids::UserId;
use purser_projections::{ReadModel, wallets};
use serde_json::json;
use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::Poll,
};
use tokio::sync::oneshot;
use uuid::Uuid;

async fn rebuilt(store: &Store, model: &dyn ReadModel) -> Result<Rebuilt, RebuildError> {
    rebuild(&store.owner, model, &mut |_: Progress| {}).await
}

fn model(name: &str) -> Arc<dyn ReadModel> {
    let mut all = purser_projections::all().into_iter();
    all.find(|model| model.name() == name).unwrap()
}

async fn a_world_with_a_past() -> (World, Vec<UserId>) {
    let world = world().await;
    let offer = world.on_sale(100, 100).await;
    let mut customers = Vec::new();
    for _ in 0..5 {
        let customer = world.customer(100_000).await;
        world.given(purchase(customer, offer)).await;
        customers.push(customer);
    }
    world.settle().await;
    (world, customers)
}

async fn is_clean(world: &World) {
    world.settle().await;
    let report = world.verified().await;
    assert!(report.is_clean(), "{report}");
}

/// Reads a wallet until told to stop: never an error, never a step back. How often it looked.
async fn look_at(store: &Store, customer: UserId, stop: &AtomicBool) -> usize {
    let (mut looked, mut version) = (0, 0);
    while !stop.load(Ordering::SeqCst) {
        let mut rows = store.pool.acquire().await.unwrap();
        let wallet = wallets::of_user(&mut rows, customer).await.unwrap();
        let wallet = wallet.expect("the wallet was there before");
        assert!(
            wallet.version >= version,
            "{} after {version}",
            wallet.version
        );
        version = wallet.version;
        looked += 1;
    }
    looked
}

#[tokio::test]
async fn writers_and_readers_go_on_while_every_read_model_is_rebuilt() {
    let (world, customers) = a_world_with_a_past().await;
    let (stop, written) = (AtomicBool::new(false), AtomicUsize::new(0));
    let write = async |customer| {
        while !stop.load(Ordering::SeqCst) {
            world.given(credit(customer, 1)).await;
            written.fetch_add(1, Ordering::SeqCst);
        }
    };
    let rebuild_all = async {
        for _ in 0..2 {
            for model in purser_projections::all() {
                let rebuilt = rebuilt(&world, &*model).await.unwrap();
                assert_eq!(rebuilt.parked, 0);
            }
        }
        stop.store(true, Ordering::SeqCst);
    };
    let (looked, _, (), (), ()) = tokio::join!(
        look_at(&world, customers[0], &stop),
        look_at(&world, customers[1], &stop),
        write(customers[0]),
        write(customers[1]),
        rebuild_all,
    );
    assert!(looked > 0 && written.load(Ordering::SeqCst) > 0);
    is_clean(&world).await;
}

#[tokio::test]
async fn a_rebuilt_read_model_has_what_was_lost_from_it() {
    let (world, customers) = a_world_with_a_past().await;
    world.tamper("delete from views.wallets").await;
    let rebuilt = rebuilt(&world, &*model("wallets_v1")).await.unwrap();
    assert_eq!(rebuilt.rows, customers.len());
    is_clean(&world).await;
    world.given(credit(customers[0], 1)).await;
    is_clean(&world).await;
}

#[tokio::test]
async fn a_poisoned_stream_stays_parked_through_a_rebuild() {
    let (world, _) = a_world_with_a_past().await;
    let nobody = Uuid::now_v7().to_string();
    let poison = world.head().await + 1;
    let deactivated = json!({"user.deactivated": {"reason": "never signed up"}});
    world
        .write_raw("user", &nobody, "user.deactivated", &deactivated)
        .await;
    world.customer(5).await;
    world.settle().await;
    let parked = async || {
        let parked = parked_streams(&world.pool).await.unwrap();
        let parked = parked
            .into_iter()
            .map(|it| (it.reader, it.aggregate_id, it.first_position));
        parked.collect::<Vec<_>>()
    };
    let expected = [("users_v1".to_owned(), nobody.clone(), poison)];
    assert_eq!(parked().await, expected);

    let rebuilt = rebuilt(&world, &*model("users_v1")).await.unwrap();
    assert_eq!(rebuilt.parked, 1);
    assert_eq!(parked().await, expected);
    let stream = purser_domain::StreamId {
        kind: purser_domain::AggregateType::User,
        id: nobody,
    };
    let follower = crate::support::ViewFollower(model("users_v1"));
    release(
        &world.pool,
        &follower,
        &stream,
        true,
        "user:operator",
        "nobody",
    )
    .await
    .unwrap();
    is_clean(&world).await;
    let again = self::rebuilt(&world, &*model("users_v1")).await.unwrap();
    assert_eq!(again.parked, 0, "what an operator skipped stays skipped");
    is_clean(&world).await;
}

/// Polls a future so often, and drops it where it is if that was not enough.
async fn dropped_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let (mut future, mut polled) = (pin!(future), 0);
    poll_fn(|context| {
        polled += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polled >= polls => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[tokio::test]
async fn a_rebuild_that_dies_anywhere_leaves_the_live_one_and_the_next_works() {
    let (world, customers) = a_world_with_a_past().await;
    let wallets = model("wallets_v1");
    let mut deaths = 0;
    loop {
        let rebuilt = dropped_after(deaths + 1, rebuilt(&world, &*wallets)).await;
        world.given(credit(customers[0], 1)).await;
        match rebuilt {
            None => deaths += 1,
            // The one that died before may still hold the right to rebuild for a moment.
            Some(Err(RebuildError::Running(_))) => tokio::task::yield_now().await,
            Some(rebuilt) => {
                rebuilt.unwrap();
                break;
            }
        }
        let mut rows = world.pool.acquire().await.unwrap();
        assert_eq!(world.count("wallets").await, customers.len() as i64);
        assert!(
            wallets::of_user(&mut rows, customers[1])
                .await
                .unwrap()
                .is_some()
        );
    }
    assert!(deaths > 10, "{deaths} deaths");
    is_clean(&world).await;
}

#[tokio::test]
async fn a_rebuild_leaves_no_connection_behind_that_looks_elsewhere() {
    let (world, _) = a_world_with_a_past().await;
    for polls in [5, 15, 10_000] {
        dropped_after(polls, rebuilt(&world, &*model("wallets_v1"))).await;
    }
    let mut connections = Vec::new();
    for _ in 0..world.owner.options().get_max_connections() {
        let mut connection = world.owner.acquire().await.unwrap();
        let path: String = sqlx::query_scalar("show search_path")
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        assert_eq!(path, "views,work,public");
        connections.push(connection);
    }
}

#[tokio::test]
async fn of_two_rebuilds_of_one_read_model_at_once_the_second_is_refused() {
    let (world, customers) = a_world_with_a_past().await;
    let wallets = model("wallets_v1");
    let (one, two) = tokio::join!(rebuilt(&world, &*wallets), rebuilt(&world, &*wallets));
    let refused = match (one, two) {
        (Ok(rebuilt), Err(refused)) | (Err(refused), Ok(rebuilt)) => {
            assert_eq!(rebuilt.rows, customers.len());
            refused
        }
        both => panic!("one of both is refused: {both:?}"),
    };
    assert!(matches!(refused, RebuildError::Running(_)), "{refused:?}");
    is_clean(&world).await;
}

/// Waits until the server knows that nothing is being rebuilt any more.
async fn nothing_is_rebuilt(world: &World) {
    let rebuilt = "pg_locks where locktype = 'advisory' and classid = 4947803
        and database = (select oid from pg_database where datname = current_database())";
    becomes("nothing is being rebuilt", async || {
        world.count(rebuilt).await == 0
    })
    .await;
}

#[tokio::test]
async fn what_a_migration_changes_beside_a_rebuild_is_not_lost() {
    let (world, _) = a_world_with_a_past().await;
    let wallets = model("wallets_v1");
    for change in [
        "alter table views.wallets add column later text",
        "create index later on views.wallets (updated_at)",
        "alter table views.wallets alter column later set default 'never'",
    ] {
        nothing_is_rebuilt(&world).await;
        // It can switch only once this is over, which comes after it has taken the shape.
        let mut migration = world.owner.begin().await.unwrap();
        let checkpoint = "select from checkpoints where name = 'wallets_v1' for update";
        sqlx::query(checkpoint)
            .execute(&mut *migration)
            .await
            .unwrap();
        let (folded, is_folded) = oneshot::channel();
        let mut folded = Some(folded);
        let mut report = |_: Progress| {
            if let Some(folded) = folded.take() {
                folded.send(()).unwrap();
            }
        };
        let rebuilding = rebuild(&world.owner, &*wallets, &mut report);
        let migrating = async {
            is_folded.await.unwrap();
            let changed = sqlx::raw_sql(change).execute(&mut *migration).await;
            changed.unwrap();
            migration.commit().await.unwrap();
        };
        let (rebuilt, ()) = tokio::join!(rebuilding, migrating);
        assert!(
            matches!(rebuilt, Err(RebuildError::Migrated("wallets"))),
            "{change}: {rebuilt:?}"
        );
        nothing_is_rebuilt(&world).await;
        self::rebuilt(&world, &*wallets).await.unwrap();
    }
    let kept = "pg_attrdef where adrelid = 'views.wallets'::regclass
        and pg_get_expr(adbin, adrelid) like '%never%'";
    assert_eq!(world.count(kept).await, 1);
    is_clean(&world).await;
}
