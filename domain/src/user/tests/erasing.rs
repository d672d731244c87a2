//! An account that is erased is shut for good.

use super::{
    Did, Do, Role, UserError, activate, change_roles, deactivate, deactivated, folded, passwords,
    registered, user, verify,
};
use crate::story::{noon, text};

pub(super) fn erase() -> Do {
    Do::Erase {
        reason: text("asked for it"),
        at: noon(),
    }
}

fn erased() -> Did {
    Did::Erased {
        reason: text("asked for it"),
        at: noon(),
    }
}

fn gone() -> Vec<Did> {
    let mut history = registered();
    history.push(erased());
    history
}

#[test]
fn erasing_shuts_an_account_active_or_not() {
    for history in [registered(), deactivated()] {
        user()
            .given(history)
            .when(erase())
            .then_expect_events(vec![erased()]);
    }
    let account = folded(gone());
    assert!(account.is_erased() && !account.is_active());
    assert_eq!(account.times_shut(), 1);
}

#[test]
fn erasing_again_changes_nothing() {
    user()
        .given(gone())
        .when(erase())
        .then_expect_events(vec![]);
    user()
        .given(gone())
        .when(deactivate())
        .then_expect_events(vec![]);
}

#[test]
fn nothing_else_is_done_with_an_erased_account() {
    for command in [
        activate(),
        change_roles(vec![Role::Operator]),
        verify(),
        passwords::change(0),
        passwords::ask("2027-01-31T06:00:00Z"),
    ] {
        user()
            .given(gone())
            .when(command)
            .then_expect_error(UserError::Erased);
    }
}

#[test]
fn there_is_nobody_to_erase_where_there_is_no_account() {
    user()
        .given_no_previous_events()
        .when(erase())
        .then_expect_error(UserError::NotFound);
}
