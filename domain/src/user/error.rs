use crate::rejection::rejection;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    #[error("this account exists already")]
    AlreadyRegistered,
    #[error("there is no such account")]
    NotFound,
    #[error("an account has at least one role")]
    NoRole,
    #[error(
        "nobody makes an administrator alone: make the account without that role, and ask for it then"
    )]
    AdminNeedsApproval,
    #[error("this account is deactivated")]
    Deactivated,
    #[error("verify your e-mail address first")]
    EmailNotVerified,
    #[error("your e-mail address is verified already")]
    AlreadyVerified,
    #[error("a letter was sent less than a minute ago; look for it first")]
    VerificationTooSoon,
}

rejection!(UserError {
    AlreadyRegistered => "user.already_registered" Conflict,
    NotFound => "user.not_found" NotFound,
    NoRole => "user.no_role" Invalid,
    AdminNeedsApproval => "user.admin_needs_approval" Conflict,
    Deactivated => "user.deactivated" Forbidden,
    EmailNotVerified => "user.email_not_verified" Forbidden,
    AlreadyVerified => "user.already_verified" Conflict,
    VerificationTooSoon => "user.verification_too_soon" Conflict,
});
