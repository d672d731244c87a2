mod life;

use super::{
    FailCause, Subscription, SubscriptionCommand as Do, SubscriptionError,
    SubscriptionEvent as Did, Terms,
};
use crate::{
    Rupiah,
    period::{BillingCycle, Period},
    story::{at, noon, retold, rp, stored_as, terms},
};
use chrono::{DateTime, Utc};
use cqrs_es::test::TestFramework;

fn subscription() -> TestFramework<Subscription> {
    TestFramework::with(())
}

fn order() -> Do {
    Do::Order {
        terms: terms(),
        at: noon(),
    }
}

fn ordered() -> Vec<Did> {
    vec![Did::Ordered {
        terms: terms(),
        at: noon(),
    }]
}

fn ordered_on(change: impl Fn(&mut Terms)) -> Vec<Did> {
    let mut terms = terms();
    change(&mut terms);
    vec![Did::Ordered { terms, at: noon() }]
}

fn ready(at: DateTime<Utc>) -> Do {
    Do::Activate { at }
}

fn period(start: &str, end: &str) -> Period {
    Period {
        start: start.parse().unwrap(),
        end: end.parse().unwrap(),
    }
}

fn active() -> Vec<Did> {
    let mut history = ordered();
    history.push(Did::Activated {
        period: period("2027-01-31", "2027-02-28"),
        at: noon(),
    });
    history
}

fn fail(cause: FailCause) -> Do {
    Do::Fail { cause, at: noon() }
}

fn failure(cause: FailCause, refunded: Rupiah) -> Did {
    Did::Failed {
        cause,
        refunded,
        at: noon(),
    }
}

fn failed() -> Vec<Did> {
    let mut history = ordered();
    history.push(failure(FailCause::NotReadyInTime, rp(40_000)));
    history
}

fn folded(history: Vec<Did>) -> Subscription {
    let mut subscription = Subscription::default();
    history
        .into_iter()
        .for_each(|event| subscription.fold(event));
    subscription
}

#[test]
fn an_order_keeps_the_terms_that_were_agreed() {
    subscription()
        .given_no_previous_events()
        .when(order())
        .then_expect_events(ordered());
    assert_eq!(folded(ordered()).terms(), Some(&*terms()));
}

#[test]
fn an_order_is_placed_once() {
    for history in [ordered(), active(), failed()] {
        subscription()
            .given(history)
            .when(order())
            .then_expect_error(SubscriptionError::AlreadyOrdered);
    }
}

#[test]
fn nothing_happens_to_a_subscription_that_nobody_ordered() {
    for command in [ready(noon()), fail(FailCause::Cancelled)] {
        subscription()
            .given_no_previous_events()
            .when(command)
            .then_expect_error(SubscriptionError::NotFound);
    }
}

#[test]
fn an_order_is_not_active_before_readiness_was_observed() {
    assert!(!folded(ordered()).is_active());
    assert!(folded(active()).is_active());
}

#[test]
fn the_paid_period_begins_on_the_day_of_readiness_and_not_of_the_order() {
    let next_morning = at("2027-02-01T02:00:00Z");
    subscription()
        .given(ordered())
        .when(ready(next_morning))
        .then_expect_events(vec![Did::Activated {
            period: period("2027-02-01", "2027-03-01"),
            at: next_morning,
        }]);
}

#[test]
fn the_day_of_readiness_is_jakartas() {
    for (moment, start, end) in [
        ("2027-01-30T16:59:59Z", "2027-01-30", "2027-02-28"),
        ("2027-01-30T17:00:00Z", "2027-01-31", "2027-02-28"),
        ("2027-01-31T17:00:00Z", "2027-02-01", "2027-03-01"),
    ] {
        subscription()
            .given(ordered())
            .when(ready(at(moment)))
            .then_expect_events(vec![Did::Activated {
                period: period(start, end),
                at: at(moment),
            }]);
    }
}

#[test]
fn a_yearly_order_is_paid_for_a_year() {
    let leap_day = at("2028-02-29T05:00:00Z");
    subscription()
        .given(ordered_on(|terms| {
            terms.billing_cycle = BillingCycle::Yearly;
        }))
        .when(ready(leap_day))
        .then_expect_events(vec![Did::Activated {
            period: period("2028-02-29", "2029-02-28"),
            at: leap_day,
        }]);
}

#[test]
fn readiness_observed_again_does_not_move_the_period() {
    subscription()
        .given(active())
        .when(ready(at("2027-03-01T00:00:00Z")))
        .then_expect_events(vec![]);
}

#[test]
fn a_period_beyond_the_calendar_is_refused() {
    subscription()
        .given(ordered())
        .when(ready(at("+262142-12-20T00:00:00Z")))
        .then_expect_error(SubscriptionError::BeyondCalendar);
}

#[test]
fn an_order_that_fails_names_the_whole_price_as_given_back() {
    for cause in [
        FailCause::NotReadyInTime,
        FailCause::Refused,
        FailCause::Cancelled,
    ] {
        subscription()
            .given(ordered())
            .when(fail(cause))
            .then_expect_events(vec![failure(cause, rp(40_000))]);
    }
}

#[test]
fn a_free_order_that_fails_gives_nothing_back() {
    let free = ordered_on(|terms| {
        terms.price = Rupiah::ZERO;
        terms.charge_id = None;
    });
    subscription()
        .given(free)
        .when(fail(FailCause::Refused))
        .then_expect_events(vec![failure(FailCause::Refused, Rupiah::ZERO)]);
}

#[test]
fn failing_it_again_changes_nothing_whatever_the_cause() {
    subscription()
        .given(failed())
        .when(fail(FailCause::Cancelled))
        .then_expect_events(vec![]);
    assert!(folded(failed()).is_failed());
}

#[test]
fn readiness_after_the_failure_is_refused() {
    subscription()
        .given(failed())
        .when(ready(noon()))
        .then_expect_error(SubscriptionError::AlreadyFailed);
}

#[test]
fn an_active_subscription_does_not_fail_as_an_order() {
    subscription()
        .given(active())
        .when(fail(FailCause::NotReadyInTime))
        .then_expect_error(SubscriptionError::AlreadyActive);
}

/// One order does not both succeed and fail, so two stories bring out all events.
#[tokio::test]
async fn what_is_folded_is_what_was_handled() {
    let succeeding = vec![order(), ready(noon()), ready(noon())];
    let failing = vec![
        order(),
        fail(FailCause::Cancelled),
        fail(FailCause::Cancelled),
    ];
    let mut stories = vec![succeeding, failing];
    stories.extend(life::stories());
    stories.extend(life::trials::stories());
    retold::<Subscription>(stories).await;
}

#[test]
fn causes_and_cycles_keep_their_stored_words() {
    stored_as(&[
        (FailCause::NotReadyInTime, "not_ready_in_time"),
        (FailCause::Refused, "refused"),
        (FailCause::Cancelled, "cancelled"),
    ]);
    stored_as(&[
        (BillingCycle::Monthly, BillingCycle::Monthly.as_str()),
        (BillingCycle::Yearly, BillingCycle::Yearly.as_str()),
    ]);
}
