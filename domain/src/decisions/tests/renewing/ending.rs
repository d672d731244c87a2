//! Cancelling, ending, and what staff moves or gives back.

use super::*;
use crate::{
    decisions::{Cancel, Cancelled, Extend, GiveBack, UsedUp, tests::world::purchase},
    ids::CreditId,
};

#[test]
fn a_cancelled_subscription_ends_with_its_paid_time() {
    let mut world = running(100_000);
    world.refuses(&wish(Wish::CancelAtEnd, sari()), "subscription.not_found");
    world.happens(&wish(Wish::CancelAtEnd, budi()));
    assert_eq!(
        world.story(&advance(due())),
        ["subscription.ended", "instance.removal_requested"]
    );
    assert_eq!(world.balance(budi()), rp(100_000));
}

#[test]
fn ending_at_once_gives_back_what_is_left_of_what_was_paid() {
    let mut world = running(40_000);
    world.happens(&renew(noon()));
    let half = at("2027-02-13T05:00:00Z");
    assert_eq!(
        world.story(&end_now(half)),
        [
            "wallet.refunded",
            "wallet.refunded",
            "subscription.ended",
            "instance.removal_requested"
        ]
    );
    assert_eq!(world.balance(budi()), rp(60_000));
    world.changes_nothing(&end_now(half));
}

#[test]
fn within_a_day_of_the_first_readiness_everything_comes_back() {
    let mut world = running(0);
    assert_eq!(
        world.answer::<Rupiah>(&end_now(at("2027-02-01T04:59:59Z"))),
        rp(40_000)
    );
    let mut world = running(0);
    assert_eq!(
        world.answer::<Rupiah>(&end_now(at("2027-02-01T05:00:00Z"))),
        rp(37_143)
    );
}

#[test]
fn everything_comes_back_once_per_person_and_service() {
    let once = |number, person: UserId, mailbox: &str| EndNow {
        subscription_id: order(number),
        wallet_id: WalletId::of(person),
        asked_by: Asker::Customer(person),
        full_refund: Some(claim(mailbox)),
        ..end_now(at("2027-02-01T04:00:00Z"))
    };
    let mut world = World::selling(3, 3)
        .with(budi(), 80_000)
        .with(sari(), 40_000)
        .ordered(1)
        .ordered(2);
    world.happens(&purchase(sari(), 3));
    for number in 1..=3 {
        world.happens(&ActivateOrder {
            subscription_id: order(number),
            at: noon(),
        });
    }
    assert_eq!(
        world.story(&once(1, budi(), "budi")),
        [
            "claim.taken",
            "wallet.refunded",
            "subscription.ended",
            "instance.removal_requested"
        ]
    );
    assert_eq!(world.balance(budi()), rp(40_000));
    world.changes_nothing(&once(1, budi(), "budi"));
    // From tomorrow on: two of the 28 days were used.
    let second: Rupiah = world.answer(&once(2, budi(), "budi"));
    assert_eq!(second, rp(37_143));
    let saris: Rupiah = world.answer(&once(3, sari(), "sari"));
    assert_eq!(saris, rp(40_000));
}

#[test]
fn what_is_ended_after_the_hours_uses_nothing_up() {
    let mut world = running(0);
    let late = EndNow {
        full_refund: Some(claim("budi")),
        ..end_now(at("2027-02-01T05:00:00Z"))
    };
    let story = world.story(&late);
    assert!(!story.contains(&"claim.taken".to_owned()), "{story:?}");
}

#[test]
fn one_request_cancels_whatever_has_become_of_the_order() {
    let cancel = |now| Cancel {
        subscription_id: order(1),
        wallet_id: WalletId::of(budi()),
        asked_by: budi(),
        now,
        full_refund: None,
        policy: POLICY,
        used: UsedUp::default(),
        at: at("2027-02-13T05:00:00Z"),
    };
    let mut waiting = World::selling(1, 1).with(budi(), 40_000).ordered(1);
    assert_eq!(
        waiting.answer::<Cancelled>(&cancel(false)),
        Cancelled::Failed
    );
    assert_eq!(waiting.balance(budi()), rp(40_000));
    waiting.changes_nothing(&cancel(true));
    let mut world = running(0);
    let ends_on = day("2027-02-28");
    assert_eq!(
        world.answer::<Cancelled>(&cancel(false)),
        Cancelled::Active { ends_on }
    );
    world.changes_nothing(&cancel(false));
    let refunded = rp(20_000);
    assert_eq!(
        world.answer::<Cancelled>(&cancel(true)),
        Cancelled::Ended { refunded }
    );
    world.refuses(&cancel(false), "subscription.over");
    let by_sari = Cancel {
        asked_by: sari(),
        wallet_id: WalletId::of(sari()),
        ..cancel(true)
    };
    running(0).refuses(&by_sari, "subscription.not_found");
    let mut grace = running(0);
    grace.happens(&advance(due()));
    grace.refuses(&cancel(false), "subscription.nothing_paid");
}

#[test]
fn only_its_customer_and_staff_end_what_is_active() {
    let mut world = running(0);
    let by_sari = EndNow {
        asked_by: Asker::Customer(sari()),
        ..end_now(noon())
    };
    world.refuses(&by_sari, "subscription.not_found");
    let by_staff = EndNow {
        asked_by: Asker::Staff(text("by order of a court")),
        ..end_now(noon())
    };
    world.happens(&by_staff);
    let mut ordered = World::selling(1, 1).with(budi(), 40_000).ordered(1);
    ordered.refuses(&end_now(noon()), "subscription.not_active");
}

#[test]
fn ending_while_it_is_being_resumed_gives_the_new_period_back() {
    let mut world = suspended();
    credited(&mut world, 60_000);
    world.happens(&advance(in_march()));
    world.happens(&end_now(in_march()));
    assert_eq!(world.balance(budi()), rp(50_000));
}

#[test]
fn a_day_lost_on_our_side_is_given_back_at_its_value_once() {
    let mut world = running(0);
    let lost = |day_lost: &str| CreditLostDay {
        subscription_id: order(1),
        wallet_id: WalletId::of(budi()),
        day: day(day_lost),
        at: at("2027-02-27T05:00:00Z"),
    };
    assert_eq!(
        world.story(&lost("2027-02-27")),
        ["wallet.refunded", "subscription.day_credited"]
    );
    assert_eq!(world.balance(budi()), rp(1_429));
    world.changes_nothing(&lost("2027-02-27"));
    world.changes_nothing(&lost("2027-02-28"));
    world.changes_nothing(&lost("2027-01-30"));
    // What is left at the end does not come back twice.
    world.happens(&end_now(at("2027-02-27T05:00:00Z")));
    assert_eq!(world.balance(budi()), rp(1_429));
    world.changes_nothing(&lost("2027-02-20"));
}

fn give_back(amount: i64, on: &str) -> GiveBack {
    GiveBack {
        credit_id: CreditId::new(uuid::Uuid::from_u128(amount.unsigned_abs().into())),
        subscription_id: order(1),
        wallet_id: WalletId::of(budi()),
        amount: rp(amount),
        reason: text("it was slow for days"),
        at: at(&format!("{on}T05:00:00Z")),
    }
}

#[test]
fn staff_gives_back_what_was_used_and_not_what_is_paid_for_days_to_come() {
    let mut world = running(0);
    // 14 of 28 days are over.
    world.refuses(
        &give_back(20_001, "2027-02-13"),
        "subscription.less_was_used",
    );
    assert_eq!(
        world.story(&give_back(15_000, "2027-02-13")),
        ["wallet.refunded", "subscription.charge_returned"]
    );
    world.changes_nothing(&give_back(15_000, "2027-02-13"));
    world.refuses(
        &give_back(5_001, "2027-02-13"),
        "subscription.less_was_used",
    );
    world.happens(&end_now(at("2027-02-13T05:00:00Z")));
    assert_eq!(world.balance(budi()), rp(35_000));
    // Also of what is over.
    world.happens(&give_back(5_000, "2027-02-20"));
    assert_eq!(world.balance(budi()), rp(40_000));
}

#[test]
fn a_lost_day_that_staff_gave_back_already_does_not_cost_the_days_to_come() {
    let mut world = running(0);
    world.happens(&give_back(20_000, "2027-02-13"));
    world.changes_nothing(&CreditLostDay {
        subscription_id: order(1),
        wallet_id: WalletId::of(budi()),
        day: day("2027-02-13"),
        at: at("2027-02-13T05:00:00Z"),
    });
    world.happens(&end_now(at("2027-02-13T05:00:00Z")));
    assert_eq!(world.balance(budi()), rp(40_000));
}

#[test]
fn staff_moves_the_end_of_the_paid_time_at_no_price() {
    let mut world = running(40_000);
    world.happens(&Extend {
        subscription_id: order(1),
        days: 3,
        reason: text("it was slow"),
        at: noon(),
    });
    world.changes_nothing(&advance(due()));
    assert_eq!(paid_until(&world), day("2027-03-03"));
    world.happens(&advance(at("2027-03-02T17:00:00Z")));
    assert_eq!(paid_until(&world), day("2027-04-03"));
}

#[test]
fn a_hold_of_the_staff_costs_no_data_of_who_has_the_credit() {
    let over = at("2027-04-05T17:00:00Z");
    let mut world = held_by_staff();
    credited(&mut world, 60_000);
    world.changes_nothing(&advance(over));
    live(
        &mut world,
        InstanceLife::Release {
            kind: HoldKind::Staff,
            reason: text("a misunderstanding"),
            at: over,
        },
    );
    let later = at("2027-04-20T05:00:00Z");
    assert_eq!(
        world.answer::<Advanced>(&advance(later)),
        Advanced::Resuming
    );
}

#[test]
fn what_staff_holds_and_nobody_could_pay_for_goes_in_its_time() {
    let over = at("2027-04-05T17:00:00Z");
    let mut world = held_by_staff();
    credited(&mut world, 49_999);
    assert_eq!(world.answer::<Advanced>(&advance(over)), Advanced::Ended);
    let mut world = held_by_staff();
    credited(&mut world, 60_000);
    world.happens(&switch(false));
    assert_eq!(world.answer::<Advanced>(&advance(over)), Advanced::Ended);
}
