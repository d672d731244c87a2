//! What somebody is told of his account: that it is there, how he signs in, and where he is paid out to.

use super::{LettersState, write};
use crate::{
    mail::{FactorChange, Notice},
    sagas::{effect::Letter, saga::Reaction},
};
use purser_domain::{
    Recorded,
    second_factor::SecondFactorEvent,
    user::{PasswordProof, Role, UserEvent},
};

/// Whether its owner is written to.
pub(super) const fn is_told(fact: &UserEvent) -> bool {
    matches!(
        fact,
        UserEvent::Registered { .. }
            | UserEvent::VerificationRequested { .. }
            | UserEvent::PasswordResetRequested { .. }
            | UserEvent::PasswordChanged { .. }
            | UserEvent::BankAccountGiven { .. }
            | UserEvent::BankAccountRemoved {}
    )
}

pub(super) fn about_account(event: &Recorded, fact: &UserEvent) -> Reaction<LettersState> {
    let notice = |about| Letter::Notice { about };
    let (step, letter) = match fact {
        UserEvent::Registered { roles, .. } if roles.contains(&Role::Customer) => {
            ("welcome", Letter::Welcome)
        }
        UserEvent::VerificationRequested { .. } => ("verify-address", Letter::VerifyAddress),
        UserEvent::PasswordResetRequested { .. } => ("reset-password", Letter::ResetPassword),
        UserEvent::PasswordChanged { by, .. } => {
            let by_letter = *by == PasswordProof::Letter;
            let about = Notice::PasswordChanged { by_letter };
            ("password-changed", notice(about))
        }
        UserEvent::BankAccountGiven { .. } => {
            let about = Notice::BankAccountChanged { removed: false };
            ("bank-account", notice(about))
        }
        UserEvent::BankAccountRemoved {} => {
            let about = Notice::BankAccountChanged { removed: true };
            ("bank-account", notice(about))
        }
        _ => return Reaction::default(),
    };
    // An account begins once.
    let step = match fact {
        UserEvent::Registered { .. } => step.to_owned(),
        _ => format!("{step}-{}", event.sequence),
    };
    match event.stream.id.parse() {
        Ok(to) => write(to, step, letter),
        Err(_) => Reaction::default(),
    }
}

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
