//! Where a customer wants to be paid out to. It stands in the history only sealed, under his profile key.

use super::vault::{Vault, VaultError, field};
use purser_domain::{
    ids::UserId,
    sealed::Sealed,
    text::{PersonName, Title},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A bank account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankAccount {
    /// The bank's name.
    pub bank: Title,
    pub number: AccountNumber,
    /// Whose account it is, as the bank knows him.
    pub holder: PersonName,
}

/// Shows nothing of it.
impl fmt::Debug for BankAccount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[bank account]")
    }
}

/// 5 to 34 digits and letters, as an IBAN has at most; blanks and hyphens are left out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountNumber(String);

/// A text that is no number of an account. The text is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is 5 to 34 digits and letters")]
pub struct NoAccountNumber;

impl FromStr for AccountNumber {
    type Err = NoAccountNumber;

    fn from_str(text: &str) -> Result<Self, NoAccountNumber> {
        let number: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let known = number.chars().all(|c| c.is_ascii_alphanumeric());
        match known && (5..=34).contains(&number.len()) {
            true => Ok(Self(number.to_ascii_uppercase())),
            false => Err(NoAccountNumber),
        }
    }
}

impl TryFrom<String> for AccountNumber {
    type Error = NoAccountNumber;

    fn try_from(text: String) -> Result<Self, NoAccountNumber> {
        text.parse()
    }
}

impl From<AccountNumber> for String {
    fn from(number: AccountNumber) -> Self {
        number.0
    }
}

impl BankAccount {
    /// # Errors
    /// The person was erased, or the store's trouble.
    pub async fn seal(&self, vault: &Vault, of: UserId) -> Result<Sealed, VaultError> {
        let plain = serde_json::to_string(self).map_err(|_| VaultError::Forged)?;
        vault.seal(of.uuid(), field::BANK_ACCOUNT, &plain).await
    }

    /// # Errors
    /// The person was erased, it belongs elsewhere, or the store's trouble.
    pub async fn open(vault: &Vault, sealed: &Sealed) -> Result<Self, VaultError> {
        let plain = vault.open(sealed, field::BANK_ACCOUNT).await?;
        serde_json::from_str(&plain).map_err(|_| VaultError::Forged)
    }
}

#[cfg(test)]
mod tests {
    use super::{AccountNumber, NoAccountNumber};

    #[test]
    fn a_number_is_digits_and_letters_however_it_is_grouped() {
        let read = |text: &str| text.parse::<AccountNumber>().map(String::from);
        assert_eq!(read("123-456 7890"), Ok("1234567890".into()));
        assert_eq!(read("id12 abcd 3456"), Ok("ID12ABCD3456".into()));
        for wrong in ["1234", "", "12345x;", &"1".repeat(35)] {
            assert_eq!(read(wrong), Err(NoAccountNumber), "{wrong}");
        }
    }
}
