use super::{Beat, Told, budi, event, hearing_twice_changes_nothing, noon};
use crate::sagas::{Effect, Execute, Reaction, Welcome};
use purser_domain::user::{User, UserEvent};

fn verified() -> Beat {
    event::<User>(&budi(), UserEvent::EmailVerified { at: noon() })
}

#[test]
fn every_event_twice_changes_nothing() {
    hearing_twice_changes_nothing(Welcome, &[verified()]);
}

#[test]
fn whoever_has_proven_his_address_is_welcomed() {
    let told = Told::new(Welcome).after(&[verified()]);
    let welcome = Effect::Execute(Execute::GrantWelcome {
        user_id: budi(),
        at: noon(),
    });
    assert_eq!(told.effects, [("welcome".to_owned(), welcome)]);
}

#[test]
fn what_cannot_be_granted_is_not_tried_in_another_way() {
    let mut told = Told::new(Welcome).after(&[verified()]);
    for step in ["welcome", "else"] {
        let failed = told.tell(&Beat::Failed(step.to_owned()));
        assert_eq!(failed, Reaction::default());
    }
}
