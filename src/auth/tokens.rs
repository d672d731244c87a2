//! Tokens. An access token is a JWT of 15 minutes; a refresh token is made from a session and its
//! generation and is stored nowhere. Both prove only that they were given out here: whether account
//! and session still stand is asked of the history.

use super::keys::{Keys, mac};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use purser_domain::{
    ids::{SessionId, UserId},
    user::Role,
};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

/// A token that opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("this token was not given out here")]
    Forged,
    #[error("this token has expired")]
    Expired,
    #[error("the token cannot be made")]
    Unmakable,
}

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    pub user_id: UserId,
    pub session_id: SessionId,
}

/// What a refresh token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refresh {
    pub(super) session_id: SessionId,
    pub(super) user_id: UserId,
    pub(super) generation: u32,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: Uuid,
    sid: Uuid,
    roles: Vec<Role>,
    iat: i64,
    exp: i64,
}

/// Makes and reads tokens.
#[derive(Clone)]
pub struct Tokens {
    issuer: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
    refresh: [u8; 32],
}

impl Tokens {
    /// For how long an access token opens anything.
    pub const ACCESS_SECONDS: i64 = 15 * 60;

    /// `installation` is who gives the tokens out.
    pub fn new(keys: &Keys, installation: Uuid) -> Self {
        Self {
            issuer: installation.to_string(),
            encoding: EncodingKey::from_secret(&keys.jwt),
            decoding: DecodingKey::from_secret(&keys.jwt),
            refresh: keys.refresh,
        }
    }

    pub(super) fn access(
        &self,
        user_id: UserId,
        session_id: SessionId,
        roles: &[Role],
        now: DateTime<Utc>,
    ) -> Result<String, TokenError> {
        let claims = Claims {
            iss: self.issuer.clone(),
            sub: user_id.uuid(),
            sid: session_id.uuid(),
            roles: roles.to_vec(),
            iat: now.timestamp(),
            exp: (now + Duration::seconds(Self::ACCESS_SECONDS)).timestamp(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .map_err(|_| TokenError::Unmakable)
    }

    /// Checks signature, issuer and expiry.
    ///
    /// # Errors
    /// [`TokenError::Forged`], [`TokenError::Expired`].
    pub fn read_access(&self, token: &str, now: DateTime<Utc>) -> Result<Access, TokenError> {
        let mut validation = Validation::new(Algorithm::HS256);
        // Expiry goes by business time, below.
        validation.validate_exp = false;
        validation.set_issuer(&[&self.issuer]);
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation)
            .map_err(|_| TokenError::Forged)?
            .claims;
        if now.timestamp() >= claims.exp {
            return Err(TokenError::Expired);
        }
        Ok(Access {
            user_id: UserId::new(claims.sub),
            session_id: SessionId::new(claims.sid),
        })
    }

    pub(super) fn refresh(&self, refresh: &Refresh) -> String {
        let proof = BASE64_URL_SAFE_NO_PAD.encode(self.proof(refresh));
        let Refresh {
            session_id,
            user_id,
            generation,
        } = refresh;
        format!("{session_id}.{user_id}.{generation}.{proof}")
    }

    pub(super) fn read_refresh(&self, token: &str) -> Result<Refresh, TokenError> {
        let mut parts = token.split('.');
        let mut next = || parts.next().ok_or(TokenError::Forged);
        let refresh = Refresh {
            session_id: next()?.parse().map_err(|_| TokenError::Forged)?,
            user_id: next()?.parse().map_err(|_| TokenError::Forged)?,
            generation: next()?.parse().map_err(|_| TokenError::Forged)?,
        };
        let proof = BASE64_URL_SAFE_NO_PAD
            .decode(next()?)
            .map_err(|_| TokenError::Forged)?;
        let genuine = parts.next().is_none() && bool::from(self.proof(&refresh).ct_eq(&proof));
        genuine.then_some(refresh).ok_or(TokenError::Forged)
    }

    fn proof(&self, refresh: &Refresh) -> [u8; 32] {
        mac(
            &self.refresh,
            &[
                self.issuer.as_bytes(),
                refresh.session_id.uuid().as_bytes(),
                refresh.user_id.uuid().as_bytes(),
                &refresh.generation.to_be_bytes(),
            ],
        )
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("[tokens]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(key: u8, installation: u128) -> Tokens {
        Tokens::new(&Keys::new(&[key; 32]), Uuid::from_u128(installation))
    }

    fn budi() -> UserId {
        UserId::new(Uuid::from_u128(1))
    }

    fn session() -> SessionId {
        SessionId::new(Uuid::from_u128(2))
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn an_access_token_opens_for_15_minutes_of_business_time() {
        let tokens = tokens(1, 1);
        let token = tokens
            .access(budi(), session(), &[Role::Customer], at(0))
            .unwrap();
        let access = Access {
            user_id: budi(),
            session_id: session(),
        };
        assert_eq!(tokens.read_access(&token, at(899)), Ok(access));
        assert_eq!(
            tokens.read_access(&token, at(900)),
            Err(TokenError::Expired)
        );
    }

    #[test]
    fn a_token_of_another_key_installation_or_algorithm_opens_nothing() {
        let token = tokens(1, 1).access(budi(), session(), &[], at(0)).unwrap();
        for other in [tokens(2, 1), tokens(1, 2)] {
            assert_eq!(other.read_access(&token, at(0)), Err(TokenError::Forged));
        }
        let unsigned = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let body = token.split('.').nth(1).unwrap();
        let forged = format!("{unsigned}.{body}.");
        assert_eq!(
            tokens(1, 1).read_access(&forged, at(0)),
            Err(TokenError::Forged)
        );
    }

    #[test]
    fn a_refresh_token_is_the_same_each_time_it_is_made_and_cannot_be_made_up() {
        let tokens = tokens(1, 1);
        let refresh = Refresh {
            session_id: session(),
            user_id: budi(),
            generation: 3,
        };
        let token = tokens.refresh(&refresh);
        assert_eq!(token, tokens.refresh(&refresh));
        assert_eq!(tokens.read_refresh(&token), Ok(refresh));
        let next = token.replacen(".3.", ".4.", 1);
        for forged in [next, format!("{token}.x"), String::new(), token[1..].into()] {
            assert_eq!(tokens.read_refresh(&forged), Err(TokenError::Forged));
        }
    }
}
