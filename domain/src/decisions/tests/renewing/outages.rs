//! Days that were lost for a cause on our side, where the subscription ends (billing rule 11).

use super::*;
use crate::instance::{Illness, Unready};

fn is(world: &mut World, illness: Option<Illness>, moment: &str) {
    let at = at(moment);
    live(world, InstanceLife::ObserveHealth { illness, at });
}

fn falls(world: &mut World, moment: &str) {
    let illness = Illness {
        unready: Unready::NodeLost,
        trouble: None,
        ours: true,
    };
    is(world, Some(illness), moment);
}

fn recovers(world: &mut World, moment: &str) {
    is(world, None, moment);
}

/// Its last paid day is 27 February; on that day it is away for fifty minutes in the morning.
fn cancelled() -> World {
    let mut world = running(0);
    world.happens(&wish(Wish::CancelAtEnd, budi()));
    falls(&mut world, "2027-02-27T01:00:00Z");
    recovers(&mut world, "2027-02-27T01:50:00Z");
    world
}

fn credit(day_lost: &str, moment: &str) -> CreditLostDay {
    CreditLostDay {
        subscription_id: order(1),
        wallet_id: WalletId::of(budi()),
        day: day(day_lost),
        at: at(moment),
    }
}

#[test]
fn the_last_paid_day_is_given_back_where_it_is_lost_at_its_very_end() {
    let mut world = cancelled();
    falls(&mut world, "2027-02-27T16:20:00Z");
    assert_eq!(
        world.story(&advance(due())),
        [
            "instance.day_lost",
            "wallet.refunded",
            "subscription.day_credited",
            "subscription.ended",
            "instance.removal_requested"
        ]
    );
    assert_eq!(world.balance(budi()), rp(1_429));
    world.changes_nothing(&credit("2027-02-27", "2027-02-27T17:00:01Z"));
    world.changes_nothing(&advance(due()));
}

#[test]
fn the_last_paid_day_is_not_lost_by_an_hour_in_all() {
    let mut world = cancelled();
    falls(&mut world, "2027-02-27T16:50:00Z");
    assert_eq!(
        world.story(&advance(due())),
        ["subscription.ended", "instance.removal_requested"]
    );
    assert_eq!(world.balance(budi()), Rupiah::ZERO);
}

#[test]
fn who_ends_it_on_a_lost_day_that_nobody_counted_has_that_day_back_beside_the_days_to_come() {
    let mut world = running(0);
    falls(&mut world, "2027-02-13T03:55:00Z");
    let half = at("2027-02-13T05:00:00Z");
    assert_eq!(
        world.story(&end_now(half)),
        [
            "instance.day_lost",
            "wallet.refunded",
            "subscription.day_credited",
            "wallet.refunded",
            "subscription.ended",
            "instance.removal_requested"
        ]
    );
    assert_eq!(world.balance(budi()), rp(21_429));
    world.changes_nothing(&end_now(half));
}

#[test]
fn a_lost_day_that_is_recorded_comes_back_once_whether_or_not_it_did_before_the_end() {
    for credited_before in [false, true] {
        let mut world = running(0);
        falls(&mut world, "2027-02-13T03:00:00Z");
        let counted = at("2027-02-13T04:01:00Z");
        let lost_minutes = POLICY.lost_minutes;
        let count = InstanceLife::CountDowntime {
            lost_minutes,
            at: counted,
        };
        live(&mut world, count);
        if credited_before {
            world.happens(&credit("2027-02-13", "2027-02-13T04:02:00Z"));
        }
        world.happens(&end_now(at("2027-02-13T05:00:00Z")));
        assert_eq!(world.balance(budi()), rp(21_429), "{credited_before}");
    }
}

#[test]
fn nobody_has_more_back_than_he_paid() {
    let mut world = running(0);
    falls(&mut world, "2027-01-31T06:00:00Z");
    world.happens(&end_now(at("2027-02-01T04:00:00Z")));
    assert_eq!(world.balance(budi()), rp(40_000));
}
