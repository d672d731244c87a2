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
        "nobody gives a role of the staff alone: make the account as a customer's, and ask for the role then"
    )]
    RoleNeedsApproval,
    #[error("this account is deactivated")]
    Deactivated,
    #[error("verify your e-mail address first")]
    EmailNotVerified,
    #[error("your e-mail address is verified already")]
    AlreadyVerified,
    #[error("a letter was sent less than a minute ago; look for it first")]
    VerificationTooSoon,
    #[error(
        "several letters that verify your e-mail address were sent within an hour; look for them first"
    )]
    VerificationTooOften,
    #[error("you said three times within an hour where to pay out to; try again later")]
    BankAccountTooOften,
    #[error("the password was changed five times within an hour; try again later")]
    PasswordTooOften,
    #[error("letters for another password were sent already; look for them first")]
    ResetTooOften,
    #[error("this link was used, is over or is not one of ours; ask for another letter")]
    ResetOver,
    #[error("the password was changed meanwhile")]
    PasswordChanged,
    #[error("this account was erased")]
    Erased,
    #[error("nobody erases himself: another administrator does it")]
    OwnErasure,
    #[error("only an administrator who may still act erases anybody")]
    NotAdministrator,
    #[error("this account is still active: deactivate the account first")]
    StillActive,
    #[error("there is a subscription that is not over: end it first")]
    SubscriptionOpen,
    #[error("there is paid credit left: pay it out first")]
    CreditLeft,
    #[error("something is set aside, owed or on its way in the wallet: settle it first")]
    WalletUnsettled,
    #[error("a payment page is open: wait until it is over")]
    PaymentOpen,
    #[error("a case about this customer's money is open: close it first")]
    CaseOpen,
    #[error("something happened in the account or its wallet just now; ask again")]
    Moving,
}

rejection!(UserError {
    AlreadyRegistered => "user.already_registered" Conflict,
    NotFound => "user.not_found" NotFound,
    NoRole => "user.no_role" Invalid,
    RoleNeedsApproval => "user.role_needs_approval" Conflict,
    Deactivated => "user.deactivated" Forbidden,
    EmailNotVerified => "user.email_not_verified" Forbidden,
    AlreadyVerified => "user.already_verified" Conflict,
    VerificationTooSoon => "user.verification_too_soon" Conflict,
    VerificationTooOften => "user.verification_too_often" Conflict,
    BankAccountTooOften => "user.bank_account_too_often" Conflict,
    PasswordTooOften => "user.password_too_often" Conflict,
    ResetTooOften => "user.reset_too_often" Conflict,
    ResetOver => "user.reset_over" Forbidden,
    PasswordChanged => "user.password_changed" Conflict,
    Erased => "user.erased" Conflict,
    OwnErasure => "user.own_erasure" Conflict,
    NotAdministrator => "user.not_administrator" Forbidden,
    StillActive => "user.still_active" Conflict,
    SubscriptionOpen => "user.subscription_open" Conflict,
    CreditLeft => "user.credit_left" Conflict,
    WalletUnsettled => "user.wallet_unsettled" Conflict,
    PaymentOpen => "user.payment_open" Conflict,
    CaseOpen => "user.case_open" Conflict,
    Moving => "user.moving" Conflict,
});
