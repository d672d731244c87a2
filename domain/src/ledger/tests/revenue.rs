//! What is earned, and when.

use super::*;
use crate::{
    ids::PlanId,
    period::BillingCycle,
    subscription::{PaidAnew, PlanChange},
};

/// An order of 40.000 that became ready on 31 January and is paid until 28 February.
fn active() -> Ledger {
    let mut ledger = Ledger::default();
    tell(&mut ledger, NOON, credited(100_000));
    tell(&mut ledger, NOON, charged(40_000, vec![]));
    let ordered = SubscriptionEvent::Ordered {
        terms: terms(),
        at: at(NOON),
    };
    note(&mut ledger, NOON, ordered);
    let activated = SubscriptionEvent::Activated {
        period: Period {
            start: day("2027-01-31"),
            end: day("2027-02-28"),
        },
        at: at(NOON),
    };
    note(&mut ledger, NOON, activated);
    ledger
}

fn earned(ledger: &Ledger, date: &str) -> i128 {
    let balance = ledger.at(day(date));
    assert_eq!(balance.sum(), 0);
    -balance.of(A::EarnedRevenue)
}

#[test]
fn revenue_is_earned_day_by_day_without_an_event() {
    let ledger = active();
    assert_eq!(earned(&ledger, "2027-01-30"), 0);
    assert_eq!(earned(&ledger, "2027-01-31"), 1_428);
    assert_eq!(earned(&ledger, "2027-02-13"), 20_000);
    assert_eq!(earned(&ledger, "2027-02-27"), 40_000);
    assert_eq!(earned(&ledger, "2028-02-27"), 40_000);
    assert_eq!(ledger.at(day("2027-02-13")).of(A::DeferredRevenue), -20_000);
}

#[test]
fn nothing_is_earned_before_readiness() {
    let mut ledger = Ledger::default();
    tell(&mut ledger, NOON, credited(100_000));
    tell(&mut ledger, NOON, charged(40_000, vec![]));
    assert_eq!(earned(&ledger, "2027-12-31"), 0);
}

#[test]
fn what_comes_back_at_the_end_is_what_was_not_earned() {
    let mut ledger = active();
    tell(
        &mut ledger,
        "2027-02-13T05:00:00Z",
        refunded(20_000, vec![]),
    );
    for date in ["2027-02-13", "2027-02-20", "2027-12-31"] {
        assert_eq!(earned(&ledger, date), 20_000, "{date}");
        assert_eq!(ledger.at(day(date)).of(A::DeferredRevenue), 0);
    }
    assert_eq!(earned(&ledger, "2027-02-12"), 18_571);
}

#[test]
fn a_lost_day_is_not_earned() {
    let mut ledger = active();
    let lost = "2027-02-02T05:00:00Z";
    tell(&mut ledger, lost, refunded(1_428, vec![]));
    let credited = SubscriptionEvent::DayCredited {
        day: day("2027-02-01"),
        amount: rp(1_428),
        at: at(lost),
    };
    note(&mut ledger, lost, credited);
    assert_eq!(earned(&ledger, "2027-02-01"), 2_857);
    assert_eq!(earned(&ledger, "2027-02-02"), 4_285 - 1_428);
    assert_eq!(earned(&ledger, "2027-02-27"), 40_000 - 1_428);
    assert_eq!(ledger.at(day("2027-02-27")).of(A::DeferredRevenue), 0);
}

#[test]
fn what_staff_gives_back_of_days_that_are_over_is_not_earned() {
    let mut ledger = active();
    let half = "2027-02-13T05:00:00Z";
    tell(&mut ledger, half, refunded(10_000, vec![]));
    let returned = SubscriptionEvent::ChargeReturned {
        charge_id: terms().charge_id.unwrap(),
        amount: rp(10_000),
        reason: text("it was slow"),
        at: at(half),
    };
    note(&mut ledger, half, returned);
    assert_eq!(earned(&ledger, "2027-02-12"), 18_571);
    assert_eq!(earned(&ledger, "2027-02-13"), 20_000 - 10_000);
    assert_eq!(earned(&ledger, "2027-02-27"), 40_000 - 10_000);
    assert_eq!(ledger.at(day("2027-02-27")).of(A::DeferredRevenue), 0);
}

#[test]
fn a_renewal_is_earned_in_its_own_days() {
    let mut ledger = active();
    let charge_id = ChargeId::of_period(order(1), day("2027-02-28"), 0);
    let renewal = Did::Charged {
        charge_id,
        amount: rp(31_000),
        subscription_id: order(1),
        promotional: vec![],
    };
    tell(&mut ledger, NOON, renewal);
    let renewed = SubscriptionEvent::Renewed {
        period: Period {
            start: day("2027-02-28"),
            end: day("2027-03-31"),
        },
        discount: None,
        price: rp(31_000),
        vat: Default::default(),
        charge_id: Some(charge_id),
        cause: RenewalCause::Manual,
        wallet_id: WalletId::of(budi()),
        at: at(NOON),
    };
    note(&mut ledger, NOON, renewed);
    assert_eq!(earned(&ledger, "2027-02-27"), 40_000);
    assert_eq!(earned(&ledger, "2027-02-28"), 41_000);
    assert_eq!(earned(&ledger, "2027-03-30"), 71_000);
}

#[test]
fn days_of_grace_are_earned_when_they_are_paid_and_the_new_period_when_it_begins() {
    let mut ledger = active();
    let (grace, period) = (
        ChargeId::of_grace(order(1), 0),
        ChargeId::of_resumption(order(1), 0),
    );
    let wallet_id = WalletId::of(budi());
    let due = "2027-02-27T17:00:00Z";
    note(
        &mut ledger,
        due,
        SubscriptionEvent::BecamePastDue {
            due_on: day("2027-02-28"),
            grace_until: day("2027-03-07"),
            needed: rp(40_000),
            wallet_id,
            at: at(due),
        },
    );
    let over = "2027-03-06T17:00:00Z";
    note(
        &mut ledger,
        over,
        SubscriptionEvent::Suspended {
            on: day("2027-03-07"),
            delete_on: day("2027-04-06"),
            grace_days: 7,
            grace_value: rp(10_000),
            wallet_id,
            at: at(over),
        },
    );
    let paid = "2027-03-20T05:00:00Z";
    for (charge_id, amount) in [(grace, 10_000), (period, 31_000)] {
        tell(
            &mut ledger,
            paid,
            Did::Charged {
                charge_id,
                amount: rp(amount),
                subscription_id: order(1),
                promotional: vec![],
            },
        );
    }
    note(
        &mut ledger,
        paid,
        SubscriptionEvent::ResumeOrdered {
            price: rp(31_000),
            vat: Default::default(),
            discount: None,
            charge_id: Some(period),
            grace: rp(10_000),
            grace_charge_id: Some(grace),
            wallet_id,
            at: at(paid),
        },
    );
    assert_eq!(earned(&ledger, "2027-03-05"), 40_000);
    assert_eq!(earned(&ledger, "2027-03-20"), 50_000);
    let seen = "2027-03-21T05:00:00Z";
    note(
        &mut ledger,
        seen,
        SubscriptionEvent::Resumed {
            period: Period {
                start: day("2027-03-21"),
                end: day("2027-04-21"),
            },
            wallet_id,
            at: at(seen),
        },
    );
    assert_eq!(earned(&ledger, "2027-03-21"), 51_000);
    assert_eq!(earned(&ledger, "2027-04-20"), 81_000);
}

/// The old plan's charge covers the day as well, and has given its own part of it back already.
#[test]
fn a_day_that_is_lost_after_a_change_of_plan_is_taken_from_the_new_charge() {
    let mut ledger = active();
    let changed = "2027-02-13T05:00:00Z";
    let charge_id = ChargeId::of_change(order(1), 1);
    tell(&mut ledger, changed, refunded(20_000, vec![]));
    tell(
        &mut ledger,
        changed,
        Did::Charged {
            charge_id,
            amount: rp(56_000),
            subscription_id: order(1),
            promotional: vec![],
        },
    );
    note(
        &mut ledger,
        changed,
        SubscriptionEvent::PlanChanged {
            number: 1,
            change: Box::new(PlanChange {
                plan_id: PlanId::new(Uuid::from_u128(9)),
                plan: text("Business"),
                billing_cycle: BillingCycle::Monthly,
                price: rp(112_000),
                vat: Default::default(),
            }),
            given_back: rp(20_000),
            charged: rp(56_000),
            charge_id: Some(charge_id),
            period: Period {
                start: day("2027-02-14"),
                end: day("2027-02-28"),
            },
            anew: vec![],
            at: at(changed),
        },
    );
    assert_eq!(earned(&ledger, "2027-02-15"), 20_000 + 2 * 4_000);
    let lost = "2027-02-16T05:00:00Z";
    tell(
        &mut ledger,
        lost,
        Did::Refunded {
            credit_id: id(CreditId::new, 3),
            charge_id,
            amount: rp(4_000),
            subscription_id: order(1),
            promotional: vec![],
        },
    );
    note(
        &mut ledger,
        lost,
        SubscriptionEvent::DayCredited {
            day: day("2027-02-15"),
            amount: rp(4_000),
            at: at(lost),
        },
    );
    assert_eq!(earned(&ledger, "2027-02-16"), 20_000 + 2 * 4_000);
    assert_eq!(earned(&ledger, "2027-02-27"), 20_000 + 13 * 4_000);
}

/// A change of plan in the middle of the first period, with 14 days at no price behind it: what is charged for those that were
/// paid, and for those that were given.
fn changed_with_given_days(paid: i64, given: i64) -> Ledger {
    let mut ledger = active();
    let changed = "2027-02-13T05:00:00Z";
    let charge_id = ChargeId::of_change(order(1), 1);
    tell(&mut ledger, changed, refunded(20_000, vec![]));
    tell(
        &mut ledger,
        changed,
        Did::Charged {
            charge_id,
            amount: rp(paid + given),
            subscription_id: order(1),
            promotional: vec![],
        },
    );
    let period = |start: &str, end: &str| Period {
        start: day(start),
        end: day(end),
    };
    let anew = |period, net| PaidAnew {
        period,
        whole: None,
        net: rp(net),
        given: rp(0),
        among: 28,
    };
    note(
        &mut ledger,
        changed,
        SubscriptionEvent::PlanChanged {
            number: 1,
            change: Box::new(PlanChange {
                plan_id: PlanId::new(Uuid::from_u128(9)),
                plan: text("Business"),
                billing_cycle: BillingCycle::Monthly,
                price: rp(112_000),
                vat: Default::default(),
            }),
            given_back: rp(20_000),
            charged: rp(paid + given),
            charge_id: Some(charge_id),
            period: period("2027-02-14", "2027-03-14"),
            anew: vec![
                anew(period("2027-02-14", "2027-02-28"), paid),
                anew(period("2027-02-28", "2027-03-14"), given),
            ],
            at: at(changed),
        },
    );
    ledger
}

#[test]
fn days_at_no_price_earn_what_was_charged_for_them_and_no_more() {
    let ledger = changed_with_given_days(56_000, 28_000);
    for (date, of_change) in [
        ("2027-02-13", 0),
        ("2027-02-20", 28_000),
        ("2027-02-27", 56_000),
        ("2027-03-06", 56_000 + 14_000),
        ("2027-03-13", 84_000),
    ] {
        assert_eq!(earned(&ledger, date), 20_000 + of_change, "{date}");
    }
    // Where they still cost nothing, all of it is earned before them.
    let ledger = changed_with_given_days(56_000, 0);
    assert_eq!(earned(&ledger, "2027-02-20"), 20_000 + 28_000);
    assert_eq!(earned(&ledger, "2027-02-27"), 20_000 + 56_000);
    assert_eq!(ledger.at(day("2027-02-27")).of(A::DeferredRevenue), 0);
}
