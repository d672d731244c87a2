//! Signing up: by oneself, or by staff.

use super::{
    accounts::{AccountError, Accounts},
    attempts::Peer,
    passwords::Passwords,
    vault::field,
};
use crate::store::{Asking, CommandError, Committed, Context};
use purser_domain::{
    Actor,
    claim::{Claim, ClaimError, ClaimId, ClaimKind},
    decisions::Register,
    ids::{UserId, derived},
    text::{Email, PersonName, Phone},
    user::{Locale, Role},
};

/// Somebody to write down.
#[derive(Clone)]
pub struct NewAccount {
    pub name: PersonName,
    pub email: Email,
    pub phone: Option<Phone>,
    pub password: String,
    pub roles: Vec<Role>,
    pub locale: Locale,
}

impl Accounts {
    /// Writes down a customer who signs up by himself.
    ///
    /// # Errors
    /// The address is taken, the password may not be chosen, too many signed up from there, or the store's trouble.
    pub async fn register(
        &self,
        asking: &Asking,
        account: NewAccount,
        peer: Peer,
    ) -> Result<Committed, AccountError> {
        Passwords::check(&account.password)?;
        let address = self.address(&account.email);
        let command_id = asking.command_id(&format!("anonymous:{address}"), "register_user");
        let user_id = UserId::new(derived(&["user", &command_id.to_string()]));
        let context = asking.under(command_id, Actor::User(user_id));
        if let Some(committed) = self.states.answered(&context).await? {
            return Ok(committed);
        }
        self.attempts.sign_up(peer).await?;
        self.write_down(&context, user_id, address, account).await
    }

    /// Writes down somebody on behalf of staff.
    ///
    /// # Errors
    /// As [`Accounts::register`].
    pub async fn add(
        &self,
        context: &Context,
        account: NewAccount,
    ) -> Result<Committed, AccountError> {
        let address = self.address(&account.email);
        let user_id = UserId::new(context.derive("user"));
        self.write_down(context, user_id, address, account).await
    }

    async fn write_down(
        &self,
        context: &Context,
        user_id: UserId,
        address: ClaimId,
        account: NewAccount,
    ) -> Result<Committed, AccountError> {
        Passwords::check(&account.password)?;
        // Spares the hashing where the outcome is known; the decision looks again.
        let holder = self.states.load::<Claim>(&address).await?.holder();
        if holder.is_some_and(|holder| holder != user_id.uuid()) {
            let taken = ClaimError::Taken(ClaimKind::Email);
            return Err(CommandError::Refused(taken.into()).into());
        }
        let person = user_id.uuid();
        let password = self.sealed_hash(user_id, account.password).await?;
        let phone = match &account.phone {
            Some(phone) => Some(
                self.vault
                    .seal(person, field::PHONE, phone.as_str())
                    .await?,
            ),
            None => None,
        };
        let register = Register {
            user_id,
            address,
            name: self
                .vault
                .seal(person, field::NAME, account.name.as_str())
                .await?,
            email: self
                .vault
                .seal(person, field::EMAIL, account.email.as_str())
                .await?,
            phone,
            password,
            roles: account.roles,
            locale: account.locale,
            at: self.clock.now(),
        };
        Ok(self.appender.execute(context.command(register)).await?)
    }
}
