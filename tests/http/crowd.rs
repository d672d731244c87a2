//! Many at once on one wallet: word of payments, charges and purchases. Nothing is lost and nothing counts twice.

use crate::support::{Person, TestApp, app};
use purser::{
    standins::midtrans::Quirks,
    store::{Command, CommandError},
};
use purser_domain::{
    Actor, Rupiah,
    decisions::One,
    ids::{ChargeId, SubscriptionId, UserId, WalletId},
    wallet::{Purpose, Wallet, WalletCommand},
};
use std::time::Instant;
use uuid::Uuid;

const PAYMENTS: usize = 24;
const CHARGES: usize = 34;
const PURCHASES: usize = 6;

/// A charge of 5,000; whether it went through.
async fn charge(app: &TestApp, dewi: &Person) -> bool {
    let id = Uuid::now_v7();
    let charge = One::<Wallet> {
        id: WalletId::of(UserId::new(dewi.id)),
        command: WalletCommand::Charge {
            charge_id: ChargeId::new(id),
            amount: Rupiah::try_from(5_000).unwrap(),
            subscription_id: SubscriptionId::new(id),
            purpose: Purpose::Running,
            at: app.clock.now(),
        },
    };
    let command = Command::of_effect(id, id, Actor::System("test"), charge);
    match app.app().appender.execute(command).await {
        Ok(_) => true,
        Err(CommandError::Refused(refused)) => {
            assert_eq!(refused.code, "wallet.insufficient_funds");
            false
        }
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_at_once_on_one_wallet_leave_the_right_balance() {
    let app = app().await;
    app.sells("ghost").await;
    // Less than all of them want: some are refused, by what is there at that moment.
    let dewi = app.customer().await.with_credit(100_000).await;
    let mut orders = vec![];
    for _ in 0..PAYMENTS {
        orders.push(dewi.orders_credit(10_000).await);
    }
    app.midtrans.quirks(Quirks {
        duplicates: 1,
        ..Quirks::default()
    });
    let wish = dewi.order_of("ghost").await;
    let begun = Instant::now();
    let paying = futures_util::future::join_all(orders.iter().map(|order| dewi.pays(order)));
    let charging = futures_util::future::join_all((0..CHARGES).map(|_| charge(&app, &dewi)));
    let buying = futures_util::future::join_all((0..PURCHASES).map(|_| async {
        let bought = dewi.post("/subscriptions", &wish).await;
        assert!([201, 402].contains(&bought.status), "{}", bought.text);
        bought.status == 201
    }));
    let ((), charged, bought) = futures_util::join!(
        async {
            paying.await;
        },
        charging,
        buying
    );
    app.settle().await;
    let took = begun.elapsed().as_millis();
    let times = |went: Vec<bool>| i64::try_from(went.iter().filter(|went| **went).count()).unwrap();
    let (charged, bought) = (times(charged), times(bought));
    let paid = 100_000 + 10_000 * i64::try_from(PAYMENTS).unwrap();
    let left = paid - 5_000 * charged - 40_000 * bought;
    assert!(left >= 0);
    dewi.has(left).await;
    let credited = i64::try_from(PAYMENTS).unwrap() + 1;
    assert_eq!(app.times("wallet.credited").await, credited);
    assert_eq!(app.times("wallet.charged").await, charged + bought);
    println!(
        "at once on one wallet: {PAYMENTS} payments told of twice, {CHARGES} charges of which {charged} went through, \
         {PURCHASES} purchases of which {bought} did; Rp {left} left, all settled after {took} ms"
    );
    app.finish().await;
}
