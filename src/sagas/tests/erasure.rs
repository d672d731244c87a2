use super::{Beat, Told, budi, event, hearing_twice_changes_nothing, noon};
use crate::sagas::{Effect, Erasure, Reaction};
use purser_domain::user::{User, UserEvent};

fn erased() -> Beat {
    let fact = UserEvent::Erased {
        reason: "asked for it".parse().unwrap(),
        at: noon(),
    };
    event::<User>(&budi(), fact)
}

#[test]
fn every_event_twice_changes_nothing() {
    hearing_twice_changes_nothing(Erasure, &[erased()]);
}

#[test]
fn the_key_of_whoever_is_erased_is_destroyed() {
    let told = Told::new(Erasure).after(&[erased()]);
    let erase = Effect::Erase { user_id: budi() };
    assert_eq!(told.effects, [("erase".to_owned(), erase)]);
}

#[test]
fn a_key_that_cannot_be_destroyed_is_for_an_operator() {
    let failed = Told::new(Erasure).tell(&Beat::Failed("erase".to_owned()));
    assert_eq!(failed, Reaction::default());
}
