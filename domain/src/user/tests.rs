use super::{Locale, Role, User, UserCommand as Do, UserError, UserEvent as Did};
use crate::story::{at, budi, noon, retold, sealed, stored_as, text};
use cqrs_es::test::TestFramework;
mod bank_accounts;
mod erasing;
mod passwords;

fn user() -> TestFramework<User> {
    TestFramework::with(())
}

fn register(roles: Vec<Role>) -> Do {
    Do::Register {
        user_id: budi(),
        name: sealed("name"),
        email: sealed("email"),
        phone: Some(sealed("phone")),
        password: sealed("password"),
        roles,
        locale: Locale::Id,
        at: noon(),
    }
}

fn registered() -> Vec<Did> {
    vec![Did::Registered {
        user_id: budi(),
        name: sealed("name"),
        email: sealed("email"),
        phone: Some(sealed("phone")),
        password: sealed("password"),
        roles: vec![Role::Customer],
        locale: Locale::Id,
        at: noon(),
    }]
}

fn deactivated() -> Vec<Did> {
    let mut history = registered();
    history.push(Did::Deactivated {
        reason: text("asked for it"),
    });
    history
}

fn deactivate() -> Do {
    Do::Deactivate {
        reason: text("asked for it"),
    }
}

fn activate() -> Do {
    Do::Activate {
        reason: text("came back"),
    }
}

fn folded(history: Vec<Did>) -> User {
    let mut user = User::default();
    history.into_iter().for_each(|event| user.fold(event));
    user
}

#[test]
fn registering_records_the_person_sealed() {
    user()
        .given_no_previous_events()
        .when(register(vec![Role::Customer]))
        .then_expect_events(registered());
}

#[test]
fn an_account_is_registered_once() {
    user()
        .given(registered())
        .when(register(vec![Role::Customer]))
        .then_expect_error(UserError::AlreadyRegistered);
}

#[test]
fn an_account_without_a_role_is_refused() {
    user()
        .given_no_previous_events()
        .when(register(vec![]))
        .then_expect_error(UserError::NoRole);
}

#[test]
fn deactivating_records_the_reason() {
    user()
        .given(registered())
        .when(deactivate())
        .then_expect_events(vec![Did::Deactivated {
            reason: text("asked for it"),
        }]);
}

#[test]
fn deactivating_again_changes_nothing() {
    user()
        .given(deactivated())
        .when(deactivate())
        .then_expect_events(vec![]);
}

#[test]
fn activating_records_the_reason() {
    user()
        .given(deactivated())
        .when(activate())
        .then_expect_events(vec![Did::Activated {
            reason: text("came back"),
        }]);
}

#[test]
fn activating_an_active_account_changes_nothing() {
    user()
        .given(registered())
        .when(activate())
        .then_expect_events(vec![]);
}

#[test]
fn nobody_is_activated_or_deactivated_before_he_registered() {
    for command in [deactivate(), activate()] {
        user()
            .given_no_previous_events()
            .when(command)
            .then_expect_error(UserError::NotFound);
    }
}

fn change_roles(roles: Vec<Role>) -> Do {
    Do::ChangeRoles {
        roles,
        reason: text("moved to operations"),
    }
}

#[test]
fn roles_are_changed_with_a_reason() {
    let changed = Did::RolesChanged {
        roles: vec![Role::Operator],
        reason: text("moved to operations"),
    };
    user()
        .given(registered())
        .when(change_roles(vec![Role::Operator]))
        .then_expect_events(vec![changed.clone()]);
    let mut history = registered();
    history.push(changed);
    assert_eq!(folded(history.clone()).roles(), [Role::Operator]);
    user()
        .given(history)
        .when(change_roles(vec![Role::Operator]))
        .then_expect_events(vec![]);
}

#[test]
fn an_account_keeps_one_role_at_least() {
    user()
        .given(registered())
        .when(change_roles(vec![]))
        .then_expect_error(UserError::NoRole);
    user()
        .given_no_previous_events()
        .when(change_roles(vec![Role::Admin]))
        .then_expect_error(UserError::NotFound);
}

#[test]
fn who_was_an_administrator_is_none_when_his_account_is_opened_again() {
    let mut history = registered();
    history.push(Did::RolesChanged {
        roles: vec![Role::Admin],
        reason: text("promoted"),
    });
    history.push(Did::Deactivated {
        reason: text("on leave"),
    });
    user()
        .given(history)
        .when(Do::Activate {
            reason: text("back"),
        })
        .then_expect_events(vec![
            Did::RolesChanged {
                roles: vec![Role::Customer],
                reason: text("back"),
            },
            Did::Activated {
                reason: text("back"),
            },
        ]);
}

fn billing_details(what: &str) -> Do {
    Do::GiveBillingDetails {
        details: sealed(what),
    }
}

#[test]
fn billing_details_are_given_sealed_and_removed() {
    let given = Did::BillingDetailsGiven {
        details: sealed("first"),
    };
    user()
        .given(registered())
        .when(billing_details("first"))
        .then_expect_events(vec![given.clone()]);
    let mut history = registered();
    history.push(given);
    let account = folded(history.clone());
    assert_eq!(account.billing_details(), Some(&sealed("first")));
    history.push(Did::BillingDetailsRemoved {});
    assert_eq!(folded(history.clone()).billing_details(), None);
    user()
        .given(history)
        .when(Do::RemoveBillingDetails)
        .then_expect_events(vec![]);
    user()
        .given_no_previous_events()
        .when(billing_details("first"))
        .then_expect_error(UserError::NotFound);
}

#[test]
fn only_an_active_account_may_act() {
    assert_eq!(
        User::default().require_active(),
        Err(UserError::NotFound),
        "unknown"
    );
    assert_eq!(folded(registered()).require_active(), Ok(()));
    assert_eq!(
        folded(deactivated()).require_active(),
        Err(UserError::Deactivated)
    );
    assert!(!folded(deactivated()).is_active());
}

#[test]
fn a_deactivated_account_keeps_its_data_and_comes_back_with_it() {
    let mut history = deactivated();
    history.push(Did::Activated {
        reason: text("came back"),
    });
    let (back, before) = (folded(history), folded(registered()));
    assert!(back.is_active());
    assert_eq!(back.roles(), before.roles());
    assert_eq!(back.password(), before.password());
    assert_eq!((back.name(), back.email()), (before.name(), before.email()));
    // So that what was signed in before stays out.
    assert_eq!((back.times_shut(), before.times_shut()), (1, 0));
}

#[test]
fn printing_an_account_shows_nothing_personal() {
    let printed = format!("{:?} {:?}", folded(registered()), registered());
    assert!(!printed.contains(sealed("email").as_str()), "{printed}");
}

#[tokio::test]
async fn what_is_folded_is_what_was_handled() {
    retold::<User>(vec![vec![
        register(vec![Role::Customer, Role::Auditor]),
        change_roles(vec![Role::Operator]),
        billing_details("first"),
        Do::RemoveBillingDetails,
        ask_for_letter("2027-01-31T06:00:00Z"),
        verify(),
        verify(),
        bank_accounts::give("first", "2027-01-31T06:00:00Z"),
        bank_accounts::give("second", "2027-01-31T06:10:00Z"),
        Do::RemoveBankAccount,
        passwords::ask("2027-01-31T06:00:00Z"),
        passwords::change(0),
        deactivate(),
        activate(),
        erasing::erase(),
    ]])
    .await;
}

#[test]
fn roles_and_languages_keep_their_stored_words() {
    stored_as(&[
        (Role::Customer, "customer"),
        (Role::Admin, "admin"),
        (Role::Operator, "operator"),
        (Role::Auditor, "auditor"),
    ]);
    stored_as(&[
        (Locale::Id, Locale::Id.as_str()),
        (Locale::En, Locale::En.as_str()),
    ]);
}

fn ask_for_letter(moment: &str) -> Do {
    Do::RequestVerification { at: at(moment) }
}

fn asked_for_letter(moment: &str) -> Did {
    Did::VerificationRequested { at: at(moment) }
}

fn verify() -> Do {
    Do::VerifyEmail { at: noon() }
}

fn verified() -> Vec<Did> {
    let mut history = registered();
    history.push(Did::EmailVerified { at: noon() });
    history
}

#[test]
fn an_address_is_verified_once_and_nobody_is_verified_by_signing_up() {
    user()
        .given(registered())
        .when(verify())
        .then_expect_events(vec![Did::EmailVerified { at: noon() }]);
    user()
        .given(verified())
        .when(verify())
        .then_expect_events(vec![]);
    let new = folded(registered());
    assert_eq!(new.require_verified(), Err(UserError::EmailNotVerified));
    assert_eq!(folded(verified()).require_verified(), Ok(()));
}

#[test]
fn another_letter_can_be_asked_for_a_minute_after_the_last_one() {
    user()
        .given(registered())
        .when(ask_for_letter("2027-01-31T05:00:59Z"))
        .then_expect_error(UserError::VerificationTooSoon);
    user()
        .given(registered())
        .when(ask_for_letter("2027-01-31T05:01:00Z"))
        .then_expect_events(vec![asked_for_letter("2027-01-31T05:01:00Z")]);
    let mut asked = registered();
    asked.push(asked_for_letter("2027-01-31T05:01:00Z"));
    user()
        .given(asked)
        .when(ask_for_letter("2027-01-31T05:01:59Z"))
        .then_expect_error(UserError::VerificationTooSoon);
    user()
        .given(verified())
        .when(ask_for_letter("2027-02-01T05:00:00Z"))
        .then_expect_error(UserError::AlreadyVerified);
}

#[test]
fn five_letters_that_prove_an_address_go_out_within_an_hour() {
    // The first one went out with the account.
    let mut history = registered();
    for minute in [1, 2, 3, 4] {
        let moment = format!("2027-01-31T05:0{minute}:00Z");
        user()
            .given(history.clone())
            .when(ask_for_letter(&moment))
            .then_expect_events(vec![asked_for_letter(&moment)]);
        history.push(asked_for_letter(&moment));
    }
    user()
        .given(history.clone())
        .when(ask_for_letter("2027-01-31T05:59:59Z"))
        .then_expect_error(UserError::VerificationTooOften);
    user()
        .given(history)
        .when(ask_for_letter("2027-01-31T06:00:00Z"))
        .then_expect_events(vec![asked_for_letter("2027-01-31T06:00:00Z")]);
}

#[test]
fn there_is_nothing_to_verify_of_an_account_that_does_not_exist() {
    for command in [verify(), ask_for_letter("2027-01-31T05:00:00Z")] {
        user()
            .given_no_previous_events()
            .when(command)
            .then_expect_error(UserError::NotFound);
    }
}
