//! A migration adds columns while a release runs that does not know them: what it has prepared goes on.

use super::{
    connected, differences, folded,
    history::{at, history, number, user},
    run,
};
use crate::support::store;
use purser_domain::{
    Recorded,
    ids::{
        ApprovalId, CaseId, DocumentId, InstanceId, PayoutId, ServiceId, SubscriptionId, TopUpId,
        WalletId, WorkerId,
    },
};
use purser_projections::{
    approvals, cases, coupons, documents, pages::Page, payouts, pods, services, services::Audience,
    subscriptions, top_ups, usage, usage::Resolution, usage::Window, users, wallet_transactions,
    wallets, workers,
};
use sqlx::PgConnection;

#[tokio::test]
async fn a_column_that_a_migration_adds_stops_neither_projectors_nor_readers_that_run() {
    let connection = &mut *connected(&store().await).await;
    let (history, models) = (history(), purser_projections::all());
    let mut rest = Vec::new();
    for model in &models {
        let heard = history.iter().filter(|event| model.concerns(event));
        let mut heard: Vec<Recorded> = heard.cloned().collect();
        let later = heard.split_off(heard.len() / 2);
        model.project(connection, &heard).await.unwrap();
        let fold = folded(&**model, &heard);
        assert_eq!(differences(&*fold, connection).await, []);
        rest.push(later);
    }
    everything_is_asked(connection).await;

    let mut tables: Vec<String> = models
        .iter()
        .map(|it| format!("views.{}", it.table()))
        .collect();
    tables.extend(["work.usage_samples", "work.usage_rollups"].map(str::to_owned));
    for table in tables {
        let add = format!("alter table {table} add column of_a_newer_release text");
        run(connection, &add).await;
    }
    for (model, later) in models.iter().zip(rest) {
        let name = model.name();
        let projected = model.project(connection, &later).await;
        assert!(projected.is_ok(), "{name}: {projected:?}");
        let fold = folded(&**model, &history);
        assert_eq!(differences(&*fold, connection).await, [], "{name}");
    }
    everything_is_asked(connection).await;
}

/// Whether there is anything to find is no matter.
async fn everything_is_asked(rows: &mut PgConnection) {
    let (buyer, whole) = (user(1), Page::new(None, None).unwrap());
    let (wallet, top_up) = (WalletId::of(buyer), TopUpId::new(number(4, 1)));
    users::page(rows, &whole).await.unwrap();
    users::by_id(rows, buyer).await.unwrap();
    wallets::of_user(rows, buyer).await.unwrap();
    let moved = wallet_transactions::page_of_wallet(rows, wallet, &whole);
    moved.await.unwrap();
    let moved = wallet_transactions::between(rows, wallet, at(0), at(9));
    moved.await.unwrap();
    top_ups::page_of_user(rows, buyer, &whole).await.unwrap();
    top_ups::of_user(rows, buyer, top_up).await.unwrap();

    let (service, audience) = (ServiceId::new(number(5, 1)), Audience::Staff);
    services::page(rows, audience, &whole).await.unwrap();
    services::by_id(rows, audience, service).await.unwrap();
    services::by_slug(rows, audience, "app").await.unwrap();
    let order = SubscriptionId::new(number(7, 1));
    let orders = subscriptions::page_of_user(rows, buyer, &whole);
    orders.await.unwrap();
    subscriptions::of_user(rows, buyer, order).await.unwrap();
    let today = at(99).date_naive();
    subscriptions::overdue(rows, today).await.unwrap();

    let pod = InstanceId::new(number(8, 1));
    pods::page_of_user(rows, buyer, &whole).await.unwrap();
    pods::of_user(rows, buyer, pod).await.unwrap();
    let pod = pods::by_id(rows, pod).await.unwrap().unwrap();
    usage::of_pod(rows, &pod, at(9), 5).await.unwrap();
    for resolution in [Resolution::Sample, Resolution::Hour, Resolution::Day] {
        let (from, to) = (at(0), at(9));
        let window = Window { from, to };
        let used = usage::history(rows, pod.id, resolution, window, &whole);
        used.await.unwrap();
    }
    let worker = WorkerId::new(number(9, 1));
    workers::page(rows, &whole).await.unwrap();
    workers::by_id(rows, worker).await.unwrap();
    workers::pools(rows).await.unwrap();

    let case = CaseId::new(number(21, 1));
    cases::page(rows, None, &whole).await.unwrap();
    cases::by_id(rows, case).await.unwrap();
    let payout = PayoutId::new(number(20, 1));
    payouts::page(rows, None, &whole).await.unwrap();
    payouts::by_id(rows, payout).await.unwrap();
    payouts::unfinished_by_bank(rows, at(99)).await.unwrap();
    let document = DocumentId::new(number(12, 1));
    documents::page(rows, None, &whole).await.unwrap();
    documents::page_of_user(rows, buyer, &whole).await.unwrap();
    documents::of_user(rows, buyer, document).await.unwrap();
    documents::by_id(rows, document).await.unwrap();
    let approval = ApprovalId::new(number(24, 1));
    approvals::page(rows, None, &whole).await.unwrap();
    approvals::by_id(rows, approval).await.unwrap();
    let code = "CODE-1".parse().unwrap();
    coupons::page(rows, None, &whole).await.unwrap();
    coupons::by_code(rows, &code).await.unwrap();
}
