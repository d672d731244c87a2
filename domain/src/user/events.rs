use super::{PasswordProof, Role};
use crate::{aggregate::event_names, ids::UserId, sealed::Sealed, text::Reason};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum UserEvent {
    #[serde(rename = "user.registered")]
    Registered {
        user_id: UserId,
        name: Sealed,
        email: Sealed,
        phone: Option<Sealed>,
        /// An argon2id hash in PHC form, sealed.
        password: Sealed,
        roles: Vec<Role>,
        locale: super::Locale,
        at: DateTime<Utc>,
    },
    /// What the person may do from now on.
    #[serde(rename = "user.roles_changed")]
    RolesChanged { roles: Vec<Role>, reason: Reason },
    /// Bank, number and holder of the account to which the person wants to be paid out, sealed together.
    #[serde(rename = "user.bank_account_given")]
    BankAccountGiven {
        account: Sealed,
        /// Not known of those that were given before they were counted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<DateTime<Utc>>,
    },
    #[serde(rename = "user.bank_account_removed")]
    BankAccountRemoved {},
    /// Name, address and NPWP that the person's paper is made out to from now on, sealed together.
    #[serde(rename = "user.billing_details_given")]
    BillingDetailsGiven { details: Sealed },
    #[serde(rename = "user.billing_details_removed")]
    BillingDetailsRemoved {},
    /// He wants another letter that proves that his e-mail address is his.
    #[serde(rename = "user.verification_requested")]
    VerificationRequested { at: DateTime<Utc> },
    /// What was sent to his e-mail address came back.
    #[serde(rename = "user.email_verified")]
    EmailVerified { at: DateTime<Utc> },
    /// Somebody who does not know his password wants a letter by which he chooses another one.
    #[serde(rename = "user.password_reset_requested")]
    PasswordResetRequested { at: DateTime<Utc> },
    /// Another password holds, and whoever was signed in with the old one is out.
    #[serde(rename = "user.password_changed")]
    PasswordChanged {
        /// An argon2id hash in PHC form, sealed.
        password: Sealed,
        by: PasswordProof,
        at: DateTime<Utc>,
    },
    #[serde(rename = "user.deactivated")]
    Deactivated { reason: Reason },
    #[serde(rename = "user.activated")]
    Activated { reason: Reason },
    /// The account is shut for good, and the key of everything personal in it is destroyed.
    #[serde(rename = "user.erased")]
    Erased { reason: Reason, at: DateTime<Utc> },
}

event_names!(UserEvent {
    Registered => "user.registered" v "1",
    RolesChanged => "user.roles_changed" v "1",
    BankAccountGiven => "user.bank_account_given" v "1",
    BankAccountRemoved => "user.bank_account_removed" v "1",
    BillingDetailsGiven => "user.billing_details_given" v "1",
    BillingDetailsRemoved => "user.billing_details_removed" v "1",
    VerificationRequested => "user.verification_requested" v "1",
    EmailVerified => "user.email_verified" v "1",
    PasswordResetRequested => "user.password_reset_requested" v "1",
    PasswordChanged => "user.password_changed" v "1",
    Deactivated => "user.deactivated" v "1",
    Activated => "user.activated" v "1",
    Erased => "user.erased" v "1",
});
