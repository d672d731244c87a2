//! What has to be known of a person before he is erased, and whether he was.

use super::{
    accounts::{AccountError, Accounts},
    vault::{VaultError, field},
};
use purser_domain::{claim::ClaimId, ids::UserId, text::Email, user::User};

impl Accounts {
    /// Whether somebody was erased: the history says so, or nothing of him opens any more.
    ///
    /// # Errors
    /// His name does not open for another reason, or the store's trouble.
    pub async fn is_erased(&self, user_id: UserId) -> Result<bool, AccountError> {
        let user = self.states.load::<User>(&user_id).await?;
        let Some(name) = user.name().filter(|_| !user.is_erased()) else {
            return Ok(true);
        };
        match self.vault.open(name, field::NAME).await {
            Ok(_) => Ok(false),
            Err(VaultError::Erased) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// The claim on somebody's address, which is given up with his account; `None` where it cannot be told any more.
    ///
    /// # Errors
    /// It does not open, or the store's trouble.
    pub async fn claim_of(&self, user: &User) -> Result<Option<ClaimId>, AccountError> {
        let Some(sealed) = user.email().filter(|_| !user.is_erased()) else {
            return Ok(None);
        };
        match self.vault.open(sealed, field::EMAIL).await {
            Ok(email) => {
                let email: Email = email.parse().map_err(|_| VaultError::Forged)?;
                Ok(Some(self.address(&email)))
            }
            Err(VaultError::Erased) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
