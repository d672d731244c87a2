use crate::rejection::rejection;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    #[error("this account exists already")]
    AlreadyRegistered,
    #[error("there is no such account")]
    NotFound,
    #[error("an account has at least one role")]
    NoRole,
    #[error("this account is deactivated")]
    Deactivated,
}

rejection!(UserError {
    AlreadyRegistered => "user.already_registered" Conflict,
    NotFound => "user.not_found" NotFound,
    NoRole => "user.no_role" Invalid,
    Deactivated => "user.deactivated" Forbidden,
});
