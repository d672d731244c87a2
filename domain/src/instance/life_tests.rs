pub(super) mod health;
mod holds;
pub(super) mod parameters;
mod passwords;
pub(super) mod refitting;
pub(super) mod resizing;
mod words;

use super::{
    HoldKind, Instance, InstanceCommand, InstanceError, InstanceEvent as Did, InstanceStatus,
    LifeCommand as Do, Seen, StopCause,
};
use crate::story::{budi, noon, sari, text, wanted};
use chrono::{DateTime, Duration, Utc};
use cqrs_es::{Aggregate as _, test::TestFramework};

fn instance() -> TestFramework<Instance> {
    TestFramework::with(())
}

fn live(command: Do) -> InstanceCommand {
    InstanceCommand::Live(command)
}

fn restart() -> InstanceCommand {
    live(Do::Restart {
        asked_by: budi(),
        at: noon(),
    })
}

fn stop() -> InstanceCommand {
    live(Do::Stop {
        asked_by: budi(),
        at: noon(),
    })
}

fn start() -> InstanceCommand {
    live(Do::Start {
        asked_by: budi(),
        at: noon(),
    })
}

fn hold(kind: HoldKind, until: Option<DateTime<Utc>>) -> InstanceCommand {
    live(Do::Hold {
        kind,
        reason: text("sends spam"),
        until,
        at: noon(),
    })
}

fn release(kind: HoldKind) -> InstanceCommand {
    live(Do::Release {
        kind,
        reason: text("cleaned up"),
        at: noon(),
    })
}

fn lift(at: DateTime<Utc>) -> InstanceCommand {
    let kind = HoldKind::Staff;
    live(Do::LiftHold { kind, at })
}

fn retry() -> InstanceCommand {
    live(Do::Retry { at: noon() })
}

fn observe(operation: u32, seen: Seen) -> InstanceCommand {
    live(Do::Observe {
        operation,
        seen,
        at: noon(),
    })
}

pub(super) fn fail(operation: u32) -> InstanceCommand {
    fail_with(operation, None)
}

fn fail_with(operation: u32, volume_mib: Option<u32>) -> InstanceCommand {
    live(Do::FailOperation {
        operation,
        reason: text("too late"),
        volume_mib,
        at: noon(),
    })
}

fn to_restart(operation: u32) -> Did {
    let at = noon();
    Did::RestartRequested { operation, at }
}

fn to_stop(operation: u32, cause: StopCause) -> Did {
    Did::StopRequested {
        operation,
        cause,
        at: noon(),
    }
}

fn to_start(operation: u32) -> Did {
    let at = noon();
    Did::StartRequested { operation, at }
}

fn restarted(operation: u32) -> Did {
    let at = noon();
    Did::Restarted { operation, at }
}

fn has_stopped(operation: u32) -> Did {
    let at = noon();
    Did::Stopped { operation, at }
}

fn has_started(operation: u32) -> Did {
    let at = noon();
    Did::Started { operation, at }
}

fn failed(operation: u32) -> Did {
    Did::OperationFailed {
        operation,
        reason: text("too late"),
        at: noon(),
    }
}

fn is_held(kind: HoldKind, until: Option<DateTime<Utc>>) -> Did {
    Did::Held {
        kind,
        reason: text("sends spam"),
        until,
        at: noon(),
    }
}

fn is_released(kind: HoldKind) -> Did {
    Did::Released {
        kind,
        reason: Some(text("cleaned up")),
        at: noon(),
    }
}

fn tomorrow() -> DateTime<Utc> {
    noon() + Duration::days(1)
}

/// A ready instance, and what followed.
fn ready(what_followed: &[Did]) -> Vec<Did> {
    let (wanted, at) = (wanted(), noon());
    let mut history = vec![Did::Requested { wanted, at }, Did::BecameReady { at }];
    history.extend_from_slice(what_followed);
    history
}

/// Stopped by its customer.
fn resting() -> Vec<Did> {
    ready(&[to_stop(1, StopCause::Customer), has_stopped(1)])
}

/// Held by staff, and seen to have stopped for it.
fn held(until: Option<DateTime<Utc>>) -> Vec<Did> {
    let stop = to_stop(1, StopCause::Hold);
    ready(&[is_held(HoldKind::Staff, until), stop, has_stopped(1)])
}

fn expect(given: Vec<Did>, when: InstanceCommand, then: &[Did]) {
    instance()
        .given(given)
        .when(when)
        .then_expect_events(then.to_vec());
}

fn refused(given: Vec<Did>, when: InstanceCommand, why: InstanceError) {
    instance().given(given).when(when).then_expect_error(why);
}

fn status(history: &[Did]) -> InstanceStatus {
    let mut state = Instance::default();
    history.iter().for_each(|event| state.apply(event.clone()));
    state.status().unwrap()
}

#[test]
fn a_restart_is_asked_for_and_ends_once_it_was_observed() {
    expect(ready(&[]), restart(), &[to_restart(1)]);
    let under_way = ready(&[to_restart(1)]);
    expect(under_way.clone(), observe(1, Seen::Ready), &[restarted(1)]);
    expect(under_way.clone(), observe(1, Seen::Stopped), &[]);
    expect(under_way, observe(0, Seen::Ready), &[]);
}

#[test]
fn asking_again_for_what_is_under_way_changes_nothing() {
    expect(ready(&[to_restart(1)]), restart(), &[]);
    expect(ready(&[to_stop(1, StopCause::Customer)]), stop(), &[]);
    expect(resting(), stop(), &[]);
    let starting = [to_stop(1, StopCause::Customer), to_start(2)];
    expect(ready(&starting), start(), &[]);
    expect(ready(&[]), start(), &[]);
}

#[test]
fn observing_an_end_again_changes_nothing() {
    let over = [to_restart(1), restarted(1)];
    expect(ready(&over), observe(1, Seen::Ready), &[]);
    expect(resting(), observe(1, Seen::Stopped), &[]);
    expect(ready(&[]), observe(0, Seen::Ready), &[]);
}

#[test]
fn a_finished_restart_makes_room_for_the_next() {
    let over = ready(&[to_restart(1), restarted(1)]);
    expect(over, restart(), &[to_restart(2)]);
}

#[test]
fn a_customer_stops_and_starts() {
    let by_customer = to_stop(1, StopCause::Customer);
    expect(ready(&[]), stop(), std::slice::from_ref(&by_customer));
    expect(
        ready(&[by_customer]),
        observe(1, Seen::Stopped),
        &[has_stopped(1)],
    );
    expect(resting(), start(), &[to_start(2)]);
    let mut starting = resting();
    starting.push(to_start(2));
    expect(starting, observe(2, Seen::Ready), &[has_started(2)]);
}

#[test]
fn stopping_and_starting_take_the_place_of_what_is_under_way() {
    let by_customer = |operation| to_stop(operation, StopCause::Customer);
    expect(ready(&[to_restart(1)]), stop(), &[by_customer(2)]);
    expect(ready(&[by_customer(1)]), start(), &[to_start(2)]);
    let overtaken = ready(&[to_restart(1), by_customer(2)]);
    expect(overtaken, observe(1, Seen::Ready), &[]);
}

#[test]
fn what_does_not_run_is_not_restarted() {
    refused(resting(), restart(), InstanceError::NotRunning);
    refused(held(None), restart(), InstanceError::OnHold);
    let starting = ready(&[to_stop(1, StopCause::Customer), to_start(2)]);
    refused(starting, restart(), InstanceError::Busy);
}

#[test]
fn an_operation_that_fails_may_be_asked_for_again() {
    expect(ready(&[to_restart(1)]), fail(1), &[failed(1)]);
    let given_up = ready(&[to_restart(1), failed(1)]);
    expect(given_up.clone(), fail(1), &[]);
    expect(given_up.clone(), restart(), &[to_restart(2)]);
    expect(given_up.clone(), retry(), &[to_restart(2)]);
    expect(given_up, start(), &[to_start(2)]);
    let by_customer = |operation| to_stop(operation, StopCause::Customer);
    let given_up = ready(&[by_customer(1), failed(1)]);
    expect(given_up.clone(), stop(), &[by_customer(2)]);
    expect(given_up, retry(), &[by_customer(2)]);
    let given_up = ready(&[by_customer(1), has_stopped(1), to_start(2), failed(2)]);
    expect(given_up.clone(), start(), &[to_start(3)]);
    expect(given_up, retry(), &[to_start(3)]);
}

#[test]
fn only_what_is_under_way_fails() {
    expect(ready(&[]), fail(1), &[]);
    expect(ready(&[to_restart(1), restarted(1)]), fail(1), &[]);
    let overtaken = ready(&[to_restart(1), to_stop(2, StopCause::Customer)]);
    expect(overtaken, fail(1), &[]);
}

#[test]
fn what_comes_to_its_end_after_all_has_not_failed() {
    let given_up = ready(&[to_restart(1), failed(1)]);
    expect(given_up, observe(1, Seen::Ready), &[restarted(1)]);
}

#[test]
fn there_is_nothing_to_retry_where_nothing_failed() {
    for history in [ready(&[]), ready(&[to_restart(1)]), resting()] {
        refused(history, retry(), InstanceError::NothingToRetry);
    }
}

fn every_command() -> Vec<InstanceCommand> {
    let mut commands = health::commands();
    commands.extend([
        restart(),
        stop(),
        start(),
        hold(HoldKind::Staff, None),
        release(HoldKind::Staff),
        lift(noon()),
        retry(),
        observe(1, Seen::Ready),
        fail(1),
        live(Do::ResetPassword {
            asked_by: budi(),
            at: noon(),
        }),
        live(Do::Resize {
            resources: wanted().resources,
            at: noon(),
        }),
    ]);
    commands
}

#[test]
fn nothing_of_it_happens_before_readiness_or_on_the_way_out() {
    let (wanted, at) = (wanted(), noon());
    let provisioning = vec![Did::Requested { wanted, at }];
    let removing = ready(&[Did::RemovalRequested { at }]);
    for command in every_command() {
        refused(
            provisioning.clone(),
            command.clone(),
            InstanceError::NotReady,
        );
        refused(
            removing.clone(),
            command.clone(),
            InstanceError::BeingRemoved,
        );
        refused(vec![], command, InstanceError::NotFound);
    }
}

#[test]
fn somebody_elses_instance_is_not_found() {
    let (asked_by, at) = (sari(), noon());
    for command in [
        Do::Restart { asked_by, at },
        Do::Stop { asked_by, at },
        Do::Start { asked_by, at },
        Do::ResetPassword { asked_by, at },
    ] {
        refused(ready(&[]), live(command), InstanceError::NotFound);
    }
}

#[test]
fn it_is_to_rest_as_long_as_it_was_stopped_or_is_held() {
    let by_customer = to_stop(1, StopCause::Customer);
    let stopped_for_a_hold = ready(&[
        is_held(HoldKind::Staff, None),
        to_stop(1, StopCause::Hold),
        failed(1),
    ]);
    for (history, rests) in [
        (ready(&[]), false),
        (ready(std::slice::from_ref(&by_customer)), true),
        (ready(&[by_customer.clone(), failed(1)]), true),
        (stopped_for_a_hold, true),
        (resting(), true),
        (ready(&[by_customer, failed(1), to_start(2)]), false),
        (ready(&[to_restart(1), failed(1)]), false),
    ] {
        let mut state = Instance::default();
        history.iter().for_each(|event| state.apply(event.clone()));
        assert_eq!(state.is_to_rest(), rests, "{history:?}");
    }
}

#[test]
fn its_status_is_what_is_under_way_or_what_was_seen() {
    use InstanceStatus as Is;
    let by_customer = to_stop(1, StopCause::Customer);
    for (history, expected) in [
        (ready(&[]), Is::Ready),
        (ready(&[to_restart(1)]), Is::Restarting),
        (ready(&[to_restart(1), restarted(1)]), Is::Ready),
        (ready(&[to_restart(1), failed(1)]), Is::Degraded),
        (ready(&[by_customer]), Is::Stopping),
        (resting(), Is::Stopped),
        (held(None), Is::Held),
        (ready(&[to_start(1)]), Is::Starting),
        (ready(&[Did::RemovalRequested { at: noon() }]), Is::Removing),
    ] {
        assert_eq!(status(&history), expected, "{history:?}");
    }
    assert_eq!(Instance::default().status(), None);
}
