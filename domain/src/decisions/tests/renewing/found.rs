//! Prices, holds and outages in between: cases that were found by looking for a way around the rules.

use super::*;
use crate::{
    instance::{InstanceEvent, StopCause},
    service::Plan,
    story::plan,
};

#[test]
fn what_staff_holds_as_well_is_not_resumed_while_it_is_still_stopping() {
    let mut world = running(0);
    world.happens(&advance(due()));
    world.happens(&advance(after_grace()));
    live(
        &mut world,
        InstanceLife::Hold {
            kind: HoldKind::Staff,
            reason: text("abuse"),
            until: None,
            at: in_march(),
        },
    );
    credited(&mut world, 60_000);
    world.refuses(&renew(in_march()), "subscription.on_hold");
    world.changes_nothing(&advance(in_march()));
}

#[test]
fn a_price_that_was_announced_too_late_does_not_count_in_grace_either() {
    let mut world = running(0);
    world.happens(&advance(due()));
    world.service(ServiceCommand::RepricePlan {
        plan_id: starter(),
        price: PriceList {
            monthly: rp(50_000),
            yearly: rp(500_000),
        },
        at: at("2027-01-31T05:00:01Z"),
    });
    credited(&mut world, 100_000);
    world.happens(&advance(at("2027-03-05T05:00:00Z")));
    assert_eq!(world.balance(budi()), rp(60_000));
}

#[test]
fn what_its_customer_could_not_stop_is_stopped_when_it_is_suspended() {
    let mut world = running(0);
    let stop = InstanceLife::Stop {
        asked_by: budi(),
        at: noon(),
    };
    live(&mut world, stop);
    live(
        &mut world,
        InstanceLife::FailOperation {
            operation: 1,
            reason: text("the cluster refuses"),
            volume_mib: None,
            at: noon(),
        },
    );
    world.happens(&advance(due()));
    let decided = world.happens(&advance(after_grace()));
    let stopped = crate::Event::Instance(InstanceEvent::StopRequested {
        operation: 2,
        cause: StopCause::Hold,
        at: after_grace(),
    });
    assert!(decided.events.iter().any(|(_, event)| *event == stopped));
}

#[test]
fn who_owes_neither_orders_nor_renews_what_costs_nothing() {
    let free = Plan {
        price: PriceList {
            monthly: Rupiah::ZERO,
            yearly: Rupiah::ZERO,
        },
        free: Some(crate::service::Free::ForEver),
        ..plan()
    };
    let mut world = World::selling_plan(free, 3, 3).with(budi(), 0).ordered(1);
    world.happens(&ActivateOrder {
        subscription_id: order(1),
        at: noon(),
    });
    owing(&mut world);
    world.refuses(&super::super::world::purchase(budi(), 2), "wallet.owing");
    assert_eq!(world.answer::<Advanced>(&advance(due())), Advanced::PastDue);
}

#[test]
fn a_day_lost_in_grace_is_given_back_once_the_grace_is_paid() {
    let lost = CreditLostDay {
        subscription_id: order(1),
        wallet_id: WalletId::of(budi()),
        day: day("2027-03-02"),
        at: in_march(),
    };
    let mut world = suspended();
    world.changes_nothing(&lost);
    credited(&mut world, 60_000);
    world.happens(&advance(in_march()));
    assert_eq!(
        world.story(&lost),
        ["wallet.refunded", "subscription.day_credited"]
    );
}

#[test]
fn data_are_spared_for_some_days_where_the_start_fails_on_their_last() {
    let mut world = suspended();
    credited(&mut world, 60_000);
    let last = at("2027-04-05T16:59:00Z");
    world.happens(&advance(last));
    let moment = at("2027-04-05T17:10:00Z");
    world.happens(&FailResume {
        subscription_id: order(1),
        wallet_id: WalletId::of(budi()),
        at: moment,
    });
    owing(&mut world);
    world.changes_nothing(&advance(moment));
    assert_eq!(
        world.answer::<Advanced>(&advance(at("2027-04-08T17:00:00Z"))),
        Advanced::Ended
    );
}

#[test]
fn a_price_reaches_what_runs_after_its_notice() {
    let dearer = |world: &mut World, moment: &str| {
        world.service(ServiceCommand::RepricePlan {
            plan_id: starter(),
            price: PriceList {
                monthly: rp(50_000),
                yearly: rp(500_000),
            },
            at: at(moment),
        });
    };
    let mut inside = running(100_000);
    dearer(&mut inside, "2027-01-31T05:00:01Z");
    inside.happens(&advance(due()));
    assert_eq!(inside.balance(budi()), rp(60_000));
    inside.happens(&advance(at("2027-03-30T17:00:00Z")));
    assert_eq!(inside.balance(budi()), rp(10_000));
    // What was announced before the order is what was agreed.
    let mut before = World::selling(1, 1).with(budi(), 150_000);
    dearer(&mut before, "2027-01-31T04:00:00Z");
    let mut before = before.ordered(1);
    before.happens(&ActivateOrder {
        subscription_id: order(1),
        at: noon(),
    });
    before.happens(&advance(due()));
    assert_eq!(before.balance(budi()), rp(50_000));
}

#[test]
fn what_was_seen_of_one_resumption_ends_no_later_one() {
    let mut world = suspended();
    credited(&mut world, 100_000);
    world.happens(&advance(in_march()));
    let wallet_id = WalletId::of(budi());
    let subscription_id = order(1);
    let fail = |at| FailResume {
        subscription_id,
        wallet_id,
        at,
    };
    let confirm = |at| ConfirmResume {
        subscription_id,
        at,
    };
    world.happens(&fail(in_march()));
    let later = in_march() + chrono::Duration::days(1);
    world.happens(&renew(later));
    world.changes_nothing(&confirm(in_march()));
    world.changes_nothing(&fail(in_march()));
    assert_eq!(world.story(&confirm(later)), ["subscription.resumed"]);
}
