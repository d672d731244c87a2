use super::Tag;
use crate::{
    auth::Proven,
    http::{
        Parts,
        answer::{Accepted, Created},
        body::Body,
        caller::SignedIn,
        error::{ApiError, Command, TakingPassword},
        idempotency::Keyed,
    },
};
use chrono::{DateTime, Utc};
use poem_openapi::{Object, OpenApi, types::Example};
use purser_domain::{Actor, decisions::CodeFor};
use std::sync::Arc;

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct OfferSecondFactorRequest {
    /// Your password, once more.
    #[oai(validator(max_length = 512))]
    password: String,
}

impl Example for OfferSecondFactorRequest {
    fn example() -> Self {
        Self {
            password: "rahasia-sekali".into(),
        }
    }
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct CodeRequest {
    /// What your authenticator shows now.
    #[oai(validator(max_length = 16))]
    code: String,
}

impl Example for CodeRequest {
    fn example() -> Self {
        Self {
            code: "287082".into(),
        }
    }
}

/// A secret for your authenticator. It counts once you have given a code of it, and is shown here alone.
#[derive(Object)]
struct OfferedSecondFactor {
    /// To be typed into an authenticator: 160 bits in base32.
    secret: String,
    /// The same as an `otpauth:` address, for a picture that authenticators read.
    uri: String,
    /// The position of the commit.
    position: i64,
    /// The version of the second factor.
    version: i64,
}

/// A code was right, and this session is proven with it.
#[derive(Object)]
struct ProvenSession {
    /// Until when it is.
    proven_until: DateTime<Utc>,
    /// The position of the commit.
    position: i64,
    /// The version of the second factor.
    version: i64,
}

impl ProvenSession {
    fn answer(proven: &Proven) -> Accepted<Self> {
        let body = Self {
            proven_until: proven.until,
            position: proven.committed.position,
            version: proven.committed.version,
        };
        Accepted::new(&proven.committed, body)
    }
}

/// A second factor that is gone.
#[derive(Object)]
struct RemovedSecondFactor {
    /// The position of the commit.
    position: i64,
    /// The version of the second factor.
    version: i64,
}

pub(in crate::http) struct SecondFactorRoutes(pub(super) Arc<Parts>);

#[OpenApi(prefix_path = "/auth/second-factor", tag = "Tag::Accounts")]
impl SecondFactorRoutes {
    /// Get a secret for an authenticator (RFC 6238: SHA-1, 30 seconds, 6 digits).
    ///
    /// Until a code of it confirms it, it changes nothing, and another one takes its place.
    #[oai(path = "/", method = "post", operation_id = "offer_second_factor")]
    async fn offer(
        &self,
        signed_in: SignedIn,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        body: Body<OfferSecondFactorRequest>,
    ) -> Result<Created<OfferedSecondFactor>, ApiError<TakingPassword>> {
        let (keys, user) = (self.0.vault.keys(), signed_in.id());
        let actor = Actor::User(user);
        let context = ask.context(keys, actor, "offer_second_factor", &[], &body.0)?;
        let accounts = &self.0.accounts;
        let offered = accounts.offer_second_factor(&context, user, body.0.password);
        let offered = offered.await?;
        let committed = &offered.committed;
        let told = OfferedSecondFactor {
            secret: offered.secret.base32(),
            uri: offered.uri,
            position: committed.position,
            version: committed.version,
        };
        Ok(Created::new(committed, told))
    }

    /// Give the first code of your new second factor: from then on nobody signs in to your account without one.
    ///
    /// It proves this session, too. You are told by mail. Three times within an hour at most.
    /// A wrong code is kept under its key: the next one needs a key of its own.
    #[oai(
        path = "/confirm",
        method = "post",
        operation_id = "confirm_second_factor"
    )]
    async fn confirm(
        &self,
        signed_in: SignedIn,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        body: Body<CodeRequest>,
    ) -> Result<Accepted<ProvenSession>, ApiError<Command>> {
        let proven = self.give(&signed_in, ask, &body.0, CodeFor::Confirming);
        Ok(ProvenSession::answer(&proven.await?))
    }

    /// Prove this session with a code of your second factor, as staff needs it for what two persons decide.
    ///
    /// Signing in with a code does the same. Each code is taken once; after five wrong ones in a row none is for a quarter of
    /// an hour. A wrong one is kept under its key: the next one needs a key of its own.
    #[oai(path = "/prove", method = "post", operation_id = "prove_second_factor")]
    async fn prove(
        &self,
        signed_in: SignedIn,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        body: Body<CodeRequest>,
    ) -> Result<Accepted<ProvenSession>, ApiError<Command>> {
        let proven = self.give(&signed_in, ask, &body.0, CodeFor::Proving);
        Ok(ProvenSession::answer(&proven.await?))
    }

    /// Take your second factor away, with a code of it. You are told by mail.
    ///
    /// A wrong code is kept under its key: the next one needs a key of its own.
    #[oai(
        path = "/remove",
        method = "post",
        operation_id = "remove_second_factor"
    )]
    async fn remove(
        &self,
        signed_in: SignedIn,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        body: Body<CodeRequest>,
    ) -> Result<Accepted<RemovedSecondFactor>, ApiError<Command>> {
        let removed = self.give(&signed_in, ask, &body.0, CodeFor::Removing);
        let committed = removed.await?.committed;
        let body = RemovedSecondFactor {
            position: committed.position,
            version: committed.version,
        };
        Ok(Accepted::new(&committed, body))
    }
}

impl SecondFactorRoutes {
    /// Gives a code for this purpose.
    async fn give(
        &self,
        signed_in: &SignedIn,
        ask: Keyed,
        body: &CodeRequest,
        purpose: CodeFor,
    ) -> Result<Proven, ApiError<Command>> {
        let operation = match purpose {
            CodeFor::Confirming => "confirm_second_factor",
            CodeFor::Proving => "prove_second_factor",
            CodeFor::Removing => "remove_second_factor",
        };
        let (keys, actor) = (self.0.vault.keys(), Actor::User(signed_in.id()));
        let context = ask.context(keys, actor, operation, &[], body)?;
        let accounts = &self.0.accounts;
        let given = accounts.give_code(&context, signed_in.caller(), &body.code, purpose);
        Ok(given.await?)
    }
}
