//! What changes come to, to the rupiah.

use super::*;
use crate::decisions::{Asker, EndNow, Renew};

#[test]
fn several_changes_in_one_period_lose_no_rupiah() {
    let mut world = running(400_000);
    let policy = Policy {
        keep_volume: true,
        ..Policy::default()
    };
    world.happens(&Renew {
        paying: paying(),
        policy,
        asked_by: budi(),
        at: noon(),
    });
    let mut from = starter();
    for (number, to) in [(1, business()), (2, starter()), (3, business())] {
        let moment = at(&format!("2027-02-{:02}T05:00:00Z", 3 * number));
        world.happens(&ChangePlan {
            from,
            to,
            policy,
            at: moment,
            ..change(to)
        });
        world.happens(&Live {
            instance_id: InstanceId::of(order(1)),
            command: InstanceCommand::Live(InstanceLife::Observe {
                operation: number,
                seen: Seen::Ready,
                at: moment,
            }),
        });
        world.happens(&ConfirmPlanChange {
            from,
            to,
            ..confirm(moment)
        });
        from = to;
    }
    // What was used: 31 January to 3 February and 7 to 9 February as starter, 4 to 6 February as business.
    world.happens(&EndNow {
        subscription_id: order(1),
        wallet_id: WalletId::of(budi()),
        asked_by: Asker::Customer(budi()),
        full_refund: None,
        policy,
        at: at("2027-02-09T06:00:00Z"),
    });
    let spent = 440_000 - world.balance(budi()).get();
    let exact = (40_000 * 7 + 100_000 * 3) / 28;
    assert!(
        (exact - 1..=exact + 1).contains(&spent),
        "{spent} beside {exact}"
    );
}

#[test]
fn a_renewal_that_comes_meanwhile_is_charged_as_before_and_changed_with_the_rest() {
    let mut world = running(500_000);
    world.happens(&change(business()));
    world.happens(&advance(at("2027-02-27T17:00:00Z")));
    resized(&mut world);
    world.happens(&confirm(at("2027-02-27T18:00:00Z")));
    assert_eq!(plan_of(&world), business());
    assert_eq!(subscription(&world).paid_until(), Some(day("2027-03-31")));
    // The first period stayed what it was; of the second one the first day did.
    let second = 100_000 - 100_000 / 31 + 40_000 / 31;
    let spent = 540_000 - world.balance(budi()).get();
    assert!(
        (40_000 + second - 1..=40_000 + second + 1).contains(&spent),
        "{spent}"
    );
}

#[test]
fn a_change_that_comes_to_its_end_too_late_fails_and_the_app_goes_back() {
    let due = at("2027-02-27T17:00:00Z");
    // The credit is set aside, so that the period cannot be renewed.
    let mut world = running(30_000);
    world.happens(&change(business()));
    world.happens(&advance(due));
    assert!(subscription(&world).is_past_due());
    resized(&mut world);
    assert_eq!(
        world.story(&confirm(due)),
        [
            "wallet.released",
            "subscription.plan_change_failed",
            "plan_slots.returned",
            "instance.resize_undo_requested"
        ]
    );
    assert_eq!(world.balance(budi()), rp(30_000));
    assert_eq!(cpu(&world), 500);
}

fn cpu(world: &World) -> u32 {
    let instance: Instance = world.state(&InstanceId::of(order(1)));
    instance.wanted().unwrap().resources.cpu_millicores()
}

/// Its customer cancels while the app gets its new figures, so that they will not be paid for.
fn cancelled_meanwhile() -> World {
    let mut world = running(30_000);
    world.happens(&change(business()));
    world.happens(&WishAbout {
        subscription_id: order(1),
        asked_by: budi(),
        wish: Wish::CancelAtEnd,
        at: half(),
    });
    resized(&mut world);
    world
}

fn live(world: &mut World, command: InstanceLife) {
    world.happens(&Live {
        instance_id: InstanceId::of(order(1)),
        command: InstanceCommand::Live(command),
    });
}

#[test]
fn figures_that_are_not_paid_for_do_not_come_back_when_going_back_fails() {
    let mut world = cancelled_meanwhile();
    world.happens(&confirm(half()));
    assert_eq!(cpu(&world), 500);
    live(
        &mut world,
        InstanceLife::FailOperation {
            operation: 2,
            reason: text("it was not seen to come to it in time"),
            volume_mib: None,
            at: half(),
        },
    );
    assert_eq!(cpu(&world), 500);
}

#[test]
fn figures_that_are_not_paid_for_go_back_also_where_the_app_rests_or_restarts() {
    let asked_by = budi();
    let stop = InstanceLife::Stop {
        asked_by,
        at: half(),
    };
    let restart = InstanceLife::Restart {
        asked_by,
        at: half(),
    };
    for (meanwhile, then) in [
        (stop, "instance.refitted"),
        (restart, "instance.resize_undo_requested"),
    ] {
        let mut world = cancelled_meanwhile();
        live(&mut world, meanwhile);
        assert_eq!(world.story(&confirm(half())).last().unwrap(), then);
        assert_eq!(cpu(&world), 500);
    }
}

#[test]
fn what_takes_a_new_password_does_not_lose_it_to_figures_that_go_back() {
    let mut world = cancelled_meanwhile();
    let asked_by = budi();
    live(
        &mut world,
        InstanceLife::ResetPassword {
            asked_by,
            at: half(),
        },
    );
    world.refuses(&confirm(half()), "instance.busy");
}

#[test]
fn a_change_does_not_outlive_the_subscription() {
    let mut world = running(30_000);
    world.happens(&change(business()));
    resized(&mut world);
    world.happens(&EndNow {
        subscription_id: order(1),
        wallet_id: WalletId::of(budi()),
        asked_by: Asker::Customer(budi()),
        full_refund: None,
        policy: Policy::default(),
        at: half(),
    });
    world.happens(&confirm(half()));
    assert_eq!(world.balance(budi()), rp(50_000));
    assert_eq!(plan_of(&world), starter());
}

#[test]
fn a_change_waits_for_nobody_who_cancels_meanwhile() {
    let mut world = cancelled_meanwhile();
    world.happens(&confirm(half()));
    assert_eq!(plan_of(&world), starter());
    assert_eq!(world.balance(budi()), rp(30_000));
}

#[test]
fn a_price_that_is_announced_during_a_change_is_not_agreed_to_by_it() {
    let mut world = running(500_000);
    world.happens(&change(business()));
    world.service(ServiceCommand::RepricePlan {
        plan_id: business(),
        price: PriceList {
            monthly: rp(150_000),
            yearly: rp(1_500_000),
        },
        at: at("2027-02-13T05:00:01Z"),
    });
    resized(&mut world);
    world.happens(&confirm(at("2027-02-13T06:00:00Z")));
    assert_eq!(plan_of(&world), business());
    let before = world.balance(budi());
    world.happens(&advance(at("2027-02-27T17:00:00Z")));
    let paid = before.checked_sub(world.balance(budi()));
    assert_eq!(paid, Some(rp(100_000)), "the notice is not over");
}

#[test]
fn a_change_that_was_called_off_is_nothing_to_retry() {
    let mut world = cancelled_meanwhile();
    world.happens(&confirm(half()));
    live(
        &mut world,
        InstanceLife::Observe {
            operation: 2,
            seen: Seen::Ready,
            at: half(),
        },
    );
    let retry = Live {
        instance_id: InstanceId::of(order(1)),
        command: InstanceCommand::Live(InstanceLife::Retry { at: half() }),
    };
    world.refuses(&retry, "instance.nothing_to_retry");
}

#[test]
fn an_app_is_not_stopped_in_the_middle_of_a_change() {
    let mut world = running(30_000);
    world.happens(&change(business()));
    let stop = Live {
        instance_id: InstanceId::of(order(1)),
        command: InstanceCommand::Live(InstanceLife::Stop {
            asked_by: budi(),
            at: half(),
        }),
    };
    world.refuses(&stop, "instance.busy");
}

/// Active, paid with promotional credit that is over at the half of its period, and so much beside it.
fn paid_with_a_gift(beside: i64) -> World {
    let mut world = World::selling(1, 1).with(budi(), beside);
    world.happens(&One::<Wallet> {
        id: WalletId::of(budi()),
        command: WalletCommand::Grant {
            grant_id: crate::ids::GrantId::new(Uuid::from_u128(7)),
            amount: rp(40_000),
            expires_on: day("2027-02-01"),
            cause: crate::wallet::GrantCause::Welcome,
        },
    });
    let mut world = world.ordered(1);
    world.happens(&offer(business(), "business", 100_000, 10_240));
    world.happens(&ActivateOrder {
        subscription_id: order(1),
        at: noon(),
    });
    world
}

#[test]
fn credit_that_is_over_when_it_comes_back_does_not_pay_for_a_change() {
    let mut world = paid_with_a_gift(30_000);
    world.happens(&change(business()));
    resized(&mut world);
    world.happens(&confirm(half()));
    assert_eq!(plan_of(&world), starter());
    assert_eq!(world.balance(budi()), rp(30_000));
}

#[test]
fn nobody_pays_more_for_a_change_than_was_quoted() {
    let mut world = paid_with_a_gift(300_000);
    world.refuses(&change(business()), "subscription.credit_ends");
}

/// The same plan in another cycle, which needs no other figures.
fn cycles(world: &mut World, billing_cycle: BillingCycle, on: &str) {
    world.happens(&ChangePlan {
        to: starter(),
        billing_cycle,
        at: at(&format!("{on}T05:00:00Z")),
        ..change(starter())
    });
}

#[test]
fn a_month_that_was_given_back_is_paid_for_when_it_comes_all_the_same() {
    let mut world = running(1_000_000);
    for _ in 0..3 {
        world.happens(&Renew {
            paying: paying(),
            policy: Policy::default(),
            asked_by: budi(),
            at: noon(),
        });
    }
    // Back in a month at whose end the last of the three began that had been paid ahead.
    cycles(&mut world, BillingCycle::Yearly, "2027-02-13");
    cycles(&mut world, BillingCycle::Monthly, "2027-03-30");
    let until = subscription(&world).paid_until();
    assert_eq!(until, Some(day("2027-04-30")));
    let before = world.balance(budi());
    world.happens(&advance(at("2027-04-30T05:00:00Z")));
    let paid = before.checked_sub(world.balance(budi())).unwrap();
    assert_eq!(paid, rp(40_000));
    assert_eq!(subscription(&world).paid_until(), Some(day("2027-05-31")));
}

#[test]
fn a_month_that_was_paid_for_during_a_change_is_paid_for_when_it_comes_again() {
    let mut world = running(5_000_000);
    cycles(&mut world, BillingCycle::Yearly, "2027-02-13");
    let due = subscription(&world).paid_until().unwrap();
    world.happens(&ChangePlan {
        billing_cycle: BillingCycle::Monthly,
        at: at("2027-03-13T05:00:00Z"),
        ..change(business())
    });
    world.happens(&Renew {
        paying: paying(),
        policy: Policy::default(),
        asked_by: budi(),
        at: at("2027-03-13T05:00:00Z"),
    });
    resized(&mut world);
    world.happens(&confirm(at("2027-03-13T05:00:00Z")));
    while let Some(until) = subscription(&world)
        .paid_until()
        .filter(|until| *until <= due)
    {
        let before = world.balance(budi());
        world.happens(&advance(day_begins(until)));
        let paid = before.checked_sub(world.balance(budi()));
        assert_eq!(paid, Some(rp(100_000)), "{until}");
    }
}

#[test]
fn days_of_grace_cost_what_a_day_did_also_where_the_plan_changed_on_the_last_but_one() {
    let mut world = running(3_000);
    let late = at("2027-02-26T05:00:00Z");
    world.happens(&ChangePlan {
        at: late,
        ..change(business())
    });
    resized(&mut world);
    world.happens(&confirm(late));
    world.happens(&advance(at("2027-02-28T05:00:00Z")));
    world.happens(&advance(at("2027-03-07T05:00:00Z")));
    // A day of business costs 3.571 or a rupiah more.
    let grace = subscription(&world).grace().get();
    assert!((7 * 3_571..=7 * 3_572).contains(&grace), "{grace}");
}

#[test]
fn a_cycle_that_begins_when_its_app_is_ready_after_midnight_leaves_no_day_unpaid() {
    let mut world = running(1_000_000);
    let yearly = ChangePlan {
        billing_cycle: BillingCycle::Yearly,
        at: at("2027-02-27T16:50:00Z"),
        ..change(business())
    };
    world.happens(&yearly);
    resized(&mut world);
    world.happens(&confirm(at("2027-02-27T17:02:00Z")));
    assert_eq!(subscription(&world).paid_until(), Some(day("2028-02-28")));
}
