//! Suspended, and resumed.

use super::*;

#[test]
fn a_suspension_keeps_the_data_and_then_lets_them_go() {
    assert_eq!(
        due_of(resting(), "2027-04-05T16:59:59Z"),
        Due::Suspended { over: false }
    );
    assert_eq!(
        due_of(resting(), "2027-04-05T17:00:00Z"),
        Due::Suspended { over: true }
    );
    refuse(
        resting(),
        renew("2027-02-28", after_grace()),
        SubscriptionError::Suspended,
    );
}

#[test]
fn a_new_period_and_a_new_anchor_begin_when_readiness_is_observed_again() {
    let ordered_at = at("2027-03-20T05:00:00Z");
    expect(resting(), resume(ordered_at), &[resume_ordered(ordered_at)]);
    let history = with(resting(), [resume_ordered(ordered_at)]);
    let seen = at("2027-03-30T17:30:00Z");
    let news = Did::Resumed {
        period: period("2027-03-31", "2027-04-30"),
        wallet_id: terms().wallet_id,
        at: seen,
    };
    expect(
        history.clone(),
        Do::Live(Live::ConfirmResume { at: seen }),
        std::slice::from_ref(&news),
    );
    let resumed = with(history, [news]);
    assert_eq!(
        folded(resumed.clone()).paid_until(),
        Some(day("2027-04-30"))
    );
    expect(
        resumed.clone(),
        renew("2027-04-30", at("2027-04-29T17:00:00Z")),
        &[renewed(
            "2027-04-30",
            "2027-05-31",
            at("2027-04-29T17:00:00Z"),
        )],
    );
    expect(resumed, Do::Live(Live::ConfirmResume { at: seen }), &[]);
}

#[test]
fn a_resumption_that_fails_gives_the_new_period_back_and_the_days_of_grace_stay_paid() {
    let moment = at("2027-03-20T05:00:00Z");
    let history = with(resting(), [resume_ordered(moment)]);
    let failed = Did::ResumeFailed {
        refunded: rp(40_000),
        delete_on: day("2027-04-06"),
        wallet_id: terms().wallet_id,
        at: moment,
    };
    expect(
        history.clone(),
        Do::Live(Live::FailResume { at: moment }),
        std::slice::from_ref(&failed),
    );
    let again = folded(with(history, [failed]));
    assert!(again.is_suspended());
    assert_eq!(again.grace(), Rupiah::ZERO);
    assert_eq!(again.resumptions(), 1);
    assert_eq!(
        again.due(at("2027-04-05T17:00:00Z")),
        Due::Suspended { over: true }
    );
}

#[test]
fn only_what_is_suspended_is_resumed() {
    refuse(active(), resume(noon()), SubscriptionError::NotSuspended);
    refuse(
        with(active(), [ended()]),
        resume(noon()),
        SubscriptionError::Over,
    );
    refuse(ordered(), resume(noon()), SubscriptionError::NotActive);
    refuse(failed(), resume(noon()), SubscriptionError::AlreadyFailed);
    expect(active(), Do::Live(Live::FailResume { at: noon() }), &[]);
}
