use super::{Beat, Told, budi, event, hearing_twice_changes_nothing, noon};
use crate::{
    mail::{FactorChange, Notice},
    sagas::{Effect, Letter, Letters},
};
use purser_domain::{
    sealed::Sealed,
    second_factor::{SecondFactor, SecondFactorEvent},
    user::{PasswordProof, User, UserEvent},
};

fn factor(fact: SecondFactorEvent) -> Beat {
    event::<SecondFactor>(&budi(), fact)
}

fn told(fact: SecondFactorEvent) -> Vec<(String, Effect)> {
    Told::new(Letters).after(&[factor(fact)]).effects
}

fn letter(change: FactorChange) -> Vec<(String, Effect)> {
    let about = Notice::SecondFactor { change };
    let letter = Effect::Send {
        to: budi(),
        letter: Box::new(Letter::Notice { about }),
    };
    vec![("second-factor-1".to_owned(), letter)]
}

fn confirmed() -> SecondFactorEvent {
    SecondFactorEvent::Confirmed {
        step: 7,
        at: noon(),
    }
}

fn removed(why: Option<&str>) -> SecondFactorEvent {
    let reason = why.map(|why| why.parse().unwrap());
    SecondFactorEvent::Removed { reason }
}

#[test]
fn somebody_is_told_when_his_second_factor_comes_and_goes() {
    assert_eq!(told(confirmed()), letter(FactorChange::Confirmed));
    assert_eq!(told(removed(None)), letter(FactorChange::Removed));
    let lost = removed(Some("the phone was lost"));
    assert_eq!(told(lost), letter(FactorChange::Reset));
}

#[test]
fn every_event_twice_changes_nothing() {
    for fact in [confirmed(), removed(None)] {
        hearing_twice_changes_nothing(Letters, &[factor(fact)]);
    }
}

fn changed(by: PasswordProof) -> Beat {
    let fact = UserEvent::PasswordChanged {
        password: Sealed::try_from(format!("v1.{}.{:A<60}", budi(), "password")).unwrap(),
        by,
        at: noon(),
    };
    event::<User>(&budi(), fact)
}

#[test]
fn somebody_is_told_that_another_password_holds() {
    for (by, by_letter) in [
        (PasswordProof::Password, false),
        (PasswordProof::Letter, true),
    ] {
        let told = Told::new(Letters).after(&[changed(by)]);
        let about = Notice::PasswordChanged { by_letter };
        let letter = Effect::Send {
            to: budi(),
            letter: Box::new(Letter::Notice { about }),
        };
        assert_eq!(told.effects, [("password-changed-1".to_owned(), letter)]);
        hearing_twice_changes_nothing(Letters, &[changed(by)]);
    }
}

#[test]
fn who_asks_for_another_password_gets_a_letter() {
    let asked = UserEvent::PasswordResetRequested { at: noon() };
    let asked = event::<User>(&budi(), asked);
    let told = Told::new(Letters).after(std::slice::from_ref(&asked));
    let letter = Effect::Send {
        to: budi(),
        letter: Box::new(Letter::ResetPassword),
    };
    assert_eq!(told.effects, [("reset-password-1".to_owned(), letter)]);
    hearing_twice_changes_nothing(Letters, &[asked]);
}
