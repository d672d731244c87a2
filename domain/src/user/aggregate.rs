use super::{Locale, PasswordProof, Role, UserCommand, UserError, UserEvent};
use crate::{aggregate::aggregate, hourly::Hourly, ids::UserId, sealed::Sealed};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct User {
    account: Option<Account>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Account {
    name: Sealed,
    email: Sealed,
    password: Sealed,
    roles: Vec<Role>,
    locale: Locale,
    active: bool,
    bank_account: Option<Sealed>,
    #[serde(default)]
    billing_details: Option<Sealed>,
    #[serde(default)]
    phone: Option<Sealed>,
    /// When the last letters were asked for that prove that the address is his; the first one goes out with the account.
    #[serde(default)]
    proofs_asked: Hourly<PROOFS_AN_HOUR>,
    #[serde(default)]
    verified: bool,
    /// How often all its sessions were ended.
    #[serde(default)]
    times_shut: u32,
    /// When the last letters were asked for by which another password is chosen.
    #[serde(default)]
    resets_asked: Hourly<RESETS_AN_HOUR>,
    /// When it was last said where he wants to be paid out to.
    #[serde(default)]
    accounts_given: Hourly<ACCOUNTS_AN_HOUR>,
    /// When another password was last chosen with the one that held.
    #[serde(default)]
    passwords_changed: Hourly<PASSWORDS_AN_HOUR>,
    #[serde(default)]
    erased: bool,
}

// Each of these is a letter, and an address may be somebody else's: whoever signs up with it must not bury him in them.

/// How long after a letter that proves an address the next one can be asked for.
const PAUSE_SECONDS: i64 = 60;
/// So many of them go out within an hour.
const PROOFS_AN_HOUR: usize = 5;
/// So many letters for another password go out within an hour.
const RESETS_AN_HOUR: usize = 3;
/// So often within an hour it is said where to pay out to.
const ACCOUNTS_AN_HOUR: usize = 3;
/// So often within an hour another password is chosen with the one that holds.
const PASSWORDS_AN_HOUR: usize = 5;

aggregate!(User, UserId, UserCommand, UserEvent, UserError, "user");

impl User {
    pub fn exists(&self) -> bool {
        self.account.is_some()
    }

    /// May sign in and act.
    pub fn is_active(&self) -> bool {
        self.account.as_ref().is_some_and(|account| account.active)
    }

    pub fn roles(&self) -> &[Role] {
        self.account.as_ref().map_or(&[], |account| &account.roles)
    }

    /// The sealed argon2id hash.
    pub fn password(&self) -> Option<&Sealed> {
        self.account.as_ref().map(|account| &account.password)
    }

    pub fn name(&self) -> Option<&Sealed> {
        self.account.as_ref().map(|account| &account.name)
    }

    pub fn email(&self) -> Option<&Sealed> {
        self.account.as_ref().map(|account| &account.email)
    }

    /// Where the person wants to be paid out to.
    pub fn bank_account(&self) -> Option<&Sealed> {
        self.account
            .as_ref()
            .and_then(|account| account.bank_account.as_ref())
    }

    /// Whom the person's paper is made out to, where that is not just his name.
    pub fn billing_details(&self) -> Option<&Sealed> {
        self.account
            .as_ref()
            .and_then(|account| account.billing_details.as_ref())
    }

    /// Nobody has proven that it is his.
    pub fn phone(&self) -> Option<&Sealed> {
        self.account
            .as_ref()
            .and_then(|account| account.phone.as_ref())
    }

    /// Whether what was sent to the e-mail address came back.
    pub fn is_verified(&self) -> bool {
        self.account
            .as_ref()
            .is_some_and(|account| account.verified)
    }

    /// Refuses where nobody has proven that the e-mail address is his.
    ///
    /// # Errors
    /// [`UserError::EmailNotVerified`].
    pub fn require_verified(&self) -> Result<(), UserError> {
        match self.is_verified() {
            true => Ok(()),
            false => Err(UserError::EmailNotVerified),
        }
    }

    pub fn locale(&self) -> Locale {
        self.account
            .as_ref()
            .map_or(Locale::default(), |account| account.locale)
    }

    /// How often all its sessions were ended: when it was deactivated, and when its password was changed. A session that
    /// began before the last time is over, also once the account is active again.
    pub fn times_shut(&self) -> u32 {
        self.account
            .as_ref()
            .map_or(0, |account| account.times_shut)
    }

    /// Whether everything personal of it is gone.
    pub fn is_erased(&self) -> bool {
        self.account.as_ref().is_some_and(|account| account.erased)
    }

    /// Refuses where the account is missing or deactivated.
    ///
    /// # Errors
    /// [`UserError::NotFound`], [`UserError::Deactivated`].
    pub fn require_active(&self) -> Result<(), UserError> {
        match &self.account {
            None => Err(UserError::NotFound),
            Some(account) if !account.active => Err(UserError::Deactivated),
            Some(_) => Ok(()),
        }
    }

    pub(super) fn decide(&self, command: UserCommand) -> Result<Vec<UserEvent>, UserError> {
        use {UserCommand as Do, UserEvent as Did};
        match (command, &self.account) {
            (Do::Register { .. }, Some(_)) => Err(UserError::AlreadyRegistered),
            (Do::Register { roles, .. }, None) if roles.is_empty() => Err(UserError::NoRole),
            (
                Do::Register {
                    user_id,
                    name,
                    email,
                    phone,
                    password,
                    roles,
                    locale,
                    at,
                },
                None,
            ) => Ok(vec![Did::Registered {
                user_id,
                name,
                email,
                phone,
                password,
                roles,
                locale,
                at,
            }]),
            (_, None) => Err(UserError::NotFound),
            (Do::Erase { .. }, Some(account)) if account.erased => Ok(vec![]),
            (Do::Erase { reason, at }, Some(_)) => Ok(vec![Did::Erased { reason, at }]),
            (Do::Deactivate { .. }, Some(account)) if !account.active => Ok(vec![]),
            (_, Some(account)) if account.erased => Err(UserError::Erased),
            (Do::ChangeRoles { roles, .. }, Some(_)) if roles.is_empty() => Err(UserError::NoRole),
            (Do::ChangeRoles { roles, .. }, Some(account)) if roles == account.roles => Ok(vec![]),
            (Do::ChangeRoles { roles, reason }, Some(_)) => {
                Ok(vec![Did::RolesChanged { roles, reason }])
            }
            (Do::GiveBankAccount { .. }, Some(account)) if !account.verified => {
                Err(UserError::EmailNotVerified)
            }
            (Do::GiveBankAccount { at, .. }, Some(account))
                if !account.accounts_given.allows(at) =>
            {
                Err(UserError::BankAccountTooOften)
            }
            (Do::GiveBankAccount { account, at }, Some(_)) => {
                let at = Some(at);
                Ok(vec![Did::BankAccountGiven { account, at }])
            }
            (Do::RemoveBankAccount, Some(account)) if account.bank_account.is_none() => Ok(vec![]),
            (Do::RemoveBankAccount, Some(_)) => Ok(vec![Did::BankAccountRemoved {}]),
            (Do::GiveBillingDetails { details }, Some(_)) => {
                Ok(vec![Did::BillingDetailsGiven { details }])
            }
            (Do::RemoveBillingDetails, Some(account)) if account.billing_details.is_none() => {
                Ok(vec![])
            }
            (Do::RemoveBillingDetails, Some(_)) => Ok(vec![Did::BillingDetailsRemoved {}]),
            (Do::RequestVerification { .. }, Some(account)) if account.verified => {
                Err(UserError::AlreadyVerified)
            }
            (Do::RequestVerification { at }, Some(account)) if account.was_just_asked(at) => {
                Err(UserError::VerificationTooSoon)
            }
            (Do::RequestVerification { at }, Some(account)) => {
                match account.proofs_asked.allows(at) {
                    true => Ok(vec![Did::VerificationRequested { at }]),
                    false => Err(UserError::VerificationTooOften),
                }
            }
            (Do::VerifyEmail { .. }, Some(account)) if account.verified => Ok(vec![]),
            (Do::VerifyEmail { at }, Some(_)) => Ok(vec![Did::EmailVerified { at }]),
            (Do::RequestPasswordReset { .. } | Do::ChangePassword { .. }, Some(account))
                if !account.active =>
            {
                Err(UserError::Deactivated)
            }
            (Do::RequestPasswordReset { at }, Some(account)) => {
                match account.resets_asked.allows(at) {
                    true => Ok(vec![Did::PasswordResetRequested { at }]),
                    false => Err(UserError::ResetTooOften),
                }
            }
            (Do::ChangePassword { known, by, .. }, Some(account))
                if known != account.times_shut =>
            {
                Err(match by {
                    PasswordProof::Password => UserError::PasswordChanged,
                    PasswordProof::Letter => UserError::ResetOver,
                })
            }
            (Do::ChangePassword { by, at, .. }, Some(account))
                if by == PasswordProof::Password && !account.passwords_changed.allows(at) =>
            {
                Err(UserError::PasswordTooOften)
            }
            (
                Do::ChangePassword {
                    password, by, at, ..
                },
                Some(_),
            ) => Ok(vec![Did::PasswordChanged { password, by, at }]),
            (Do::Deactivate { reason }, Some(_)) => Ok(vec![Did::Deactivated { reason }]),
            (Do::Activate { .. }, Some(account)) if account.active => Ok(vec![]),
            // Who was an administrator becomes one again as others do: by two persons.
            (Do::Activate { reason }, Some(account)) => {
                let roles = account.roles.iter().copied();
                let mut roles: Vec<_> = roles.filter(|role| *role != Role::Admin).collect();
                if roles.is_empty() {
                    roles.push(Role::Customer);
                }
                let was_admin = account.roles.contains(&Role::Admin);
                let demoted = was_admin.then(|| Did::RolesChanged {
                    roles,
                    reason: reason.clone(),
                });
                Ok(demoted
                    .into_iter()
                    .chain([Did::Activated { reason }])
                    .collect())
            }
        }
    }

    pub(super) fn fold(&mut self, event: UserEvent) {
        use UserEvent as Did;
        match event {
            Did::Registered {
                name,
                email,
                password,
                roles,
                locale,
                phone,
                at,
                ..
            } => {
                let mut proofs_asked = Hourly::default();
                proofs_asked.note(at);
                self.account = Some(Account {
                    name,
                    email,
                    password,
                    roles,
                    locale,
                    active: true,
                    bank_account: None,
                    billing_details: None,
                    phone,
                    proofs_asked,
                    verified: false,
                    times_shut: 0,
                    resets_asked: Hourly::default(),
                    accounts_given: Hourly::default(),
                    passwords_changed: Hourly::default(),
                    erased: false,
                });
            }
            Did::RolesChanged { roles, .. } => {
                if let Some(account) = &mut self.account {
                    account.roles = roles;
                }
            }
            Did::BankAccountGiven { account, at } => {
                self.set_bank_account(Some(account));
                if let (Some(account), Some(at)) = (&mut self.account, at) {
                    account.accounts_given.note(at);
                }
            }
            Did::BankAccountRemoved {} => self.set_bank_account(None),
            Did::BillingDetailsGiven { details } => self.set_billing_details(Some(details)),
            Did::BillingDetailsRemoved {} => self.set_billing_details(None),
            Did::VerificationRequested { at } => {
                if let Some(account) = &mut self.account {
                    account.proofs_asked.note(at);
                }
            }
            Did::EmailVerified { .. } => {
                if let Some(account) = &mut self.account {
                    account.verified = true;
                }
            }
            Did::PasswordResetRequested { at } => {
                if let Some(account) = &mut self.account {
                    account.resets_asked.note(at);
                }
            }
            Did::PasswordChanged { password, by, at } => {
                if let Some(account) = &mut self.account {
                    account.password = password;
                    account.times_shut += 1;
                    if by == PasswordProof::Password {
                        account.passwords_changed.note(at);
                    }
                }
            }
            Did::Deactivated { .. } => {
                if let Some(account) = &mut self.account {
                    account.active = false;
                    account.times_shut += 1;
                }
            }
            Did::Activated { .. } => {
                if let Some(account) = &mut self.account {
                    account.active = true;
                }
            }
            Did::Erased { .. } => {
                if let Some(account) = &mut self.account {
                    account.active = false;
                    account.times_shut += 1;
                    account.erased = true;
                }
            }
        }
    }

    fn set_bank_account(&mut self, bank_account: Option<Sealed>) {
        if let Some(account) = &mut self.account {
            account.bank_account = bank_account;
        }
    }

    fn set_billing_details(&mut self, details: Option<Sealed>) {
        if let Some(account) = &mut self.account {
            account.billing_details = details;
        }
    }
}

impl Account {
    /// Whether a letter that proves the address was asked for a moment ago.
    fn was_just_asked(&self, at: DateTime<Utc>) -> bool {
        let pause = Duration::seconds(PAUSE_SECONDS);
        self.proofs_asked
            .last()
            .is_some_and(|last| at - last < pause)
    }
}
