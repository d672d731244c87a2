//! A person with an account. **Invariant:** personal data stands in events only sealed.

mod aggregate;
mod commands;
mod error;
mod events;
#[cfg(test)]
mod tests;

pub use aggregate::User;
pub use commands::UserCommand;
pub use error::UserError;
pub use events::UserEvent;

use serde::{Deserialize, Serialize};

/// What a person may do besides using his own account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Buys and uses apps.
    Customer,
    /// Manages the catalogue, people and money.
    Admin,
    /// Runs the installation.
    Operator,
    /// Reads the whole history, changes nothing.
    Auditor,
}

/// By what somebody may choose another password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordProof {
    /// He gave the one that held.
    Password,
    /// He has what a letter to his address carried.
    Letter,
}

/// The language of mails and documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    #[default]
    Id,
    En,
}

impl Locale {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::En => "en",
        }
    }
}
