use super::*;

#[test]
fn a_hold_stops_what_runs_and_its_release_starts_it() {
    let stopped = [is_held(HoldKind::Staff, None), to_stop(1, StopCause::Hold)];
    expect(ready(&[]), hold(HoldKind::Staff, None), &stopped);
    let started = [is_released(HoldKind::Staff), to_start(2)];
    expect(held(None), release(HoldKind::Staff), &started);
}

#[test]
fn a_customer_cannot_start_what_is_held() {
    refused(held(None), start(), InstanceError::OnHold);
}

#[test]
fn it_runs_only_when_the_last_hold_is_gone() {
    let billing = is_held(HoldKind::Billing, None);
    expect(
        held(None),
        hold(HoldKind::Billing, None),
        std::slice::from_ref(&billing),
    );
    let mut both = held(None);
    both.push(billing);
    let by_staff = is_released(HoldKind::Staff);
    expect(
        both.clone(),
        release(HoldKind::Staff),
        std::slice::from_ref(&by_staff),
    );
    both.push(by_staff);
    let last = [is_released(HoldKind::Billing), to_start(2)];
    expect(both, release(HoldKind::Billing), &last);
}

#[test]
fn what_its_customer_stopped_stays_so_through_a_hold() {
    let alone = is_held(HoldKind::Staff, None);
    expect(
        resting(),
        hold(HoldKind::Staff, None),
        std::slice::from_ref(&alone),
    );
    let mut history = resting();
    history.push(alone);
    expect(
        history,
        release(HoldKind::Staff),
        &[is_released(HoldKind::Staff)],
    );
    let mut wished = held(None);
    wished.push(to_stop(2, StopCause::Customer));
    expect(held(None), stop(), &wished[wished.len() - 1..]);
    expect(
        wished,
        release(HoldKind::Staff),
        &[is_released(HoldKind::Staff)],
    );
}

#[test]
fn the_same_hold_again_changes_nothing_and_a_longer_one_is_news() {
    expect(held(None), hold(HoldKind::Staff, None), &[]);
    let longer = hold(HoldKind::Staff, Some(tomorrow()));
    let news = is_held(HoldKind::Staff, Some(tomorrow()));
    expect(held(None), longer, &[news]);
    expect(ready(&[]), release(HoldKind::Staff), &[]);
}

#[test]
fn a_hold_does_not_end_before_it_begins() {
    let over = hold(HoldKind::Staff, Some(noon()));
    refused(ready(&[]), over, InstanceError::HoldIsOver);
}

#[test]
fn a_hold_ends_in_a_year_that_everybody_can_write() {
    let end = |text: &str| Some(text.parse().unwrap());
    let longest = hold(HoldKind::Staff, end("9999-12-31T23:59:59Z"));
    let news = is_held(HoldKind::Staff, end("9999-12-31T23:59:59Z"));
    expect(held(None), longest, &[news]);
    let beyond = hold(HoldKind::Staff, end("+10000-01-01T00:00:00Z"));
    refused(ready(&[]), beyond, InstanceError::HoldTooLong);
}

#[test]
fn a_hold_is_lifted_when_its_own_time_has_come() {
    let lifted = Did::Released {
        kind: HoldKind::Staff,
        reason: None,
        at: tomorrow(),
    };
    let started = Did::StartRequested {
        operation: 2,
        at: tomorrow(),
    };
    expect(held(Some(tomorrow())), lift(tomorrow()), &[lifted, started]);
    expect(held(Some(tomorrow())), lift(noon()), &[]);
    expect(held(None), lift(tomorrow()), &[]);
    expect(ready(&[]), lift(tomorrow()), &[]);
}
