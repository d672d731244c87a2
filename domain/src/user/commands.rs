use super::{Locale, PasswordProof, Role};
use crate::{ids::UserId, sealed::Sealed, text::Reason};
use chrono::{DateTime, Utc};

#[derive(Clone, Debug)]
pub enum UserCommand {
    Register {
        user_id: UserId,
        name: Sealed,
        email: Sealed,
        phone: Option<Sealed>,
        password: Sealed,
        roles: Vec<Role>,
        locale: Locale,
        at: DateTime<Utc>,
    },
    ChangeRoles {
        roles: Vec<Role>,
        reason: Reason,
    },
    /// Where the person wants to be paid out to.
    GiveBankAccount {
        account: Sealed,
        at: DateTime<Utc>,
    },
    RemoveBankAccount,
    /// Whom the person's paper is made out to.
    GiveBillingDetails {
        details: Sealed,
    },
    RemoveBillingDetails,
    RequestVerification {
        at: DateTime<Utc>,
    },
    VerifyEmail {
        at: DateTime<Utc>,
    },
    /// Asks for a letter by which another password is chosen.
    RequestPasswordReset {
        at: DateTime<Utc>,
    },
    ChangePassword {
        /// The sealed hash of the new one.
        password: Sealed,
        by: PasswordProof,
        /// How often all sessions of the account had been ended when that proof was made.
        known: u32,
        at: DateTime<Utc>,
    },
    Deactivate {
        reason: Reason,
    },
    Activate {
        reason: Reason,
    },
    /// Shuts the account for good.
    Erase {
        reason: Reason,
        at: DateTime<Utc>,
    },
}
