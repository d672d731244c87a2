use super::Tag;
use crate::{
    auth::{NewAccount, SignedIn as Tokens, Tokens as Lifetime},
    http::{
        Parts,
        answer::{Accepted, Created},
        body::Body,
        caller::SignedIn,
        error::{ApiError, PublicCommand, Query},
        fields::Fields,
        idempotency::{MaybeKeyed, NO_BODY},
        peer::AskedFrom,
        problem::Problem,
    },
    store::Committed,
};
use chrono::{DateTime, Utc};
use poem_openapi::{Enum, Object, OpenApi, payload::Json, types::Example};
use purser_domain::{
    decisions::Registered,
    user::{self, Role},
};
use std::sync::Arc;
use uuid::Uuid;

/// The language of mails and documents.
#[derive(Clone, Copy, Debug, Enum)]
#[oai(rename_all = "lowercase")]
pub(super) enum Locale {
    Id,
    En,
}

impl From<Locale> for user::Locale {
    fn from(locale: Locale) -> Self {
        match locale {
            Locale::Id => Self::Id,
            Locale::En => Self::En,
        }
    }
}

impl From<user::Locale> for Locale {
    fn from(locale: user::Locale) -> Self {
        match locale {
            user::Locale::Id => Self::Id,
            user::Locale::En => Self::En,
        }
    }
}

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[oai(rename = "Role", rename_all = "snake_case")]
pub(super) enum RoleName {
    Customer,
    Admin,
    Operator,
    Auditor,
}

impl From<RoleName> for Role {
    fn from(role: RoleName) -> Self {
        match role {
            RoleName::Customer => Self::Customer,
            RoleName::Admin => Self::Admin,
            RoleName::Operator => Self::Operator,
            RoleName::Auditor => Self::Auditor,
        }
    }
}

impl From<&Role> for RoleName {
    fn from(role: &Role) -> Self {
        match role {
            Role::Customer => Self::Customer,
            Role::Admin => Self::Admin,
            Role::Operator => Self::Operator,
            Role::Auditor => Self::Auditor,
        }
    }
}

#[derive(Object)]
#[oai(skip_serializing_if_is_none, example, deny_unknown_fields)]
struct RegisterRequest {
    /// The person's name.
    #[oai(validator(min_length = 1, max_length = 100))]
    name: String,
    /// Signs in with it; one account an address.
    #[oai(validator(max_length = 254))]
    email: String,
    /// 10 to 128 characters.
    #[oai(validator(max_length = 512))]
    password: String,
    /// In international form: `+628123456789`.
    #[oai(validator(max_length = 32))]
    phone: Option<String>,
    /// `id` where it is not given.
    locale: Option<Locale>,
}

impl Example for RegisterRequest {
    fn example() -> Self {
        Self {
            name: "Budi Santoso".into(),
            email: "budi@example.com".into(),
            password: "rahasia-sekali".into(),
            phone: Some("+628123456789".into()),
            locale: Some(Locale::Id),
        }
    }
}

impl RegisterRequest {
    fn into_account(self) -> Result<NewAccount, Problem> {
        let mut fields = Fields::default();
        let name = fields.parse("/name", &self.name);
        let email = fields.parse("/email", &self.email);
        let phone = fields.parse_if("/phone", self.phone.as_deref());
        let (name, email) = fields.done(name.zip(email))?;
        Ok(NewAccount {
            name,
            email,
            phone,
            password: self.password,
            roles: vec![Role::Customer],
            locale: self.locale.map(Into::into).unwrap_or_default(),
        })
    }
}

#[derive(Object)]
#[oai(skip_serializing_if_is_none, example, deny_unknown_fields)]
struct LoginRequest {
    #[oai(validator(max_length = 254))]
    email: String,
    #[oai(validator(max_length = 512))]
    password: String,
    /// What the authenticator shows now, where the account has a second factor.
    #[oai(validator(max_length = 16))]
    code: Option<String>,
}

impl Example for LoginRequest {
    fn example() -> Self {
        Self {
            email: "budi@example.com".into(),
            password: "rahasia-sekali".into(),
            code: None,
        }
    }
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct RefreshRequest {
    /// The newest refresh token of the session; it works once.
    #[oai(validator(max_length = 512))]
    refresh_token: String,
}

/// An account that was made.
#[derive(Object)]
pub(super) struct RegisteredAccount {
    user_id: Uuid,
    wallet_id: Uuid,
    /// The position of the commit.
    position: i64,
    /// The version of the account.
    version: i64,
}

impl RegisteredAccount {
    pub(super) fn answer(committed: &Committed) -> Result<Created<Self>, Problem> {
        let registered: Registered = committed.answer()?;
        let body = Self {
            user_id: registered.user_id.uuid(),
            wallet_id: registered.wallet_id.uuid(),
            position: committed.position,
            version: committed.version,
        };
        Ok(Created::new(committed, body))
    }
}

/// Tokens of a session.
#[derive(Object)]
pub(super) struct TokenPair {
    user_id: Uuid,
    session_id: Uuid,
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    /// Always `Bearer`.
    token_type: String,
    /// Seconds until the access token opens nothing any more.
    expires_in: i64,
    /// Gets the next pair, once. Using it twice ends the session.
    refresh_token: String,
    /// The position of the commit.
    position: i64,
    /// The version of the session.
    version: i64,
}

impl TokenPair {
    pub(super) fn answer(tokens: Tokens) -> Accepted<Self> {
        let Tokens {
            user_id,
            session_id,
            access_token,
            refresh_token,
            committed,
        } = tokens;
        let body = Self {
            user_id: user_id.uuid(),
            session_id: session_id.uuid(),
            access_token,
            token_type: "Bearer".into(),
            expires_in: Lifetime::ACCESS_SECONDS,
            refresh_token,
            position: committed.position,
            version: committed.version,
        };
        Accepted::new(&committed, body)
    }
}

/// A session that was ended.
#[derive(Object)]
struct EndedSession {
    session_id: Uuid,
    /// The position of the commit.
    position: i64,
    /// The version of the session.
    version: i64,
}

/// Who is signed in.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct Me {
    user_id: Uuid,
    name: String,
    email: String,
    roles: Vec<RoleName>,
    locale: Locale,
    /// Whether you have proven that the address is yours.
    email_verified: bool,
    /// Whether nobody signs in to your account without a code.
    second_factor: bool,
    /// Until when this session is proven with it, where it is.
    proven_until: Option<DateTime<Utc>>,
    /// The version of the account.
    version: i64,
}

pub(in crate::http) struct AuthRoutes(pub(super) Arc<Parts>);

#[OpenApi(prefix_path = "/auth", tag = "Tag::Accounts")]
impl AuthRoutes {
    /// Sign up: makes an account with an empty wallet.
    #[oai(path = "/register", method = "post", operation_id = "register_user")]
    async fn register(
        &self,
        #[oai(name = "Idempotency-Key")] ask: MaybeKeyed,
        from: AskedFrom,
        body: Body<RegisterRequest>,
    ) -> Result<Created<RegisteredAccount>, ApiError<PublicCommand>> {
        let asking = ask.asking(self.0.vault.keys(), &[], &body.0)?;
        let account = body.0.into_account()?;
        let committed = self.0.accounts.register(&asking, account, from.0).await?;
        Ok(RegisteredAccount::answer(&committed)?)
    }

    /// Sign in: begins a session.
    ///
    /// After ten wrong passwords for an address from one place within a quarter of an hour, or a hundred from all places, none is
    /// looked at before that is over. A letter for another password helps at once.
    /// Where the account has a second factor a code of it is needed, and proves the session. A wrong one is kept under its key,
    /// where it has one: the next code needs a key of its own.
    #[oai(path = "/login", method = "post", operation_id = "login_user")]
    async fn login(
        &self,
        #[oai(name = "Idempotency-Key")] ask: MaybeKeyed,
        from: AskedFrom,
        body: Body<LoginRequest>,
    ) -> Result<Accepted<TokenPair>, ApiError<PublicCommand>> {
        let asking = ask.asking(self.0.vault.keys(), &[], &body.0)?;
        let LoginRequest {
            email,
            password,
            code,
        } = body.0;
        let accounts = &self.0.accounts;
        let tokens = accounts.sign_in(&asking, &email, password, code.as_deref(), from.0);
        let tokens = tokens.await?;
        Ok(TokenPair::answer(tokens))
    }

    /// Get the next pair of tokens for a refresh token.
    ///
    /// A token that was spent before ends its session, which is kept under its key, where it has one.
    #[oai(path = "/refresh", method = "post", operation_id = "refresh_session")]
    async fn refresh(
        &self,
        #[oai(name = "Idempotency-Key")] ask: MaybeKeyed,
        body: Body<RefreshRequest>,
    ) -> Result<Accepted<TokenPair>, ApiError<PublicCommand>> {
        let asking = ask.asking(self.0.vault.keys(), &[], &body.0)?;
        let tokens = self
            .0
            .accounts
            .refresh(&asking, &body.0.refresh_token)
            .await?;
        Ok(TokenPair::answer(tokens))
    }

    /// Sign out: ends this session with all its tokens.
    #[oai(path = "/logout", method = "post", operation_id = "logout_user")]
    async fn logout(
        &self,
        signed_in: SignedIn,
        #[oai(name = "Idempotency-Key")] ask: MaybeKeyed,
    ) -> Result<Accepted<EndedSession>, ApiError<PublicCommand>> {
        let caller = signed_in.caller();
        let asking = ask.asking(self.0.vault.keys(), &[caller.session_id.uuid()], &NO_BODY)?;
        let committed = self.0.accounts.sign_out(&asking, caller).await?;
        let body = EndedSession {
            session_id: caller.session_id.uuid(),
            position: committed.position,
            version: committed.version,
        };
        Ok(Accepted::new(&committed, body))
    }

    /// Read your own account.
    #[oai(path = "/me", method = "get", operation_id = "get_me")]
    async fn me(&self, signed_in: SignedIn) -> Result<Json<Me>, ApiError<Query>> {
        let profile = self.0.accounts.profile(signed_in.id()).await?;
        Ok(Json(Me {
            user_id: signed_in.id().uuid(),
            name: profile.name,
            email: profile.email,
            roles: profile.roles.iter().map(Into::into).collect(),
            locale: profile.locale.into(),
            email_verified: profile.verified,
            second_factor: profile.second_factor,
            proven_until: signed_in.caller().proven_until,
            version: profile.version,
        }))
    }
}
