//! What is charged under each VAT policy, and that a change of the setting reaches only what is agreed after it.

use super::world::{World, of, purchase};
use crate::{
    Event, Rupiah,
    coupon::{Coupon, CouponCode, CouponCommand, Gives, Limits, Off},
    decisions::{ActivateOrder, Advance, ChangePlan, One, Paying, Policy, Purchase},
    ids::WalletId,
    period::{BillingCycle, day_begins},
    story::{budi, ghost, noon, order, rp, starter},
    subscription::{Subscription, SubscriptionEvent},
    user::{User, UserCommand},
    vat::{VatPolicy, VatRate},
};

fn rate() -> VatRate {
    VatRate {
        percent: "12".parse().unwrap(),
        base: "11/12".parse().unwrap(),
    }
}

const NONE: VatPolicy = VatPolicy::None;

fn inclusive() -> VatPolicy {
    VatPolicy::Inclusive(rate())
}

fn exclusive() -> VatPolicy {
    VatPolicy::Exclusive(rate())
}

fn buying(vat: VatPolicy) -> Purchase {
    Purchase {
        vat,
        ..purchase(budi(), 1)
    }
}

fn paying() -> Paying {
    Paying {
        subscription_id: order(1),
        wallet_id: WalletId::of(budi()),
        service_id: ghost(),
    }
}

fn policy(vat: VatPolicy) -> Policy {
    Policy {
        vat,
        ..Policy::default()
    }
}

/// Active out of a million, under this policy.
fn active(vat: VatPolicy) -> World {
    let mut world = World::selling(1, 1).with(budi(), 1_000_000);
    world.happens(&buying(vat));
    world.happens(&ActivateOrder {
        subscription_id: order(1),
        at: noon(),
    });
    world
}

/// What the first renewal costs where the operator has this policy by then, and what VAT stands with it.
fn renewal(agreed: VatPolicy, now: VatPolicy) -> (Rupiah, VatPolicy) {
    let mut world = active(agreed);
    let renewed = world.happens(&Advance {
        paying: paying(),
        policy: policy(now),
        at: day_begins("2027-02-28".parse().unwrap()),
    });
    let facts = of(&renewed, "subscription");
    let [Event::Subscription(SubscriptionEvent::Renewed { price, vat, .. })] = &*facts else {
        panic!("{facts:?}");
    };
    (*price, *vat)
}

#[test]
fn vat_on_top_is_charged_and_comes_back_with_the_price() {
    let mut world = World::selling(1, 1).with(budi(), 44_399);
    world.refuses(&buying(exclusive()), "wallet.insufficient_funds");
    for (vat, left) in [
        (NONE, 960_000),
        (inclusive(), 960_000),
        (exclusive(), 955_600),
    ] {
        let world = active(vat);
        assert_eq!(world.balance(budi()), rp(left));
        let subscription = world.state::<Subscription>(&order(1));
        let day = "2027-01-30".parse().unwrap();
        let remainders = subscription.remainders(day);
        let kept: i64 = remainders.iter().map(|left| left.amount.get()).sum();
        assert_eq!(kept, 1_000_000 - left);
    }
}

#[test]
fn a_renewal_has_the_policy_of_its_own_time() {
    assert_eq!(renewal(NONE, NONE), (rp(40_000), NONE));
    assert_eq!(renewal(NONE, inclusive()), (rp(40_000), inclusive()));
    assert_eq!(renewal(exclusive(), exclusive()), (rp(44_400), exclusive()));
    assert_eq!(renewal(exclusive(), NONE), (rp(40_000), NONE));
}

/// New, beside the rules: it would be a rise without the notice that a new price needs.
#[test]
fn what_runs_never_gets_vat_on_top_of_its_price() {
    for agreed in [NONE, inclusive()] {
        assert_eq!(renewal(agreed, exclusive()), (rp(40_000), inclusive()));
    }
}

#[test]
fn a_change_of_plan_is_agreed_under_the_policy_of_its_time() {
    let mut world = active(NONE);
    world.happens(&ChangePlan {
        paying: paying(),
        from: starter(),
        to: starter(),
        billing_cycle: BillingCycle::Yearly,
        policy: policy(exclusive()),
        volumes_grow: None,
        asked_by: budi(),
        at: noon(),
    });
    let subscription = world.state::<Subscription>(&order(1));
    let terms = subscription.terms().unwrap();
    assert_eq!((terms.price, terms.vat), (rp(444_000), exclusive()));
}

/// Budi's order with Rp 10.000 off two periods, under this policy: what the first period and its renewal cost.
fn discounted(vat: VatPolicy) -> [i64; 2] {
    let code: CouponCode = "SEPULUH".parse().unwrap();
    let mut world = World::selling(1, 1).with(budi(), 1_000_000);
    let limits = Limits {
        repeatable: true,
        ..Limits::default()
    };
    world.happens(&One::<Coupon> {
        id: code.clone(),
        command: CouponCommand::Create {
            code: code.clone(),
            gives: Gives::Discount {
                off: Off::Fixed(rp(10_000)),
                periods: Some(2),
            },
            limits: Box::new(limits),
            at: noon(),
        },
    });
    world.happens(&One::<User> {
        id: budi(),
        command: UserCommand::VerifyEmail { at: noon() },
    });
    let purchase = Purchase {
        coupon: Some(code),
        ..buying(vat)
    };
    world.happens(&purchase);
    let first = 1_000_000 - world.balance(budi()).get();
    world.happens(&ActivateOrder {
        subscription_id: order(1),
        at: noon(),
    });
    world.happens(&Advance {
        paying: paying(),
        policy: policy(vat),
        at: day_begins("2027-02-28".parse().unwrap()),
    });
    [first, 1_000_000 - first - world.balance(budi()).get()]
}

#[test]
fn a_coupon_takes_its_rupiah_off_the_price_on_which_vat_is_charged() {
    assert_eq!(discounted(NONE), [30_000; 2]);
    assert_eq!(discounted(inclusive()), [30_000; 2]);
    assert_eq!(discounted(exclusive()), [33_300; 2]);
}
