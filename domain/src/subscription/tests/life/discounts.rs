//! What a coupon took off is nowhere taken for paid (billing rules 18 and 22).

use super::*;
use crate::coupon::{Discount, Off, Percent, Promise, Promised};
use crate::subscription::Trial;
use crate::vat::VatPolicy;

fn half() -> Off {
    Off::Percent(Percent::try_from(50).unwrap())
}

fn coupon() -> crate::coupon::CouponCode {
    "HEMAT50".parse().unwrap()
}

fn off(amount: i64) -> Option<Discount> {
    Some(Discount {
        coupon: coupon(),
        amount: rp(amount),
    })
}

/// Half the price off the first period and off so many more.
fn discounted(more: Option<u32>) -> Vec<Did> {
    let mut history = ordered_on(|terms| {
        terms.discount = off(20_000);
        terms.promise = Some(Promise {
            coupon: coupon(),
            gives: Promised::Discount {
                off: half(),
                periods: more,
            },
        });
    });
    history.push(Did::Activated {
        period: period("2027-01-31", "2027-02-28"),
        at: noon(),
    });
    history
}

fn renewed_for(discount: Option<Discount>) -> Did {
    let Did::Renewed {
        period,
        price,
        charge_id,
        cause,
        wallet_id,
        at,
        ..
    } = renewed("2027-02-28", "2027-03-31", due())
    else {
        panic!("renewed");
    };
    Did::Renewed {
        period,
        price,
        vat: Default::default(),
        discount,
        charge_id,
        cause,
        wallet_id,
        at,
    }
}

fn left(history: Vec<Did>, after: &str) -> Vec<Rupiah> {
    let left = folded(history).remainders(day(after)).into_iter();
    left.map(|left| left.amount).collect()
}

#[test]
fn what_is_left_is_of_what_was_charged_not_of_the_price() {
    // 28 days at 20,000: 27 of them are left.
    assert_eq!(left(discounted(Some(1)), "2027-01-31"), [rp(19_286)]);
    assert_eq!(left(active(), "2027-01-31"), [rp(38_572)]);
}

#[test]
fn the_same_holds_of_a_period_that_was_renewed() {
    let history = with(discounted(Some(1)), [renewed_for(off(20_000))]);
    assert_eq!(left(history, "2027-02-27"), [rp(20_000)]);
}

#[test]
fn the_discount_reaches_as_many_periods_as_were_promised() {
    let first = folded(discounted(Some(1)));
    assert_eq!(first.discount(rp(40_000), VatPolicy::None), off(20_000));
    assert_eq!(first.discount(rp(50_000), VatPolicy::None), off(25_000));
    let second = folded(with(discounted(Some(1)), [renewed_for(off(20_000))]));
    assert_eq!(second.discount(rp(40_000), VatPolicy::None), None);
    let for_all = folded(with(discounted(None), [renewed_for(off(20_000))]));
    assert_eq!(for_all.discount(rp(40_000), VatPolicy::None), off(20_000));
}

#[test]
fn an_order_that_fails_gives_back_what_was_charged() {
    let history = ordered_on(|terms| terms.discount = off(15_000));
    subscription()
        .given(history)
        .when(fail(FailCause::Refused))
        .then_expect_events(vec![failure(FailCause::Refused, rp(25_000))]);
}

#[test]
fn a_resumption_that_fails_gives_the_promise_back_too() {
    let ordered = Did::ResumeOrdered {
        price: rp(40_000),
        vat: Default::default(),
        discount: off(20_000),
        charge_id: Some(ChargeId::of_resumption(id(1), 0)),
        grace: rp(0),
        grace_charge_id: None,
        wallet_id: terms().wallet_id,
        at: after_grace(),
    };
    let resting = [
        past_due(),
        suspended("2027-03-07", "2027-04-06", 7, 5_000, after_grace()),
    ];
    let history = with(with(discounted(Some(1)), resting), [ordered]);
    let failing = folded(history.clone());
    assert_eq!(failing.discount(rp(40_000), VatPolicy::None), None);
    let failed = Did::ResumeFailed {
        refunded: rp(20_000),
        delete_on: day("2027-04-06"),
        wallet_id: terms().wallet_id,
        at: after_grace(),
    };
    expect(
        history.clone(),
        Do::Live(Live::FailResume { at: after_grace() }),
        std::slice::from_ref(&failed),
    );
    let again = folded(with(history, [failed]));
    assert_eq!(again.discount(rp(40_000), VatPolicy::None), off(20_000));
}

#[test]
fn nothing_is_applied_again_after_a_change_of_plan() {
    let change = PlanChange {
        plan_id: crate::ids::PlanId::new(uuid::Uuid::from_u128(7)),
        plan: text("Large"),
        billing_cycle: BillingCycle::Monthly,
        price: rp(80_000),
        vat: Default::default(),
    };
    let requested = Did::PlanChangeRequested {
        number: 1,
        change: Box::new(change.clone()),
        had: None,
        hold_id: None,
        at: noon(),
    };
    let subscription = folded(with(discounted(None), [requested.clone()]));
    let quote = subscription
        .quote(BillingCycle::Monthly, rp(80_000), noon())
        .unwrap();
    // What was really paid comes back; the new plan costs what it costs.
    assert_eq!((quote.given_back, quote.charged), (rp(19_286), rp(77_143)));
    let changed = Did::PlanChanged {
        number: 1,
        change: Box::new(change),
        given_back: quote.given_back,
        charged: quote.charged,
        charge_id: Some(ChargeId::of_change(id(1), 1)),
        period: quote.period,
        anew: vec![],
        at: noon(),
    };
    let after = folded(with(discounted(None), [requested, changed]));
    assert_eq!(after.discount(rp(80_000), VatPolicy::None), None);
}

#[test]
fn what_is_free_lasts_until_something_is_charged() {
    let first = period("2027-01-31", "2027-02-28");
    let gives = |gives| {
        let mut terms = *terms();
        terms.promise = Some(Promise {
            coupon: coupon(),
            gives,
        });
        terms
    };
    let whole = |periods| Promised::Discount {
        off: Off::Percent(Percent::try_from(100).unwrap()),
        periods,
    };
    assert_eq!(terms().free_until(first), None);
    let days = gives(Promised::Days(14)).free_until(first);
    assert_eq!(days, Some(day("2027-03-14")));
    let mut free = gives(whole(Some(1)));
    free.discount = off(40_000);
    assert_eq!(free.free_until(first), Some(day("2027-03-31")));
    free.promise = None;
    assert_eq!(free.free_until(first), Some(day("2027-02-28")));
    assert_eq!(gives(whole(None)).free_until(first), None);
    let mut trial = *terms();
    trial.trial = Some(Trial {
        days: 28,
        claims: vec![],
    });
    assert_eq!(trial.free_until(first), Some(day("2027-02-28")));
}
