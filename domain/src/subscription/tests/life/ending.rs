//! Cancelling, ending, and what staff moves or gives back.

use super::*;

#[test]
fn a_cancellation_waits_for_the_end_of_the_paid_time_and_can_be_undone() {
    let request = || Do::Live(Live::RequestCancellation { at: noon() });
    let undo = || Do::Live(Live::UndoCancellation { at: noon() });
    let requested = Did::CancellationRequested {
        on: day("2027-02-28"),
        at: noon(),
    };
    expect(active(), request(), std::slice::from_ref(&requested));
    let pending = with(active(), [requested]);
    expect(pending.clone(), request(), &[]);
    assert_eq!(due_of(pending.clone(), "2027-02-27T17:00:00Z"), Due::End);
    refuse(
        pending.clone(),
        renew("2027-02-28", noon()),
        SubscriptionError::CancellationPending,
    );
    let undone = Did::CancellationUndone { at: noon() };
    expect(pending.clone(), undo(), std::slice::from_ref(&undone));
    let back = with(pending, [undone]);
    expect(back.clone(), undo(), &[]);
    assert_eq!(due_of(back, "2027-02-27T17:00:00Z"), Due::Renewal);
    for history in [with(active(), [past_due()]), resting()] {
        refuse(history, request(), SubscriptionError::NothingPaid);
    }
}

#[test]
fn what_is_over_stays_over() {
    let over = with(active(), [ended()]);
    expect(active(), end(EndCause::Cancelled), &[ended()]);
    expect(over.clone(), end(EndCause::Staff), &[]);
    for command in [
        renew("2027-02-28", due()),
        Do::Live(Live::SwitchRenewal {
            automatic: false,
            at: due(),
        }),
        Do::Live(Live::RequestCancellation { at: due() }),
        Do::Live(Live::UndoCancellation { at: due() }),
        Do::Live(Live::Extend {
            days: 1,
            reason: text("late"),
            at: due(),
        }),
    ] {
        refuse(over.clone(), command, SubscriptionError::Over);
    }
    let gone = Did::Terminated { at: due() };
    expect(
        over.clone(),
        Do::Live(Live::Terminate { at: due() }),
        std::slice::from_ref(&gone),
    );
    expect(
        with(over, [gone]),
        Do::Live(Live::Terminate { at: due() }),
        &[],
    );
    expect(active(), Do::Live(Live::Terminate { at: due() }), &[]);
}

#[test]
fn staff_moves_the_end_and_periods_are_counted_from_there() {
    let extend = Do::Live(Live::Extend {
        days: 3,
        reason: text("a day was lost"),
        at: noon(),
    });
    let extended = Did::Extended {
        period: period("2027-02-28", "2027-03-03"),
        reason: text("a day was lost"),
        at: noon(),
    };
    expect(active(), extend.clone(), std::slice::from_ref(&extended));
    let history = with(active(), [extended]);
    let later = at("2027-03-02T17:00:00Z");
    let news = renewed("2027-03-03", "2027-04-03", later);
    expect(history.clone(), renew("2027-03-03", later), &[news]);
    // Days that cost nothing give nothing back.
    let left = folded(history).remainders(day("2027-02-27"));
    assert_eq!(left, []);
    refuse(resting(), extend, SubscriptionError::Suspended);
}

#[test]
fn a_lost_day_is_given_back_once_and_only_if_it_was_paid() {
    let credit = |lost: &str| {
        Do::Live(Live::CreditDay {
            day: day(lost),
            amount: rp(1_428),
            at: noon(),
        })
    };
    let credited = Did::DayCredited {
        day: day("2027-02-01"),
        amount: rp(1_428),
        at: noon(),
    };
    expect(
        active(),
        credit("2027-02-01"),
        std::slice::from_ref(&credited),
    );
    let history = with(active(), [credited]);
    expect(history.clone(), credit("2027-02-01"), &[]);
    let state = folded(history);
    assert_eq!(state.value_of(day("2027-02-01")), None);
    assert_eq!(state.value_of(day("2027-02-28")), None);
    let next = state.value_of(day("2027-02-02")).unwrap();
    assert_eq!(next.charge_id, terms().charge_id.unwrap());
}

#[test]
fn what_is_left_counts_every_period_that_was_paid_ahead() {
    let history = with(active(), [renewed("2027-02-28", "2027-03-31", noon())]);
    let left = folded(history).remainders(day("2027-02-13"));
    let amounts: Vec<i64> = left.iter().map(|left| left.amount.get()).collect();
    assert_eq!(amounts, [20_000, 40_000]);
}

#[test]
fn causes_keep_their_stored_words() {
    stored_as(&[
        (EndCause::Cancelled, "cancelled"),
        (EndCause::CancelledNow, "cancelled_now"),
        (EndCause::Unpaid, "unpaid"),
        (EndCause::Staff, "staff"),
    ]);
    stored_as(&[
        (RenewalCause::Automatic, "automatic"),
        (RenewalCause::Manual, "manual"),
    ]);
}
