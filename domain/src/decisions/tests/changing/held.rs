//! Promotional credit whose last day passes while it is set aside for a change (billing rules 16 and 21).

use super::*;
use crate::{ids::GrantId, wallet::GrantCause};

/// So much that can be spent up to and on this day.
fn gift(world: &mut World, amount: i64, expires_on: &str) {
    world.happens(&One::<Wallet> {
        id: WalletId::of(budi()),
        command: WalletCommand::Grant {
            grant_id: GrantId::new(Uuid::from_u128(0x61f7)),
            amount: rp(amount),
            expires_on: day(expires_on),
            cause: GrantCause::Welcome,
        },
    });
}

/// He asks at this moment, and the app gets its figures.
fn asked(world: &mut World, moment: &str) {
    world.happens(&ChangePlan {
        at: at(moment),
        ..change(business())
    });
    resized(world);
}

fn promotional(world: &World) -> Rupiah {
    world.state::<Wallet>(&WalletId::of(budi())).promotional()
}

#[test]
fn held_credit_pays_for_the_change_also_after_its_last_day() {
    let mut world = running(10_000);
    gift(&mut world, 30_000, "2027-02-13");
    asked(&mut world, "2027-02-13T16:58:00Z");
    assert_eq!(promotional(&world), Rupiah::ZERO, "all of it is set aside");
    let after = at("2027-02-13T17:01:00Z");
    assert_eq!(
        world.story(&confirm(after)),
        [
            "wallet.released",
            "wallet.refunded",
            "wallet.charged",
            "subscription.plan_changed",
            "plan_slots.returned"
        ]
    );
    assert_eq!(plan_of(&world), business());
    // The day that passed costs nothing more: its part of what was set aside comes back as paid credit.
    assert_eq!(world.balance(budi()), rp(12_143));
    assert_eq!(promotional(&world), Rupiah::ZERO);
    world.changes_nothing(&confirm(after));
}

#[test]
fn a_gift_that_paid_for_the_old_plan_too_pays_for_the_new_one() {
    let mut world = World::selling(1, 1).with(budi(), 0);
    gift(&mut world, 70_000, "2027-02-13");
    let mut world = world.ordered(1);
    world.happens(&offer(business(), "business", 100_000, 10_240));
    world.happens(&ActivateOrder {
        subscription_id: order(1),
        at: noon(),
    });
    asked(&mut world, "2027-02-13T16:58:00Z");
    world.happens(&confirm(at("2027-02-13T17:01:00Z")));
    assert_eq!(plan_of(&world), business());
    assert_eq!(world.balance(budi()), Rupiah::ZERO);
}

#[test]
fn held_credit_that_the_change_does_not_need_any_more_is_over_with_its_last_day() {
    let mut world = running(10_000);
    gift(&mut world, 5_000, "2027-02-25");
    // For two days 4.285 is set aside; the one that is left then costs 3.572, and 1.429 of the old plan's comes back.
    asked(&mut world, "2027-02-25T16:58:00Z");
    let story = world.story(&confirm(at("2027-02-25T17:01:00Z")));
    assert_eq!(plan_of(&world), business());
    assert!(story.contains(&"wallet.promotion_expired".to_owned()));
    assert_eq!(promotional(&world), Rupiah::ZERO);
    assert_eq!(world.balance(budi()), rp(11_429));
}

#[test]
fn held_credit_of_a_change_that_fails_after_its_last_day_is_over() {
    let mut world = running(10_000);
    gift(&mut world, 30_000, "2027-02-13");
    asked(&mut world, "2027-02-13T16:58:00Z");
    world.happens(&FailPlanChange {
        at: at("2027-02-13T17:01:00Z"),
        ..fail()
    });
    assert_eq!(plan_of(&world), starter());
    assert_eq!(world.balance(budi()), rp(10_000));
}
