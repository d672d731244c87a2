//! Which problem each refusal and each trouble of ours is: one table, for all nouns at once.

use super::{
    orphans::OrphanError,
    pods::PodAccessError,
    problem::{FieldError, Problem, unauthenticated},
};
use crate::{
    auth::{AccountError, PasswordError, TokenError, VaultError},
    fleet::HostError,
    paper::ArchiveError,
    payments::{NotificationError, TopUpFailure},
    store::{AnswerError, CommandError, StoreError},
};
use poem::http::StatusCode;
use purser_domain::{Refusal, Refused};
use purser_projections::{pages::PageError, views::ViewsError};

const fn status_of(refusal: Refusal) -> StatusCode {
    match refusal {
        Refusal::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::Unaffordable => StatusCode::PAYMENT_REQUIRED,
        Refusal::Unauthenticated => StatusCode::UNAUTHORIZED,
        Refusal::Forbidden => StatusCode::FORBIDDEN,
        Refusal::NotFound => StatusCode::NOT_FOUND,
        Refusal::Conflict => StatusCode::CONFLICT,
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        Self::new(status_of(refused.refusal), refused.code, refused.message)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if let StoreError::ClockOff(_) = error {
            let detail = "the clock of this server is wrong; nothing is changed until it is right, ask again";
            Self::unavailable("store.unavailable", detail, 1).because(&error)
        } else if error.is_unavailable() {
            let detail = "the event store is away for a moment; nothing is lost, ask again";
            Self::unavailable("store.unavailable", detail, 1).because(&error)
        } else {
            Self::internal(&error)
        }
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refused) => refused.into(),
            CommandError::KeyReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key.reused",
                error.to_string(),
            ),
            CommandError::Store(error) => error.into(),
        }
    }
}

impl From<ViewsError> for Problem {
    fn from(error: ViewsError) -> Self {
        match error {
            ViewsError::Behind { .. } => {
                Self::unavailable("read_model.behind", &error.to_string(), 1)
            }
            ViewsError::Database(error) => StoreError::from(error).into(),
        }
    }
}

impl From<AnswerError> for Problem {
    fn from(error: AnswerError) -> Self {
        Self::internal(&error)
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Store(error) => error.into(),
            VaultError::Erased => Self::new(
                StatusCode::GONE,
                "person.erased",
                "this person's data was erased",
            ),
            error => Self::internal(&error),
        }
    }
}

impl From<ArchiveError> for Problem {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::Store(error) => error.into(),
            ArchiveError::Vault(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        let text = error.to_string();
        match error {
            AccountError::BadCredentials => unauthenticated("credentials.wrong", &text),
            AccountError::WrongCode => {
                Self::new(StatusCode::FORBIDDEN, "second_factor.wrong_code", text)
            }
            AccountError::TooMany { seconds } => {
                Self::too_many("attempts.too_many", &text, seconds)
            }
            AccountError::Deactivated => Self::new(StatusCode::FORBIDDEN, "user.deactivated", text),
            AccountError::SessionEnded => unauthenticated("session.ended", &text),
            AccountError::Token(TokenError::Forged) => unauthenticated("token.invalid", &text),
            AccountError::Token(TokenError::Expired) => unauthenticated("token.expired", &text),
            AccountError::Token(error @ TokenError::Unmakable) => Self::internal(&error),
            AccountError::Password(error) => password("/password", error),
            AccountError::NewPassword(error) => password("/new_password", error),
            AccountError::Vault(error) => error.into(),
            AccountError::Command(error) => error.into(),
            AccountError::Answer(error) => error.into(),
        }
    }
}

fn password(pointer: &str, error: PasswordError) -> Problem {
    let detail = error.to_string();
    match error {
        PasswordError::TooShort | PasswordError::TooLong => Problem::invalid(vec![FieldError {
            pointer: pointer.to_owned(),
            detail,
        }]),
        PasswordError::Busy => Problem::too_many("passwords.busy", &detail, 2),
        PasswordError::Cost | PasswordError::Stopped => Problem::internal(&error),
    }
}

impl From<TopUpFailure> for Problem {
    fn from(error: TopUpFailure) -> Self {
        match error {
            TopUpFailure::Command(error) => error.into(),
            TopUpFailure::Vault(error) => error.into(),
            TopUpFailure::InPayment => Self::new(
                StatusCode::CONFLICT,
                "top_up.in_payment",
                "this top-up is being paid",
            ),
            TopUpFailure::TurnLost => gateway_away(&error),
            TopUpFailure::Gateway(error) if error.is_retryable() => gateway_away(&error),
            TopUpFailure::Gateway(error) => Self::new(
                StatusCode::BAD_GATEWAY,
                "payment_gateway.refused",
                "the payment gateway did not accept it",
            )
            .because(&error),
        }
    }
}

fn gateway_away(cause: &dyn std::error::Error) -> Problem {
    Problem::unavailable(
        "payment_gateway.unavailable",
        "the payment gateway is away; nothing was paid, ask again with the same key",
        5,
    )
    .because(cause)
}

impl From<NotificationError> for Problem {
    fn from(error: NotificationError) -> Self {
        let text = error.to_string();
        match error {
            NotificationError::Unreadable(_) => {
                Self::new(StatusCode::BAD_REQUEST, "notification.unreadable", text)
            }
            NotificationError::BadSignature => {
                Self::new(StatusCode::BAD_REQUEST, "notification.bad_signature", text)
            }
            NotificationError::Vault(error) => error.into(),
            NotificationError::Command(error) => error.into(),
        }
    }
}

impl From<HostError> for Problem {
    fn from(error: HostError) -> Self {
        match error {
            HostError::Token(error) => AccountError::from(error).into(),
            HostError::Command(error) => error.into(),
            HostError::Sightings(error) => StoreError::from(error).into(),
            HostError::Answer(error) => error.into(),
        }
    }
}

impl From<PodAccessError> for Problem {
    fn from(error: PodAccessError) -> Self {
        let text = error.to_string();
        match error {
            PodAccessError::NotThere => Self::new(StatusCode::CONFLICT, "pod.not_there", text),
            PodAccessError::NoSignIn => Self::new(StatusCode::CONFLICT, "pod.no_sign_in", text),
            PodAccessError::NoContainer => Self::not_found("logs.container_not_found", &text),
            PodAccessError::NoLog(cause) => {
                Self::new(StatusCode::CONFLICT, "logs.not_there", text).because(&*cause)
            }
            PodAccessError::Away(cause) => {
                Self::unavailable("cluster.unavailable", &text, 5).because(&*cause)
            }
        }
    }
}

impl From<OrphanError> for Problem {
    fn from(error: OrphanError) -> Self {
        let text = error.to_string();
        match error {
            OrphanError::NotAnOrphan => Self::not_found("orphan.not_found", &text),
            OrphanError::KeyReused => CommandError::KeyReused.into(),
            OrphanError::Away(cause) => {
                Self::unavailable("cluster.unavailable", &text, 5).because(&*cause)
            }
            OrphanError::Store(error) => error.into(),
        }
    }
}

impl From<PageError> for Problem {
    fn from(error: PageError) -> Self {
        let pointer = match error {
            PageError::Limit => "limit",
            PageError::Cursor => "after",
        };
        Self::invalid(vec![FieldError {
            pointer: pointer.to_owned(),
            detail: error.to_string(),
        }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_on_our_side_is_not_told() {
        let error = StoreError::UnknownAggregate("secret detail".into());
        let problem = Problem::from(error);
        assert!(problem.cause.as_ref().unwrap().contains("secret detail"));
        let told = format!("{problem} {}", problem.code);
        assert!(!told.contains("secret detail"));
    }
}
