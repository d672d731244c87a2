//! A second factor, from the first code to its end (billing rule 40).

use super::{
    acting::{asks, does_with_two, oki, world as staffed},
    sessions::{session_id, sign_in, signed_in},
    world::World,
};
use crate::{
    approval::Deed,
    decisions::{CodeAnswer, CodeFor, GiveCode, One, SessionAnswer, StartSession},
    ids::{SessionId, UserId},
    second_factor::{
        GivenCode::{self, Of, Wrong},
        SecondFactor, SecondFactorCommand,
    },
    session::Session,
    story::{at, budi, noon, sari, sealed, text},
    user::{User, UserCommand},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

fn evening() -> DateTime<Utc> {
    at("2027-01-31T17:00:00Z")
}

fn offer(user_id: UserId) -> One<SecondFactor> {
    let secret = sealed("secret");
    One::<SecondFactor> {
        id: user_id,
        command: SecondFactorCommand::Offer { secret },
    }
}

fn gives(code: GivenCode, purpose: CodeFor) -> GiveCode {
    GiveCode {
        user_id: budi(),
        session_id: session_id(),
        code,
        purpose,
        at: noon(),
        until: evening(),
    }
}

fn proven_until(world: &World, session: SessionId, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let factor = world.state::<SecondFactor>(&budi());
    world.state::<Session>(&session).proven_until(&factor, at)
}

/// Budi is signed in, and has confirmed the code of step 7.
fn enrolled() -> World {
    let mut world = signed_in();
    world.happens(&offer(budi()));
    let story = world.story(&gives(Of { step: 7 }, CodeFor::Confirming));
    assert_eq!(story, ["second_factor.confirmed", "session.proven"]);
    world
}

fn another() -> SessionId {
    SessionId::new(Uuid::from_u128(0x5e56))
}

fn signs_in(code: Option<GivenCode>) -> StartSession {
    StartSession {
        session_id: another(),
        code,
        ..sign_in(budi())
    }
}

#[test]
fn a_code_proves_the_session_for_a_while() {
    let mut world = enrolled();
    assert_eq!(proven_until(&world, session_id(), noon()), Some(evening()));
    assert_eq!(proven_until(&world, session_id(), evening()), None);
    let mut again = gives(Of { step: 8 }, CodeFor::Proving);
    (again.at, again.until) = (evening(), at("2027-02-01T05:00:00Z"));
    let story = world.story(&again);
    assert_eq!(story, ["second_factor.used", "session.proven"]);
    assert_eq!(
        proven_until(&world, session_id(), evening()),
        Some(again.until)
    );
}

#[test]
fn a_wrong_code_is_recorded_and_proves_nothing() {
    let mut world = enrolled();
    let wrong = gives(Wrong, CodeFor::Removing);
    let answer: CodeAnswer = world.answer(&wrong);
    assert!(!answer.right);
    assert!(world.state::<SecondFactor>(&budi()).since().is_some());
    assert_eq!(world.story(&wrong), ["second_factor.missed"]);
    for _ in 0..3 {
        world.happens(&wrong);
    }
    world.refuses(
        &gives(Of { step: 8 }, CodeFor::Proving),
        "second_factor.locked",
    );
    world.refuses(&signs_in(Some(Of { step: 8 })), "second_factor.locked");
}

#[test]
fn nobody_signs_in_without_a_new_code() {
    let mut world = enrolled();
    world.refuses(&signs_in(None), "second_factor.code_missing");
    world.refuses(&signs_in(Some(Of { step: 7 })), "second_factor.code_used");
    let answer: SessionAnswer = world.answer(&signs_in(Some(Wrong)));
    assert_eq!((answer.generation, answer.wrong_code), (None, true));
    assert_eq!(world.state::<Session>(&another()).user_id(), None);
    let story = world.story(&signs_in(Some(Of { step: 8 })));
    assert_eq!(
        story,
        ["second_factor.used", "session.started", "session.proven"]
    );
    assert_eq!(proven_until(&world, another(), noon()), Some(evening()));
}

#[test]
fn a_code_without_a_factor_proves_nothing() {
    let mut world = signed_in();
    let story = world.story(&signs_in(Some(Of { step: 8 })));
    assert_eq!(story, ["session.started"]);
    world.refuses(
        &gives(Of { step: 8 }, CodeFor::Proving),
        "second_factor.not_there",
    );
}

#[test]
fn what_another_factor_proved_counts_for_nothing() {
    let mut world = enrolled();
    let story = world.story(&gives(Of { step: 8 }, CodeFor::Removing));
    assert_eq!(story, ["second_factor.used", "second_factor.removed"]);
    assert_eq!(proven_until(&world, session_id(), noon()), None);
    world.happens(&signs_in(None));
    world.happens(&offer(budi()));
    let later = at("2027-01-31T06:00:00Z");
    world.happens(&GiveCode {
        session_id: another(),
        at: later,
        ..gives(Of { step: 9 }, CodeFor::Confirming)
    });
    assert_eq!(proven_until(&world, another(), later), Some(evening()));
    assert_eq!(proven_until(&world, session_id(), later), None);
}

#[test]
fn a_code_is_given_in_ones_own_session() {
    let mut world = enrolled().with(sari(), 0);
    let mut by_sari = gives(Of { step: 8 }, CodeFor::Proving);
    by_sari.user_id = sari();
    world.refuses(&by_sari, "session.not_found");
    let give = gives(Of { step: 8 }, CodeFor::Proving);
    let mut world = world.deactivated(budi());
    world.refuses(&give, "user.deactivated");
    let reason = text("it was a mistake");
    world.happens(&One::<User> {
        id: budi(),
        command: UserCommand::Activate { reason },
    });
    world.refuses(&give, "session.ended");
}

#[test]
fn who_lost_his_authenticator_is_helped_by_two_others() {
    let mut world = staffed(0);
    let reset = || Deed::ResetSecondFactor {
        reason: text("the phone was lost"),
    };
    // Nothing to do, and nobody to ask.
    assert!(world.happens(&asks(1, reset())).events.is_empty());
    world.happens(&offer(budi()));
    world.happens(&One::<SecondFactor> {
        id: budi(),
        command: SecondFactorCommand::Confirm {
            code: Of { step: 7 },
            at: noon(),
        },
    });
    let story = does_with_two(&mut world, 2, reset());
    assert_eq!(story, ["approval.approved", "second_factor.removed"]);
    world.happens(&offer(oki()));
    // Nobody approves what is about himself.
    let mut own = asks(3, reset());
    own.act.user_id = Some(oki());
    world.happens(&One::<SecondFactor> {
        id: oki(),
        command: SecondFactorCommand::Confirm {
            code: Of { step: 7 },
            at: noon(),
        },
    });
    world.refuses(&own, "approval.alone");
}
