//! What somebody is told of his account: how he signs in, and where he is paid out to.

use super::{LettersState, write};
use crate::{
    mail::{FactorChange, Notice},
    sagas::{effect::Letter, saga::Reaction},
};
use purser_domain::{Recorded, second_factor::SecondFactorEvent};

/// Whoever has his password and not his mailbox cannot do it unseen.
pub(super) fn about_signing_in(
    event: &Recorded,
    fact: &SecondFactorEvent,
) -> Reaction<LettersState> {
    let change = match fact {
        SecondFactorEvent::Confirmed { .. } => FactorChange::Confirmed,
        SecondFactorEvent::Removed { reason: None } => FactorChange::Removed,
        SecondFactorEvent::Removed { reason: Some(_) } => FactorChange::Reset,
        SecondFactorEvent::Offered { .. }
        | SecondFactorEvent::Used { .. }
        | SecondFactorEvent::Missed { .. } => return Reaction::default(),
    };
    let about = Notice::SecondFactor { change };
    let step = format!("second-factor-{}", event.sequence);
    match event.stream.id.parse() {
        Ok(to) => write(to, step, Letter::Notice { about }),
        Err(_) => Reaction::default(),
    }
}

pub(super) fn bank_account_changed(event: &Recorded, removed: bool) -> Reaction<LettersState> {
    let Ok(to) = event.stream.id.parse() else {
        return Reaction::default();
    };
    let about = Notice::BankAccountChanged { removed };
    write(
        to,
        format!("bank-account-{}", event.sequence),
        Letter::Notice { about },
    )
}
