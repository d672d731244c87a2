mod announced;
mod exact;
mod held;
mod refused;

use super::world::{World, purchase};
use crate::{
    Rupiah,
    decisions::{
        ActivateOrder, AddPlan, Advance, ChangePlan, ConfirmPlanChange, FailPlanChange, Live, One,
        Paying, PlanChangeAnswer, PlanChangeOutcome, Policy, Wish, WishAbout,
    },
    ids::{InstanceId, PlanId, ReversalId, TopUpId, WalletId},
    instance::{Instance, InstanceCommand, LifeCommand as InstanceLife, Seen},
    period::{BillingCycle, Period, day_begins},
    resources::Resources,
    service::{Plan, PriceList, ServiceCommand},
    story::{at, budi, ghost, noon, order, rp, sari, starter, text},
    subscription::Subscription,
    wallet::{ReversalCause, Wallet, WalletCommand},
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

fn business() -> PlanId {
    PlanId::new(Uuid::from_u128(0xb051))
}

fn tiny() -> PlanId {
    PlanId::new(Uuid::from_u128(0x7119))
}

/// The middle of the first period: 14 of its 28 days are left after today.
fn half() -> DateTime<Utc> {
    at("2027-02-13T05:00:00Z")
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn offer(plan_id: PlanId, slug: &str, monthly: i64, storage_mib: u32) -> AddPlan {
    let plan = Plan {
        plan_id,
        slug: text(slug),
        title: text(slug),
        price: PriceList {
            monthly: rp(monthly),
            yearly: rp(monthly * 10),
        },
        resources: Resources::new(1_000, 1_024, storage_mib).unwrap(),
        free: None,
    };
    AddPlan {
        service_id: ghost(),
        plan,
        capacity: 1,
        max_per_customer: 1,
    }
}

/// Budi's starter plan for 40.000 runs since 31 January, with so much left in his wallet; beside it business for 100.000 and
/// tiny for 20.000, whose storage is less.
fn running(left: i64) -> World {
    let mut world = World::selling(1, 1)
        .with(budi(), 40_000 + left)
        .with(sari(), 500_000)
        .ordered(1);
    world.happens(&offer(business(), "business", 100_000, 10_240));
    world.happens(&offer(tiny(), "tiny", 20_000, 1_024));
    world.happens(&ActivateOrder {
        subscription_id: order(1),
        at: noon(),
    });
    world
}

fn paying() -> Paying {
    Paying {
        subscription_id: order(1),
        wallet_id: WalletId::of(budi()),
        service_id: ghost(),
    }
}

fn change(to: PlanId) -> ChangePlan {
    ChangePlan {
        paying: paying(),
        from: starter(),
        to,
        billing_cycle: BillingCycle::Monthly,
        policy: Policy::default(),
        volumes_grow: None,
        asked_by: budi(),
        at: half(),
    }
}

fn confirm(at: DateTime<Utc>) -> ConfirmPlanChange {
    ConfirmPlanChange {
        paying: paying(),
        from: starter(),
        to: business(),
        at,
    }
}

fn fail() -> FailPlanChange {
    FailPlanChange {
        paying: paying(),
        from: starter(),
        to: business(),
        at: half(),
    }
}

fn advance(at: DateTime<Utc>) -> Advance {
    Advance {
        paying: paying(),
        policy: Policy::default(),
        at,
    }
}

fn resized(world: &mut World) {
    world.happens(&Live {
        instance_id: InstanceId::of(order(1)),
        command: InstanceCommand::Live(InstanceLife::Observe {
            operation: 1,
            seen: Seen::Ready,
            at: half(),
        }),
    });
}

fn subscription(world: &World) -> Subscription {
    world.state(&order(1))
}

fn plan_of(world: &World) -> PlanId {
    subscription(world).terms().unwrap().plan_id
}

#[test]
fn an_upgrade_sets_the_difference_aside_and_charges_when_the_app_has_its_figures() {
    let mut world = running(30_000);
    assert_eq!(
        world.story(&change(business())),
        [
            "wallet.held",
            "subscription.plan_change_requested",
            "plan_slots.taken",
            "instance.resize_requested"
        ]
    );
    // Half of 100.000 less half of 40.000.
    assert_eq!(world.balance(budi()), Rupiah::ZERO);
    assert_eq!(plan_of(&world), starter());
    resized(&mut world);
    assert_eq!(
        world.story(&confirm(half())),
        [
            "wallet.released",
            "wallet.refunded",
            "wallet.charged",
            "subscription.plan_changed",
            "plan_slots.returned"
        ]
    );
    assert_eq!(world.balance(budi()), Rupiah::ZERO);
    assert_eq!(plan_of(&world), business());
    assert_eq!(subscription(&world).paid_until(), Some(day("2027-02-28")));
    world.changes_nothing(&confirm(half()));
    world.changes_nothing(&fail());
}

#[test]
fn days_that_pass_until_the_app_has_its_figures_cost_nothing_more() {
    let mut world = running(30_000);
    world.happens(&change(business()));
    resized(&mut world);
    world.happens(&confirm(at("2027-02-15T05:00:00Z")));
    let left = world.balance(budi()).get();
    // Two of 28 days at 60.000 more than before.
    assert_eq!(left, 2 * 60_000 / 28);
}

#[test]
fn an_upgrade_that_the_credit_does_not_reach_for_changes_nothing() {
    running(29_999).refuses(&change(business()), "wallet.insufficient_funds");
}

#[test]
fn an_app_that_does_not_get_its_figures_keeps_its_plan_and_its_credit() {
    let mut world = running(30_000);
    world.happens(&change(business()));
    assert_eq!(
        world.story(&fail()),
        [
            "wallet.released",
            "subscription.plan_change_failed",
            "plan_slots.returned",
            "instance.resize_undo_requested"
        ]
    );
    assert_eq!(world.balance(budi()), rp(30_000));
    assert_eq!(plan_of(&world), starter());
    world.changes_nothing(&fail());
    world.changes_nothing(&confirm(half()));
}

#[test]
fn what_can_not_be_paid_any_more_fails_the_change() {
    let mut world = running(30_000);
    world.happens(&change(business()));
    world.happens(&One::<Wallet> {
        id: WalletId::of(budi()),
        command: WalletCommand::Reverse {
            reversal_id: ReversalId::new(Uuid::from_u128(1)),
            top_up_id: TopUpId::new(Uuid::from_u128(1)),
            amount: rp(10_000),
            cause: ReversalCause::Chargeback,
        },
    });
    resized(&mut world);
    let told = world.story(&confirm(half()));
    assert!(
        told.contains(&"subscription.plan_change_failed".to_owned()),
        "{told:?}"
    );
    assert_eq!(plan_of(&world), starter());
    assert_eq!(world.balance(budi()), rp(20_000));
}

#[test]
fn a_downgrade_gives_the_difference_back_and_needs_the_operators_leave_for_the_volume() {
    let mut world = running(0);
    world.refuses(&change(tiny()), "subscription.storage_shrinks");
    let kept = ChangePlan {
        policy: Policy {
            keep_volume: true,
            ..Policy::default()
        },
        ..change(tiny())
    };
    assert_eq!(
        world.story(&kept),
        [
            "subscription.plan_change_requested",
            "plan_slots.taken",
            "instance.resize_requested"
        ]
    );
    let instance: Instance = world.state(&InstanceId::of(order(1)));
    assert_eq!(instance.wanted().unwrap().resources.storage_mib(), 5_120);
    resized(&mut world);
    world.happens(&ConfirmPlanChange {
        to: tiny(),
        ..confirm(half())
    });
    assert_eq!(world.balance(budi()), rp(10_000));
}

#[test]
fn another_cycle_is_a_period_of_its_own_from_tomorrow() {
    let mut world = running(400_000);
    let yearly = ChangePlan {
        billing_cycle: BillingCycle::Yearly,
        ..change(starter())
    };
    let answer: PlanChangeAnswer = world.answer(&yearly);
    assert_eq!(answer.outcome, PlanChangeOutcome::Changed);
    assert_eq!(answer.quote.given_back, rp(20_000));
    assert_eq!(answer.quote.charged, rp(400_000));
    assert_eq!(
        answer.quote.period,
        Period {
            start: day("2027-02-14"),
            end: day("2028-02-14"),
        }
    );
    assert_eq!(world.balance(budi()), rp(20_000));
    // And back: what is left of the year comes back to the rupiah, and renewals go by the month.
    let back = ChangePlan {
        at: at("2027-02-14T05:00:00Z"),
        ..change(starter())
    };
    world.happens(&back);
    let used = 400_000 / 365;
    assert_eq!(
        world.balance(budi()).get(),
        20_000 + 400_000 - used - 40_000
    );
    assert_eq!(subscription(&world).paid_until(), Some(day("2027-03-15")));
    world.happens(&advance(at("2027-03-14T17:00:00Z")));
    assert_eq!(subscription(&world).paid_until(), Some(day("2027-04-15")));
}

#[test]
fn one_change_at_a_time_and_only_of_what_is_paid_for() {
    let mut world = running(60_000);
    world.refuses(&change(starter()), "subscription.same_plan");
    let by_sari = ChangePlan {
        asked_by: sari(),
        ..change(business())
    };
    world.refuses(&by_sari, "subscription.not_found");
    let outdated = ChangePlan {
        from: business(),
        ..change(tiny())
    };
    world.refuses(&outdated, "subscription.plan_meanwhile_changed");
    world.happens(&change(business()));
    world.refuses(&change(business()), "subscription.changing");

    let mut cancelled = running(60_000);
    cancelled.happens(&WishAbout {
        subscription_id: order(1),
        asked_by: budi(),
        wish: Wish::CancelAtEnd,
        at: noon(),
    });
    cancelled.refuses(&change(business()), "subscription.cancellation_pending");

    let mut overdue = running(0);
    let due = at("2027-02-27T17:00:00Z");
    overdue.happens(&advance(due));
    overdue.refuses(&change(business()), "subscription.payment_due");
    let mut on_the_day = running(60_000);
    let late = ChangePlan {
        at: due,
        ..change(business())
    };
    on_the_day.refuses(&late, "subscription.payment_due");
}

#[test]
fn the_slot_of_the_new_plan_is_taken_at_once_and_the_old_one_let_go_at_the_end() {
    let mut world = running(60_000);
    world.happens(&change(business()));
    let mut by_sari = purchase(sari(), 2);
    by_sari.plan_id = business();
    world.refuses(&by_sari, "plan.sold_out");
    world.refuses(&purchase(sari(), 3), "plan.sold_out");
    resized(&mut world);
    world.happens(&confirm(half()));
    world.refuses(&by_sari, "plan.sold_out");
    world.happens(&purchase(sari(), 3));
}
