//! What whoever has a plan is told of its new price, held against what he is charged.

use super::*;
use crate::{
    Event,
    service::{PriceNotice, Service},
    subscription::SubscriptionEvent,
};

pub(super) fn reprice(world: &mut World, monthly: i64, yearly: i64, moment: &str) {
    world.service(ServiceCommand::RepricePlan {
        plan_id: starter(),
        price: PriceList {
            monthly: rp(monthly),
            yearly: rp(yearly),
        },
        at: at(moment),
    });
}

fn notice(world: &World, moment: &str) -> Option<PriceNotice> {
    let service = world.state::<Service>(&ghost());
    let subscription = world.state::<Subscription>(&order(1));
    service.price_notice(&subscription, at(moment), POLICY.notice_days)
}

fn later(world: &World) -> Option<(NaiveDate, PriceNotice)> {
    let service = world.state::<Service>(&ghost());
    let subscription = world.state::<Subscription>(&order(1));
    service.later_notice(&subscription, POLICY.notice_days)
}

#[test]
fn a_notice_names_the_first_period_that_costs_the_new_price() {
    let mut world = running(200_000);
    let soon = "2027-01-31T05:00:01Z";
    reprice(&mut world, 50_000, 500_000, soon);
    let told = PriceNotice {
        before: rp(40_000),
        price: rp(50_000),
        instead_of: None,
        counts_on: day("2027-03-03"),
        from: Some(day("2027-03-31")),
    };
    assert_eq!(notice(&world, soon), Some(told));
    world.happens(&advance(due()));
    assert_eq!(world.balance(budi()), rp(160_000));
    assert_eq!(notice(&world, soon), Some(told));
    world.happens(&advance(at("2027-03-30T17:00:00Z")));
    assert_eq!(world.balance(budi()), rp(110_000));
}

#[test]
fn a_price_that_is_replaced_before_it_counts_is_told_anew() {
    let mut world = running(200_000);
    let (first, second) = ("2027-01-31T05:00:01Z", "2027-02-10T05:00:00Z");
    reprice(&mut world, 50_000, 500_000, first);
    reprice(&mut world, 45_000, 450_000, second);
    assert_eq!(notice(&world, first), None);
    let told = PriceNotice {
        before: rp(40_000),
        price: rp(45_000),
        instead_of: Some(rp(50_000)),
        counts_on: day("2027-03-13"),
        from: Some(day("2027-03-31")),
    };
    assert_eq!(notice(&world, second), Some(told));
    // Of the other cycle alone: what was announced of this one stands, and is not told again.
    let yearly = "2027-02-10T06:00:00Z";
    reprice(&mut world, 45_000, 460_000, yearly);
    assert_eq!(notice(&world, second), Some(told));
    assert_eq!(notice(&world, yearly), None);
    let from = day("2027-03-31");
    assert_eq!(later(&world), Some((from, told)));
    // What was announced is taken back.
    let third = "2027-02-11T05:00:00Z";
    reprice(&mut world, 40_000, 400_000, third);
    let told = notice(&world, third).unwrap();
    assert_eq!((told.before, told.price), (rp(40_000), rp(40_000)));
    assert_eq!(told.instead_of, Some(rp(45_000)));
}

#[test]
fn what_is_replaced_before_its_notice_is_over_is_never_charged() {
    let mut world = running(200_000);
    let (first, second) = ("2027-02-20T05:00:00Z", "2027-03-05T05:00:00Z");
    reprice(&mut world, 50_000, 500_000, first);
    reprice(&mut world, 45_000, 450_000, second);
    let told = PriceNotice {
        before: rp(40_000),
        price: rp(45_000),
        instead_of: Some(rp(50_000)),
        counts_on: day("2027-04-05"),
        from: Some(day("2027-04-30")),
    };
    assert_eq!(notice(&world, second), Some(told));
    costs(&mut world, [160_000, 120_000, 75_000]);
}

#[test]
fn what_counted_already_counts_until_the_next_ones_notice_is_over() {
    let mut world = running(200_000);
    let (first, second) = ("2027-02-10T05:00:00Z", "2027-03-25T05:00:00Z");
    reprice(&mut world, 50_000, 500_000, first);
    reprice(&mut world, 45_000, 450_000, second);
    let told = PriceNotice {
        before: rp(50_000),
        price: rp(45_000),
        instead_of: None,
        counts_on: day("2027-04-25"),
        from: Some(day("2027-04-30")),
    };
    assert_eq!(notice(&world, second), Some(told));
    costs(&mut world, [160_000, 110_000, 65_000]);
}

#[test]
fn another_price_of_the_other_cycle_replaces_nothing() {
    let mut world = running(200_000);
    reprice(&mut world, 50_000, 500_000, "2027-02-20T05:00:00Z");
    reprice(&mut world, 50_000, 450_000, "2027-03-05T05:00:00Z");
    costs(&mut world, [160_000, 110_000, 60_000]);
}

/// What is left after each of the next three periods.
fn costs(world: &mut World, left: [i64; 3]) {
    let moments = [
        "2027-02-27T17:00:00Z",
        "2027-03-30T17:00:00Z",
        "2027-04-29T17:00:00Z",
    ];
    for (moment, left) in moments.into_iter().zip(left) {
        world.happens(&advance(at(moment)));
        assert_eq!(world.balance(budi()), rp(left));
    }
}

#[test]
fn nobody_is_told_who_will_not_pay_it_or_has_agreed_to_it() {
    let moment = "2027-02-10T05:00:00Z";
    let silent = |mut world: World| {
        reprice(&mut world, 50_000, 500_000, moment);
        assert_eq!(notice(&world, moment), None);
    };
    let mut cancelled = running(0);
    cancelled.happens(&wish(Wish::CancelAtEnd, budi()));
    silent(cancelled);
    let mut off = running(0);
    off.happens(&switch(false));
    silent(off);
    let mut ended = running(0);
    ended.happens(&end_now(noon()));
    silent(ended);
    // Only the price of the other cycle is another one.
    let mut same = running(0);
    reprice(&mut same, 40_000, 500_000, moment);
    assert_eq!(notice(&same, moment), None);
    let before = "2027-01-31T04:00:00Z";
    let mut agreed = World::selling(1, 1).with(budi(), 100_000);
    reprice(&mut agreed, 50_000, 500_000, before);
    assert_eq!(notice(&agreed.ordered(1), before), None);
}

#[test]
fn whose_periods_nobody_knows_yet_is_told_from_when_the_price_counts() {
    let moment = "2027-03-10T05:00:00Z";
    let ordered = World::selling(1, 1).with(budi(), 40_000).ordered(1);
    for mut world in [ordered, suspended()] {
        reprice(&mut world, 50_000, 500_000, moment);
        let told = notice(&world, moment).unwrap();
        assert_eq!((told.before, told.price), (rp(40_000), rp(50_000)));
        assert_eq!((told.counts_on, told.from), (day("2027-04-10"), None));
    }
}

#[test]
fn what_is_told_to_be_missing_is_what_is_charged_however_late_somebody_looks() {
    let mut world = running(0);
    // It counts from 3 March on: after the period that is due, and before somebody looks.
    reprice(&mut world, 50_000, 500_000, "2027-01-31T05:00:01Z");
    let decided = world.happens(&advance(at("2027-03-04T05:00:00Z")));
    let needed = decided.events.iter().find_map(|(_, event)| match event {
        Event::Subscription(SubscriptionEvent::BecamePastDue { needed, .. }) => Some(*needed),
        _ => None,
    });
    assert_eq!(needed, Some(rp(40_000)));
    credited(&mut world, 40_000);
    world.happens(&advance(at("2027-03-04T06:00:00Z")));
    assert_eq!(world.balance(budi()), Rupiah::ZERO);
}
