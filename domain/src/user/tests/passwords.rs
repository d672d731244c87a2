//! Another password: who chooses it, and how often letters for it go out.

use super::{Did, Do, UserError, deactivated, folded, registered, user};
use crate::{
    story::{at, noon, sealed, stored_as},
    user::PasswordProof,
};
use chrono::Duration;

pub(super) fn ask(moment: &str) -> Do {
    Do::RequestPasswordReset { at: at(moment) }
}

fn asked(moment: &str) -> Did {
    Did::PasswordResetRequested { at: at(moment) }
}

fn choose(by: PasswordProof, known: u32) -> Do {
    Do::ChangePassword {
        password: sealed("another"),
        by,
        known,
        at: noon(),
    }
}

pub(super) fn change(known: u32) -> Do {
    choose(PasswordProof::Password, known)
}

fn changed(by: PasswordProof) -> Vec<Did> {
    let mut history = registered();
    history.push(Did::PasswordChanged {
        password: sealed("another"),
        by,
        at: noon(),
    });
    history
}

#[test]
fn another_password_takes_the_place_of_the_old_one_and_ends_all_sessions() {
    for by in [PasswordProof::Password, PasswordProof::Letter] {
        user()
            .given(registered())
            .when(choose(by, 0))
            .then_expect_events(changed(by).split_off(1));
        let account = folded(changed(by));
        assert_eq!(account.password(), Some(&sealed("another")));
        assert_eq!(account.times_shut(), 1);
    }
}

#[test]
fn what_proved_an_earlier_password_proves_no_later_one() {
    for (by, refused) in [
        (PasswordProof::Password, UserError::PasswordChanged),
        (PasswordProof::Letter, UserError::ResetOver),
    ] {
        user()
            .given(changed(PasswordProof::Password))
            .when(choose(by, 0))
            .then_expect_error(refused);
    }
}

#[test]
fn three_letters_go_out_within_an_hour() {
    let mut history = registered();
    for moment in [
        "2027-01-31T06:00:00Z",
        "2027-01-31T06:10:00Z",
        "2027-01-31T06:20:00Z",
    ] {
        user()
            .given(history.clone())
            .when(ask(moment))
            .then_expect_events(vec![asked(moment)]);
        history.push(asked(moment));
    }
    user()
        .given(history.clone())
        .when(ask("2027-01-31T06:59:59Z"))
        .then_expect_error(UserError::ResetTooOften);
    user()
        .given(history.clone())
        .when(ask("2027-01-31T07:00:00Z"))
        .then_expect_events(vec![asked("2027-01-31T07:00:00Z")]);
    history.push(asked("2027-01-31T07:00:00Z"));
    user()
        .given(history)
        .when(ask("2027-01-31T07:09:59Z"))
        .then_expect_error(UserError::ResetTooOften);
}

#[test]
fn five_times_within_an_hour_another_one_is_chosen_with_the_one_that_holds() {
    let one = |by| changed(by).split_off(1);
    let mut history = registered();
    // By letter it is counted where the letter is asked for.
    history.extend(one(PasswordProof::Letter));
    for known in 1..6 {
        user()
            .given(history.clone())
            .when(change(known))
            .then_expect_events(one(PasswordProof::Password));
        history.extend(one(PasswordProof::Password));
    }
    user()
        .given(history.clone())
        .when(change(6))
        .then_expect_error(UserError::PasswordTooOften);
    user()
        .given(history.clone())
        .when(choose(PasswordProof::Letter, 6))
        .then_expect_events(one(PasswordProof::Letter));
    let later = Do::ChangePassword {
        password: sealed("another"),
        by: PasswordProof::Password,
        known: 6,
        at: noon() + Duration::hours(1),
    };
    user()
        .given(history)
        .when(later)
        .then_expect_events(vec![Did::PasswordChanged {
            password: sealed("another"),
            by: PasswordProof::Password,
            at: noon() + Duration::hours(1),
        }]);
}

#[test]
fn a_deactivated_account_has_no_other_password() {
    for command in [ask("2027-01-31T06:00:00Z"), change(0)] {
        user()
            .given(deactivated())
            .when(command)
            .then_expect_error(UserError::Deactivated);
    }
}

#[test]
fn proofs_keep_their_stored_words() {
    stored_as(&[
        (PasswordProof::Password, "password"),
        (PasswordProof::Letter, "letter"),
    ]);
}
