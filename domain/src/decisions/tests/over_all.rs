//! What one person moves for all customers together has a bound, however it is spread over them.

use super::{
    acting::{adjust, ani, approves, asks, oki, world},
    world::World,
};
use crate::{
    Rupiah, StreamId,
    allowance::Allowance,
    approval::{Approval, Deed},
    coupon::{Gives, Limits},
    decisions::{ActAsStaff, Acted},
    ids::{AllowanceId, UserId},
    story::{at, noon, rp},
    wallet::AdjustmentSide,
};
use uuid::Uuid;

fn customer(number: u128) -> UserId {
    UserId::new(Uuid::from_u128(0xc0 + number))
}

/// Seven customers beside Budi.
fn crowd() -> World {
    (1..=7).fold(world(0), |world, number| world.with(customer(number), 0))
}

/// One may move 100.000 for each of them, and so 500.000 for all.
fn credit(number: u128, amount: i64) -> ActAsStaff {
    let mut asked = asks(number, adjust(number, AdjustmentSide::Credit, amount));
    asked.act.user_id = Some(customer(number));
    asked
}

fn is_held(world: &mut World, asked: &ActAsStaff) -> bool {
    matches!(world.answer::<Acted>(asked), Acted::Held { .. })
}

/// The limit for each of five.
fn spread() -> World {
    let mut world = crowd();
    for number in 1..=5 {
        assert!(!is_held(&mut world, &credit(number, 100_000)), "{number}");
    }
    world
}

fn used(world: &World, id: &AllowanceId) -> Rupiah {
    world.state::<Allowance>(id).used(noon())
}

#[test]
fn what_is_spread_over_customers_is_held_above_five_times_the_limit() {
    let mut world = spread();
    let more = credit(6, 1_000);
    assert!(is_held(&mut world, &more));
    assert_eq!(world.balance(customer(6)), Rupiah::ZERO);
    let held = world.state::<Approval>(&more.approval_id);
    assert_eq!(held.held().unwrap().amount, Some(rp(1_000)));
    let story = world.story(&approves(&more));
    assert_eq!(story, ["approval.approved", "wallet.adjusted"]);
    assert_eq!(world.balance(customer(6)), rp(1_000));
}

#[test]
fn above_it_a_second_factor_is_asked_for_and_another_administrator() {
    let mut world = spread();
    let mut bare = credit(6, 1_000);
    bare.proven = false;
    world.refuses(&bare, "second_factor.required");
    let mut alone = credit(6, 1_000);
    alone.others = vec![];
    world.refuses(&alone, "approval.alone");
}

#[test]
fn what_is_held_uses_neither_of_the_two_allowances() {
    let mut world = crowd();
    for number in 1..=4 {
        world.happens(&credit(number, 100_000));
    }
    world.happens(&credit(5, 60_000));
    // Within what he moves for her, and not within what he moves for all.
    assert!(is_held(&mut world, &credit(6, 40_001)));
    let for_her = AllowanceId::of(ani(), Some(customer(6)));
    assert_eq!(used(&world, &for_her), Rupiah::ZERO);
    // The other way round.
    let mut to_the_first = credit(7, 1_000);
    to_the_first.act.user_id = Some(customer(1));
    assert!(is_held(&mut world, &to_the_first));
    let over_all = AllowanceId::over_all(ani());
    assert_eq!(used(&world, &over_all), rp(460_000));
    assert!(!is_held(&mut world, &credit(6, 40_000)));
    assert_eq!(used(&world, &over_all), rp(500_000));
}

#[test]
fn it_is_one_of_each_person_and_over_a_day() {
    let mut world = spread();
    let mut by_oki = credit(6, 100_000);
    (by_oki.by, by_oki.others) = (oki(), vec![ani()]);
    assert!(!is_held(&mut world, &by_oki));
    let mut tomorrow = credit(7, 100_000);
    tomorrow.at = at("2027-02-01T05:00:00Z");
    assert!(!is_held(&mut world, &tomorrow));
}

#[test]
fn what_is_nobodys_counts_as_well() {
    let mut world = crowd();
    let mut coupon = asks(
        9,
        Deed::CreateCoupon {
            code: "KUPON-9".parse().unwrap(),
            gives: Gives::Credit {
                amount: rp(20_000),
                days: 30,
            },
            limits: Box::new(Limits {
                uses: Some(5),
                ..Limits::default()
            }),
            dearest: None,
        },
    );
    coupon.act.user_id = None;
    assert!(!is_held(&mut world, &coupon));
    for number in 1..=4 {
        assert!(!is_held(&mut world, &credit(number, 100_000)), "{number}");
    }
    assert!(is_held(&mut world, &credit(5, 1_000)));
}

/// Whoever is decided second is decided on what the first one left.
#[test]
fn both_are_guarded_by_the_commit_of_the_act() {
    let streams = crate::Decision::streams(&credit(1, 1_000));
    for id in [
        AllowanceId::of(ani(), Some(customer(1))),
        AllowanceId::over_all(ani()),
    ] {
        assert!(streams.contains(&StreamId::of::<Allowance>(&id)));
    }
}
