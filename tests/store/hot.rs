//! Many callers on the same streams.

use crate::support::{charge, command, credit, purchase, store};
use futures_util::future::join_all;
use purser::store::CommandError;

#[tokio::test]
async fn thirty_two_buyers_at_once_get_twenty_slots_and_twelve_clean_refusals() {
    let store = store().await;
    let offer = store.on_sale(20, 1).await;
    let buyers = join_all((0..32).map(|_| store.customer(50_000))).await;
    // Two processes sell at once.
    let other = store.another_appender(store.clock.clone());
    let bought = join_all(buyers.iter().enumerate().map(async |(number, buyer)| {
        let appender = if number % 2 == 0 {
            &store.appender
        } else {
            &other
        };
        (
            *buyer,
            appender.execute(command(purchase(*buyer, offer))).await,
        )
    }))
    .await;

    let (mut sold, mut refused) = (0, 0);
    for (buyer, outcome) in bought {
        let left = match outcome {
            Ok(_) => {
                sold += 1;
                10_000
            }
            Err(CommandError::Refused(refusal)) => {
                assert_eq!(refusal.code, "plan.sold_out");
                refused += 1;
                50_000
            }
            Err(error) => panic!("{error}"),
        };
        assert_eq!(store.balance(buyer).await, left);
    }
    assert_eq!((sold, refused), (20, 12));
    for name in [
        "subscription.ordered",
        "wallet.charged",
        "plan_slots.taken",
        "instance.requested",
    ] {
        assert_eq!(
            store
                .count(&format!("events where event_type = '{name}'"))
                .await,
            20,
            "{name}"
        );
    }
}

#[tokio::test]
async fn of_two_debits_that_the_wallet_covers_once_the_second_is_refused() {
    let store = store().await;
    let budi = store.customer(100_000).await;
    let other = store.another_appender(store.clock.clone());
    let (one, two) = tokio::join!(
        store.execute(command(charge(budi, 60_000))),
        other.execute(command(charge(budi, 60_000)))
    );
    let refused = match (one, two) {
        (Ok(_), Err(CommandError::Refused(refused)))
        | (Err(CommandError::Refused(refused)), Ok(_)) => refused,
        both => panic!("one of both is refused: {both:?}"),
    };
    assert_eq!(refused.code, "wallet.insufficient_funds");
    assert_eq!(store.balance(budi).await, 40_000);
}

#[tokio::test]
async fn sixty_four_movements_at_once_on_one_wallet_sum_up() {
    let store = store().await;
    let budi = store.customer(64_000).await;
    let other = store.another_appender(store.clock.clone());
    let moved = join_all((0..64).map(async |number| {
        let appender = if number % 2 == 0 {
            &store.appender
        } else {
            &other
        };
        if number % 4 < 2 {
            appender.execute(command(credit(budi, 500))).await
        } else {
            appender.execute(command(charge(budi, 1_500))).await
        }
    }))
    .await;
    assert!(moved.iter().all(Result::is_ok), "{moved:?}");
    assert_eq!(store.balance(budi).await, 64_000 + 32 * 500 - 32 * 1_500);
    let mut versions: Vec<i64> = moved
        .into_iter()
        .map(|committed| committed.unwrap().version)
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, (3..67).collect::<Vec<_>>());
}
