use super::{Locale, Role, UserCommand, UserError, UserEvent};
use crate::{aggregate::aggregate, ids::UserId, sealed::Sealed};
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
}

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

    pub fn locale(&self) -> Locale {
        self.account
            .as_ref()
            .map_or(Locale::default(), |account| account.locale)
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
            (Do::Deactivate { .. } | Do::Activate { .. }, None) => Err(UserError::NotFound),
            (Do::Deactivate { .. }, Some(account)) if !account.active => Ok(vec![]),
            (Do::Deactivate { reason }, Some(_)) => Ok(vec![Did::Deactivated { reason }]),
            (Do::Activate { .. }, Some(account)) if account.active => Ok(vec![]),
            (Do::Activate { reason }, Some(_)) => Ok(vec![Did::Activated { reason }]),
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
                ..
            } => {
                self.account = Some(Account {
                    name,
                    email,
                    password,
                    roles,
                    locale,
                    active: true,
                });
            }
            Did::Deactivated { .. } => self.set_active(false),
            Did::Activated { .. } => self.set_active(true),
        }
    }

    fn set_active(&mut self, active: bool) {
        if let Some(account) = &mut self.account {
            account.active = active;
        }
    }
}
