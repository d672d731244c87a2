//! A trial: some days at no price, then rest, and what is bought for it (billing rules 6 and 42).

use super::*;
use crate::subscription::PaidAnew;
use crate::{
    ids::PlanId,
    subscription::{Quote, Trial},
};

fn tried(days: u32) -> Vec<Did> {
    ordered_on(|terms| {
        terms.price = Rupiah::ZERO;
        terms.charge_id = None;
        terms.trial = Some(Trial {
            days,
            claims: vec![],
        });
    })
}

/// From 31 January for 14 days.
fn trying() -> Vec<Did> {
    let mut history = tried(14);
    history.push(Did::Activated {
        period: period("2027-01-31", "2027-02-14"),
        at: noon(),
    });
    history
}

fn over() -> DateTime<Utc> {
    at("2027-02-13T17:00:00Z")
}

fn rests() -> Did {
    suspended("2027-02-14", "2027-02-21", 0, 0, over())
}

fn bought() -> Box<PlanChange> {
    Box::new(PlanChange {
        plan_id: PlanId::new(uuid::Uuid::from_u128(7)),
        plan: text("Business"),
        billing_cycle: BillingCycle::Monthly,
        price: rp(75_000),
        vat: Default::default(),
    })
}

fn convert() -> Do {
    Do::Live(Live::ConvertTrial {
        change: bought(),
        at: over(),
    })
}

pub(in crate::subscription) fn stories() -> Vec<Vec<Do>> {
    let mut trial = terms();
    trial.price = Rupiah::ZERO;
    trial.charge_id = None;
    trial.trial = Some(Trial {
        days: 14,
        claims: vec![],
    });
    let order = Do::Order {
        terms: trial,
        at: noon(),
    };
    let suspend = Do::Live(Live::Suspend {
        keep_days: 7,
        at: over(),
    });
    vec![vec![order, ready(noon()), suspend, convert()]]
}

#[test]
fn a_trial_lasts_its_days_the_day_of_readiness_among_them() {
    subscription()
        .given(tried(14))
        .when(ready(noon()))
        .then_expect_events(vec![Did::Activated {
            period: period("2027-01-31", "2027-02-14"),
            at: noon(),
        }]);
}

#[test]
fn it_does_not_renew_has_no_grace_and_rests_for_seven_days() {
    assert!(!folded(trying()).renews());
    assert_eq!(due_of(trying(), "2027-02-13T16:59:59Z"), Due::Nothing);
    assert_eq!(due_of(trying(), "2027-02-13T17:00:00Z"), Due::Lapse);
    let suspend = Do::Live(Live::Suspend {
        keep_days: 7,
        at: over(),
    });
    expect(trying(), suspend, &[rests()]);
    let resting = with(trying(), [rests()]);
    assert_eq!(
        due_of(resting.clone(), "2027-02-20T16:59:59Z"),
        Due::Suspended { over: false }
    );
    assert_eq!(
        due_of(resting, "2027-02-20T17:00:00Z"),
        Due::Suspended { over: true }
    );
}

#[test]
fn it_is_neither_renewed_nor_made_to_renew() {
    let switch = |automatic| {
        let at = noon();
        Do::Live(Live::SwitchRenewal { automatic, at })
    };
    refuse(
        trying(),
        renew("2027-02-14", noon()),
        SubscriptionError::Trial,
    );
    refuse(trying(), switch(true), SubscriptionError::Trial);
    expect(trying(), switch(false), &[]);
}

#[test]
fn what_is_bought_while_it_runs_begins_today_whole() {
    let history = trying();
    let day_4 = at("2027-02-03T05:00:00Z");
    let quote = folded(history.clone()).quote(BillingCycle::Monthly, rp(75_000), day_4);
    let whole = Quote {
        given_back: Rupiah::ZERO,
        charged: rp(75_000),
        given: Rupiah::ZERO,
        period: period("2027-02-03", "2027-03-03"),
    };
    assert_eq!(quote, Ok(whole));
    let requested = Did::PlanChangeRequested {
        number: 1,
        change: bought(),
        had: None,
        hold_id: None,
        at: day_4,
    };
    let changed = Did::PlanChanged {
        number: 1,
        change: bought(),
        given_back: Rupiah::ZERO,
        charged: rp(75_000),
        charge_id: Some(ChargeId::of_change(id(1), 1)),
        period: whole.period,
        anew: vec![PaidAnew {
            period: whole.period,
            whole: Some(whole.period),
            net: rp(75_000),
            given: Rupiah::ZERO,
            among: 0,
        }],
        at: day_4,
    };
    let after = folded(with(history, [requested, changed]));
    assert!(after.renews() && !after.is_trial());
    assert_eq!(after.paid_until(), Some(day("2027-03-03")));
    let left: Vec<_> = after.remainders(day("2027-02-02")).into_iter().collect();
    assert_eq!(left[0].amount, rp(75_000));
    // The next one is counted from today.
    assert_eq!(after.due(at("2027-03-02T17:00:00Z")), Due::Renewal);
}

#[test]
fn what_is_bought_on_its_first_day_leaves_nothing_of_it() {
    let quote = folded(trying()).quote(BillingCycle::Yearly, rp(750_000), noon());
    let whole = period("2027-01-31", "2028-01-31");
    assert_eq!(quote.map(|quote| quote.period), Ok(whole));
}

#[test]
fn what_rests_has_the_terms_of_what_is_bought_for_it() {
    let resting = with(trying(), [rests()]);
    let converted = Did::TrialConverted {
        change: bought(),
        at: over(),
    };
    expect(resting.clone(), convert(), std::slice::from_ref(&converted));
    let after = folded(with(resting, [converted.clone()]));
    let terms = after.terms().unwrap();
    assert_eq!((terms.price, &terms.trial), (rp(75_000), &None));
    assert!(after.renews() && after.is_suspended());
    refuse(
        with(trying(), [rests(), converted]),
        convert(),
        SubscriptionError::NotATrial,
    );
    refuse(trying(), convert(), SubscriptionError::NotATrial);
    refuse(resting_paid(), convert(), SubscriptionError::NotATrial);
}

fn resting_paid() -> Vec<Did> {
    resting()
}
