//! Prices that are announced while a change waits for the app (billing rule 9).

use super::*;
use crate::{
    decisions::Renew,
    service::{PriceNotice, Service},
};

/// Business costs so much from now on.
fn reprice(world: &mut World, monthly: i64, moment: &str) {
    world.service(ServiceCommand::RepricePlan {
        plan_id: business(),
        price: PriceList {
            monthly: rp(monthly),
            yearly: rp(monthly * 10),
        },
        at: at(moment),
    });
}

fn notice(world: &World) -> Option<PriceNotice> {
    let service = world.state::<Service>(&ghost());
    service.newest_notice(&subscription(world), Policy::default().notice_days)
}

/// What is told beside the price of the next period.
fn later(world: &World) -> Option<PriceNotice> {
    let service = world.state::<Service>(&ghost());
    let later = service.later_notice(&subscription(world), Policy::default().notice_days);
    later.map(|(_, notice)| notice)
}

#[test]
fn a_price_that_is_announced_meanwhile_is_told_once_it_has_the_plan() {
    let mut world = running(500_000);
    world.happens(&change(business()));
    reprice(&mut world, 150_000, "2027-02-13T05:00:01Z");
    assert_eq!(notice(&world), None, "it has another plan still");
    resized(&mut world);
    world.happens(&confirm(at("2027-02-14T04:00:00Z")));
    let told = PriceNotice {
        before: rp(100_000),
        price: rp(150_000),
        instead_of: None,
        // The notice runs from when it has the plan, because nobody told him earlier.
        counts_on: day("2027-03-17"),
        from: Some(day("2027-03-31")),
    };
    assert_eq!(notice(&world), Some(told));
}

#[test]
fn it_is_told_also_where_it_is_the_price_of_the_next_period() {
    let mut world = running(500_000);
    world.happens(&Renew {
        paying: paying(),
        policy: Policy::default(),
        asked_by: budi(),
        at: noon(),
    });
    world.happens(&change(business()));
    reprice(&mut world, 150_000, "2027-02-13T05:00:01Z");
    resized(&mut world);
    world.happens(&confirm(at("2027-02-13T06:00:00Z")));
    let next = subscription(&world).paid_until();
    assert_eq!(next, Some(day("2027-03-31")));
    assert_eq!(notice(&world).and_then(|notice| notice.from), next);
    assert_eq!(later(&world), None);
}

#[test]
fn a_price_that_was_announced_before_it_was_asked_for_is_no_news() {
    let mut world = running(500_000);
    reprice(&mut world, 90_000, "2027-02-13T04:00:00Z");
    world.happens(&change(business()));
    resized(&mut world);
    world.happens(&confirm(half()));
    assert_eq!(notice(&world), None);
}

#[test]
fn no_period_costs_it_before_the_notice_is_over_that_began_with_the_plan() {
    let mut world = running(500_000);
    world.happens(&advance(at("2027-02-27T17:00:00Z")));
    world.happens(&ChangePlan {
        at: at("2027-02-28T10:00:00Z"),
        ..change(business())
    });
    // Thirty days after it was announced the next period has not begun; thirty days after he was told it has.
    reprice(&mut world, 150_000, "2027-02-28T12:00:00Z");
    resized(&mut world);
    world.happens(&confirm(at("2027-02-28T20:00:00Z")));
    let told = notice(&world).unwrap();
    assert_eq!(told.counts_on, day("2027-04-01"));
    assert_eq!(told.from, Some(day("2027-04-30")));
    for (moment, costs) in [
        ("2027-03-30T17:00:00Z", 100_000),
        ("2027-04-29T17:00:00Z", 150_000),
    ] {
        let before = world.balance(budi());
        world.happens(&advance(at(moment)));
        let paid = before.checked_sub(world.balance(budi()));
        assert_eq!(paid, Some(rp(costs)), "{moment}");
    }
}
