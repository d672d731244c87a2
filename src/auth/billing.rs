//! The second key of a person: what stands about him on paper is sealed under it, and outlasts the first one for as long as
//! the law wants paper kept (billing rule 31). There is one for every year, so that each document's time is its own.

use super::{Buyer, Vault, VaultError, field};
use crate::store::StoreError;
use purser_domain::{
    ids::{UserId, derived},
    sealed::Sealed,
};
use uuid::Uuid;

impl Vault {
    /// Seals whom a document of this year is made out to: the name, and what stands beside it.
    ///
    /// # Errors
    /// His paper of that year was erased, or the store's trouble.
    pub async fn seal_buyer(
        &self,
        user: UserId,
        year: i32,
        buyer: &Buyer,
    ) -> Result<(Sealed, Option<Sealed>), VaultError> {
        let key = billing_key(user, year);
        self.note_billing_key(key, year).await?;
        let name = self.seal(key, field::BUYER, &buyer.name).await?;
        let Some(details) = &buyer.details else {
            return Ok((name, None));
        };
        let plain = serde_json::to_string(details).map_err(|_| VaultError::Forged)?;
        let details = self.seal(key, field::BUYER_DETAILS, &plain).await?;
        Ok((name, Some(details)))
    }

    /// Forgets who stands on all paper from before this year. Says how many keys that were.
    ///
    /// # Errors
    /// The store's trouble.
    pub async fn erase_buyers_before(&self, year: i32) -> Result<u64, VaultError> {
        let erased = sqlx::query(
            "update work.person_keys set wrapped = '' from work.billing_keys
             where person_keys.person = billing_keys.person and year < $1 and wrapped <> ''",
        );
        let erased = erased.bind(year).execute(self.pool()).await;
        let erased = erased.map_err(StoreError::from)?.rows_affected();
        if erased > 0 {
            self.forget_cached();
        }
        Ok(erased)
    }

    async fn note_billing_key(&self, key: Uuid, year: i32) -> Result<(), VaultError> {
        sqlx::query(
            "insert into work.billing_keys (person, year) values ($1, $2) on conflict do nothing",
        )
        .bind(key)
        .bind(year)
        .execute(self.pool())
        .await
        .map_err(StoreError::from)?;
        Ok(())
    }

    /// Whom a document is made out to; `None` once he was erased.
    ///
    /// # Errors
    /// It belongs elsewhere, or the store's trouble.
    pub async fn open_buyer(
        &self,
        name: &Sealed,
        details: Option<&Sealed>,
    ) -> Result<Option<Buyer>, VaultError> {
        match self.buyer(name, details).await {
            Ok(buyer) => Ok(Some(buyer)),
            Err(VaultError::Erased) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn buyer(&self, name: &Sealed, details: Option<&Sealed>) -> Result<Buyer, VaultError> {
        let name = self.open(name, field::BUYER).await?;
        let details = match details {
            Some(sealed) => {
                let plain = self.open(sealed, field::BUYER_DETAILS).await?;
                Some(serde_json::from_str(&plain).map_err(|_| VaultError::Forged)?)
            }
            None => None,
        };
        Ok(Buyer { name, details })
    }
}

/// Whose key it is: made from person and year, so that nothing in the history tells which year a key is of.
fn billing_key(user: UserId, year: i32) -> Uuid {
    derived(&["billing-key", &user.to_string(), &year.to_string()])
}
