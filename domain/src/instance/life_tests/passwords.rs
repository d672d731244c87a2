use super::*;
use crate::instance::{Illness, Unready};

fn reset() -> InstanceCommand {
    live(Do::ResetPassword {
        asked_by: budi(),
        at: noon(),
    })
}

fn reveal() -> InstanceCommand {
    InstanceCommand::RevealCredentials {
        asked_by: budi(),
        at: noon(),
    }
}

fn to_reset(operation: u32) -> Did {
    let at = noon();
    Did::PasswordResetRequested { operation, at }
}

fn is_set(operation: u32) -> Did {
    let at = noon();
    Did::PasswordSet { operation, at }
}

fn is_reset(operation: u32) -> Did {
    let at = noon();
    Did::PasswordReset { operation, at }
}

fn revealed() -> Did {
    Did::CredentialsRevealed { at: noon() }
}

#[test]
fn a_password_is_reset_once_the_job_succeeded_and_the_secret_has_it() {
    expect(ready(&[]), reset(), &[to_reset(1)]);
    let asked = ready(&[to_reset(1)]);
    assert_eq!(status(&asked), InstanceStatus::ResettingPassword);
    expect(asked.clone(), observe(1, Seen::PasswordKept), &[]);
    expect(asked, observe(1, Seen::PasswordSet), &[is_set(1)]);
    let set = ready(&[to_reset(1), is_set(1)]);
    assert_eq!(status(&set), InstanceStatus::ResettingPassword);
    expect(set.clone(), observe(1, Seen::PasswordSet), &[]);
    expect(set, observe(1, Seen::PasswordKept), &[is_reset(1)]);
    let over = ready(&[to_reset(1), is_set(1), is_reset(1)]);
    assert_eq!(status(&over), InstanceStatus::Ready);
    for seen in [Seen::PasswordSet, Seen::PasswordKept] {
        expect(over.clone(), observe(1, seen), &[]);
    }
    expect(over, reset(), &[to_reset(2)]);
}

#[test]
fn asking_again_while_it_is_under_way_changes_nothing() {
    expect(ready(&[to_reset(1)]), reset(), &[]);
    expect(ready(&[to_reset(1), is_set(1)]), reset(), &[]);
}

#[test]
fn only_the_password_of_what_runs_undisturbed_is_reset() {
    refused(resting(), reset(), InstanceError::NotRunning);
    refused(held(None), reset(), InstanceError::OnHold);
    refused(ready(&[to_restart(1)]), reset(), InstanceError::Busy);
    refused(ready(&[to_reset(1)]), restart(), InstanceError::Busy);
    let other = live(Do::ResetPassword {
        asked_by: sari(),
        at: noon(),
    });
    refused(ready(&[]), other, InstanceError::NotFound);
}

#[test]
fn the_sign_in_is_shown_once_more_after_a_reset() {
    let shown = ready(&[revealed()]);
    let why = InstanceError::CredentialsAlreadyRevealed;
    refused(shown, reveal(), why.clone());
    let again = ready(&[revealed(), to_reset(1), is_set(1), is_reset(1)]);
    expect(again.clone(), reveal(), &[revealed()]);
    let mut twice = again;
    twice.push(revealed());
    refused(twice, reveal(), why);
}

#[test]
fn nobody_is_shown_a_password_that_may_not_count() {
    let why = InstanceError::PasswordUncertain;
    let by_customer = to_stop(2, StopCause::Customer);
    for disturbed in [
        vec![to_reset(1)],
        vec![to_reset(1), is_set(1)],
        vec![to_reset(1), failed(1)],
        vec![
            to_reset(1),
            by_customer,
            has_stopped(2),
            to_start(3),
            has_started(3),
        ],
    ] {
        refused(ready(&disturbed), reveal(), why.clone());
    }
    let again = [to_reset(1), failed(1), to_reset(2), is_set(2), is_reset(2)];
    expect(ready(&again), reveal(), &[revealed()]);
}

#[test]
fn a_reset_that_failed_is_asked_for_again_and_may_succeed_after_all() {
    for begun in [vec![to_reset(1)], vec![to_reset(1), is_set(1)]] {
        expect(ready(&begun), fail(1), &[failed(1)]);
        let given_up = ready(&[begun, vec![failed(1)]].concat());
        assert_eq!(status(&given_up), InstanceStatus::Degraded);
        expect(given_up.clone(), retry(), &[to_reset(2)]);
        expect(given_up, reset(), &[to_reset(2)]);
    }
    let late = ready(&[to_reset(1), failed(1)]);
    expect(late, observe(1, Seen::PasswordSet), &[is_set(1)]);
    let late = ready(&[to_reset(1), is_set(1), failed(1)]);
    expect(late, observe(1, Seen::PasswordKept), &[is_reset(1)]);
}

#[test]
fn what_is_seen_of_an_older_reset_changes_nothing() {
    let newer = ready(&[to_reset(1), failed(1), to_reset(2)]);
    for seen in [Seen::PasswordSet, Seen::PasswordKept, Seen::Ready] {
        expect(newer.clone(), observe(1, seen), &[]);
    }
    expect(newer, observe(2, Seen::Ready), &[]);
}

#[test]
fn an_app_that_gets_a_new_password_is_expected_to_be_ready() {
    let unready = live(Do::ObserveHealth {
        illness: Some(Illness {
            unready: Unready::Crashing,
            trouble: None,
            ours: false,
        }),
        at: noon(),
    });
    let became = Did::BecameUnready {
        unready: Unready::Crashing,
        trouble: None,
        ours: false,
        at: noon(),
    };
    expect(
        ready(&[to_reset(1)]),
        unready,
        std::slice::from_ref(&became),
    );
    let over = ready(&[to_reset(1), became, is_set(1), is_reset(1)]);
    assert_eq!(status(&over), InstanceStatus::Unready);
}

#[test]
fn it_is_known_which_reset_the_password_comes_from() {
    let number = |history: Vec<Did>| {
        let mut state = Instance::default();
        history.into_iter().for_each(|event| state.apply(event));
        state.password_operation()
    };
    assert_eq!(number(ready(&[])), 0);
    assert_eq!(number(ready(&[to_restart(1), restarted(1)])), 0);
    assert_eq!(
        number(ready(&[to_restart(1), restarted(1), to_reset(2)])),
        0
    );
    assert_eq!(number(ready(&[to_reset(1), is_set(1), is_reset(1)])), 1);
}
