//! What projectors take from an event in the same way.

use crate::Unprojectable;
use chrono::{DateTime, SubsecRound, Utc};
use purser_domain::Recorded;
use uuid::Uuid;

/// The row of the event's stream; nil, which is nobody's row, where its id is no UUID: [`stream_id`] says so then.
pub(crate) fn stream_row(event: &Recorded) -> Uuid {
    stream_id(event).unwrap_or_default()
}

/// The id of the event's stream.
///
/// # Errors
/// It is no UUID.
pub(crate) fn stream_id(event: &Recorded) -> Result<Uuid, Unprojectable> {
    let id = Uuid::parse_str(&event.stream.id);
    id.map_err(|_| Unprojectable::Stream(event.stream.id.clone()))
}

/// The moment as the database keeps it, in whole microseconds: a fold that held more would differ
/// from its own rows.
pub(crate) fn moment(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}

#[cfg(test)]
mod tests {
    use crate::{
        Projection, Rows, Unprojectable,
        story::{Story, id},
        wallets::Wallets,
    };
    use purser_domain::{
        ids::{UserId, WalletId},
        wallet::{Wallet, WalletEvent},
    };

    #[test]
    fn an_event_of_a_stream_that_is_nobodys_cannot_be_applied() {
        let owner = UserId::new(id(2));
        let opened = WalletEvent::Opened { owner };
        let story = Story::default().then::<Wallet>(&WalletId::new(id(1)), opened);
        let mut event = story.events()[0].clone();
        event.stream.id = "budi".into();
        assert_eq!(Wallets::touches(&event).len(), 1);
        let mut rows = Rows::default();
        let refused = Wallets::project(&mut rows, &event);
        assert_eq!(refused, Err(Unprojectable::Stream("budi".into())));
        assert!(rows.changed().next().is_none());
    }
}
