//! Whoever has proven his address is welcomed with credit, where the operator gives any: once, whatever happens in
//! between, because the grant has an id of its own and the mailbox a claim.

use super::{
    effect::{Effect, Execute},
    saga::{Heard, Reaction, Saga},
};
use purser_domain::{Event, Recorded, user::UserEvent};
use uuid::Uuid;

/// The saga `welcome`; one instance a user.
#[derive(Clone, Copy, Debug, Default)]
pub struct Welcome;

impl Saga for Welcome {
    const NAME: &'static str = "welcome";
    type State = ();

    fn instance(&self, event: &Recorded) -> Option<Uuid> {
        match &event.event {
            Event::User(UserEvent::EmailVerified { .. }) => event.stream.id.parse().ok(),
            _ => None,
        }
    }

    fn react(&self, _: &(), heard: Heard<'_>) -> Reaction<()> {
        let Heard::Event(event) = heard else {
            // A grant that cannot be decided is for an operator: nothing was given.
            return Reaction::default();
        };
        let (Event::User(UserEvent::EmailVerified { at }), Ok(user_id)) =
            (&event.event, event.stream.id.parse())
        else {
            return Reaction::default();
        };
        let welcome = Effect::Execute(Execute::GrantWelcome { user_id, at: *at });
        Reaction {
            effects: vec![("welcome".to_owned(), welcome)],
            ..Reaction::default()
        }
    }
}
