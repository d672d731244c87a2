//! Whom a customer's paper is made out to. It stands in the history only sealed: as he gave it under his profile key, and as
//! it stands on a document under the key of his paper.

use super::vault::{Vault, VaultError, field};
use purser_domain::{
    ids::UserId,
    sealed::Sealed,
    text::{PersonName, TextError, Title},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// How many lines an address has at most: the first page has room for them.
const LINES: usize = 5;

/// What a customer gave for his paper.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillingDetails {
    /// His own name, or a company's.
    pub name: PersonName,
    #[serde(flatten)]
    pub details: BuyerDetails,
}

/// What stands on paper beside a name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuyerDetails {
    pub address: Address,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub npwp: Option<Npwp>,
}

/// Whom a document is made out to.
#[derive(Clone, PartialEq, Eq)]
pub struct Buyer {
    pub name: String,
    /// `None` where he gave no more than his name.
    pub details: Option<BuyerDetails>,
}

/// Shows nothing of it.
impl fmt::Debug for Buyer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[buyer]")
    }
}

/// 1 to 5 lines of 1 to 100 characters.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Address(Vec<Title>);

/// Lines that are no address. They are not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAddress {
    #[error("has 1 to {LINES} lines")]
    Lines,
    #[error("has a line that {0}")]
    Line(TextError),
}

impl TryFrom<Vec<String>> for Address {
    type Error = NoAddress;

    fn try_from(lines: Vec<String>) -> Result<Self, NoAddress> {
        if !(1..=LINES).contains(&lines.len()) {
            return Err(NoAddress::Lines);
        }
        let lines = lines.into_iter().map(Title::try_from);
        let lines: Result<_, _> = lines.collect();
        lines.map(Self).map_err(NoAddress::Line)
    }
}

impl Address {
    /// As it is typed.
    ///
    /// # Errors
    /// The number of lines, or one that is no text for people.
    pub fn typed(lines: Vec<String>) -> Result<Self, NoAddress> {
        for line in &lines {
            line.parse::<Title>().map_err(NoAddress::Line)?;
        }
        Self::try_from(lines)
    }
}

impl From<Address> for Vec<String> {
    fn from(address: Address) -> Self {
        address.0.into_iter().map(String::from).collect()
    }
}

impl Address {
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Title::as_str)
    }
}

/// The number of a taxpayer: 15 digits, or 16 as they are given since 2024; dots, hyphens and blanks are left out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Npwp(String);

/// A text that is no NPWP. The text is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is 15 or 16 digits")]
pub struct NoNpwp;

impl FromStr for Npwp {
    type Err = NoNpwp;

    fn from_str(text: &str) -> Result<Self, NoNpwp> {
        let digits: String = text
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '.'))
            .collect();
        let known = digits.chars().all(|c| c.is_ascii_digit());
        match known && (15..=16).contains(&digits.len()) {
            true => Ok(Self(digits)),
            false => Err(NoNpwp),
        }
    }
}

impl TryFrom<String> for Npwp {
    type Error = NoNpwp;

    fn try_from(text: String) -> Result<Self, NoNpwp> {
        text.parse()
    }
}

impl From<Npwp> for String {
    fn from(npwp: Npwp) -> Self {
        npwp.0
    }
}

impl fmt::Display for Npwp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl BillingDetails {
    /// # Errors
    /// The person was erased, or the store's trouble.
    pub async fn seal(&self, vault: &Vault, of: UserId) -> Result<Sealed, VaultError> {
        let plain = serde_json::to_string(self).map_err(|_| VaultError::Forged)?;
        vault.seal(of.uuid(), field::BILLING_DETAILS, &plain).await
    }

    /// # Errors
    /// The person was erased, it belongs elsewhere, or the store's trouble.
    pub async fn open(vault: &Vault, sealed: &Sealed) -> Result<Self, VaultError> {
        let plain = vault.open(sealed, field::BILLING_DETAILS).await?;
        serde_json::from_str(&plain).map_err(|_| VaultError::Forged)
    }
}

impl From<BillingDetails> for Buyer {
    fn from(given: BillingDetails) -> Self {
        Self {
            name: given.name.into(),
            details: Some(given.details),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, NoAddress, NoNpwp, Npwp};

    #[test]
    fn an_npwp_is_15_or_16_digits_however_they_are_grouped() {
        let read = |text: &str| text.parse::<Npwp>().map(String::from);
        assert_eq!(read("01.234.567.8-901.000"), Ok("012345678901000".into()));
        assert_eq!(read("3171 2345 6789 0123"), Ok("3171234567890123".into()));
        for wrong in [
            "",
            "01.234.567.8-901",
            "31712345678901234",
            "o1234567890100",
        ] {
            assert_eq!(read(wrong), Err(NoNpwp), "{wrong}");
        }
    }

    #[test]
    fn an_address_has_a_few_lines_that_are_not_empty() {
        let read = |lines: &[&str]| {
            let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            Address::try_from(lines).map(Vec::from)
        };
        let lines = ["Jalan Merdeka Barat 1", "Jakarta 10110"];
        assert_eq!(read(&lines), Ok(lines.map(str::to_owned).to_vec()));
        assert_eq!(read(&[]), Err(NoAddress::Lines));
        assert_eq!(read(&["a"; 6]), Err(NoAddress::Lines));
        assert!(matches!(read(&["a", " "]), Err(NoAddress::Line(_))));
    }
}
