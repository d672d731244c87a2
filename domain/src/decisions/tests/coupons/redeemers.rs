//! Who may redeem a coupon, and how often.

use super::*;
use crate::parameters::Chosen;

#[test]
fn whoever_had_something_that_ran_is_not_new_though_it_cost_nothing() {
    let limits = Limits {
        new_customers: true,
        repeatable: true,
        ..Limits::default()
    };
    let mut world = world(0, percent(100, Some(1)), limits);
    world.happens(&with_coupon(budi(), 1));
    let knowing = || Purchase {
        redeemer: Redeemer {
            had: vec![order(1)],
            ..redeemer(budi())
        },
        ..with_coupon(budi(), 2)
    };
    // Nobody is new twice, also where the coupon may be used more often and nothing ran yet.
    world.refuses(&knowing(), "coupon.already_used");
    activate(&mut world, 1);
    let another = |user_id| Purchase {
        redeemer: Redeemer {
            had: vec![order(1)],
            ..redeemer(user_id)
        },
        ..with_coupon(user_id, 2)
    };
    assert!(world.state::<Wallet>(&WalletId::of(sari())).is_new());
    world.refuses(&another(sari()), "coupon.new_customers_only");
    world.happens(&with_coupon(sari(), 2));
}

#[test]
fn nobody_redeems_a_coupon_whose_address_is_not_verified() {
    let credit = Gives::Credit {
        amount: rp(20_000),
        days: 30,
    };
    for gives in [credit, percent(25, None)] {
        let mut world = world(40_000, gives, uses(5)).with(UserId::new(Uuid::from_u128(9)), 40_000);
        let stranger = UserId::new(Uuid::from_u128(9));
        match gives {
            Gives::Credit { .. } => {
                world.refuses(&for_wallet(stranger, 1), "user.email_not_verified");
            }
            _ => world.refuses(&with_coupon(stranger, 1), "user.email_not_verified"),
        }
        assert_eq!(uses_of(&world), 0);
    }
    // Whoever asks for him has to say which mailbox is his.
    let nobody = Purchase {
        redeemer: Redeemer::default(),
        ..with_coupon(budi(), 1)
    };
    world(40_000, percent(25, None), uses(5)).refuses(&nobody, "user.email_not_verified");
}

#[test]
fn another_account_of_the_same_mailbox_does_not_use_it_again() {
    let same = || redeemer(budi());
    let mut world = world(40_000, percent(25, None), Limits::default());
    world.happens(&with_coupon(budi(), 1));
    let again = Purchase {
        redeemer: same(),
        ..with_coupon(sari(), 2)
    };
    world.refuses(&again, "coupon.already_used");
    // It comes back with the use.
    world.happens(&failing(order(1)));
    world.happens(&again);
    let gives = Gives::Credit {
        amount: rp(20_000),
        days: 30,
    };
    let mut world = super::world(0, gives, uses(5));
    world.happens(&for_wallet(budi(), 1));
    let again = RedeemCoupon {
        redeemer: same(),
        ..for_wallet(sari(), 2)
    };
    world.refuses(&again, "coupon.already_used");
    assert_eq!(world.balance(sari()), Rupiah::ZERO);
}

#[test]
fn what_may_be_used_more_often_claims_no_mailbox() {
    let limits = Limits {
        repeatable: true,
        ..Limits::default()
    };
    let mut world = world(80_000, percent(25, None), limits);
    for number in [1, 2] {
        let order = Purchase {
            redeemer: Redeemer::default(),
            ..with_coupon(budi(), number)
        };
        world.happens(&order);
    }
    assert_eq!(uses_of(&world), 2);
}

#[test]
fn no_mail_leaves_what_a_coupon_pays_until_something_was_charged() {
    let smtp = [(text("smtp_port"), Chosen::Number(587))];
    let mut world = world(40_000, percent(100, Some(1)), Limits::default());
    let sending = Purchase {
        parameters: smtp.into_iter().collect(),
        ..with_coupon(budi(), 1)
    };
    world.refuses(&sending, "subscription.no_mail_unpaid");
    world.happens(&with_coupon(budi(), 1));
    activate(&mut world, 1);
    let may_send = |world: &World| world.state::<Subscription>(&order(1)).may_send_mail();
    assert!(!may_send(&world));
    world.happens(&advance(1, "2027-02-27T17:00:00Z"));
    assert!(may_send(&world));
    let mut paid = super::world(40_000, percent(25, Some(1)), Limits::default());
    let sending = Purchase {
        parameters: sending.parameters.clone(),
        ..with_coupon(budi(), 1)
    };
    paid.happens(&sending);
    assert!(may_send(&paid));
}
