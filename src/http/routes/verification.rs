use super::Tag;
use crate::{
    http::{
        Parts,
        answer::Accepted,
        body::Body,
        caller::SignedIn,
        error::{ApiError, PublicCommand},
        idempotency::{MaybeKeyed, NO_BODY},
    },
    store::Committed,
};
use poem_openapi::{Object, OpenApi};
use std::sync::Arc;

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct VerifyEmailRequest {
    /// What the letter's link carries.
    #[oai(validator(max_length = 512))]
    token: String,
}

/// An account whose proof of its address was noted or asked for.
#[derive(Object)]
struct VerifiedAccount {
    /// The position of the commit.
    position: i64,
    /// The version of the account.
    version: i64,
}

impl VerifiedAccount {
    fn answer(committed: &Committed) -> Accepted<Self> {
        let body = Self {
            position: committed.position,
            version: committed.version,
        };
        Accepted::new(committed, body)
    }
}

pub(in crate::http) struct VerificationRoutes(pub(super) Arc<Parts>);

#[OpenApi(prefix_path = "/auth", tag = "Tag::Accounts")]
impl VerificationRoutes {
    /// Prove that your e-mail address is yours, by what a letter to it carried.
    ///
    /// Trials, the welcome credit, coupons and a bank account need it. A letter is good for 7 days; using it again changes nothing.
    #[oai(path = "/verify-email", method = "post", operation_id = "verify_email")]
    async fn verify(
        &self,
        #[oai(name = "Idempotency-Key")] ask: MaybeKeyed,
        body: Body<VerifyEmailRequest>,
    ) -> Result<Accepted<VerifiedAccount>, ApiError<PublicCommand>> {
        let asking = ask.asking(self.0.vault.keys(), &[], &body.0)?;
        let accounts = &self.0.accounts;
        let committed = accounts.verify_email(&asking, &body.0.token).await?;
        Ok(VerifiedAccount::answer(&committed))
    }

    /// Ask for another letter that proves your e-mail address; a minute after the last one at the earliest.
    ///
    /// Five of them go out within an hour at most, with the one that came with the account.
    #[oai(
        path = "/verification",
        method = "post",
        operation_id = "request_verification"
    )]
    async fn request(
        &self,
        signed_in: SignedIn,
        #[oai(name = "Idempotency-Key")] ask: MaybeKeyed,
    ) -> Result<Accepted<VerifiedAccount>, ApiError<PublicCommand>> {
        let user_id = signed_in.id();
        let asking = ask.asking(self.0.vault.keys(), &[user_id.uuid()], &NO_BODY)?;
        let accounts = &self.0.accounts;
        let committed = accounts.request_verification(&asking, user_id).await?;
        Ok(VerifiedAccount::answer(&committed))
    }
}
