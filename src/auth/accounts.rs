//! Signing up, signing in and staying signed in. Every request asks the history whether account and
//! session still stand, so that deactivating somebody takes effect at once in every process.

use super::{
    callers::Caller,
    passwords::{PasswordError, Passwords},
    tokens::{Refresh, TokenError, Tokens},
    vault::{Vault, VaultError, field},
};
use crate::{
    clock::Clock,
    store::{Appender, Asking, CommandError, Committed, Context, Loaded, States, StoreError},
};
use chrono::{DateTime, Duration, Utc};
use purser_domain::{
    Actor, Decision,
    claim::{Claim, ClaimError, ClaimId, ClaimKind},
    decisions::{One, RefreshSession, Register, SessionAnswer, StartSession},
    ids::{SessionId, UserId, derived},
    session::{Session, SessionCommand},
    text::{Email, PersonName, Phone},
    user::{Locale, Role, User},
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
    #[error("this account is deactivated")]
    Deactivated,
    #[error("this session has ended; sign in again")]
    SessionEnded,
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Command(#[from] CommandError),
    #[error("the answer of a decision is not understood")]
    Answer(#[source] serde_json::Error),
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        Self::Command(error.into())
    }
}

/// Somebody to write down.
#[derive(Clone)]
pub struct NewAccount {
    pub name: PersonName,
    pub email: Email,
    pub phone: Option<Phone>,
    pub password: String,
    pub roles: Vec<Role>,
    pub locale: Locale,
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
    passwords: Passwords,
    pub(super) tokens: Tokens,
    pub(super) clock: Clock,
    pub(super) sessions: SessionTimes,
}

impl Accounts {
    pub fn new(
        appender: Appender,
        states: Arc<States>,
        vault: Vault,
        passwords: Passwords,
        tokens: Tokens,
        clock: Clock,
        sessions: SessionTimes,
    ) -> Self {
        Self {
            appender,
            states,
            vault,
            passwords,
            tokens,
            clock,
            sessions,
        }
    }

    /// Writes down a customer who signs up by himself.
    ///
    /// # Errors
    /// The address is taken, the password may not be chosen, or the store's trouble.
    pub async fn register(
        &self,
        asking: &Asking,
        account: NewAccount,
    ) -> Result<Committed, AccountError> {
        let address = self.address(&account.email);
        let command_id = asking.command_id(&format!("anonymous:{address}"), "register_user");
        let user_id = UserId::new(derived(&["user", &command_id.to_string()]));
        let context = asking.under(command_id, Actor::User(user_id));
        self.write_down(&context, user_id, address, account).await
    }

    /// Writes down somebody on behalf of staff.
    ///
    /// # Errors
    /// As [`Accounts::register`].
    pub async fn add(
        &self,
        context: &Context,
        account: NewAccount,
    ) -> Result<Committed, AccountError> {
        let address = self.address(&account.email);
        let user_id = UserId::new(context.derive("user"));
        self.write_down(context, user_id, address, account).await
    }

    async fn write_down(
        &self,
        context: &Context,
        user_id: UserId,
        address: ClaimId,
        account: NewAccount,
    ) -> Result<Committed, AccountError> {
        Passwords::check(&account.password)?;
        // Spares the hashing where the outcome is known; the decision looks again.
        let holder = self.states.load::<Claim>(&address).await?.holder();
        if holder.is_some_and(|holder| holder != user_id.uuid()) {
            let taken = ClaimError::Taken(ClaimKind::Email);
            return Err(CommandError::Refused(taken.into()).into());
        }
        let person = user_id.uuid();
        let hash = self.passwords.hash(account.password).await?;
        let phone = match &account.phone {
            Some(phone) => Some(
                self.vault
                    .seal(person, field::PHONE, phone.as_str())
                    .await?,
            ),
            None => None,
        };
        let register = Register {
            user_id,
            address,
            name: self
                .vault
                .seal(person, field::NAME, account.name.as_str())
                .await?,
            email: self
                .vault
                .seal(person, field::EMAIL, account.email.as_str())
                .await?,
            phone,
            password: self.vault.seal(person, field::PASSWORD, &hash).await?,
            roles: account.roles,
            locale: account.locale,
            at: self.clock.now(),
        };
        Ok(self.appender.execute(context.command(register)).await?)
    }

    /// Whether it is this account's password; where there is no account that takes as long to find out.
    pub(super) async fn is_password_of(
        &self,
        user: Option<&User>,
        password: String,
    ) -> Result<bool, AccountError> {
        let hash = match user.and_then(User::password) {
            Some(sealed) => Some(self.vault.open(sealed, field::PASSWORD).await?),
            None => None,
        };
        Ok(self.passwords.verify(password, hash).await?)
    }

    /// Begins a session. Takes as long for an address that nobody has.
    ///
    /// # Errors
    /// [`AccountError::BadCredentials`], [`AccountError::Deactivated`], a code that is missing or wrong, or the store's
    /// trouble.
    pub async fn sign_in(
        &self,
        asking: &Asking,
        email: &str,
        password: String,
        code: Option<&str>,
    ) -> Result<SignedIn, AccountError> {
        let account = self.account_of(email).await?;
        let user = account.as_ref().map(|(_, user)| &**user);
        let known = self.is_password_of(user, password).await?;
        let (user_id, user) = account
            .filter(|_| known)
            .ok_or(AccountError::BadCredentials)?;
        if !user.is_active() {
            return Err(AccountError::Deactivated);
        }
        let code = match code {
            Some(code) => Some(self.given(user_id, code).await?),
            None => None,
        };
        let context = asking.by(Actor::User(user_id), "sign_in");
        let start = StartSession {
            session_id: SessionId::new(context.derive("session")),
            user_id,
            expires_at: self.expires_at(),
            code,
            at: self.clock.now(),
            proven_until: self.proven_until(),
        };
        self.tokens_of(&context, start, user.roles()).await
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

    async fn tokens_of(
        &self,
        context: &Context,
        decision: impl Decision + 'static,
        roles: &[Role],
    ) -> Result<SignedIn, AccountError> {
        let committed = self.appender.execute(context.command(decision)).await?;
        let answer: SessionAnswer =
            serde_json::from_value(committed.answer.clone()).map_err(AccountError::Answer)?;
        let SessionAnswer {
            session_id,
            user_id,
            generation,
            wrong_code,
        } = answer;
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

    async fn account_of(&self, email: &str) -> Result<Option<(UserId, Loaded<User>)>, StoreError> {
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

    fn address(&self, email: &Email) -> ClaimId {
        self.vault
            .keys()
            .claim_id(ClaimKind::Email, &email.normalised())
    }

    fn expires_at(&self) -> DateTime<Utc> {
        self.clock.now() + Duration::days(self.sessions.days.into())
    }
}
