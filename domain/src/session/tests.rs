use super::{EndCause, Session, SessionCommand as Do, SessionError, SessionEvent as Did};
use crate::story::{at, budi, noon, retold, stored_as};
use chrono::{DateTime, Utc};
use cqrs_es::test::TestFramework;

fn session() -> TestFramework<Session> {
    TestFramework::with(())
}

fn in_a_week() -> DateTime<Utc> {
    at("2027-02-07T05:00:00Z")
}

fn in_two_weeks() -> DateTime<Utc> {
    at("2027-02-14T05:00:00Z")
}

fn start() -> Do {
    Do::Start {
        user_id: budi(),
        expires_at: in_a_week(),
        times_shut: 0,
    }
}

fn refresh(generation: u32, at: DateTime<Utc>) -> Do {
    Do::Refresh {
        generation,
        at,
        expires_at: in_two_weeks(),
    }
}

fn prove(at: DateTime<Utc>) -> Do {
    Do::Prove {
        at,
        until: in_a_week(),
    }
}

fn started() -> Vec<Did> {
    vec![Did::Started {
        user_id: budi(),
        expires_at: in_a_week(),
        times_shut: 0,
    }]
}

/// A session whose refresh token was spent this often.
fn refreshed(times: u32) -> Vec<Did> {
    let mut history = started();
    history.extend((1..=times).map(|generation| Did::Refreshed {
        generation,
        expires_at: in_two_weeks(),
    }));
    history
}

fn ended(cause: EndCause) -> Vec<Did> {
    let mut history = started();
    history.push(Did::Ended { cause });
    history
}

fn folded(history: Vec<Did>) -> Session {
    let mut session = Session::default();
    history.into_iter().for_each(|event| session.fold(event));
    session
}

#[test]
fn signing_in_starts_a_session() {
    session()
        .given_no_previous_events()
        .when(start())
        .then_expect_events(started());
}

#[test]
fn a_session_starts_once() {
    session()
        .given(started())
        .when(start())
        .then_expect_error(SessionError::AlreadyStarted);
}

#[test]
fn a_refresh_token_is_spent_for_the_next_one() {
    session()
        .given(refreshed(1))
        .when(refresh(1, noon()))
        .then_expect_events(vec![Did::Refreshed {
            generation: 2,
            expires_at: in_two_weeks(),
        }]);
}

#[test]
fn a_spent_token_that_comes_back_ends_the_session() {
    session()
        .given(refreshed(2))
        .when(refresh(1, noon()))
        .then_expect_events(vec![Did::Ended {
            cause: EndCause::TokenReused,
        }]);
}

#[test]
fn after_a_reused_token_the_newest_one_is_refused_too() {
    let mut history = refreshed(1);
    history.push(Did::Ended {
        cause: EndCause::TokenReused,
    });
    session()
        .given(history)
        .when(refresh(1, noon()))
        .then_expect_error(SessionError::Ended);
}

#[test]
fn a_token_that_was_never_given_out_is_not_found() {
    session()
        .given(refreshed(1))
        .when(refresh(2, noon()))
        .then_expect_error(SessionError::NotFound);
}

#[test]
fn a_session_expires_at_the_very_moment() {
    session()
        .given(started())
        .when(refresh(0, in_a_week()))
        .then_expect_error(SessionError::Expired);
    assert!(!folded(started()).is_open(in_a_week()));
}

#[test]
fn a_session_lives_to_the_moment_before_and_refreshing_prolongs_it() {
    let just_before = in_a_week() - chrono::Duration::seconds(1);
    assert!(folded(started()).is_open(just_before));
    session()
        .given(started())
        .when(refresh(0, just_before))
        .then_expect_events(vec![Did::Refreshed {
            generation: 1,
            expires_at: in_two_weeks(),
        }]);
    assert!(folded(refreshed(1)).is_open(in_a_week()));
}

#[test]
fn a_code_proves_an_open_session() {
    session()
        .given(started())
        .when(prove(noon()))
        .then_expect_events(vec![Did::Proven {
            at: noon(),
            until: in_a_week(),
        }]);
    session()
        .given(ended(EndCause::SignedOut))
        .when(prove(noon()))
        .then_expect_error(SessionError::Ended);
    session()
        .given(started())
        .when(prove(in_a_week()))
        .then_expect_error(SessionError::Expired);
    session()
        .given_no_previous_events()
        .when(prove(noon()))
        .then_expect_error(SessionError::NotFound);
}

#[test]
fn signing_out_ends_the_session() {
    session()
        .given(started())
        .when(Do::SignOut)
        .then_expect_events(vec![Did::Ended {
            cause: EndCause::SignedOut,
        }]);
}

#[test]
fn signing_out_again_changes_nothing() {
    session()
        .given(ended(EndCause::SignedOut))
        .when(Do::SignOut)
        .then_expect_events(vec![]);
}

#[test]
fn a_session_that_ended_is_not_refreshed() {
    session()
        .given(ended(EndCause::SignedOut))
        .when(refresh(0, noon()))
        .then_expect_error(SessionError::Ended);
    assert!(!folded(ended(EndCause::SignedOut)).is_open(noon()));
}

#[test]
fn a_session_that_never_started_is_not_found() {
    for command in [refresh(0, noon()), Do::SignOut] {
        session()
            .given_no_previous_events()
            .when(command)
            .then_expect_error(SessionError::NotFound);
    }
}

#[tokio::test]
async fn what_is_folded_is_what_was_handled() {
    retold::<Session>(vec![vec![
        start(),
        refresh(0, noon()),
        refresh(1, noon()),
        prove(noon()),
        refresh(0, noon()),
        Do::SignOut,
    ]])
    .await;
}

#[test]
fn causes_keep_their_stored_words() {
    stored_as(&[
        (EndCause::SignedOut, "signed_out"),
        (EndCause::TokenReused, "token_reused"),
    ]);
}
