//! What has to be known of a person before he is erased.

use super::{
    accounts::{AccountError, Accounts},
    vault::{VaultError, field},
};
use purser_domain::{claim::ClaimId, text::Email, user::User};

impl Accounts {
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
