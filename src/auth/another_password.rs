//! Another password: chosen with the one that holds, or by what a letter carried. Either ends every session at once.

use super::{
    accounts::{AccountError, Accounts, SignedIn},
    attempts::Peer,
    callers::Caller,
    passwords::Passwords,
    resets::ResetTokens,
    vault::field,
};
use crate::store::{Asking, CommandError, Committed};
use purser_domain::{
    Actor,
    decisions::{ChangePassword, One},
    ids::UserId,
    sealed::Sealed,
    user::{PasswordProof, User, UserCommand, UserError},
};

/// What somebody chooses who is signed in.
pub struct NewPassword {
    pub current: String,
    pub new: String,
    /// Of his second factor, where he has one.
    pub code: Option<String>,
}

impl Accounts {
    /// Chooses another password while signed in. The caller goes on in a new session, and nobody else does.
    ///
    /// # Errors
    /// The current password or the code is wrong, the new password may not be chosen, or the store's trouble.
    pub async fn change_password(
        &self,
        asking: &Asking,
        caller: &Caller,
        chosen: NewPassword,
    ) -> Result<SignedIn, AccountError> {
        Passwords::check(&chosen.new).map_err(AccountError::NewPassword)?;
        let user_id = caller.user_id;
        let user = self.states.load::<User>(&user_id).await?;
        self.require_password(user_id, &user, chosen.current)
            .await?;
        let context = asking.by(Actor::User(user_id), "change_password");
        let code = chosen.code.as_deref();
        let change = ChangePassword {
            session_id: caller.session_id,
            password: self.sealed_hash(user_id, chosen.new).await?,
            known: user.times_shut(),
            next: self.start(&context, user_id, &user, code).await?,
        };
        self.tokens_of(&context, change, user.roles()).await
    }

    /// Asks for a letter by which another password is chosen. What becomes of it is not waited for, so that neither the
    /// answer nor its time tells whether anybody has this address.
    ///
    /// # Errors
    /// Too much was asked for from there, or the store's trouble.
    pub async fn request_password_reset(
        &self,
        asking: Asking,
        email: String,
        peer: Peer,
    ) -> Result<(), AccountError> {
        self.attempts.letter(peer).await?;
        let accounts = self.clone();
        tokio::spawn(async move {
            match accounts.ask_for_letter(&asking, &email).await {
                Ok(()) => {}
                Err(AccountError::Command(CommandError::Refused(refused))) => {
                    tracing::info!(code = refused.code, "no letter goes out: {refused}");
                }
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a letter that was asked for does not go out"
                ),
            }
        });
        Ok(())
    }

    async fn ask_for_letter(&self, asking: &Asking, email: &str) -> Result<(), AccountError> {
        let Some((id, _)) = self.account_of(email).await? else {
            return Ok(());
        };
        let at = self.clock.now();
        let ask = One::<User> {
            id,
            command: UserCommand::RequestPasswordReset { at },
        };
        let context = asking.by(Actor::User(id), "request_password_reset");
        self.appender.execute(context.command(ask)).await?;
        Ok(())
    }

    /// Chooses another password by what a letter carried.
    ///
    /// # Errors
    /// The token proves nothing any more, the password may not be chosen, or the store's trouble.
    pub async fn reset_password(
        &self,
        asking: &Asking,
        token: &str,
        password: String,
        peer: Peer,
    ) -> Result<Committed, AccountError> {
        Passwords::check(&password).map_err(AccountError::NewPassword)?;
        let reset = ResetTokens::new(self.vault.keys()).read(token).ok();
        let context = |user_id| asking.by(Actor::User(user_id), "reset_password");
        if let Some(reset) = &reset
            && let Some(committed) = self.states.answered(&context(reset.user_id)).await?
        {
            return Ok(committed);
        }
        self.attempts.letter(peer).await?;
        let at = self.clock.now();
        let Some(reset) = reset.filter(|reset| !reset.is_over(at)) else {
            return Err(CommandError::Refused(UserError::ResetOver.into()).into());
        };
        let user_id = reset.user_id;
        let change = One::<User> {
            id: user_id,
            command: UserCommand::ChangePassword {
                password: self.sealed_hash(user_id, password).await?,
                by: PasswordProof::Letter,
                known: reset.times_shut,
                at,
            },
        };
        let committed = self
            .appender
            .execute(context(user_id).command(change))
            .await?;
        let user = self.states.load::<User>(&user_id).await?;
        if let Some(email) = user.email() {
            let email = self.vault.open(email, field::EMAIL).await?;
            self.attempts.forget(user_id, &email, peer).await?;
        }
        Ok(committed)
    }

    /// The hash of a password, as it stands in the history.
    pub(super) async fn sealed_hash(
        &self,
        of: UserId,
        password: String,
    ) -> Result<Sealed, AccountError> {
        let hash = self.passwords.hash(password).await?;
        Ok(self.vault.seal(of.uuid(), field::PASSWORD, &hash).await?)
    }
}
