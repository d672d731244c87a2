//! From the first paid day to the end.

mod discounts;
mod ending;
mod given;
mod resting;
pub(super) mod trials;

use super::*;
use crate::{
    ids::ChargeId,
    story::{order as id, text},
    subscription::{Due, EndCause, LifeCommand as Live, PlanChange, RenewalCause},
};
use chrono::NaiveDate;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn charge(start: &str) -> Option<ChargeId> {
    Some(ChargeId::of_period(id(1), day(start), 0))
}

/// The end of the first period, at its first moment in Jakarta.
fn due() -> DateTime<Utc> {
    at("2027-02-27T17:00:00Z")
}

fn renew(start: &str, at: DateTime<Utc>) -> Do {
    Do::Live(Live::Renew {
        price: rp(40_000),
        vat: Default::default(),
        discount: None,
        charge_id: charge(start),
        cause: RenewalCause::Automatic,
        at,
    })
}

fn renewed(start: &str, end: &str, at: DateTime<Utc>) -> Did {
    Did::Renewed {
        period: period(start, end),
        price: rp(40_000),
        vat: Default::default(),
        discount: None,
        charge_id: charge(start),
        cause: RenewalCause::Automatic,
        wallet_id: terms().wallet_id,
        at,
    }
}

fn fall_due(at: DateTime<Utc>) -> Do {
    Do::Live(Live::FallDue {
        needed: rp(40_000),
        grace_days: 7,
        at,
    })
}

fn past_due() -> Did {
    Did::BecamePastDue {
        due_on: day("2027-02-28"),
        grace_until: day("2027-03-07"),
        needed: rp(40_000),
        wallet_id: terms().wallet_id,
        at: due(),
    }
}

fn suspend(at: DateTime<Utc>) -> Do {
    Do::Live(Live::Suspend { keep_days: 30, at })
}

fn suspended(on: &str, delete_on: &str, grace_days: i64, grace: i64, at: DateTime<Utc>) -> Did {
    Did::Suspended {
        on: day(on),
        delete_on: day(delete_on),
        grace_days,
        grace_value: rp(grace),
        wallet_id: terms().wallet_id,
        at,
    }
}

fn after_grace() -> DateTime<Utc> {
    at("2027-03-06T17:00:00Z")
}

fn resting() -> Vec<Did> {
    let mut history = active();
    history.push(past_due());
    history.push(suspended(
        "2027-03-07",
        "2027-04-06",
        7,
        10_000,
        after_grace(),
    ));
    history
}

fn resume(at: DateTime<Utc>) -> Do {
    Do::Live(Live::OrderResume {
        price: rp(40_000),
        vat: Default::default(),
        discount: None,
        charge_id: Some(ChargeId::of_resumption(id(1), 0)),
        grace_charge_id: Some(ChargeId::of_grace(id(1), 0)),
        at,
    })
}

fn resume_ordered(at: DateTime<Utc>) -> Did {
    Did::ResumeOrdered {
        price: rp(40_000),
        vat: Default::default(),
        discount: None,
        charge_id: Some(ChargeId::of_resumption(id(1), 0)),
        grace: rp(10_000),
        grace_charge_id: Some(ChargeId::of_grace(id(1), 0)),
        wallet_id: terms().wallet_id,
        at,
    }
}

fn end(cause: EndCause) -> Do {
    Do::Live(Live::End {
        cause,
        reason: None,
        refunded: Rupiah::ZERO,
        at: due(),
    })
}

fn ended() -> Did {
    Did::Ended {
        cause: EndCause::Cancelled,
        reason: None,
        refunded: Rupiah::ZERO,
        wallet_id: terms().wallet_id,
        at: due(),
    }
}

fn with(mut history: Vec<Did>, events: impl IntoIterator<Item = Did>) -> Vec<Did> {
    history.extend(events);
    history
}

fn expect(history: Vec<Did>, command: Do, events: &[Did]) {
    subscription()
        .given(history)
        .when(command)
        .then_expect_events(events.to_vec());
}

fn refuse(history: Vec<Did>, command: Do, error: SubscriptionError) {
    subscription()
        .given(history)
        .when(command)
        .then_expect_error(error);
}

fn due_of(history: Vec<Did>, moment: &str) -> Due {
    folded(history).due(at(moment))
}

fn change() -> Do {
    Do::Live(Live::RequestPlanChange {
        change: Box::new(PlanChange {
            plan_id: crate::ids::PlanId::new(uuid::Uuid::from_u128(0xb051)),
            plan: text("Business"),
            billing_cycle: BillingCycle::Monthly,
            price: rp(100_000),
            vat: Default::default(),
        }),
        had: None,
        hold_id: None,
        at: noon(),
    })
}

pub(super) fn stories() -> Vec<Vec<Do>> {
    let live = || vec![order(), ready(noon())];
    let later = at("2027-03-20T05:00:00Z");
    let reason = || text("a day was lost");
    vec![
        [
            live(),
            vec![
                Do::Live(Live::SwitchRenewal {
                    automatic: false,
                    at: noon(),
                }),
                Do::Live(Live::SwitchRenewal {
                    automatic: true,
                    at: noon(),
                }),
                Do::Live(Live::CreditDay {
                    day: day("2027-02-01"),
                    amount: rp(1_428),
                    at: noon(),
                }),
                Do::Live(Live::ReturnCharge {
                    charge_id: terms().charge_id.unwrap(),
                    amount: rp(1_000),
                    reason: text("it was slow"),
                    at: noon(),
                }),
                change(),
                Do::Live(Live::FailPlanChange { at: noon() }),
                change(),
                Do::Live(Live::ChangePlan {
                    given_back: rp(38_572),
                    charged: rp(96_429),
                    charge_id: Some(ChargeId::of_change(id(1), 2)),
                    at: noon(),
                }),
                renew("2027-02-28", due()),
                Do::Live(Live::Extend {
                    days: 3,
                    reason: reason(),
                    at: due(),
                }),
                Do::Live(Live::RequestCancellation { at: due() }),
                Do::Live(Live::UndoCancellation { at: due() }),
                end(EndCause::Staff),
                Do::Live(Live::Terminate { at: later }),
            ],
        ]
        .concat(),
        [
            live(),
            vec![
                fall_due(due()),
                suspend(after_grace()),
                resume(later),
                Do::Live(Live::FailResume { at: later }),
                resume(later),
                Do::Live(Live::ConfirmResume { at: later }),
            ],
        ]
        .concat(),
    ]
}

#[test]
fn one_more_period_begins_where_the_paid_time_ends_and_is_counted_from_the_anchor() {
    let first = renewed("2027-02-28", "2027-03-31", due());
    expect(
        active(),
        renew("2027-02-28", due()),
        std::slice::from_ref(&first),
    );
    let later = at("2027-03-30T17:00:00Z");
    let second = renewed("2027-03-31", "2027-04-30", later);
    expect(
        with(active(), [first]),
        renew("2027-03-31", later),
        &[second],
    );
}

#[test]
fn what_ran_in_grace_was_paid_time_once_it_is_renewed() {
    let history = with(active(), [past_due()]);
    let late = at("2027-03-05T05:00:00Z");
    let news = renewed("2027-02-28", "2027-03-31", late);
    expect(
        history.clone(),
        renew("2027-02-28", late),
        std::slice::from_ref(&news),
    );
    assert!(folded(history.clone()).is_past_due());
    assert!(!folded(with(history, [news])).is_past_due());
}

#[test]
fn paid_time_ends_no_more_than_twelve_months_ahead_of_a_renewal() {
    let mut history = active();
    let mut start = day("2027-02-28");
    let mut state = folded(history.clone());
    for _ in 0..12 {
        let events = state.decide(renew(&start.to_string(), noon())).unwrap();
        state = folded(with(history.clone(), events.clone()));
        history.extend(events);
        start = state.paid_until().unwrap();
    }
    assert_eq!(start, day("2028-02-29"));
    refuse(
        history,
        renew("2028-02-29", noon()),
        SubscriptionError::TooFarAhead {
            paid_until: day("2028-02-29"),
        },
    );
}

#[test]
fn time_asks_for_nothing_before_the_paid_time_is_over() {
    assert_eq!(due_of(active(), "2027-02-27T16:59:59Z"), Due::Nothing);
    assert_eq!(due_of(active(), "2027-02-27T17:00:00Z"), Due::Renewal);
    assert_eq!(due_of(ordered(), "2027-02-27T17:00:00Z"), Due::Nothing);
    assert_eq!(due_of(failed(), "2027-02-27T17:00:00Z"), Due::Nothing);
}

#[test]
fn what_does_not_renew_by_itself_lapses_without_grace() {
    let switched = Did::RenewalSwitched {
        automatic: false,
        at: noon(),
    };
    let history = with(active(), [switched.clone()]);
    assert_eq!(due_of(history.clone(), "2027-02-27T17:00:00Z"), Due::Lapse);
    let news = suspended("2027-02-28", "2027-03-30", 0, 0, due());
    expect(history, suspend(due()), &[news]);
    // Switched off in its days of grace: those that it ran are counted, no more are given.
    let in_grace = with(active(), [past_due(), switched]);
    let third = at("2027-03-01T17:00:00Z");
    assert_eq!(folded(in_grace.clone()).due(third), Due::Lapse);
    let news = suspended("2027-03-02", "2027-04-01", 2, 2_857, third);
    expect(in_grace, suspend(third), &[news]);
}

#[test]
fn grace_is_given_once_and_ends_when_it_was_to_end_however_late_somebody_looks() {
    expect(active(), fall_due(due()), &[past_due()]);
    expect(active(), fall_due(noon()), &[]);
    let waiting = with(active(), [past_due()]);
    expect(waiting.clone(), fall_due(after_grace()), &[]);
    assert_eq!(
        due_of(waiting.clone(), "2027-03-06T16:59:59Z"),
        Due::PastDue { over: false }
    );
    assert_eq!(
        due_of(waiting.clone(), "2027-03-06T17:00:00Z"),
        Due::PastDue { over: true }
    );
    let late = at("2027-03-10T05:00:00Z");
    let news = suspended("2027-03-10", "2027-04-09", 7, 10_000, late);
    expect(waiting, suspend(late), &[news]);
}

#[test]
fn what_is_paid_for_is_not_suspended() {
    expect(active(), suspend(noon()), &[]);
    let renewed = with(active(), [renewed("2027-02-28", "2027-03-31", due())]);
    expect(renewed, suspend(after_grace()), &[]);
}
