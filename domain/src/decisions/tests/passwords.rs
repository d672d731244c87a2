use super::{
    sessions::{session_id, sign_in, signed_in},
    world::World,
};
use crate::{
    decisions::{ChangePassword, CodeFor, GiveCode, One, RefreshSession, SessionAnswer},
    ids::SessionId,
    second_factor::{GivenCode, SecondFactor, SecondFactorCommand},
    session::Session,
    story::{at, budi, noon, sealed},
    user::{PasswordProof, User, UserCommand},
};
use uuid::Uuid;

fn next() -> SessionId {
    SessionId::new(Uuid::from_u128(0x5e57))
}

fn change(code: Option<GivenCode>) -> ChangePassword {
    let mut start = sign_in(budi());
    (start.session_id, start.code) = (next(), code);
    ChangePassword {
        session_id: session_id(),
        password: sealed("another"),
        known: 0,
        next: start,
    }
}

fn is_signed_in(world: &World, session: SessionId) -> bool {
    let account = world.state::<User>(&budi());
    world.state::<Session>(&session).stands(&account, noon())
}

#[test]
fn who_changes_his_password_goes_on_alone() {
    let mut world = signed_in();
    let answer: SessionAnswer = world.answer(&change(None));
    assert_eq!((answer.session_id, answer.generation), (next(), Some(0)));
    assert!(is_signed_in(&world, next()) && !is_signed_in(&world, session_id()));
    let account = world.state::<User>(&budi());
    assert_eq!(account.password(), Some(&sealed("another")));
    let refresh = RefreshSession {
        session_id: session_id(),
        user_id: budi(),
        generation: 0,
        at: noon(),
        expires_at: at("2027-02-14T05:00:00Z"),
    };
    world.refuses(&refresh, "session.ended");
    world.refuses(&change(None), "session.ended");
}

#[test]
fn a_password_that_was_checked_before_another_change_changes_nothing() {
    let mut world = signed_in();
    let mut late = change(None);
    late.known = 1;
    world.refuses(&late, "user.password_changed");
}

#[test]
fn nobody_signs_in_with_the_password_of_before() {
    let mut world = signed_in();
    world.happens(&One::<User> {
        id: budi(),
        command: UserCommand::ChangePassword {
            password: sealed("another"),
            by: PasswordProof::Letter,
            known: 0,
            at: noon(),
        },
    });
    let mut late = sign_in(budi());
    late.session_id = next();
    world.refuses(&late, "session.ended");
    late.known = 1;
    world.happens(&late);
}

#[test]
fn a_second_factor_is_asked_for_and_stays() {
    let mut world = signed_in();
    world.happens(&One::<SecondFactor> {
        id: budi(),
        command: SecondFactorCommand::Offer {
            secret: sealed("secret"),
        },
    });
    world.happens(&GiveCode {
        user_id: budi(),
        session_id: session_id(),
        code: GivenCode::Of { step: 7 },
        purpose: CodeFor::Confirming,
        at: noon(),
        until: at("2027-01-31T17:00:00Z"),
    });
    world.refuses(&change(None), "second_factor.code_missing");
    let wrong: SessionAnswer = world.answer(&change(Some(GivenCode::Wrong)));
    assert!(wrong.wrong_code && is_signed_in(&world, session_id()));
    let story = world.story(&change(Some(GivenCode::Of { step: 8 })));
    let expected = [
        "second_factor.used",
        "user.password_changed",
        "session.started",
        "session.proven",
    ];
    assert_eq!(story, expected);
    assert!(world.state::<SecondFactor>(&budi()).since().is_some());
}
