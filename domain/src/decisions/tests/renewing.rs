mod ending;
mod foreseen;
mod found;
mod notices;
mod outages;
mod switching;

use super::world::{World, claim};
use crate::{
    Rupiah,
    decisions::{
        ActivateOrder, Advance, Advanced, Asker, ConfirmRemoval, ConfirmResume, CreditLostDay,
        EndNow, FailResume, Live, One, Paying, Policy, Renew, Wish, WishAbout,
    },
    ids::{CreditId, InstanceId, ReversalId, TopUpId, UserId, WalletId},
    instance::{HoldKind, InstanceCommand, LifeCommand as InstanceLife, Seen},
    service::{PriceList, ServiceCommand},
    story::{at, budi, ghost, noon, order, rp, sari, starter, text},
    subscription::Subscription,
    vat::VatPolicy,
    wallet::{ReversalCause, Wallet, WalletCommand},
};
use chrono::{DateTime, NaiveDate, Utc};
use switching::switch;
use uuid::Uuid;

const POLICY: Policy = Policy {
    grace_days: 7,
    keep_days: 30,
    notice_days: 30,
    low_credit_days: 7,
    full_refund_hours: 24,
    lost_minutes: 60,
    keep_volume: false,
    vat: VatPolicy::None,
};

/// The first moment of the day after the first period, 28 February 2027 in Jakarta.
fn due() -> DateTime<Utc> {
    at("2027-02-27T17:00:00Z")
}

fn after_grace() -> DateTime<Utc> {
    at("2027-03-06T17:00:00Z")
}

fn in_march() -> DateTime<Utc> {
    at("2027-03-20T05:00:00Z")
}

/// Budi's subscription is active since 31 January, and so much is left in his wallet.
fn running(left: i64) -> World {
    let mut world = World::selling(1, 1)
        .with(budi(), 40_000 + left)
        .with(sari(), 0)
        .ordered(1);
    world.happens(&ActivateOrder {
        subscription_id: order(1),
        at: noon(),
    });
    world
}

fn paying() -> Paying {
    Paying {
        subscription_id: order(1),
        wallet_id: WalletId::of(budi()),
        service_id: ghost(),
    }
}

fn advance(at: DateTime<Utc>) -> Advance {
    Advance {
        paying: paying(),
        policy: POLICY,
        at,
    }
}

fn renew(at: DateTime<Utc>) -> Renew {
    Renew {
        paying: paying(),
        policy: POLICY,
        asked_by: budi(),
        at,
    }
}

fn credited(world: &mut World, amount: i64) {
    world.happens(&One::<Wallet> {
        id: WalletId::of(budi()),
        command: WalletCommand::Credit {
            credit_id: CreditId::new(Uuid::from_u128(0x2d)),
            amount: rp(amount),
            top_up_id: TopUpId::new(Uuid::from_u128(0x2d)),
            orders_from: None,
        },
    });
}

fn owing(world: &mut World) {
    world.happens(&One::<Wallet> {
        id: WalletId::of(budi()),
        command: WalletCommand::Reverse {
            reversal_id: ReversalId::new(Uuid::from_u128(0x2e)),
            top_up_id: TopUpId::new(Uuid::from_u128(0x2e)),
            amount: rp(500_000),
            cause: ReversalCause::Reversal,
        },
    });
}

/// Budi could not pay, his days of grace are over, and his app rests.
fn suspended() -> World {
    let mut world = running(0);
    world.happens(&advance(due()));
    world.happens(&advance(after_grace()));
    seen(&mut world, 1, Seen::Stopped);
    world
}

fn seen(world: &mut World, operation: u32, seen: Seen) {
    let observe = InstanceLife::Observe {
        operation,
        seen,
        at: in_march(),
    };
    live(world, observe);
}

fn live(world: &mut World, command: InstanceLife) {
    world.happens(&Live {
        instance_id: InstanceId::of(order(1)),
        command: InstanceCommand::Live(command),
    });
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn paid_until(world: &World) -> NaiveDate {
    world.state::<Subscription>(&order(1)).paid_until().unwrap()
}

fn wish(wish: Wish, asked_by: UserId) -> WishAbout {
    WishAbout {
        subscription_id: order(1),
        asked_by,
        wish,
        at: noon(),
    }
}

fn end_now(at: DateTime<Utc>) -> EndNow {
    EndNow {
        subscription_id: order(1),
        wallet_id: WalletId::of(budi()),
        asked_by: Asker::Customer(budi()),
        full_refund: None,
        policy: POLICY,
        at,
    }
}

#[test]
fn the_end_of_the_paid_time_charges_one_more_period_once() {
    let mut world = running(100_000);
    world.changes_nothing(&advance(at("2027-02-27T16:59:59Z")));
    assert_eq!(
        world.story(&advance(due())),
        ["wallet.charged", "subscription.renewed"]
    );
    assert_eq!(world.balance(budi()), rp(60_000));
    assert_eq!(paid_until(&world), day("2027-03-31"));
    world.changes_nothing(&advance(due()));
    world.changes_nothing(&advance(after_grace()));
}

#[test]
fn who_looks_late_renews_one_period_after_another() {
    let mut world = running(100_000);
    let late = at("2027-04-10T05:00:00Z");
    assert_eq!(world.answer::<Advanced>(&advance(late)), Advanced::Renewed);
    assert_eq!(world.answer::<Advanced>(&advance(late)), Advanced::Renewed);
    assert_eq!(paid_until(&world), day("2027-04-30"));
    assert_eq!(world.balance(budi()), rp(20_000));
    world.changes_nothing(&advance(late));
}

#[test]
fn where_credit_does_not_reach_grace_begins_and_a_payment_ends_it_without_a_gap() {
    let mut world = running(39_999);
    assert_eq!(
        world.story(&advance(due())),
        ["subscription.became_past_due"]
    );
    world.changes_nothing(&advance(due()));
    credited(&mut world, 1);
    let in_grace = at("2027-03-05T05:00:00Z");
    assert_eq!(
        world.story(&advance(in_grace)),
        ["wallet.charged", "subscription.renewed"]
    );
    assert_eq!(paid_until(&world), day("2027-03-31"));
    assert_eq!(world.balance(budi()), Rupiah::ZERO);
}

#[test]
fn who_owes_does_not_renew() {
    let mut world = running(100_000);
    owing(&mut world);
    assert_eq!(
        world.story(&advance(due())),
        ["subscription.became_past_due"]
    );
}

#[test]
fn grace_ends_in_a_suspension_that_stops_the_app_and_keeps_slot_and_name() {
    let mut world = running(0);
    world.happens(&advance(due()));
    assert_eq!(
        world.story(&advance(after_grace())),
        [
            "subscription.suspended",
            "instance.held",
            "instance.stop_requested"
        ]
    );
    assert_eq!(world.holder("toko-1"), Some(order(1).uuid()));
    world.changes_nothing(&advance(after_grace()));
    credited(&mut world, 60_000);
    world.refuses(&super::world::purchase(budi(), 2), "plan.sold_out");
}

#[test]
fn a_payment_resumes_for_one_period_and_the_days_of_grace() {
    let mut world = suspended();
    credited(&mut world, 49_999);
    world.changes_nothing(&advance(in_march()));
    let mut world = suspended();
    credited(&mut world, 60_000);
    assert_eq!(
        world.story(&advance(in_march())),
        [
            "wallet.charged",
            "wallet.charged",
            "subscription.resume_ordered",
            "instance.released",
            "instance.start_requested"
        ]
    );
    assert_eq!(world.balance(budi()), rp(10_000));
    world.changes_nothing(&advance(in_march()));
    seen(&mut world, 2, Seen::Ready);
    let confirm = ConfirmResume {
        subscription_id: order(1),
        at: in_march(),
    };
    assert_eq!(world.story(&confirm), ["subscription.resumed"]);
    assert_eq!(paid_until(&world), day("2027-04-20"));
    world.changes_nothing(&confirm);
}

#[test]
fn what_does_not_become_ready_again_rests_again_and_gives_the_period_back() {
    let mut world = suspended();
    credited(&mut world, 60_000);
    world.happens(&advance(in_march()));
    let fail = FailResume {
        subscription_id: order(1),
        wallet_id: WalletId::of(budi()),
        at: in_march(),
    };
    assert_eq!(
        world.story(&fail),
        [
            "wallet.refunded",
            "subscription.resume_failed",
            "instance.held",
            "instance.stop_requested"
        ]
    );
    assert_eq!(world.balance(budi()), rp(50_000));
    world.changes_nothing(&fail);
    // The days of grace are paid, and the next attempt has charges of its own.
    world.happens(&renew(in_march()));
    assert_eq!(world.balance(budi()), rp(10_000));
}

#[test]
fn what_its_customer_had_stopped_is_resumed_without_waiting_for_readiness() {
    let mut world = running(0);
    live(
        &mut world,
        InstanceLife::Stop {
            asked_by: budi(),
            at: noon(),
        },
    );
    world.happens(&advance(due()));
    world.happens(&advance(after_grace()));
    credited(&mut world, 60_000);
    assert_eq!(
        world.answer::<Advanced>(&advance(in_march())),
        Advanced::Resumed
    );
    assert_eq!(paid_until(&world), day("2027-04-20"));
}

fn held_by_staff() -> World {
    let mut world = suspended();
    live(
        &mut world,
        InstanceLife::Hold {
            kind: HoldKind::Staff,
            reason: text("abuse"),
            until: None,
            at: in_march(),
        },
    );
    world
}

#[test]
fn what_staff_holds_is_not_resumed() {
    let mut world = held_by_staff();
    credited(&mut world, 60_000);
    world.changes_nothing(&advance(in_march()));
    world.refuses(&renew(in_march()), "subscription.on_hold");
}

#[test]
fn data_that_nobody_pays_for_go_when_their_time_is_over() {
    let mut world = suspended();
    let over = at("2027-04-05T17:00:00Z");
    let mut paid_at_last = suspended();
    credited(&mut paid_at_last, 60_000);
    assert_eq!(
        paid_at_last.answer::<Advanced>(&advance(over)),
        Advanced::Resuming
    );
    credited(&mut world, 49_999);
    assert_eq!(
        world.story(&advance(over)),
        ["subscription.ended", "instance.removal_requested"]
    );
    assert_eq!(world.balance(budi()), rp(49_999));
    let gone = ConfirmRemoval {
        subscription_id: order(1),
        plan_id: starter(),
        name: claim("toko-1"),
        quarantine_until: Some(at("2027-05-05T05:00:00Z")),
        at: over,
    };
    assert_eq!(
        world.story(&gone),
        [
            "instance.removed",
            "plan_slots.returned",
            "subscription.terminated",
            "claim.quarantined"
        ]
    );
    world.changes_nothing(&gone);
    world.changes_nothing(&advance(over));
}

#[test]
fn a_customer_renews_ahead_of_time() {
    let mut world = running(40_000);
    world.happens(&renew(noon()));
    assert_eq!(paid_until(&world), day("2027-03-31"));
    world.refuses(&renew(noon()), "wallet.insufficient_funds");
    world.changes_nothing(&advance(due()));
    let strangers = Renew {
        asked_by: sari(),
        ..renew(noon())
    };
    world.refuses(&strangers, "subscription.not_found");
}
