use super::world::World;
use crate::{
    decisions::{One, RefreshSession, SessionAnswer, StartSession},
    ids::{SessionId, UserId},
    session::Session,
    story::{at, budi, noon, sari, text},
    user::{User, UserCommand},
};
use uuid::Uuid;

pub(super) fn session_id() -> SessionId {
    SessionId::new(Uuid::from_u128(0x5e55))
}

pub(super) fn sign_in(user_id: UserId) -> StartSession {
    StartSession {
        session_id: session_id(),
        user_id,
        known: 0,
        expires_at: at("2027-02-07T05:00:00Z"),
        code: None,
        at: noon(),
        proven_until: at("2027-01-31T17:00:00Z"),
    }
}

/// Budi spends the refresh token of this generation.
fn spend(generation: u32) -> RefreshSession {
    RefreshSession {
        session_id: session_id(),
        user_id: budi(),
        generation,
        at: noon(),
        expires_at: at("2027-02-14T05:00:00Z"),
    }
}

fn holds(generation: Option<u32>) -> SessionAnswer {
    SessionAnswer {
        session_id: session_id(),
        user_id: budi(),
        generation,
        wrong_code: false,
    }
}

pub(super) fn signed_in() -> World {
    let mut world = World::empty().with(budi(), 0);
    world.happens(&sign_in(budi()));
    world
}

#[test]
fn signing_in_starts_with_the_first_token() {
    let mut world = World::empty().with(budi(), 0);
    let answer: SessionAnswer = world.answer(&sign_in(budi()));
    assert_eq!(answer, holds(Some(0)));
    assert!(world.state::<Session>(&session_id()).is_open(noon()));
}

#[test]
fn a_deactivated_or_unknown_person_does_not_sign_in() {
    World::empty()
        .with(budi(), 0)
        .deactivated(budi())
        .refuses(&sign_in(budi()), "user.deactivated");
    World::empty().refuses(&sign_in(budi()), "user.not_found");
}

#[test]
fn a_session_is_started_once() {
    signed_in().refuses(&sign_in(budi()), "session.already_started");
}

#[test]
fn each_token_is_spent_for_the_next() {
    let mut world = signed_in();
    for generation in 0..3 {
        let answer: SessionAnswer = world.answer(&spend(generation));
        assert_eq!(answer, holds(Some(generation + 1)));
    }
}

#[test]
fn a_spent_token_that_comes_back_ends_the_session_for_both_holders() {
    let mut world = signed_in();
    world.happens(&spend(0));
    let answer: SessionAnswer = world.answer(&spend(0));
    assert_eq!(answer, holds(None));
    assert!(!world.state::<Session>(&session_id()).is_open(noon()));
    world.refuses(&spend(1), "session.ended");
    world.refuses(&spend(0), "session.ended");
}

#[test]
fn nobody_refreshes_somebody_elses_session() {
    let by_sari = RefreshSession {
        user_id: sari(),
        ..spend(0)
    };
    let mut world = signed_in().with(sari(), 0);
    world.refuses(&by_sari, "session.not_found");
    world.happens(&spend(0));
    world.refuses(&by_sari, "session.not_found");
}

#[test]
fn a_deactivated_person_does_not_stay_signed_in() {
    signed_in()
        .deactivated(budi())
        .refuses(&spend(0), "user.deactivated");
}

#[test]
fn deactivating_somebody_ends_his_sessions_for_good() {
    let mut world = signed_in().deactivated(budi());
    let reason = text("it was a mistake");
    world.happens(&One::<User> {
        id: budi(),
        command: UserCommand::Activate { reason },
    });
    world.refuses(&spend(0), "session.ended");
    let account = world.state::<User>(&budi());
    let session = world.state::<Session>(&session_id());
    assert!(session.is_open(noon()) && !session.stands(&account, noon()));
    let anew = SessionId::new(Uuid::from_u128(0x5e56));
    // The password was checked before.
    let late = StartSession {
        session_id: anew,
        ..sign_in(budi())
    };
    world.refuses(&late, "session.ended");
    world.happens(&StartSession { known: 1, ..late });
    assert!(world.state::<Session>(&anew).stands(&account, noon()));
}

#[test]
fn an_expired_session_is_not_refreshed() {
    let late = RefreshSession {
        at: at("2027-02-07T05:00:00Z"),
        ..spend(0)
    };
    signed_in().refuses(&late, "session.expired");
}

#[test]
fn a_session_that_never_was_is_not_refreshed() {
    World::empty()
        .with(budi(), 0)
        .refuses(&spend(0), "session.not_found");
}
