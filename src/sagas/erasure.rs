//! Whoever was erased is unreadable soon after: the key of what is personal of him is destroyed, whatever happens in between.

use super::{
    effect::Effect,
    saga::{Heard, Reaction, Saga},
};
use purser_domain::{Event, Recorded, user::UserEvent};
use uuid::Uuid;

/// The saga `erasure`; one instance a user.
#[derive(Clone, Copy, Debug, Default)]
pub struct Erasure;

impl Saga for Erasure {
    const NAME: &'static str = "erasure";
    type State = ();

    fn instance(&self, event: &Recorded) -> Option<Uuid> {
        match &event.event {
            Event::User(UserEvent::Erased { .. }) => event.stream.id.parse().ok(),
            _ => None,
        }
    }

    fn react(&self, _: &(), heard: Heard<'_>) -> Reaction<()> {
        let Heard::Event(event) = heard else {
            // A key that cannot be destroyed is for an operator.
            return Reaction::default();
        };
        let (Event::User(UserEvent::Erased { .. }), Ok(user_id)) =
            (&event.event, event.stream.id.parse())
        else {
            return Reaction::default();
        };
        Reaction {
            effects: vec![("erase".to_owned(), Effect::Erase { user_id })],
            ..Reaction::default()
        }
    }
}
