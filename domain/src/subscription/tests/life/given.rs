//! Days at no price are worth what they would have cost on the plan for which they were given, and never come back as credit.

use super::*;
use crate::subscription::{PaidAnew, Remainder};

/// 14 days of a coupon behind the first 28, for whoever pays 40.000: they are worth 20.000.
fn with_days() -> Vec<Did> {
    let extended = Did::Extended {
        period: period("2027-02-28", "2027-03-14"),
        reason: text("given by a coupon"),
        at: noon(),
    };
    with(active(), [extended])
}

/// The middle of the first period.
fn half() -> DateTime<Utc> {
    at("2027-02-13T05:00:00Z")
}

fn charge_id() -> ChargeId {
    ChargeId::of_change(id(1), 1)
}

/// To what costs so much, in one commit.
fn changed(history: Vec<Did>, cycle: BillingCycle, price: i64, at: DateTime<Utc>) -> Vec<Did> {
    let change = Box::new(PlanChange {
        plan_id: crate::ids::PlanId::new(uuid::Uuid::from_u128(7)),
        plan: text("Other"),
        billing_cycle: cycle,
        price: rp(price),
        vat: Default::default(),
    });
    let requested = Did::PlanChangeRequested {
        number: 1,
        change,
        had: None,
        hold_id: None,
        at,
    };
    let history = with(history, [requested]);
    let subscription = folded(history.clone());
    let quote = subscription.quote(cycle, rp(price), at).unwrap();
    let change = Do::Live(Live::ChangePlan {
        given_back: quote.given_back,
        charged: quote.charged,
        charge_id: Some(charge_id()),
        at,
    });
    let events = subscription.decide(change).unwrap();
    with(history, events)
}

fn anew(history: &[Did]) -> Vec<PaidAnew> {
    match history.last() {
        Some(Did::PlanChanged { anew, .. }) => anew.clone(),
        other => panic!("a change of plan: {other:?}"),
    }
}

fn left(history: &[Did], on: &str) -> Vec<Remainder> {
    folded(history.to_vec()).remainders(day(on))
}

fn of_change(amount: i64) -> Vec<Remainder> {
    vec![Remainder {
        charge_id: charge_id(),
        amount: rp(amount),
    }]
}

#[test]
fn a_dearer_plan_takes_what_they_are_worth_off_what_they_cost() {
    let quote = folded(with_days())
        .quote(BillingCycle::Monthly, rp(100_000), half())
        .unwrap();
    // 14 paid days and 14 given ones cost 50.000 each.
    assert_eq!(
        (quote.given_back, quote.charged, quote.given),
        (rp(20_000), rp(80_000), rp(20_000))
    );
    assert_eq!(quote.period, period("2027-02-14", "2027-03-14"));
    let history = changed(with_days(), BillingCycle::Monthly, 100_000, half());
    let nets: Vec<_> = anew(&history).iter().map(|paid| paid.net).collect();
    assert_eq!(nets, [rp(50_000), rp(30_000)]);
    // What comes back is what was charged, day by day.
    assert_eq!(left(&history, "2027-02-13"), of_change(80_000));
    assert_eq!(left(&history, "2027-02-27"), of_change(30_000));
    assert_eq!(left(&history, "2027-03-06"), of_change(15_000));
    assert_eq!(folded(history).paid_until(), Some(day("2027-03-14")));
}

#[test]
fn a_cheaper_plan_gives_nothing_back_for_them() {
    let history = changed(with_days(), BillingCycle::Monthly, 20_000, half());
    let nets: Vec<_> = anew(&history)
        .iter()
        .map(|paid| (paid.net, paid.given))
        .collect();
    let nothing = Rupiah::ZERO;
    assert_eq!(nets, [(rp(10_000), nothing), (nothing, rp(10_000))]);
    assert_eq!(left(&history, "2027-02-13"), of_change(10_000));
    assert_eq!(left(&history, "2027-02-27"), []);
    // Back on the dearer one they are worth what they were last.
    let back = folded(history)
        .quote(BillingCycle::Monthly, rp(40_000), half())
        .unwrap();
    assert_eq!((back.charged, back.given), (rp(30_000), rp(10_000)));
}

#[test]
fn up_and_down_again_makes_nothing_of_them() {
    let up = changed(with_days(), BillingCycle::Monthly, 100_000, half());
    let later = at("2027-03-06T05:00:00Z");
    let back = folded(up)
        .quote(BillingCycle::Monthly, rp(40_000), later)
        .unwrap();
    // Half of the given days are left, which cost what they are still worth.
    assert_eq!(
        (back.given_back, back.charged, back.given),
        (rp(15_000), Rupiah::ZERO, rp(10_000))
    );
}

#[test]
fn another_cycle_takes_what_they_are_worth_off_its_first_period() {
    let history = changed(with_days(), BillingCycle::Yearly, 400_000, half());
    let [first] = anew(&history)[..] else {
        panic!("one period");
    };
    assert_eq!((first.net, first.given), (rp(380_000), rp(20_000)));
    assert_eq!(first.period, period("2027-02-14", "2028-02-14"));
    assert_eq!(left(&history, "2027-02-13"), of_change(380_000));
    let next_year = folded(history);
    let back = next_year
        .quote(BillingCycle::Monthly, rp(15_000), half())
        .unwrap();
    // Never more than the price: the rest is lost, and only what was paid comes back.
    assert_eq!(
        (back.given_back, back.charged, back.given),
        (rp(380_000), Rupiah::ZERO, rp(15_000))
    );
}

#[test]
fn a_change_from_before_they_counted_is_told_as_it_was() {
    let mut history = changed(with_days(), BillingCycle::Monthly, 100_000, half());
    if let Some(Did::PlanChanged { anew, charged, .. }) = history.last_mut() {
        anew.clear();
        *charged = rp(50_000);
    }
    assert_eq!(left(&history, "2027-02-13"), of_change(50_000));
    assert_eq!(left(&history, "2027-02-27"), []);
}
