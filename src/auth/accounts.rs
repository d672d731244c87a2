//! Signing in and staying signed in. Every request asks the history whether account and
//! session still stand, so that deactivating somebody takes effect at once in every process.

use super::{
    attempts::{AttemptLimits, Attempts, Guess, Peer},
    callers::Caller,
    passwords::{PasswordError, Passwords},
    tokens::{Refresh, TokenError, Tokens},
    vault::{Vault, VaultError, field},
};
use crate::{
    clock::Clock,
    store::{
        AnswerError, Appender, Asking, CommandError, Committed, Context, Loaded, States, StoreError,
    },
};
use chrono::{DateTime, Duration, Utc};
use purser_domain::{
    Actor, Decision,
    claim::{Claim, ClaimId, ClaimKind},
    decisions::{One, RefreshSession, SessionAnswer, StartSession},
    ids::{SessionId, UserId},
    session::{Session, SessionCommand},
    text::Email,
    user::{Role, User},
};
use std::sync::Arc;

/// Why somebody is not let in or not written down.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Does not tell which of the two is wrong.
    #[error("address or password is wrong")]
    BadCredentials,
    /// It is counted.
    #[error("this is not the code of now")]
    WrongCode,
    /// Right or not, nothing is compared before the time is over.
    #[error("there were too many attempts; try again later")]
    TooMany { seconds: u32 },
    #[error("this account is deactivated")]
    Deactivated,
    #[error("this session has ended; sign in again")]
    SessionEnded,
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The one that is to take the place of another.
    #[error("the new password may not be chosen")]
    NewPassword(#[source] PasswordError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Command(#[from] CommandError),
    #[error(transparent)]
    Answer(#[from] AnswerError),
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        Self::Command(error.into())
    }
}

/// Tokens, and the commit they stand on.
#[derive(Clone)]
pub struct SignedIn {
    pub user_id: UserId,
    pub session_id: SessionId,
    pub access_token: String,
    pub refresh_token: String,
    pub committed: Committed,
}

/// How long what is begun by signing in lasts.
#[derive(Clone, Copy, Debug)]
pub struct SessionTimes {
    /// How many days after it was last refreshed a session ends.
    pub days: u32,
    /// For how many hours a code of the second factor proves a session.
    pub proof_hours: u32,
}

impl Default for SessionTimes {
    /// 30 days, and 12 hours.
    fn default() -> Self {
        Self {
            days: 30,
            proof_hours: 12,
        }
    }
}

/// The accounts of this installation.
#[derive(Clone)]
pub struct Accounts {
    pub(super) appender: Appender,
    pub(super) states: Arc<States>,
    pub(super) vault: Vault,
    pub(super) passwords: Passwords,
    pub(super) attempts: Attempts,
    pub(super) tokens: Tokens,
    pub(super) clock: Clock,
    pub(super) sessions: SessionTimes,
}

impl Accounts {
    /// Takes as many attempts as come, until [`Accounts::limited`].
    pub fn new(
        appender: Appender,
        states: Arc<States>,
        vault: Vault,
        passwords: Passwords,
        tokens: Tokens,
        clock: Clock,
        sessions: SessionTimes,
    ) -> Self {
        let (pool, keys) = (vault.pool().clone(), vault.keys());
        let attempts = Attempts::new(pool, keys, clock.clone(), AttemptLimits::default());
        Self {
            appender,
            states,
            vault,
            passwords,
            attempts,
            tokens,
            clock,
            sessions,
        }
    }

    /// Takes so many attempts and no more.
    pub fn limited(self, limits: AttemptLimits) -> Self {
        let (pool, keys) = (self.vault.pool().clone(), self.vault.keys());
        let attempts = Attempts::new(pool, keys, self.clock.clone(), limits);
        Self { attempts, ..self }
    }

    /// Whether it is the password of this account, counted already; where there is no account that takes as long to find out.
    async fn is_password_of(
        &self,
        user: Option<&User>,
        password: String,
        guess: Option<Guess>,
    ) -> Result<bool, AccountError> {
        let hash = match user.and_then(User::password) {
            Some(sealed) => Some(self.vault.open(sealed, field::PASSWORD).await?),
            None => None,
        };
        let right = self.passwords.verify(password, hash).await?;
        if let Some(guess) = guess.filter(|_| right) {
            self.attempts.was_right(&guess).await?;
        }
        Ok(right)
    }

    /// Refuses where it is not the password of whoever is signed in.
    pub(super) async fn require_password(
        &self,
        user_id: UserId,
        user: &User,
        password: String,
    ) -> Result<(), AccountError> {
        let guess = self.attempts.own_guess(user_id).await?;
        match self.is_password_of(Some(user), password, guess).await? {
            true => Ok(()),
            false => Err(AccountError::BadCredentials),
        }
    }

    /// Begins a session. Takes as long for an address that nobody has.
    ///
    /// # Errors
    /// [`AccountError::BadCredentials`], [`AccountError::Deactivated`], [`AccountError::TooMany`], a code that is missing or
    /// wrong, or the store's trouble.
    pub async fn sign_in(
        &self,
        asking: &Asking,
        email: &str,
        password: String,
        code: Option<&str>,
        peer: Peer,
    ) -> Result<SignedIn, AccountError> {
        let account = self.account_of(email).await?;
        let user = account.as_ref().map(|(_, user)| &**user);
        let guess = self.attempts.guess(email, peer).await?;
        let known = self.is_password_of(user, password, guess).await?;
        let (user_id, user) = account
            .filter(|_| known)
            .ok_or(AccountError::BadCredentials)?;
        if !user.is_active() {
            return Err(AccountError::Deactivated);
        }
        let context = asking.by(Actor::User(user_id), "sign_in");
        let start = self.start(&context, user_id, &user, code).await?;
        self.tokens_of(&context, start, user.roles()).await
    }

    /// The session that begins with this request, of whoever has given this account's password.
    pub(super) async fn start(
        &self,
        context: &Context,
        user_id: UserId,
        user: &User,
        code: Option<&str>,
    ) -> Result<StartSession, AccountError> {
        let code = match code {
            Some(code) => Some(self.given(user_id, code).await?),
            None => None,
        };
        Ok(StartSession {
            session_id: SessionId::new(context.derive("session")),
            user_id,
            known: user.times_shut(),
            expires_at: self.expires_at(),
            code,
            at: self.clock.now(),
            proven_until: self.proven_until(),
        })
    }

    /// Spends a refresh token. A spent one ends the session.
    ///
    /// # Errors
    /// The token or its session is over, or the store's trouble.
    pub async fn refresh(&self, asking: &Asking, token: &str) -> Result<SignedIn, AccountError> {
        let Refresh {
            session_id,
            user_id,
            generation,
        } = self.tokens.read_refresh(token)?;
        let roles = self.states.load::<User>(&user_id).await?.roles().to_vec();
        let context = asking.by(Actor::User(user_id), "refresh_session");
        let refresh = RefreshSession {
            session_id,
            user_id,
            generation,
            at: self.clock.now(),
            expires_at: self.expires_at(),
        };
        self.tokens_of(&context, refresh, &roles).await
    }

    pub(super) async fn tokens_of(
        &self,
        context: &Context,
        decision: impl Decision + 'static,
        roles: &[Role],
    ) -> Result<SignedIn, AccountError> {
        let committed = self.appender.execute(context.command(decision)).await?;
        let SessionAnswer {
            session_id,
            user_id,
            generation,
            wrong_code,
        } = committed.answer()?;
        if wrong_code {
            return Err(AccountError::WrongCode);
        }
        let generation = generation.ok_or(AccountError::SessionEnded)?;
        let refresh = Refresh {
            session_id,
            user_id,
            generation,
        };
        Ok(SignedIn {
            user_id,
            session_id,
            access_token: self
                .tokens
                .access(user_id, session_id, roles, self.clock.now())?,
            refresh_token: self.tokens.refresh(&refresh),
            committed,
        })
    }

    /// Ends the caller's session.
    ///
    /// # Errors
    /// The store's trouble.
    pub async fn sign_out(
        &self,
        asking: &Asking,
        caller: &Caller,
    ) -> Result<Committed, AccountError> {
        let context = asking.by(Actor::User(caller.user_id), "sign_out");
        let sign_out = One::<Session> {
            id: caller.session_id,
            command: SessionCommand::SignOut,
        };
        Ok(self.appender.execute(context.command(sign_out)).await?)
    }

    pub(super) async fn account_of(
        &self,
        email: &str,
    ) -> Result<Option<(UserId, Loaded<User>)>, StoreError> {
        let Ok(email) = email.parse::<Email>() else {
            return Ok(None);
        };
        let claim = self.states.load::<Claim>(&self.address(&email)).await?;
        let Some(holder) = claim.holder() else {
            return Ok(None);
        };
        let user_id = UserId::new(holder);
        Ok(Some((user_id, self.states.load::<User>(&user_id).await?)))
    }

    pub(super) fn address(&self, email: &Email) -> ClaimId {
        self.vault
            .keys()
            .claim_id(ClaimKind::Email, &email.normalised())
    }

    fn expires_at(&self) -> DateTime<Utc> {
        self.clock.now() + Duration::days(self.sessions.days.into())
    }
}
