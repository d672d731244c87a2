//! The limit itself is changed by two persons (billing rule 40).

use super::{
    acting::{adjust, approves, asks, world},
    world::World,
};
use crate::{
    approval::Deed,
    approval_limit::ApprovalLimit,
    decisions::{ActAsStaff, Acted},
    ids::ApprovalLimitId,
    story::{rp, text},
    wallet::AdjustmentSide,
};

fn limit(number: u128, above: i64) -> ActAsStaff {
    let mut asked = asks(
        number,
        Deed::SetApprovalLimit {
            above: rp(above),
            reason: text("we are more now"),
        },
    );
    asked.act.user_id = None;
    asked
}

fn is_held(world: &mut World, asked: &ActAsStaff) -> bool {
    matches!(world.answer::<Acted>(asked), Acted::Held { .. })
}

fn credit(number: u128, amount: i64) -> ActAsStaff {
    asks(number, adjust(number, AdjustmentSide::Credit, amount))
}

#[test]
fn the_limit_is_changed_by_two_and_counts_from_then_on() {
    let mut world = world(0);
    let lower = limit(1, 50_000);
    assert!(is_held(&mut world, &lower));
    assert!(!is_held(&mut world, &credit(2, 60_000)));
    assert_eq!(
        world.story(&approves(&lower)),
        ["approval.approved", "approval_limit.set"]
    );
    let known: ApprovalLimit = world.state(&ApprovalLimitId::the_one());
    assert_eq!(known.above(), Some(rp(50_000)));
    assert!(is_held(&mut world, &credit(3, 1_000)));

    let higher = limit(4, 500_000);
    assert!(is_held(&mut world, &higher));
    world.happens(&approves(&higher));
    assert!(!is_held(&mut world, &credit(5, 440_000)));
    assert!(is_held(&mut world, &credit(6, 1_000)));
}

#[test]
fn a_limit_that_was_changed_meanwhile_is_asked_for_anew() {
    let mut world = world(0);
    let (first, second) = (limit(1, 50_000), limit(2, 500_000));
    world.happens(&first);
    world.happens(&second);
    world.happens(&approves(&first));
    world.refuses(&approves(&second), "approval.state_moved");
    world.changes_nothing(&limit(3, 50_000));
}
