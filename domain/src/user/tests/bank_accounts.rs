//! Where somebody wants to be paid out to.

use super::{Did, Do, UserError, folded, registered, user, verified};
use crate::story::{at, sealed};

pub(super) fn give(number: &str, moment: &str) -> Do {
    Do::GiveBankAccount {
        account: sealed(number),
        at: at(moment),
    }
}

fn given(number: &str, moment: &str) -> Did {
    Did::BankAccountGiven {
        account: sealed(number),
        at: Some(at(moment)),
    }
}

#[test]
fn a_bank_account_is_given_sealed_and_removed() {
    let moment = "2027-01-31T06:00:00Z";
    user()
        .given(verified())
        .when(give("first", moment))
        .then_expect_events(vec![given("first", moment)]);
    let mut history = verified();
    history.push(given("first", moment));
    let account = folded(history.clone());
    assert_eq!(account.bank_account(), Some(&sealed("first")));
    user()
        .given(history.clone())
        .when(Do::RemoveBankAccount)
        .then_expect_events(vec![Did::BankAccountRemoved {}]);
    history.push(Did::BankAccountRemoved {});
    assert_eq!(folded(history.clone()).bank_account(), None);
    user()
        .given(history)
        .when(Do::RemoveBankAccount)
        .then_expect_events(vec![]);
    for command in [give("first", moment), Do::RemoveBankAccount] {
        user()
            .given_no_previous_events()
            .when(command)
            .then_expect_error(UserError::NotFound);
    }
}

#[test]
fn nobody_is_written_to_of_it_at_an_address_that_he_has_not_proven() {
    user()
        .given(registered())
        .when(give("first", "2027-01-31T06:00:00Z"))
        .then_expect_error(UserError::EmailNotVerified);
    // What was given before that was asked for can still be taken away.
    let mut history = registered();
    history.push(Did::BankAccountGiven {
        account: sealed("first"),
        at: None,
    });
    user()
        .given(history)
        .when(Do::RemoveBankAccount)
        .then_expect_events(vec![Did::BankAccountRemoved {}]);
}

#[test]
fn it_is_said_three_times_within_an_hour() {
    let mut history = verified();
    for (number, moment) in [
        ("first", "2027-01-31T06:00:00Z"),
        ("second", "2027-01-31T06:10:00Z"),
        // The same one is another letter all the same.
        ("second", "2027-01-31T06:20:00Z"),
    ] {
        user()
            .given(history.clone())
            .when(give(number, moment))
            .then_expect_events(vec![given(number, moment)]);
        history.push(given(number, moment));
        history.push(Did::BankAccountRemoved {});
    }
    user()
        .given(history.clone())
        .when(give("third", "2027-01-31T06:59:59Z"))
        .then_expect_error(UserError::BankAccountTooOften);
    user()
        .given(history)
        .when(give("third", "2027-01-31T07:00:00Z"))
        .then_expect_events(vec![given("third", "2027-01-31T07:00:00Z")]);
}
