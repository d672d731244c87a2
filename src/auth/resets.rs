//! What a letter carries by which somebody chooses another password. It is stored nowhere, and good for as long as neither the
//! password was changed nor the account shut since, an hour at most.

use super::{
    keys::{Keys, mac},
    tokens::TokenError,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use purser_domain::ids::UserId;
use subtle::ConstantTimeEq as _;

/// For how many hours a letter is good.
const HOURS: i64 = 1;

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reset {
    pub(super) user_id: UserId,
    /// How often all sessions of the account had been ended when it was made.
    pub(super) times_shut: u32,
    /// Until when it may be used, in seconds since 1970.
    until: i64,
}

impl Reset {
    pub(super) fn is_over(&self, now: DateTime<Utc>) -> bool {
        now.timestamp() >= self.until
    }
}

/// Makes and reads them.
#[derive(Clone)]
pub struct ResetTokens {
    key: [u8; 32],
}

impl ResetTokens {
    pub fn new(keys: &Keys) -> Self {
        Self { key: keys.resets }
    }

    /// Goes to the account's address and nowhere else. `times_shut` is how often all its sessions were ended so far: when its
    /// password was changed, and when it was deactivated.
    pub fn make(&self, user: UserId, times_shut: u32, now: DateTime<Utc>) -> String {
        let until = (now + Duration::hours(HOURS)).timestamp();
        let proof = BASE64_URL_SAFE_NO_PAD.encode(self.proof(user, times_shut, until));
        format!("{user}.{times_shut}.{until}.{proof}")
    }

    /// What is ours, also where its hour is over. Whether nothing ended its sessions since, the decision says.
    ///
    /// # Errors
    /// [`TokenError::Forged`].
    pub(super) fn read(&self, token: &str) -> Result<Reset, TokenError> {
        let parts: Vec<&str> = token.split('.').collect();
        let [user, times_shut, until, proof] = parts[..] else {
            return Err(TokenError::Forged);
        };
        let reset = Reset {
            user_id: user.parse().map_err(|_| TokenError::Forged)?,
            times_shut: times_shut.parse().map_err(|_| TokenError::Forged)?,
            until: until.parse().map_err(|_| TokenError::Forged)?,
        };
        let proof = BASE64_URL_SAFE_NO_PAD
            .decode(proof)
            .map_err(|_| TokenError::Forged)?;
        let expected = self.proof(reset.user_id, reset.times_shut, reset.until);
        match bool::from(expected.ct_eq(&proof)) {
            true => Ok(reset),
            false => Err(TokenError::Forged),
        }
    }

    fn proof(&self, user: UserId, times_shut: u32, until: i64) -> [u8; 32] {
        mac(
            &self.key,
            &[
                user.uuid().as_bytes(),
                &times_shut.to_be_bytes(),
                &until.to_be_bytes(),
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn tokens(key: u8) -> ResetTokens {
        ResetTokens::new(&Keys::new(&[key; 32]))
    }

    fn budi() -> UserId {
        UserId::new(Uuid::from_u128(1))
    }

    fn minute(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + minute * 60, 0).unwrap()
    }

    #[test]
    fn a_letter_is_good_for_an_hour_and_says_since_when() {
        let token = tokens(7).make(budi(), 3, minute(0));
        let reset = tokens(7).read(&token).unwrap();
        assert_eq!((reset.user_id, reset.times_shut), (budi(), 3));
        assert!(!reset.is_over(minute(59)));
        assert!(reset.is_over(minute(60)));
    }

    #[test]
    fn it_cannot_be_made_up() {
        let token = tokens(7).make(budi(), 3, minute(0));
        let other = tokens(8).make(budi(), 3, minute(0));
        let next = token.replacen(".3.", ".4.", 1);
        let later = token.replacen(".18", ".19", 1);
        for forged in [
            other,
            next,
            later,
            format!("{token}.x"),
            String::new(),
            token[1..].into(),
        ] {
            let read = tokens(7).read(&forged);
            assert_eq!(read, Err(TokenError::Forged), "{forged}");
        }
    }
}
