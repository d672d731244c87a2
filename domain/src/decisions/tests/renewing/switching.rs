//! What follows where automatic renewal is switched on or off.

use super::{notices::reprice, *};
use crate::decisions::{PeriodAhead, RenewalSwitched, SwitchRenewal};

pub(super) fn switch(automatic: bool) -> SwitchRenewal {
    SwitchRenewal {
        paying: paying(),
        policy: POLICY,
        asked_by: budi(),
        automatic,
        at: noon(),
    }
}

fn ahead(from: &str, price: i64) -> Option<PeriodAhead> {
    let (from, price) = (day(from), rp(price));
    Some(PeriodAhead { from, price })
}

#[test]
fn who_switches_it_on_hears_what_the_next_period_costs_and_what_was_announced() {
    let mut world = running(100_000);
    let nothing = RenewalSwitched {
        next: None,
        repriced: None,
    };
    assert_eq!(world.answer::<RenewalSwitched>(&switch(false)), nothing);
    reprice(&mut world, 50_000, 500_000, "2027-02-10T05:00:00Z");
    let soon = world.answer::<RenewalSwitched>(&switch(true));
    let told = RenewalSwitched {
        next: ahead("2027-02-28", 40_000),
        repriced: ahead("2027-03-31", 50_000),
    };
    assert_eq!(soon, told);
    // Asked again it says the same, and nothing happens.
    assert_eq!(world.answer::<RenewalSwitched>(&switch(true)), told);
    world.changes_nothing(&switch(true));
    world.happens(&advance(due()));
    let next = RenewalSwitched {
        next: ahead("2027-03-31", 50_000),
        repriced: None,
    };
    assert_eq!(world.answer::<RenewalSwitched>(&switch(true)), next);
    world.happens(&advance(at("2027-03-30T17:00:00Z")));
    let next = RenewalSwitched {
        next: ahead("2027-04-30", 50_000),
        repriced: None,
    };
    assert_eq!(world.answer::<RenewalSwitched>(&switch(true)), next);
}

#[test]
fn a_later_price_of_the_other_cycle_hides_none_that_was_announced_of_this_one() {
    let mut world = running(100_000);
    world.happens(&switch(false));
    reprice(&mut world, 50_000, 500_000, "2027-02-10T05:00:00Z");
    reprice(&mut world, 50_000, 450_000, "2027-02-11T05:00:00Z");
    let told = RenewalSwitched {
        next: ahead("2027-02-28", 40_000),
        repriced: ahead("2027-03-31", 50_000),
    };
    assert_eq!(world.answer::<RenewalSwitched>(&switch(true)), told);
}

#[test]
fn nobody_switches_somebody_elses() {
    let mut world = running(0);
    let strangers = SwitchRenewal {
        asked_by: sari(),
        ..switch(false)
    };
    world.refuses(&strangers, "subscription.not_found");
}

#[test]
fn what_does_not_renew_by_itself_is_suspended_when_its_paid_time_is_over() {
    let mut world = running(100_000);
    assert_eq!(
        world.story(&switch(false)),
        ["subscription.renewal_switched"]
    );
    assert_eq!(
        world.answer::<Advanced>(&advance(due())),
        Advanced::Suspended
    );
    assert_eq!(world.balance(budi()), rp(100_000));
    world.changes_nothing(&advance(in_march()));
    // Its customer can still pay for a new period himself.
    assert_eq!(
        world.answer::<Advanced>(&renew(in_march())),
        Advanced::Resuming
    );
    assert_eq!(world.balance(budi()), rp(60_000));
}
