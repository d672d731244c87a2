//! What is foreseen of renewals, held against what becomes of them.

use super::*;
use crate::{
    decisions::{Turn, tests::world::purchase},
    ids::GrantId,
    service::Service,
    wallet::{Coming, GrantCause},
};

fn coming(amount: i64, at: DateTime<Utc>) -> Coming {
    let amount = rp(amount);
    Coming { amount, at }
}

fn lacks(world: &World, coming: &[Coming]) -> Rupiah {
    let wallet = world.state::<Wallet>(&WalletId::of(budi()));
    wallet.lacks_for(coming)
}

fn turn(world: &World, number: u128, at: DateTime<Utc>) -> Option<Turn> {
    Turn::of(&world.state(&order(number)), at)
}

fn granted(world: &mut World, amount: i64, expires_on: &str) {
    world.happens(&One::<Wallet> {
        id: WalletId::of(budi()),
        command: WalletCommand::Grant {
            grant_id: GrantId::new(Uuid::from_u128(0x2f)),
            amount: rp(amount),
            expires_on: day(expires_on),
            cause: GrantCause::Welcome,
        },
    });
}

#[test]
fn what_is_paid_before_is_missing_later_and_what_cannot_be_paid_keeps_nothing_from_being_paid() {
    let world = running(50_000);
    let later = in_march();
    assert_eq!(lacks(&world, &[coming(40_000, due())]), rp(0));
    let both = [coming(40_000, due()), coming(30_000, later)];
    assert_eq!(lacks(&world, &both), rp(20_000));
    let skipped = [coming(60_000, due()), coming(30_000, later)];
    assert_eq!(lacks(&world, &skipped), rp(0));
    // What is topped up goes to the first of them before it comes to the last.
    let neither = [coming(60_000, due()), coming(55_000, later)];
    assert_eq!(lacks(&world, &neither), rp(65_000));
}

#[test]
fn promotional_credit_that_is_over_by_then_does_not_count() {
    let mut world = running(0);
    granted(&mut world, 40_000, "2027-03-05");
    assert_eq!(lacks(&world, &[coming(40_000, due())]), rp(0));
    assert_eq!(lacks(&world, &[coming(40_000, in_march())]), rp(40_000));
}

#[test]
fn a_debt_is_paid_before_anything_else() {
    let mut world = running(0);
    owing(&mut world);
    granted(&mut world, 10_000, "2027-03-31");
    assert_eq!(lacks(&world, &[coming(40_000, due())]), rp(530_000));
}

#[test]
fn renewals_take_turns_as_they_are_paid() {
    let mut world = World::selling(3, 3).with(budi(), 80_000);
    for (number, moment) in [(1, "2027-01-31T05:00:00Z"), (2, "2027-02-10T05:00:00Z")] {
        world.happens(&purchase(budi(), number));
        world.happens(&ActivateOrder {
            subscription_id: order(number),
            at: at(moment),
        });
    }
    assert!(turn(&world, 1, noon()) < turn(&world, 2, noon()));
    assert_eq!(turn(&world, 3, noon()), None);
    // What rests comes after what runs, whichever was due first.
    world.happens(&advance(due()));
    world.happens(&advance(after_grace()));
    let moment = at("2027-03-10T05:00:00Z");
    assert!(turn(&world, 2, moment) < turn(&world, 1, moment));
    world.happens(&switch(false));
    assert_eq!(turn(&world, 1, moment), None);
}

#[test]
fn what_a_renewal_takes_is_what_is_foreseen() {
    let mut world = running(45_000);
    let foreseen = |world: &World, moment| {
        let subscription = world.state::<Subscription>(&order(1));
        POLICY.coming(&subscription, &world.state::<Service>(&ghost()), moment)
    };
    assert_eq!(foreseen(&world, due()), Some(coming(40_000, due())));
    world.happens(&advance(due()));
    assert_eq!(world.balance(budi()), rp(5_000));
    let resting = suspended();
    let grace = resting.state::<Subscription>(&order(1)).grace();
    let amount = rp(40_000).checked_add(grace).unwrap();
    let at = in_march();
    assert_eq!(foreseen(&resting, at), Some(Coming { amount, at }));
    assert!(!grace.is_zero());
}
