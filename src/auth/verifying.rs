//! Proving that an address is its owner's.

use super::{
    AddressProofs,
    accounts::{AccountError, Accounts},
    tokens::TokenError,
    vault::{VaultError, field},
};
use crate::store::{Asking, Committed};
use purser_domain::{
    Actor,
    decisions::One,
    ids::UserId,
    user::{User, UserCommand},
};

impl Accounts {
    /// Notes that an address is its owner's: he has what was sent to it.
    ///
    /// # Errors
    /// The token proves nothing, or the store's trouble.
    pub async fn verify_email(
        &self,
        asking: &Asking,
        token: &str,
    ) -> Result<Committed, AccountError> {
        let proofs = AddressProofs::new(self.vault.keys());
        let user_id = proofs.user_of(token)?;
        let user = self.states.load::<User>(&user_id).await?;
        let email = user.email().ok_or(TokenError::Forged)?;
        let email = match self.vault.open(email, field::EMAIL).await {
            // Nothing proves anything of who is erased, and who made a proof up is not told that he is.
            Err(VaultError::Erased) => return Err(TokenError::Forged.into()),
            email => email?,
        };
        proofs.holds(token, &email, self.clock.now())?;
        let at = self.clock.now();
        self.tell(
            asking,
            user_id,
            "verify_email",
            UserCommand::VerifyEmail { at },
        )
        .await
    }

    /// Asks for another letter that proves it.
    ///
    /// # Errors
    /// It is proven already, one was asked for just now, or the store's trouble.
    pub async fn request_verification(
        &self,
        asking: &Asking,
        user_id: UserId,
    ) -> Result<Committed, AccountError> {
        let at = self.clock.now();
        let request = UserCommand::RequestVerification { at };
        self.tell(asking, user_id, "request_verification", request)
            .await
    }

    async fn tell(
        &self,
        asking: &Asking,
        user_id: UserId,
        operation: &str,
        command: UserCommand,
    ) -> Result<Committed, AccountError> {
        let context = asking.by(Actor::User(user_id), operation);
        let id = user_id;
        let told = One::<User> { id, command };
        Ok(self.appender.execute(context.command(told)).await?)
    }
}
