//! Every answer that is no success: one shape (RFC 9457), one table of statuses, one place where
//! poem's own errors take that shape. A text of a 5xx never contains its cause; the cause is logged.

use super::pods::PodAccessError;
use crate::{
    auth::{AccountError, PasswordError, TokenError, VaultError},
    chain_of,
    payments::{NotificationError, TopUpFailure},
    store::{CommandError, StoreError},
};
use poem::{
    IntoResponse as _, Response,
    error::{MethodNotAllowedError, NotFoundError, ReadBodyError, ResponseError},
    http::{HeaderValue, StatusCode, header},
};
use poem_openapi::{
    ApiResponse, Object,
    error::{
        AuthorizationError, ContentTypeError, ParseParamError, ParsePathError,
        ParseRequestPayloadError,
    },
    registry::{MetaMediaType, MetaResponse, MetaResponses, Registry},
    types::{ToJSON as _, Type as _},
};
use purser_domain::{Refusal, Refused};
use purser_projections::{pages::PageError, views::ViewsError};
use std::{fmt, marker::PhantomData};
use uuid::Uuid;

const CONTENT_TYPE: &str = "application/problem+json";

/// What is wrong, in the form of RFC 9457.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub(super) struct Problem {
    /// Names the kind of problem: `urn:purser:problem:` and the code.
    #[oai(rename = "type")]
    kind: String,
    /// The status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What is wrong this time, for people.
    detail: Option<String>,
    /// Stable, for programs: `wallet.insufficient_funds`.
    pub(super) code: String,
    /// Tell it to the support.
    pub(super) request_id: Option<Uuid>,
    /// Which parts of the request are wrong.
    #[oai(skip_serializing_if_is_empty)]
    pub(super) errors: Vec<FieldError>,
    #[oai(skip)]
    pub(super) retry_after_seconds: Option<u32>,
    #[oai(skip)]
    pub(super) allow: Option<String>,
    /// For the log alone.
    #[oai(skip)]
    pub(super) cause: Option<String>,
}

/// One part of the request that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Object)]
pub(super) struct FieldError {
    /// A JSON pointer (RFC 6901) into the body, or the name of a parameter.
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:purser:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: Some(detail.into()),
            code: code.to_owned(),
            request_id: None,
            errors: vec![],
            retry_after_seconds: None,
            allow: None,
            cause: None,
        }
    }

    /// The request itself is wrong, in these parts.
    pub(super) fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = "the request is not valid";
        Self::new(StatusCode::BAD_REQUEST, "request.invalid", detail).in_parts(errors)
    }

    /// The same problem, located.
    pub(super) fn in_parts(self, errors: Vec<FieldError>) -> Self {
        Self { errors, ..self }
    }

    pub(super) fn not_found(code: &str, detail: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, detail)
    }

    pub(super) fn internal(cause: &dyn std::error::Error) -> Self {
        Self {
            cause: Some(chain_of(cause)),
            ..Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "this went wrong on our side",
            )
        }
    }

    pub(super) fn unavailable(code: &str, detail: &str, retry_after_seconds: u32) -> Self {
        Self {
            retry_after_seconds: Some(retry_after_seconds),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
        }
    }

    fn because(self, cause: &dyn std::error::Error) -> Self {
        Self {
            cause: Some(chain_of(cause)),
            ..self
        }
    }

    pub(super) fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The problem in an error of whatever origin: ours, poem's or poem-openapi's.
    pub(super) fn of(error: poem::Error) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(problem) => return problem,
            Err(error) => error,
        };
        let (code, detail) = if error.is::<NotFoundError>() {
            ("route.not_found", "there is nothing at this address".into())
        } else if error.is::<MethodNotAllowedError>() {
            (
                "method.not_allowed",
                "this address does not take this method".into(),
            )
        } else if error.is::<AuthorizationError>() {
            return unauthenticated("token.missing", "sign in and send the access token");
        } else if let Some(wrong) = error.downcast_ref::<ParseParamError>() {
            return Self::invalid(vec![FieldError {
                pointer: wrong.name.to_owned(),
                detail: wrong.reason.clone(),
            }]);
        } else if let Some(wrong) = error.downcast_ref::<ParsePathError>() {
            // No id of ours has another form, so nothing can be there.
            return Self::not_found("route.not_found", &format!("no such id: {}", wrong.reason));
        } else if let Some(wrong) = error.downcast_ref::<ParseRequestPayloadError>() {
            return Self::invalid(vec![located(&wrong.reason)]);
        } else if error.is::<ContentTypeError>() {
            (
                "content_type.unsupported",
                "send the body as application/json".into(),
            )
        } else if let Some(ReadBodyError::PayloadTooLarge) = error.downcast_ref::<ReadBodyError>() {
            ("body.too_large", "the body is larger than 64 KiB".into())
        } else if error.status().is_server_error() {
            return Self {
                cause: Some(error.to_string()),
                ..Self::new(error.status(), "internal", "this went wrong on our side")
            };
        } else {
            ("request.invalid", error.to_string())
        };
        Self::new(error.status(), code, detail)
    }

    pub(super) fn response(self) -> Response {
        let status = self.status_code();
        let mut response = self
            .to_json_string()
            .with_content_type(CONTENT_TYPE)
            .into_response();
        response.set_status(status);
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(allow) = self
            .allow
            .as_deref()
            .and_then(|allow| HeaderValue::from_str(allow).ok())
        {
            headers.insert(header::ALLOW, allow);
        }
        response
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.detail.as_deref().unwrap_or(&self.title))
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status(&self) -> StatusCode {
        self.status_code()
    }

    fn as_response(&self) -> Response {
        self.clone().response()
    }
}

/// poem-openapi says where a value is wrong in words, innermost first: `… (occurred while parsing
/// "amount") (occurred while parsing "TopUpRequest")`.
fn located(reason: &str) -> FieldError {
    const WHERE: &str = " (occurred while parsing \"";
    let mut parts = reason.split(WHERE);
    let detail = parts.next().unwrap_or_default();
    let mut names: Vec<&str> = parts
        .map(|part| part.trim_end_matches("\")"))
        .filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter(|name| !name.contains('('))
        .collect();
    names.reverse();
    // `failed to parse "…": ` names a type of ours, which is nothing to the caller.
    let detail = detail
        .strip_prefix("failed to parse \"")
        .and_then(|rest| rest.split_once("\": "))
        .map_or(detail, |(_, detail)| detail);
    let pointer: String = names.iter().map(|name| format!("/{name}")).collect();
    FieldError {
        pointer,
        detail: detail.to_owned(),
    }
}

fn unauthenticated(code: &str, detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code, detail)
}

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
        if error.is_unavailable() {
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

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        let text = error.to_string();
        match error {
            AccountError::BadCredentials => unauthenticated("credentials.wrong", &text),
            AccountError::Deactivated => Self::new(StatusCode::FORBIDDEN, "user.deactivated", text),
            AccountError::SessionEnded => unauthenticated("session.ended", &text),
            AccountError::Token(TokenError::Forged) => unauthenticated("token.invalid", &text),
            AccountError::Token(TokenError::Expired) => unauthenticated("token.expired", &text),
            AccountError::Token(error @ TokenError::Unmakable) => Self::internal(&error),
            AccountError::Password(error @ (PasswordError::TooShort | PasswordError::TooLong)) => {
                Self::invalid(vec![FieldError {
                    pointer: "/password".to_owned(),
                    detail: error.to_string(),
                }])
            }
            AccountError::Password(error) => Self::internal(&error),
            AccountError::Vault(error) => error.into(),
            AccountError::Command(error) => error.into(),
            AccountError::Answer(error) => Self::internal(&error),
        }
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
            TopUpFailure::Gateway(error) if error.is_retryable() => Self::unavailable(
                "payment_gateway.unavailable",
                "the payment gateway gave no page; ask again with the same key",
                5,
            )
            .because(&error),
            TopUpFailure::Gateway(error) => Self::new(
                StatusCode::BAD_GATEWAY,
                "payment_gateway.refused",
                "the payment gateway did not accept the order",
            )
            .because(&error),
        }
    }
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

impl From<PodAccessError> for Problem {
    fn from(error: PodAccessError) -> Self {
        let text = error.to_string();
        match error {
            PodAccessError::NotThere => Self::new(StatusCode::CONFLICT, "pod.not_there", text),
            PodAccessError::Away(cause) => {
                Self::unavailable("cluster.unavailable", &text, 5).because(&*cause)
            }
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

/// A kind of operation, by the problems it can come to.
pub(super) trait Operation: Send + Sync + 'static {
    const STATUSES: &'static [u16];
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident: $($status:literal)+),+ $(,)?) => {$(
        $(#[$doc])*
        pub(super) struct $name;

        impl Operation for $name {
            const STATUSES: &'static [u16] = &[$($status),+];
        }
    )+};
}

operations! {
    /// A query that anybody may ask.
    PublicQuery: 400 404 500 503,
    /// A query of somebody signed in.
    Query: 400 401 403 404 410 500 503,
    /// A command that needs no sign-in.
    PublicCommand: 400 401 403 409 410 413 415 422 500 503,
    /// A command of somebody signed in.
    Command: 400 401 403 404 409 410 413 415 422 500 503,
    /// A command that takes credit.
    Buying: 400 401 402 403 404 409 413 415 422 500 503,
    /// A command that asks the payment gateway.
    Paying: 400 401 403 404 409 410 413 415 422 500 502 503,
    /// What the payment gateway tells.
    Notifying: 400 410 413 500 503,
    /// What only says why it cannot be done.
    Refusing: 405 500,
}

/// The failure of an operation of this kind.
pub(super) struct ApiError<O>(Problem, PhantomData<O>);

impl<O, E: Into<Problem>> From<E> for ApiError<O> {
    fn from(error: E) -> Self {
        Self(error.into(), PhantomData)
    }
}

impl<O> From<ApiError<O>> for poem::Error {
    fn from(error: ApiError<O>) -> Self {
        error.0.into()
    }
}

impl<O: Operation> ApiResponse for ApiError<O> {
    fn meta() -> MetaResponses {
        let response = |status: &u16| MetaResponse {
            description: describe(*status),
            status: Some(*status),
            status_range: None,
            content: vec![MetaMediaType {
                content_type: CONTENT_TYPE,
                schema: Problem::schema_ref(),
            }],
            headers: vec![],
        };
        MetaResponses {
            responses: O::STATUSES.iter().map(response).collect(),
        }
    }

    fn register(registry: &mut Registry) {
        Problem::register(registry);
    }
}

const fn describe(status: u16) -> &'static str {
    match status {
        400 => "The request is not valid; `errors` says where",
        401 => "Not signed in, or not any more",
        402 => "The credit does not reach",
        403 => "Signed in, but not allowed to",
        404 => "There is no such thing, or it is somebody else's",
        405 => "This is never done",
        409 => "The state does not allow it now",
        410 => "The person's data was erased",
        413 => "The body is larger than 64 KiB",
        415 => "The body is not `application/json`",
        422 => "Well-formed but refused, or an `Idempotency-Key` of another request",
        502 => "The payment gateway did not accept it",
        503 => "Away for a moment; try again after `Retry-After` seconds",
        _ => "Something went wrong on our side",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_value_is_located() {
        let reason = r#"failed to parse "integer_int64": Expected input type "integer", found "x". (occurred while parsing "amount") (occurred while parsing "TopUpRequest")"#;
        assert_eq!(located(reason).pointer, "/amount");
        let reason = r#"failed to parse "string_uuid": not a uuid (occurred while parsing "plan_id") (occurred while parsing "SubscribeRequest")"#;
        assert_eq!(
            located(reason),
            FieldError {
                pointer: "/plan_id".into(),
                detail: "not a uuid".into()
            }
        );
        assert_eq!(located("expected value at line 1").pointer, "");
    }

    #[test]
    fn what_went_wrong_on_our_side_is_not_told() {
        let error = StoreError::UnknownAggregate("secret detail".into());
        let problem = Problem::from(error);
        assert!(!problem.to_json_string().contains("secret detail"));
        assert!(problem.cause.unwrap().contains("secret detail"));
    }
}
