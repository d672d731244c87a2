//! Many customers after the same coupon.

use crate::support::{command, purchase, rp, store};
use futures_util::future::join_all;
use purser::store::CommandError;
use purser_domain::{
    coupon::{Coupon, CouponCode, CouponCommand, Gives, Limits, Off},
    decisions::{One, Purchase},
    user::{User, UserCommand},
};

#[tokio::test]
async fn of_thirty_two_at_once_five_use_a_coupon_that_can_be_used_five_times() {
    let store = store().await;
    let offer = store.on_sale(32, 1).await;
    let code: CouponCode = "FIRST-5".parse().unwrap();
    let limits = Limits {
        uses: Some(5),
        // Mailboxes are told apart over the wire.
        repeatable: true,
        ..Limits::default()
    };
    store
        .given(One::<Coupon> {
            id: code.clone(),
            command: CouponCommand::Create {
                code: code.clone(),
                gives: Gives::Discount {
                    off: Off::Fixed(rp(15_000)),
                    periods: Some(1),
                },
                limits: Box::new(limits),
                at: chrono::Utc::now(),
            },
        })
        .await;
    let buyers = join_all((0..32).map(|_| store.customer(50_000))).await;
    for buyer in &buyers {
        let at = chrono::Utc::now();
        store
            .given(One::<User> {
                id: *buyer,
                command: UserCommand::VerifyEmail { at },
            })
            .await;
    }
    // Two processes sell at once.
    let other = store.another_appender(store.clock.clone());
    let bought = join_all(buyers.iter().enumerate().map(async |(number, buyer)| {
        let appender = if number % 2 == 0 {
            &store.appender
        } else {
            &other
        };
        let purchase = Purchase {
            coupon: Some(code.clone()),
            ..purchase(*buyer, offer)
        };
        (*buyer, appender.execute(command(purchase)).await)
    }))
    .await;
    let (mut used, mut refused) = (0, 0);
    for (buyer, outcome) in bought {
        let left = match outcome {
            Ok(_) => {
                used += 1;
                25_000
            }
            Err(CommandError::Refused(refusal)) => {
                assert_eq!(refusal.code, "coupon.used_up");
                refused += 1;
                50_000
            }
            Err(error) => panic!("{error}"),
        };
        assert_eq!(store.balance(buyer).await, left);
    }
    assert_eq!((used, refused), (5, 27));
    for name in ["coupon.redeemed", "subscription.ordered", "wallet.charged"] {
        let count = format!("events where event_type = '{name}'");
        assert_eq!(store.count(&count).await, 5, "{name}");
    }
}
