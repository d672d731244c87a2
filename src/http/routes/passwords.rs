use super::{Tag, auth::TokenPair};
use crate::{
    auth::NewPassword,
    http::{
        Parts,
        answer::Accepted,
        body::Body,
        caller::SignedIn,
        error::{ApiError, PublicCommand, TakingPassword},
        idempotency::{Keyed, MaybeKeyed},
        peer::AskedFrom,
    },
};
use poem_openapi::{ApiResponse, Object, OpenApi, types::Example};
use std::sync::Arc;

#[derive(Object)]
#[oai(skip_serializing_if_is_none, example, deny_unknown_fields)]
struct ChangePasswordRequest {
    /// The one that holds.
    #[oai(validator(max_length = 512))]
    current_password: String,
    /// 10 to 128 characters.
    #[oai(validator(max_length = 512))]
    new_password: String,
    /// What the authenticator shows now, where the account has a second factor.
    #[oai(validator(max_length = 16))]
    code: Option<String>,
}

impl Example for ChangePasswordRequest {
    fn example() -> Self {
        Self {
            current_password: "rahasia-sekali".into(),
            new_password: "rahasia-lagi-sekali".into(),
            code: None,
        }
    }
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct PasswordResetRequest {
    /// Where the letter goes, if anybody signs in with it.
    #[oai(validator(max_length = 254))]
    email: String,
}

impl Example for PasswordResetRequest {
    fn example() -> Self {
        Self {
            email: "budi@example.com".into(),
        }
    }
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ConfirmPasswordResetRequest {
    /// What the letter's link carries.
    #[oai(validator(max_length = 512))]
    token: String,
    /// 10 to 128 characters.
    #[oai(validator(max_length = 512))]
    new_password: String,
}

/// What becomes of it only a letter tells.
#[derive(ApiResponse)]
enum PasswordResetAsked {
    /// Taken: if anybody signs in with this address, a letter goes to it
    #[oai(status = 202)]
    Taken,
}

/// An account that has another password.
#[derive(Object)]
struct ResetPassword {
    /// The position of the commit.
    position: i64,
    /// The version of the account.
    version: i64,
}

pub(in crate::http) struct PasswordRoutes(pub(super) Arc<Parts>);

#[OpenApi(prefix_path = "/auth", tag = "Tag::Accounts")]
impl PasswordRoutes {
    /// Choose another password: ends every session at once, and answers with the tokens of a new one.
    ///
    /// Where the account has a second factor a code of it is needed, and proves the new session. You are told by mail. Five
    /// times within an hour at most; a letter for another password helps then, too.
    /// Repeated it finds its session ended: sign in with the new password then. A wrong code is kept under its key: the next
    /// one needs a key of its own.
    #[oai(path = "/password", method = "put", operation_id = "change_password")]
    async fn change(
        &self,
        signed_in: SignedIn,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        body: Body<ChangePasswordRequest>,
    ) -> Result<Accepted<TokenPair>, ApiError<TakingPassword>> {
        let asking = ask.asking(self.0.vault.keys(), &[], &body.0)?;
        let ChangePasswordRequest {
            current_password: current,
            new_password: new,
            code,
        } = body.0;
        let chosen = NewPassword { current, new, code };
        let accounts = &self.0.accounts;
        let tokens = accounts.change_password(&asking, signed_in.caller(), chosen);
        Ok(TokenPair::answer(tokens.await?))
    }

    /// Ask for a letter by which you choose another password.
    ///
    /// The answer is the same whether or not anybody has the address. Three letters go out within an hour at most.
    #[oai(
        path = "/password-reset",
        method = "post",
        operation_id = "request_password_reset"
    )]
    async fn ask(
        &self,
        #[oai(name = "Idempotency-Key")] ask: MaybeKeyed,
        from: AskedFrom,
        body: Body<PasswordResetRequest>,
    ) -> Result<PasswordResetAsked, ApiError<PublicCommand>> {
        let asking = ask.asking(self.0.vault.keys(), &[], &body.0)?;
        let accounts = &self.0.accounts;
        let asked = accounts.request_password_reset(asking, body.0.email, from.0);
        asked.await?;
        Ok(PasswordResetAsked::Taken)
    }

    /// Choose another password by what a letter carried: ends every session at once.
    ///
    /// A letter works once, for an hour, and neither after the password was changed in any other way nor once the account was
    /// shut. A second factor stays.
    #[oai(
        path = "/password-reset/confirm",
        method = "post",
        operation_id = "confirm_password_reset"
    )]
    async fn confirm(
        &self,
        #[oai(name = "Idempotency-Key")] ask: MaybeKeyed,
        from: AskedFrom,
        body: Body<ConfirmPasswordResetRequest>,
    ) -> Result<Accepted<ResetPassword>, ApiError<PublicCommand>> {
        let asking = ask.asking(self.0.vault.keys(), &[], &body.0)?;
        let ConfirmPasswordResetRequest {
            token,
            new_password,
        } = body.0;
        let accounts = &self.0.accounts;
        let committed = accounts.reset_password(&asking, &token, new_password, from.0);
        let committed = committed.await?;
        let body = ResetPassword {
            position: committed.position,
            version: committed.version,
        };
        Ok(Accepted::new(&committed, body))
    }
}
