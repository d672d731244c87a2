//! Who asks, and what his account says of him.

use super::{
    accounts::{AccountError, Accounts},
    vault::field,
};
use crate::store::StoreError;
use chrono::{DateTime, Utc};
use purser_domain::{
    ids::{SessionId, UserId},
    second_factor::SecondFactor,
    session::Session,
    user::{Locale, Role, User},
};

/// Who asks, as the history knows him at this moment.
#[derive(Clone, Debug)]
pub struct Caller {
    pub user_id: UserId,
    pub session_id: SessionId,
    pub roles: Vec<Role>,
    /// Until when his session is proven with his second factor, where it is.
    pub proven_until: Option<DateTime<Utc>>,
}

/// What an account says of its owner.
#[derive(Clone)]
pub struct Profile {
    pub name: String,
    pub email: String,
    pub roles: Vec<Role>,
    pub locale: Locale,
    /// Whether he has proven that the address is his.
    pub verified: bool,
    /// Whether nobody signs in without a code.
    pub second_factor: bool,
    pub version: i64,
}

impl Accounts {
    /// Who an access token belongs to, if account and session still stand.
    ///
    /// # Errors
    /// Why they do not, or the store's trouble.
    pub async fn authenticate(&self, access_token: &str) -> Result<Caller, AccountError> {
        // By a wrong clock a session that stands is over, and one that is over stands.
        let now = self.clock.sure().map_err(StoreError::from)?;
        let access = self.tokens.read_access(access_token, now)?;
        let (user, session) = self
            .states
            .load_both::<User, Session>(&access.user_id, &access.session_id)
            .await?;
        if session.user_id() != Some(access.user_id) {
            return Err(AccountError::SessionEnded);
        }
        // Who was shut out is told that, rather than to sign in again.
        if session.is_open(now) && !user.is_active() {
            return Err(AccountError::Deactivated);
        }
        if !session.stands(&user, now) {
            return Err(AccountError::SessionEnded);
        }
        let proven_until = match session.is_proven() {
            true => {
                let factor = self.states.load::<SecondFactor>(&access.user_id).await?;
                session.proven_until(&factor, now)
            }
            false => None,
        };
        Ok(Caller {
            user_id: access.user_id,
            session_id: access.session_id,
            roles: user.roles().to_vec(),
            proven_until,
        })
    }

    /// Whether the session in which somebody asked stands still.
    ///
    /// # Errors
    /// It cannot be told now.
    pub async fn is_signed_in(&self, caller: &Caller) -> Result<bool, StoreError> {
        let now = self.clock.sure()?;
        let (user, session) = self
            .states
            .load_both::<User, Session>(&caller.user_id, &caller.session_id)
            .await?;
        Ok(session.stands(&user, now))
    }

    /// What an account says of its owner.
    ///
    /// # Errors
    /// The person was erased, or the store's trouble.
    pub async fn profile(&self, user_id: UserId) -> Result<Profile, AccountError> {
        let (user, factor) = self
            .states
            .load_both::<User, SecondFactor>(&user_id, &user_id)
            .await?;
        let (name, email) = (user.name(), user.email());
        let (Some(name), Some(email)) = (name, email) else {
            return Err(AccountError::SessionEnded);
        };
        Ok(Profile {
            name: self.vault.open(name, field::NAME).await?,
            email: self.vault.open(email, field::EMAIL).await?,
            roles: user.roles().to_vec(),
            locale: user.locale(),
            verified: user.is_verified(),
            second_factor: factor.since().is_some(),
            version: user.version,
        })
    }
}
