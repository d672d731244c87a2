use super::world::{World, claim, failure, of, purchase};
use crate::{
    Event, Rupiah,
    claim::ClaimEvent,
    decisions::{ActivateOrder, ConfirmRemoval, FailOrder, One, Purchase},
    ids::{ChargeId, CreditId, InstanceId, UserId, WalletId},
    instance::{Instance, InstanceCommand, InstanceEvent},
    period::Period,
    service::{Plan, PriceList},
    story::{at, budi, noon, order, plan, rp, sari, starter, text},
    subscription::{FailCause, Subscription, SubscriptionEvent},
    wallet::WalletEvent,
};
use chrono::{DateTime, Utc};

/// Budi's order is placed, out of 100.000.
fn ordered() -> World {
    World::selling(1, 1)
        .with(budi(), 100_000)
        .with(sari(), 100_000)
        .ordered(1)
}

fn failed() -> World {
    let mut world = ordered();
    world.happens(&failure(order(1)));
    world
}

fn active() -> World {
    let mut world = ordered();
    world.happens(&ready(noon()));
    world
}

/// The order failed, and what was made for it is gone.
fn cleaned_up() -> World {
    let mut world = failed();
    world.happens(&gone());
    world
}

fn ready(at: DateTime<Utc>) -> ActivateOrder {
    ActivateOrder {
        subscription_id: order(1),
        at,
    }
}

fn cancelled() -> FailOrder {
    FailOrder {
        cause: FailCause::Cancelled,
        on_behalf_of: Some(budi()),
        ..failure(order(1))
    }
}

fn gone() -> ConfirmRemoval {
    ConfirmRemoval {
        subscription_id: order(1),
        plan_id: starter(),
        name: claim("toko-1"),
        quarantine_until: Some(at("2027-03-02T05:00:00Z")),
        at: noon(),
    }
}

#[test]
fn a_failed_order_gives_the_whole_charge_back_and_removes_what_was_made() {
    let mut world = ordered();
    let decided = world.happens(&failure(order(1)));
    assert_eq!(
        of(&decided, "subscription"),
        [&Event::Subscription(SubscriptionEvent::Failed {
            cause: FailCause::NotReadyInTime,
            refunded: rp(40_000),
            at: noon(),
        })]
    );
    let charge_id = ChargeId::of_order(order(1));
    assert_eq!(
        of(&decided, "wallet"),
        [&Event::Wallet(WalletEvent::Refunded {
            credit_id: CreditId::of_refund(charge_id),
            charge_id,
            amount: rp(40_000),
            subscription_id: order(1),
            promotional: vec![],
        })]
    );
    assert_eq!(
        of(&decided, "instance"),
        [&Event::Instance(InstanceEvent::RemovalRequested {
            at: noon()
        })]
    );
    assert_eq!(world.balance(budi()), rp(100_000));
    assert!(world.state::<Subscription>(&order(1)).is_failed());
}

#[test]
fn an_order_that_fails_again_gives_nothing_more_back() {
    let mut world = failed();
    world.changes_nothing(&failure(order(1)));
    world.changes_nothing(&cancelled());
    assert_eq!(world.balance(budi()), rp(100_000));
}

#[test]
fn an_order_that_failed_and_was_cleaned_up_fails_again_without_effect() {
    let mut world = cleaned_up();
    world.changes_nothing(&failure(order(1)));
}

#[test]
fn a_free_order_fails_without_a_refund() {
    let free = Plan {
        price: PriceList {
            monthly: Rupiah::ZERO,
            yearly: Rupiah::ZERO,
        },
        free: Some(crate::service::Free::ForEver),
        ..plan()
    };
    let mut world = World::selling_plan(free, 1, 1).with(budi(), 0).ordered(1);
    assert_eq!(
        world.story(&failure(order(1))),
        ["subscription.failed", "instance.removal_requested"]
    );
}

#[test]
fn the_customer_cancels_before_readiness_for_a_full_refund() {
    let mut world = ordered();
    assert_eq!(
        world.story(&cancelled()),
        [
            "subscription.failed",
            "wallet.refunded",
            "instance.removal_requested"
        ]
    );
    assert_eq!(world.balance(budi()), rp(100_000));
}

#[test]
fn somebody_elses_order_is_not_found() {
    let by_sari = FailOrder {
        on_behalf_of: Some(sari()),
        ..cancelled()
    };
    ordered().refuses(&by_sari, "subscription.not_found");
}

#[test]
fn an_order_that_nobody_placed_is_not_found() {
    ordered().refuses(&failure(order(2)), "subscription.not_found");
}

#[test]
fn a_refund_into_somebody_elses_wallet_is_refused() {
    let into_saris = FailOrder {
        wallet_id: WalletId::of(sari()),
        ..failure(order(1))
    };
    ordered().refuses(&into_saris, "wallet.unknown_charge");
}

#[test]
fn an_order_does_not_fail_after_readiness() {
    let mut world = active();
    world.refuses(&failure(order(1)), "subscription.already_active");
    world.refuses(&cancelled(), "subscription.already_active");
}

#[test]
fn readiness_begins_the_paid_period_on_its_day_in_jakarta() {
    let late_in_the_evening = at("2027-01-31T17:30:00Z");
    let mut world = ordered();
    let decided = world.happens(&ready(late_in_the_evening));
    assert_eq!(
        of(&decided, "subscription"),
        [&Event::Subscription(SubscriptionEvent::Activated {
            period: Period {
                start: "2027-02-01".parse().unwrap(),
                end: "2027-03-01".parse().unwrap(),
            },
            at: late_in_the_evening,
        })]
    );
    assert_eq!(
        of(&decided, "instance"),
        [&Event::Instance(InstanceEvent::BecameReady {
            at: late_in_the_evening
        })]
    );
    assert!(world.state::<Subscription>(&order(1)).is_active());
    assert_eq!(world.balance(budi()), rp(60_000));
}

#[test]
fn readiness_observed_again_changes_nothing() {
    active().changes_nothing(&ready(at("2027-02-03T00:00:00Z")));
}

#[test]
fn readiness_after_the_failure_is_refused_and_keeps_the_refund() {
    let mut world = failed();
    world.refuses(&ready(noon()), "instance.being_removed");
    assert_eq!(world.balance(budi()), rp(100_000));
    cleaned_up().refuses(&ready(noon()), "instance.being_removed");
}

#[test]
fn readiness_of_what_nobody_ordered_is_refused() {
    World::empty().refuses(&ready(noon()), "instance.not_found");
}

#[test]
fn observed_absence_gives_slot_and_name_back() {
    let mut world = failed();
    world.refuses(&purchase(sari(), 2), "plan.sold_out");
    assert_eq!(
        world.story(&gone()),
        ["instance.removed", "plan_slots.returned", "claim.released"]
    );
    assert_eq!(world.holder("toko-1"), None);
    assert!(
        world
            .state::<Instance>(&InstanceId::of(order(1)))
            .is_removed()
    );
}

#[test]
fn absence_observed_again_gives_nothing_back_again() {
    cleaned_up().changes_nothing(&gone());
}

#[test]
fn slot_and_name_stay_taken_until_the_removal_was_asked_for() {
    ordered().refuses(&gone(), "instance.not_being_removed");
    active().refuses(&gone(), "instance.not_being_removed");
}

#[test]
fn the_next_customer_gets_slot_and_name_and_keeps_them_when_absence_is_observed_again() {
    let mut world = cleaned_up();
    world.happens(&Purchase {
        name: claim("toko-1"),
        subdomain: text("toko-1"),
        ..purchase(sari(), 2)
    });
    assert_eq!(world.holder("toko-1"), Some(order(2).uuid()));
    world.changes_nothing(&gone());
    assert_eq!(world.holder("toko-1"), Some(order(2).uuid()));
}

/// Budi's app ran, and was then removed.
fn ran_and_removed() -> World {
    let mut world = active();
    world.happens(&One::<Instance> {
        id: InstanceId::of(order(1)),
        command: InstanceCommand::RequestRemoval { at: noon() },
    });
    world
}

fn toko_again(customer: UserId, number: u128, moment: &str) -> Purchase {
    Purchase {
        name: claim("toko-1"),
        subdomain: text("toko-1"),
        at: at(moment),
        ..purchase(customer, number)
    }
}

#[test]
fn the_name_of_an_app_that_ran_is_kept_for_its_customer() {
    let mut world = ran_and_removed();
    let decided = world.happens(&gone());
    let kept = ClaimEvent::Quarantined {
        holder: order(1).uuid(),
        kept_for: budi(),
        until: at("2027-03-02T05:00:00Z"),
    };
    assert_eq!(of(&decided, "claim"), [&Event::Claim(kept)]);
    world.refuses(
        &toko_again(sari(), 2, "2027-03-02T04:59:59Z"),
        "claim.quarantined",
    );
    world.happens(&toko_again(sari(), 2, "2027-03-02T05:00:00Z"));
}

#[test]
fn the_customer_takes_his_own_name_back_at_once() {
    let mut world = ran_and_removed();
    world.happens(&gone());
    world.happens(&toko_again(budi(), 3, "2027-01-31T05:00:01Z"));
    assert_eq!(world.holder("toko-1"), Some(order(3).uuid()));
}

#[test]
fn an_installation_without_quarantine_gives_every_name_back_at_once() {
    let mut world = ran_and_removed();
    world.happens(&ConfirmRemoval {
        quarantine_until: None,
        ..gone()
    });
    world.happens(&toko_again(sari(), 2, "2027-01-31T05:00:01Z"));
    assert_eq!(world.holder("toko-1"), Some(order(2).uuid()));
}
