//! Coupons with orders and for wallets (billing rules 8, 18, 22 and 23).

mod redeemers;

use super::world::{World, claim, failure, of, purchase};
use crate::{
    Event, Rupiah,
    claim::ClaimId,
    coupon::{Coupon, CouponCode, CouponCommand, Gives, Limits, Off, Percent},
    decisions::{
        ActivateOrder, Advance, CouponRedeemed, FailOrder, One, Paying, Policy, Purchase,
        Purchased, RedeemCoupon, Redeemer, UsedUp,
    },
    ids::{RedemptionId, SubscriptionId, UserId, WalletId},
    story::{at, budi, ghost, noon, order, rp, sari, starter, text},
    subscription::{Subscription, SubscriptionEvent},
    user::{User, UserCommand},
    wallet::{Wallet, WalletEvent},
};
use uuid::Uuid;

fn code() -> CouponCode {
    "HEMAT".parse().unwrap()
}

fn percent(hundredths: u8, periods: Option<u32>) -> Gives {
    Gives::Discount {
        off: Off::Percent(Percent::try_from(hundredths).unwrap()),
        periods,
    }
}

/// The starter plan on sale, Budi and Sari with so much each, and a coupon.
fn world(balance: i64, gives: Gives, limits: Limits) -> World {
    let mut world = World::selling(9, 9)
        .with(budi(), balance)
        .with(sari(), balance);
    world.happens(&One::<Coupon> {
        id: code(),
        command: CouponCommand::Create {
            code: code(),
            gives,
            limits: Box::new(limits),
            at: noon(),
        },
    });
    for id in [budi(), sari()] {
        world.happens(&One::<User> {
            id,
            command: UserCommand::VerifyEmail { at: noon() },
        });
    }
    world
}

/// The claim on this person's use of the coupon.
fn mailbox(user_id: UserId) -> ClaimId {
    claim(&format!("{} HEMAT", &user_id.to_string()[24..]))
}

fn redeemer(user_id: UserId) -> Redeemer {
    Redeemer {
        mailbox: Some(mailbox(user_id)),
        had: vec![],
    }
}

fn with_coupon(user_id: UserId, number: u128) -> Purchase {
    Purchase {
        coupon: Some(code()),
        redeemer: redeemer(user_id),
        ..purchase(user_id, number)
    }
}

fn failing(subscription_id: SubscriptionId) -> FailOrder {
    FailOrder {
        used: UsedUp {
            coupon: Some(code()),
            claims: vec![mailbox(budi())],
        },
        ..failure(subscription_id)
    }
}

fn uses(uses: u32) -> Limits {
    Limits {
        uses: Some(uses),
        ..Limits::default()
    }
}

fn uses_of(world: &World) -> usize {
    world.state::<Coupon>(&code()).used()
}

fn activate(world: &mut World, number: u128) -> Vec<String> {
    world.story(&ActivateOrder {
        subscription_id: order(number),
        at: noon(),
    })
}

fn advance(number: u128, moment: &str) -> Advance {
    Advance {
        paying: Paying {
            subscription_id: order(number),
            wallet_id: WalletId::of(budi()),
            service_id: ghost(),
        },
        policy: Policy::default(),
        at: at(moment),
    }
}

fn for_wallet(user_id: UserId, number: u128) -> RedeemCoupon {
    RedeemCoupon {
        coupon: code(),
        redemption_id: RedemptionId::new(Uuid::from_u128(number)),
        user_id,
        redeemer: redeemer(user_id),
        at: noon(),
    }
}

#[test]
fn the_use_of_a_coupon_and_the_order_are_one_commit() {
    let mut world = world(40_000, percent(25, Some(1)), Limits::default());
    let purchased: Purchased = world.answer(&with_coupon(budi(), 1));
    assert_eq!(
        (purchased.price, purchased.discount),
        (rp(30_000), rp(10_000))
    );
    assert_eq!(world.balance(budi()), rp(10_000));
    assert_eq!(uses_of(&world), 1);
    let subscription: Subscription = world.state(&order(1));
    let terms = subscription.terms().unwrap();
    assert_eq!((terms.price, terms.charged()), (rp(40_000), rp(30_000)));
    assert_eq!(
        world.story(&with_coupon(sari(), 2))[..4],
        [
            "coupon.redeemed",
            "claim.taken",
            "wallet.charged",
            "subscription.ordered"
        ]
    );
}

#[test]
fn where_the_order_is_refused_no_use_is_burnt() {
    let mut world = world(29_999, percent(25, Some(1)), Limits::default());
    world.refuses(&with_coupon(budi(), 1), "wallet.insufficient_funds");
    assert_eq!(uses_of(&world), 0);
}

#[test]
fn where_the_coupon_is_refused_nothing_is_ordered() {
    let mut world = world(40_000, percent(25, Some(1)), Limits::default());
    let unknown = Purchase {
        coupon: Some("NOBODYS".parse().unwrap()),
        ..purchase(budi(), 1)
    };
    world.refuses(&unknown, "coupon.unknown");
    world.happens(&with_coupon(sari(), 2));
    world.refuses(&with_coupon(sari(), 3), "coupon.already_used");
    assert_eq!(world.balance(budi()), rp(40_000));
}

#[test]
fn what_costs_nothing_is_ordered_all_the_same_without_a_charge() {
    let mut world = world(0, percent(100, Some(2)), Limits::default());
    let decided = world.happens(&with_coupon(budi(), 1));
    assert_eq!(of(&decided, "wallet"), Vec::<&Event>::new());
    let [Event::Subscription(SubscriptionEvent::Ordered { terms, .. })] =
        of(&decided, "subscription")[..]
    else {
        panic!("one order: {decided:?}");
    };
    assert_eq!((terms.price, terms.charge_id), (rp(40_000), None));
    activate(&mut world, 1);
    // The second period costs nothing either, the third its price.
    let renewed = world.happens(&advance(1, "2027-02-27T17:00:00Z"));
    assert_eq!(of(&renewed, "wallet"), Vec::<&Event>::new());
    let [
        Event::Subscription(SubscriptionEvent::Renewed {
            price,
            discount: Some(discount),
            charge_id: None,
            ..
        }),
    ] = of(&renewed, "subscription")[..]
    else {
        panic!("renewed for nothing: {renewed:?}");
    };
    assert_eq!((*price, discount.amount), (rp(40_000), rp(40_000)));
    assert_eq!(
        world.story(&advance(1, "2027-03-30T17:00:00Z")),
        ["subscription.became_past_due"]
    );
}

#[test]
fn a_discount_reaches_the_renewals_that_it_says() {
    let mut world = world(110_000, percent(25, Some(2)), Limits::default());
    world.happens(&with_coupon(budi(), 1));
    activate(&mut world, 1);
    for (moment, left) in [
        ("2027-02-27T17:00:00Z", 50_000),
        ("2027-03-30T17:00:00Z", 10_000),
    ] {
        world.happens(&advance(1, moment));
        assert_eq!(world.balance(budi()), rp(left), "{moment}");
    }
}

#[test]
fn what_a_discounted_period_costs_is_all_that_is_missing() {
    let mut world = world(30_000, percent(25, None), Limits::default());
    world.happens(&with_coupon(budi(), 1));
    activate(&mut world, 1);
    let lapsed = world.happens(&advance(1, "2027-02-27T17:00:00Z"));
    let [Event::Subscription(SubscriptionEvent::BecamePastDue { needed, .. })] =
        of(&lapsed, "subscription")[..]
    else {
        panic!("past due: {lapsed:?}");
    };
    assert_eq!(*needed, rp(30_000));
}

#[test]
fn a_use_comes_back_only_where_no_period_began() {
    let mut world = world(40_000, percent(25, Some(3)), Limits::default());
    world.happens(&with_coupon(budi(), 1));
    assert_eq!(
        world.story(&failing(order(1))),
        [
            "subscription.failed",
            "coupon.returned",
            "claim.released",
            "wallet.refunded",
            "instance.removal_requested"
        ]
    );
    assert_eq!((uses_of(&world), world.balance(budi())), (0, rp(40_000)));
    world.changes_nothing(&failing(order(1)));
    world.happens(&with_coupon(budi(), 2));
    world.changes_nothing(&failing(order(1)));
    assert_eq!(uses_of(&world), 1);
    activate(&mut world, 2);
    world.refuses(&failing(order(2)), "subscription.already_active");
    assert_eq!(uses_of(&world), 1);
}

#[test]
fn an_order_that_nobody_has_looked_at_is_not_failed_without_its_coupon() {
    let mut world = world(40_000, percent(25, None), Limits::default());
    world.happens(&with_coupon(budi(), 1));
    world.refuses(&failure(order(1)), "subscription.not_found");
}

#[test]
fn free_days_move_end_and_anchor_and_are_worth_nothing() {
    let days = Gives::FreeDays { days: 10 };
    let mut world = world(80_000, days, Limits::default());
    world.happens(&with_coupon(budi(), 1));
    assert_eq!(world.balance(budi()), rp(40_000));
    assert_eq!(
        activate(&mut world, 1),
        [
            "instance.became_ready",
            "subscription.activated",
            "subscription.extended"
        ]
    );
    let subscription: Subscription = world.state(&order(1));
    assert_eq!(subscription.paid_until(), "2027-03-10".parse().ok());
    let left = subscription.remainders("2027-02-27".parse().unwrap());
    assert_eq!(left, []);
    // The next period is counted from there.
    world.happens(&advance(1, "2027-03-09T17:00:00Z"));
    let subscription: Subscription = world.state(&order(1));
    assert_eq!(subscription.paid_until(), "2027-04-10".parse().ok());
}

#[test]
fn one_for_new_customers_is_refused_to_whoever_was_charged_before() {
    let limits = Limits {
        new_customers: true,
        ..Limits::default()
    };
    let mut world = world(100_000, percent(25, None), limits);
    world.happens(&purchase(budi(), 1));
    world.refuses(&with_coupon(budi(), 2), "coupon.new_customers_only");
    // What came back whole does not count.
    world.happens(&failure(order(1)));
    world.happens(&with_coupon(budi(), 2));
}

#[test]
fn a_coupon_for_another_plan_is_refused() {
    let limits = Limits {
        plans: vec![crate::ids::PlanId::new(Uuid::from_u128(9))],
        ..Limits::default()
    };
    let mut world = world(100_000, percent(25, None), limits.clone());
    world.refuses(&with_coupon(budi(), 1), "coupon.not_for_plan");
    assert_ne!(limits.plans, [starter()]);
}

#[test]
fn credit_and_the_use_of_its_coupon_are_one_commit() {
    let gives = Gives::Credit {
        amount: rp(20_000),
        days: 30,
    };
    let mut world = world(0, gives, uses(5));
    let redeemed: CouponRedeemed = world.answer(&for_wallet(budi(), 1));
    assert_eq!(redeemed.amount, rp(20_000));
    assert_eq!(redeemed.expires_on, "2027-03-01".parse().unwrap());
    let wallet: Wallet = world.state(&WalletId::of(budi()));
    assert_eq!(
        (wallet.paid(), wallet.promotional()),
        (Rupiah::ZERO, rp(20_000))
    );
    world.changes_nothing(&for_wallet(budi(), 1));
    world.refuses(&for_wallet(budi(), 2), "coupon.already_used");
    let decided = world.happens(&for_wallet(sari(), 3));
    let granted =
        |event: &&Event| matches!(event, Event::Wallet(WalletEvent::PromotionGranted { .. }));
    assert_eq!(
        of(&decided, "wallet")
            .iter()
            .filter(|event| granted(event))
            .count(),
        1
    );
}

#[test]
fn a_coupon_is_used_for_what_it_is_made_for() {
    let gives = Gives::Credit {
        amount: rp(20_000),
        days: 30,
    };
    world(40_000, gives, uses(5)).refuses(&with_coupon(budi(), 1), "coupon.only_for_wallet");
    world(40_000, percent(25, None), Limits::default())
        .refuses(&for_wallet(budi(), 1), "coupon.only_for_orders");
    world(40_000, percent(25, None), Limits::default())
        .deactivated(budi())
        .refuses(&for_wallet(budi(), 1), "user.deactivated");
    let unused: crate::text::Reason = text("over");
    let mut withdrawn = world(40_000, percent(25, None), Limits::default());
    withdrawn.happens(&One::<Coupon> {
        id: code(),
        command: CouponCommand::Withdraw {
            reason: unused,
            at: noon(),
        },
    });
    withdrawn.refuses(&with_coupon(budi(), 1), "coupon.withdrawn");
}
