//! What a letter carries so that whoever has read it can prove it: it is stored nowhere, and good for one address.

use super::{
    keys::{Keys, mac},
    tokens::TokenError,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use purser_domain::ids::UserId;
use subtle::ConstantTimeEq as _;

/// For how many days a letter proves anything.
const DAYS: i64 = 7;

/// Makes and reads the proofs that an address is somebody's.
#[derive(Clone)]
pub struct AddressProofs {
    key: [u8; 32],
}

impl AddressProofs {
    pub fn new(keys: &Keys) -> Self {
        Self {
            key: keys.addresses,
        }
    }

    /// Goes to this address and nowhere else.
    pub fn make(&self, user: UserId, email: &str, now: DateTime<Utc>) -> String {
        let until = (now + Duration::days(DAYS)).timestamp();
        let proof = BASE64_URL_SAFE_NO_PAD.encode(self.proof(user, email, until));
        format!("{user}.{until}.{proof}")
    }

    /// Whose address it is about; whether it is that, [`AddressProofs::holds`] says.
    ///
    /// # Errors
    /// [`TokenError::Forged`].
    pub fn user_of(&self, token: &str) -> Result<UserId, TokenError> {
        let user = token.split('.').next().unwrap_or_default();
        user.parse().map_err(|_| TokenError::Forged)
    }

    /// # Errors
    /// [`TokenError::Forged`], [`TokenError::Expired`].
    pub fn holds(&self, token: &str, email: &str, now: DateTime<Utc>) -> Result<(), TokenError> {
        let user = self.user_of(token)?;
        let mut parts = token.split('.').skip(1);
        let mut next = || parts.next().ok_or(TokenError::Forged);
        let until: i64 = next()?.parse().map_err(|_| TokenError::Forged)?;
        let proof = BASE64_URL_SAFE_NO_PAD
            .decode(next()?)
            .map_err(|_| TokenError::Forged)?;
        let genuine = bool::from(self.proof(user, email, until).ct_eq(&proof));
        if !genuine || parts.next().is_some() {
            return Err(TokenError::Forged);
        }
        match now.timestamp() < until {
            true => Ok(()),
            false => Err(TokenError::Expired),
        }
    }

    fn proof(&self, user: UserId, email: &str, until: i64) -> [u8; 32] {
        let address = email.trim().to_lowercase();
        mac(
            &self.key,
            &[
                user.uuid().as_bytes(),
                address.as_bytes(),
                &until.to_be_bytes(),
            ],
        )
    }
}

impl std::fmt::Debug for AddressProofs {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("[proofs]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn proofs(key: u8) -> AddressProofs {
        AddressProofs::new(&Keys::new(&[key; 32]))
    }

    fn budi() -> UserId {
        UserId::new(Uuid::from_u128(1))
    }

    fn day(day: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + day * 86_400, 0).unwrap()
    }

    #[test]
    fn a_letter_proves_its_address_for_seven_days() {
        let token = proofs(7).make(budi(), "Budi@example.com", day(0));
        let holds = |token: &str, email, on| proofs(7).holds(token, email, day(on));
        assert_eq!(proofs(7).user_of(&token), Ok(budi()));
        assert_eq!(holds(&token, "budi@example.com", 6), Ok(()));
        assert_eq!(
            holds(&token, "budi@example.com", 7),
            Err(TokenError::Expired)
        );
        assert_eq!(
            holds(&token, "sari@example.com", 0),
            Err(TokenError::Forged)
        );
    }

    #[test]
    fn it_cannot_be_made_up() {
        let token = proofs(7).make(budi(), "budi@example.com", day(0));
        let other = proofs(8).make(budi(), "budi@example.com", day(0));
        let later = token.replacen(".18", ".19", 1);
        for forged in [
            other,
            later,
            format!("{token}.x"),
            String::new(),
            token[1..].into(),
        ] {
            let held = proofs(7).holds(&forged, "budi@example.com", day(0));
            assert_eq!(held, Err(TokenError::Forged), "{forged}");
        }
    }
}
