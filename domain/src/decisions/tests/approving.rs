//! Two persons (billing rule 40).

use super::{
    acting::{adjust, ani, approves, asks, oki, world},
    world::{World, registration},
};
use crate::{
    Rupiah,
    approval::{Approval, ApprovalCommand, Deed},
    coupon::{Gives, Limits, Off, Percent},
    decisions::{ActAsStaff, Acted, ActivateOrder, One, Reject},
    ids::UserId,
    story::{at, budi, noon, order, rp, sari, text},
    user::{Role, User, UserCommand},
    wallet::{AdjustmentSide, Wallet},
};
use uuid::Uuid;

fn credit(number: u128, amount: i64) -> ActAsStaff {
    asks(number, adjust(number, AdjustmentSide::Credit, amount))
}

fn is_held(world: &mut World, asked: &ActAsStaff) -> bool {
    matches!(world.answer::<Acted>(asked), Acted::Held { .. })
}

fn reject(asked: &ActAsStaff, by: UserId) -> Reject {
    Reject {
        approval_id: asked.approval_id,
        by,
        proven: true,
        reason: text("no receipt"),
        at: noon(),
    }
}

#[test]
fn up_to_the_limit_it_is_done_at_once() {
    let mut world = world(0);
    let story = world.story(&credit(1, 100_000));
    assert_eq!(
        story,
        ["allowance.used", "allowance.used", "wallet.adjusted"]
    );
}

#[test]
fn above_it_is_held_and_done_with_the_approval_in_one_commit() {
    let mut world = world(0);
    let asked = credit(1, 100_001);
    let expected = Acted::Held {
        approval_id: asked.approval_id,
        expires_at: at("2027-02-03T05:00:00Z"),
    };
    assert_eq!(world.answer::<Acted>(&asked), expected);
    assert_eq!(world.balance(budi()), Rupiah::ZERO);
    let held = world.state::<Approval>(&asked.approval_id);
    let held = held.held().unwrap();
    assert_eq!((held.amount, held.requested_by), (Some(rp(100_001)), ani()));
    assert_eq!(held.asked, [oki()]);
    let story = world.story(&approves(&asked));
    assert_eq!(story, ["approval.approved", "wallet.adjusted"]);
    world.changes_nothing(&approves(&asked));
    assert_eq!(world.balance(budi()), rp(100_001));
}

#[test]
fn what_is_split_up_within_a_day_is_counted_together() {
    let mut world = world(0);
    assert!(!is_held(&mut world, &credit(1, 60_000)));
    assert!(is_held(&mut world, &credit(2, 40_001)));
    let mut tomorrow = credit(3, 100_000);
    tomorrow.at = at("2027-02-01T05:00:00Z");
    assert!(!is_held(&mut world, &tomorrow));
}

#[test]
fn the_sum_is_one_of_each_person_and_customer() {
    let mut world = world(0).with(sari(), 0);
    assert!(!is_held(&mut world, &credit(1, 100_000)));
    let mut to_sari = credit(2, 100_000);
    to_sari.act.user_id = Some(sari());
    assert!(!is_held(&mut world, &to_sari));
    let mut by_oki = credit(3, 100_000);
    (by_oki.by, by_oki.others) = (oki(), vec![ani()]);
    assert!(!is_held(&mut world, &by_oki));
}

#[test]
fn what_is_about_oneself_needs_another_however_little() {
    let mut world = world(0);
    let mut own = credit(1, 1_000);
    own.act.user_id = Some(ani());
    assert!(is_held(&mut world, &own));
}

#[test]
fn who_asked_and_whom_it_is_about_do_not_approve() {
    let mut world = world(0);
    let asked = credit(1, 200_000);
    world.happens(&asked);
    let mut by_ani = approves(&asked);
    by_ani.by = ani();
    world.refuses(&by_ani, "approval.own_request");
    let roles = vec![Role::Customer, Role::Admin];
    let reason = text("joined us");
    world.happens(&One::<User> {
        id: budi(),
        command: UserCommand::ChangeRoles { roles, reason },
    });
    let mut by_budi = approves(&asked);
    by_budi.by = budi();
    world.refuses(&by_budi, "approval.own_matter");
}

#[test]
fn only_an_active_administrator_approves_or_rejects() {
    let mut world = world(0).with(sari(), 0);
    let asked = credit(1, 200_000);
    world.happens(&asked);
    let mut by_sari = approves(&asked);
    by_sari.by = sari();
    world.refuses(&by_sari, "approval.not_an_approver");
    world.refuses(&reject(&asked, sari()), "approval.not_an_approver");
    let mut world = world.deactivated(oki());
    world.refuses(&approves(&asked), "approval.not_an_approver");
}

#[test]
fn what_somebody_asked_for_who_is_no_administrator_any_more_is_not_done() {
    let mut world = world(0);
    let asked = credit(1, 200_000);
    world.happens(&asked);
    let (roles, reason) = (vec![Role::Operator], text("moved on"));
    world.happens(&One::<User> {
        id: ani(),
        command: UserCommand::ChangeRoles { roles, reason },
    });
    world.refuses(&approves(&asked), "approval.requester_gone");
    world.happens(&reject(&asked, oki()));

    let mut world = self::world(0);
    world.happens(&asked);
    let mut world = world.deactivated(ani());
    world.refuses(&approves(&asked), "approval.requester_gone");
    assert_eq!(world.balance(budi()), Rupiah::ZERO);
    let mut by_another = approves(&asked);
    by_another.requested_by = oki();
    world.refuses(&by_another, "approval.not_found");
}

#[test]
fn who_asks_and_who_decides_have_proven_a_second_factor() {
    let mut world = world(0);
    let mut asked = credit(1, 200_000);
    asked.proven = false;
    world.refuses(&asked, "second_factor.required");
    let mut little = credit(2, 1_000);
    little.proven = false;
    assert!(!is_held(&mut world, &little));
    let asked = credit(3, 200_000);
    world.happens(&asked);
    let mut approve = approves(&asked);
    approve.proven = false;
    world.refuses(&approve, "second_factor.required");
    let mut rejects = reject(&asked, oki());
    rejects.proven = false;
    world.refuses(&rejects, "second_factor.required");
    assert!(world.state::<Approval>(&asked.approval_id).is_open());
}

#[test]
fn with_one_administrator_alone_amounts_above_are_refused() {
    let mut world = world(0);
    let mut alone = credit(1, 100_001);
    alone.others = vec![];
    world.refuses(&alone, "approval.alone");
    let mut stranger = registration(sari(), "sari");
    stranger.roles = vec![Role::Operator];
    world.happens(&stranger);
    // Neither is somebody who may approve it: himself, whom it is about, and who has not the role.
    alone.others = vec![ani(), budi(), sari()];
    world.refuses(&alone, "approval.alone");
    let mut world = world.deactivated(oki());
    alone.others = vec![oki()];
    world.refuses(&alone, "approval.alone");
    let mut little = credit(2, 100_000);
    little.others = vec![];
    assert!(!is_held(&mut world, &little));
}

#[test]
fn what_has_changed_since_is_not_done() {
    let mut world = world(0);
    let asked = credit(1, 200_000);
    world.happens(&asked);
    world.happens(&credit(2, 1_000));
    world.refuses(&approves(&asked), "approval.state_moved");
    // It can still be rejected, and asked for anew.
    world.happens(&reject(&asked, ani()));
    let anew = credit(3, 200_000);
    world.happens(&anew);
    world.happens(&approves(&anew));
    assert_eq!(world.balance(budi()), rp(201_000));
}

#[test]
fn what_is_rejected_or_too_old_is_not_done() {
    let mut world = world(0);
    let asked = credit(1, 200_000);
    world.happens(&asked);
    let mut late = approves(&asked);
    late.at = at("2027-02-03T05:00:00Z");
    world.refuses(&late, "approval.expired");
    world.happens(&reject(&asked, oki()));
    world.changes_nothing(&reject(&asked, oki()));
    world.refuses(&approves(&asked), "approval.decided");
    let again = credit(2, 200_000);
    world.happens(&again);
    world.happens(&One::<Approval> {
        id: again.approval_id,
        command: ApprovalCommand::Expire { at: late.at },
    });
    world.refuses(&approves(&again), "approval.expired");
}

#[test]
fn another_act_than_the_one_that_is_held_is_not_found() {
    let mut world = world(0);
    let asked = credit(1, 200_000);
    world.happens(&asked);
    let mut other = approves(&asked);
    other.act = credit(1, 300_000).act;
    world.refuses(&other, "approval.not_found");
    let mut nothing = approves(&asked);
    nothing.approval_id = crate::ids::ApprovalId::new(Uuid::nil());
    world.refuses(&nothing, "approval.not_found");
}

#[test]
fn what_is_refused_anyway_is_not_held() {
    let mut world = world(50_000);
    let more = asks(1, adjust(1, AdjustmentSide::Debit, 200_000));
    world.refuses(&more, "wallet.insufficient_funds");
}

#[test]
fn an_end_is_worth_what_it_gives_back() {
    let mut world = world(50_000).ordered(1);
    let subscription_id = order(1);
    world.happens(&ActivateOrder {
        subscription_id,
        at: noon(),
    });
    let reason = text("by order of a court");
    let mut asked = asks(
        1,
        Deed::End {
            subscription_id,
            reason,
        },
    );
    asked.rules.above = Rupiah::ZERO;
    assert!(is_held(&mut world, &asked));
    let held = world.state::<Approval>(&asked.approval_id);
    assert_eq!(held.held().unwrap().amount, Some(rp(40_000)));
    world.happens(&approves(&asked));
    assert_eq!(world.balance(budi()), rp(50_000));
    assert!(!world.state::<Approval>(&asked.approval_id).is_open());
}

#[test]
fn days_are_worth_the_price_of_the_plan() {
    let mut world = world(50_000).ordered(1);
    let subscription_id = order(1);
    world.happens(&ActivateOrder {
        subscription_id,
        at: noon(),
    });
    let extend = |number, days, next: Option<i64>| {
        let reason = text("it was slow");
        asks(
            number,
            Deed::Extend {
                subscription_id,
                days,
                next: next.map(rp),
                reason,
            },
        )
    };
    // 70 days at 40.000 for 28 are 100.000.
    assert!(is_held(&mut world, &extend(1, 71, None)));
    // Or what they cost next, where that is more.
    assert!(is_held(&mut world, &extend(2, 36, Some(80_000))));
    assert!(is_held(&mut world, &extend(3, 71, Some(10_000))));
    assert!(!is_held(&mut world, &extend(4, 70, Some(10_000))));
}

#[test]
fn a_wallet_that_is_not_there_is_not_found() {
    let mut world = world(0);
    let mut asked = credit(1, 1_000);
    asked.act.user_id = None;
    world.refuses(&asked, "wallet.not_found");
    let nobody: Wallet = world.state(&crate::ids::WalletId::of(sari()));
    assert_eq!(nobody.owner(), None);
}

/// Credit of so much for so many.
fn coupon(number: u128, amount: i64, uses: u32) -> ActAsStaff {
    let gives = Gives::Credit {
        amount: rp(amount),
        days: 30,
    };
    makes(number, gives, Some(uses))
}

fn makes(number: u128, gives: Gives, uses: Option<u32>) -> ActAsStaff {
    let limits = Limits {
        uses,
        ..Limits::default()
    };
    let deed = Deed::CreateCoupon {
        code: format!("KUPON-{number}").parse().unwrap(),
        gives,
        limits: Box::new(limits),
        dearest: Some(rp(40_000)),
    };
    let mut asked = asks(number, deed);
    asked.act.user_id = None;
    asked
}

#[test]
fn a_coupon_that_can_cost_little_is_made_by_one_and_any_other_by_two() {
    let mut world = world(0);
    let story = world.story(&coupon(1, 20_000, 5));
    assert_eq!(
        story,
        ["allowance.used", "allowance.used", "coupon.created"]
    );
    world.changes_nothing(&coupon(1, 20_000, 5));
    let much = makes(2, Gives::FreeDays { days: 7 }, Some(1));
    assert!(is_held(&mut world, &much));
    let held = world.state::<Approval>(&much.approval_id);
    assert_eq!(held.held().unwrap().amount, None);
    let story = world.story(&approves(&much));
    assert_eq!(story, ["approval.approved", "coupon.created"]);
    // A share weighs what it takes off the dearest period.
    let share = |percent| Gives::Discount {
        off: Off::Percent(Percent::try_from(percent).unwrap()),
        periods: Some(1),
    };
    let quarter = makes(3, share(25), Some(11));
    assert!(is_held(&mut world, &quarter));
    let held = world.state::<Approval>(&quarter.approval_id);
    assert_eq!(held.held().unwrap().amount, Some(rp(110_000)));
    assert!(is_held(&mut world, &makes(4, share(100), Some(1))));
    assert!(is_held(&mut world, &makes(5, share(25), None)));
    let boundless = Gives::Credit {
        amount: rp(1),
        days: 1,
    };
    world.refuses(&makes(6, boundless, None), "coupon.credit_without_limit");
}

#[test]
fn many_small_coupons_are_counted_together() {
    let mut world = world(0);
    assert!(!is_held(&mut world, &coupon(1, 20_000, 3)));
    assert!(!is_held(&mut world, &coupon(2, 20_000, 2)));
    assert!(is_held(&mut world, &coupon(3, 1, 1)));
    let mut by_oki = coupon(4, 20_000, 5);
    (by_oki.by, by_oki.others) = (oki(), vec![ani()]);
    assert!(!is_held(&mut world, &by_oki));
    let mut tomorrow = coupon(5, 20_000, 5);
    tomorrow.at = at("2027-02-01T05:00:00Z");
    assert!(!is_held(&mut world, &tomorrow));
}

#[test]
fn of_two_requests_for_one_code_only_one_is_done() {
    let mut world = world(0);
    let (first, second) = (coupon(1, 20_000, 50), {
        let mut second = coupon(2, 30_000, 50);
        if let Deed::CreateCoupon { code, .. } = &mut second.act.deed {
            *code = "KUPON-1".parse().unwrap();
        }
        second
    });
    assert!(is_held(&mut world, &first) && is_held(&mut world, &second));
    world.happens(&approves(&first));
    world.refuses(&approves(&second), "approval.state_moved");
}
