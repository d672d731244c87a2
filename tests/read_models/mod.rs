//! Read models on a real database: what is written is what was folded, whichever way it got there,
//! and queries find it.

mod adding;
mod coupons;
mod history;
mod money;
mod paper;
mod usage;

use crate::support::{Store, store};
use history::{TEXTS, history, number, user};
use purser_domain::{
    Recorded,
    ids::{InstanceId, PlanId, ServiceId, SubscriptionId, TopUpId, WalletId},
};
use purser_projections::{
    Difference, Fold, ReadModel, checkpoint,
    checkpoint::{Lease, Pass},
    pages::Page,
    pods, services,
    services::{Audience, ServiceStatus},
    subscriptions, top_ups, users, wallet_transactions, wallets,
};
use sqlx::{PgConnection, Postgres, pool::PoolConnection};
use uuid::Uuid;

/// Incremental batches, a fold copied into another schema, and the fold itself all agree.
#[tokio::test]
async fn every_read_model_round_trips() {
    let connection = &mut *connected(&store().await).await;
    let history = history();
    for model in purser_projections::all() {
        let (name, table) = (model.name(), model.table());
        for batch in history.chunks(7) {
            model.project(connection, batch).await.unwrap();
        }
        let fold = folded(&*model, &history);
        assert!(fold.rows() > 1, "{name} folds no rows");
        assert_eq!(differences(&*fold, connection).await, [], "{name}");

        let copy_of = format!("create table rebuild.{table} (like views.{table} including all)");
        run(connection, &copy_of).await;
        run(connection, "set search_path = rebuild, public").await;
        fold.copy(connection).await.unwrap();
        assert_eq!(differences(&*fold, connection).await, [], "{name} copied");
        run(connection, "set search_path = views, public").await;
        for (left, right) in [("views", "rebuild"), ("rebuild", "views")] {
            let extra = format!(
                "select count(*) from (table {left}.{table} except table {right}.{table}) extra"
            );
            let extra: i64 = sqlx::query_scalar(&extra)
                .fetch_one(&mut *connection)
                .await
                .unwrap();
            assert_eq!(extra, 0, "{name}: rows of {left} that {right} has not");
        }
        run(connection, &format!("drop table rebuild.{table}")).await;
    }
}

/// A row changed, a row lost and a row too many are each named.
#[tokio::test]
async fn a_comparison_names_every_row_that_differs() {
    let connection = &mut *connected(&store().await).await;
    let history = history();
    for model in purser_projections::all() {
        let table = model.table();
        model.project(connection, &history).await.unwrap();
        let fold = folded(&*model, &history);
        let ids: Vec<Uuid> = sqlx::query_scalar(&format!("select id from {table} order by id"))
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        let (lost, changed, extra) = (ids[0], ids[1], Uuid::max());
        run(
            connection,
            &format!("delete from {table} where id = '{lost}'"),
        )
        .await;
        let moved = format!("update {table} set id = '{extra}' where id = '{changed}'");
        run(connection, &moved).await;
        let spoil = match table {
            "wallets" => "currency = 'USD'",
            _ => "position = position + 1",
        };
        let insert = format!(
            "insert into {table} select (jsonb_populate_record({table},
               jsonb_build_object('id', '{changed}'))).* from {table} where id = '{extra}'"
        );
        run(connection, &insert).await;
        run(
            connection,
            &format!("update {table} set {spoil} where id = '{changed}'"),
        )
        .await;

        let mut found = differences(&*fold, connection).await;
        found.sort_by_key(|difference| difference.id);
        let seen: Vec<_> = found
            .iter()
            .map(|d| (d.id, d.stored.is_some(), d.folded.is_some()))
            .collect();
        assert_eq!(
            seen,
            [
                (lost, false, true),
                (changed, true, true),
                (extra, true, false)
            ],
            "{table}"
        );
    }
}

/// An event that cannot be applied leaves nothing of its batch, and says which it was.
#[tokio::test]
async fn a_batch_that_cannot_be_applied_writes_nothing() {
    let connection = &mut *connected(&store().await).await;
    let history = history();
    for model in purser_projections::all() {
        let table = model.table();
        let mut batch = history.clone();
        batch.extend(history.iter().cloned());
        let error = model.project(connection, &batch).await.unwrap_err();
        assert!(error.to_string().contains("cannot be applied"), "{error}");
        let rows: i64 = sqlx::query_scalar(&format!("select count(*) from {table}"))
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        assert_eq!(rows, 0, "{table}");
    }
}

/// Pages follow one another without gap or overlap, and what is somebody else's is not found.
#[tokio::test]
async fn queries_find_what_was_projected() {
    let connection = &mut *connected(&store().await).await;
    for model in purser_projections::all() {
        model.project(connection, &history()).await.unwrap();
    }
    accounts_and_money(connection).await;
    orders(connection).await;
    catalogue(connection).await;
}

async fn accounts_and_money(connection: &mut PgConnection) {
    let (buyer, other) = (user(1), user(2));
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = Page::new(Some(1), after.as_deref()).unwrap();
        let (rows, next) = users::page(connection, &page).await.unwrap();
        seen.extend(rows.into_iter().map(|row| row.id));
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, [user(3).uuid(), other.uuid(), buyer.uuid()]);
    let account = users::by_id(connection, buyer).await.unwrap().unwrap();
    assert_eq!(account.roles, ["customer", "admin", "operator", "auditor"]);
    assert_eq!(users::by_id(connection, user(9)).await.unwrap(), None);

    let wallet = wallets::of_user(connection, buyer).await.unwrap().unwrap();
    let whole = Page::new(None, None).unwrap();
    let (all, none) = wallet_transactions::page_of_wallet(connection, WalletId::of(buyer), &whole)
        .await
        .unwrap();
    assert_eq!(none, None);
    assert_eq!(all[0].balance_after, wallet.balance);
    for pair in all.windows(2) {
        let [later, earlier] = pair else { continue };
        let sum = earlier.balance_after + later.movement.amount;
        assert_eq!(later.balance_after, sum);
    }
    let mut paged = Vec::new();
    let mut after = None;
    loop {
        let page = Page::new(Some(2), after.as_deref()).unwrap();
        let (rows, next) =
            wallet_transactions::page_of_wallet(connection, WalletId::of(buyer), &page)
                .await
                .unwrap();
        paged.extend(rows);
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged, all);

    let (found, _) = top_ups::page_of_user(connection, buyer, &whole)
        .await
        .unwrap();
    assert_eq!(found.len(), TEXTS.len());
    for row in found {
        let id = TopUpId::new(row.id);
        let again = top_ups::of_user(connection, buyer, id).await.unwrap();
        assert_eq!(again.as_ref(), Some(&row));
        let not_his = top_ups::of_user(connection, other, id).await.unwrap();
        assert_eq!(not_his, None);
    }
}

async fn orders(connection: &mut PgConnection) {
    let (buyer, other) = (user(1), user(2));
    let whole = Page::new(None, None).unwrap();
    let (found, _) = subscriptions::page_of_user(connection, buyer, &whole)
        .await
        .unwrap();
    assert_eq!(found.len(), 3);
    assert!(
        found
            .windows(2)
            .all(|pair| pair[0].position > pair[1].position)
    );
    for row in found {
        let id = SubscriptionId::new(row.id);
        let again = subscriptions::of_user(connection, buyer, id).await.unwrap();
        assert_eq!(again, Some(row));
        let not_his = subscriptions::of_user(connection, other, id).await.unwrap();
        assert_eq!(not_his, None);
    }
    who_has_a_plan(connection).await;
    let (found, _) = pods::page_of_user(connection, buyer, &whole).await.unwrap();
    assert_eq!(found.len(), TEXTS.len() + 1);
    for row in found {
        let id = InstanceId::new(row.id);
        let again = pods::of_user(connection, buyer, id).await.unwrap();
        assert_eq!(again, Some(row));
        let not_his = pods::of_user(connection, other, id).await.unwrap();
        assert_eq!(not_his, None);
    }
}

/// A page after another in the order of their ids; the third order failed.
async fn who_has_a_plan(connection: &mut PgConnection) {
    let plan = PlanId::new(number(6, 1));
    let whole = subscriptions::renewing_of_plan(connection, plan, None, 100).await;
    let [first, second] = whole.unwrap()[..] else {
        panic!("two have it")
    };
    assert!(first.uuid() < second.uuid());
    for (after, expected) in [
        (None, vec![first]),
        (Some(first), vec![second]),
        (Some(second), vec![]),
    ] {
        let page = subscriptions::renewing_of_plan(connection, plan, after, 1).await;
        assert_eq!(page.unwrap(), expected);
    }
    let other = PlanId::new(number(6, 2));
    let none = subscriptions::renewing_of_plan(connection, other, None, 100).await;
    assert_eq!(none.unwrap(), []);
}

async fn catalogue(connection: &mut PgConnection) {
    let whole = Page::new(None, None).unwrap();
    let (shown, _) = services::page(connection, Audience::Customers, &whole)
        .await
        .unwrap();
    let [published] = shown.as_slice() else {
        panic!("one service is published: {shown:?}")
    };
    assert_eq!(published.service.status, ServiceStatus::Published);
    let available: Vec<i64> = published.plans.iter().map(|plan| plan.available).collect();
    assert_eq!(available, [3]);

    let one = Page::new(Some(1), None).unwrap();
    let (newest, next) = services::page(connection, Audience::Staff, &one)
        .await
        .unwrap();
    let rest = Page::new(Some(100), next.as_deref()).unwrap();
    let (rest, _) = services::page(connection, Audience::Staff, &rest)
        .await
        .unwrap();
    assert_eq!((newest.len(), rest.len()), (1, TEXTS.len() - 1));

    let draft = ServiceId::new(newest[0].service.id);
    let hidden = services::by_id(connection, Audience::Customers, draft).await;
    assert_eq!(hidden.unwrap(), None);
    let seen = services::by_id(connection, Audience::Staff, draft).await;
    assert_eq!(seen.unwrap().as_ref(), Some(&newest[0]));
    let sold = services::by_slug(connection, Audience::Customers, "app").await;
    assert_eq!(sold.unwrap().as_ref(), Some(published));
    let whole = services::by_slug(connection, Audience::Staff, "app").await;
    assert_eq!(whole.unwrap().unwrap().plans.len(), 2);
}

/// The owner's rights, which a rebuild has too.
async fn connected(store: &Store) -> PoolConnection<Postgres> {
    store.owner.acquire().await.unwrap()
}

fn folded(model: &dyn ReadModel, history: &[Recorded]) -> Box<dyn Fold> {
    let mut fold = model.fold();
    for event in history {
        fold.apply(event).unwrap();
    }
    fold
}

async fn differences(fold: &dyn Fold, connection: &mut PgConnection) -> Vec<Difference> {
    fold.compare(connection).await.unwrap()
}

async fn run(connection: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(sql).execute(connection).await.unwrap();
}

/// A lease passes on when it is given up or runs out, and whoever lost it cannot write on.
#[tokio::test]
async fn a_lost_lease_moves_no_checkpoint() {
    let store = store().await;
    let pool = &store.pool;
    let (first, second) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let taken = checkpoint::lease(pool, "users_v1", first, 60_000).await;
    let lease = taken.unwrap().unwrap();
    assert_eq!(lease.position, 0);
    let refused = checkpoint::lease(pool, "users_v1", second, 60_000).await;
    assert_eq!(refused.unwrap(), None);
    let kept = checkpoint::lease(pool, "users_v1", first, 60_000).await;
    assert_eq!(kept.unwrap(), Some(lease));

    let mut rows = pool.acquire().await.unwrap();
    let moved = checkpoint::advance(&mut rows, "users_v1", lease, 5).await;
    assert!(moved.unwrap());
    let again = checkpoint::advance(&mut rows, "users_v1", lease, 5).await;
    assert!(!again.unwrap(), "a position is left once");
    checkpoint::release(pool, first).await.unwrap();
    let (epoch, position) = (lease.epoch + 1, 5);
    let passed_on = checkpoint::lease(pool, "users_v1", second, 0).await;
    assert_eq!(passed_on.unwrap(), Some(Lease { epoch, position }));
    let lost = Lease { position, ..lease };
    let late = checkpoint::advance(&mut rows, "users_v1", lost, 6).await;
    assert!(!late.unwrap(), "a lost lease writes nothing");
    let late = Pass {
        name: "users_v1".into(),
        from: lost,
        to: 6,
    };
    let late = checkpoint::pass(&mut rows, &[late]).await;
    assert_eq!(late.unwrap(), [false], "nor does it pass on");
    let run_out = checkpoint::lease(pool, "users_v1", first, 60_000).await;
    let epoch = epoch + 1;
    assert_eq!(run_out.unwrap(), Some(Lease { epoch, position }));
    let position = checkpoint::position(&mut rows, "users_v1").await;
    assert_eq!(position.unwrap(), 5);
    let unknown = checkpoint::position(&mut rows, "nobody_v1").await;
    assert_eq!(unknown.unwrap(), 0);
}
