//! How an operation fails: the problems that its kind can come to, as the document tells them, and the
//! one place where poem's own errors take the shape of ours.

use super::problem::{CONTENT_TYPE, Details, FieldError, Problem, unauthenticated};
use poem::error::{MethodNotAllowedError, NotFoundError, ReadBodyError};
use poem_openapi::{
    ApiResponse,
    error::{AuthorizationError, ContentTypeError, ParseParamError, ParsePathError},
    registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry},
    types::Type as _,
};
use std::marker::PhantomData;

impl Problem {
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
                detail: plain(&wrong.reason),
            }]);
        } else if error.is::<ParsePathError>() {
            // No id of ours has another form, so nothing can be there.
            return Self::not_found("route.not_found", "there is nothing at this address");
        } else if error.is::<ContentTypeError>() {
            (
                "content_type.unsupported",
                "send the body as application/json".into(),
            )
        } else if let Some(ReadBodyError::PayloadTooLarge) = error.downcast_ref::<ReadBodyError>() {
            ("body.too_large", "the body is larger than 64 KiB".into())
        } else if error.status().is_server_error() {
            let mut problem = Self::new(error.status(), "internal", "this went wrong on our side");
            problem.cause = Some(error.to_string());
            return problem;
        } else {
            ("request.invalid", error.to_string())
        };
        Self::new(error.status(), code, detail)
    }
}

/// Without poem-openapi's names of types and validators, which are nothing to the caller.
pub(super) fn plain(reason: &str) -> String {
    let reason = reason
        .split_once(" (occurred while parsing")
        .map_or(reason, |(reason, _)| reason);
    let named = reason
        .strip_prefix("failed to parse \"")
        .and_then(|rest| rest.split_once("\": "));
    let reason = named.map_or(reason, |(_, reason)| reason);
    match reason.split_once("verification failed. ") {
        Some((_, validator)) => words(validator),
        None => reason.to_owned(),
    }
}

/// What a validator of poem-openapi asks for: `minimum(1, exclusive: false)`.
fn words(validator: &str) -> String {
    let (name, asked) = validator.split_once('(').unwrap_or((validator, ""));
    let figure = asked.split([',', ')']).next().unwrap_or_default();
    match name {
        "minimum" => format!("is less than {figure}"),
        "maximum" => format!("is more than {figure}"),
        "minLength" => format!("is shorter than {figure} characters"),
        "maxLength" => format!("is longer than {figure} characters"),
        "pattern" => "does not have the form that the document of the API tells".to_owned(),
        _ => "does not keep to what the document of the API tells".to_owned(),
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
    /// A query of what something would cost now: the state may not allow it.
    Quoting: 400 401 403 404 409 410 500 503,
    /// The same, with a coupon's code, of which so many wrong ones are taken.
    QuotingCoupon: 400 401 403 404 409 410 429 500 503,
    /// A query of what a container printed: it may have printed nothing yet, and so many at once are answered.
    ReadingLog: 400 401 403 404 409 410 429 500 503,
    /// A command that needs no sign-in.
    PublicCommand: 400 401 403 408 409 410 413 415 422 429 500 503,
    /// A command of somebody signed in that takes a password.
    TakingPassword: 400 401 403 404 408 409 410 413 415 422 429 500 503,
    /// A command of somebody signed in.
    Command: 400 401 403 404 408 409 410 413 415 422 500 503,
    /// A command of somebody signed in with a coupon's code, of which so many wrong ones are taken.
    RedeemingCoupon: 400 401 403 404 408 409 410 413 415 422 429 500 503,
    /// A command that takes credit, and may come with a coupon's code.
    Ordering: 400 401 402 403 404 408 409 410 413 415 422 429 500 503,
    /// A command that takes credit.
    Buying: 400 401 402 403 404 408 409 410 413 415 422 500 503,
    /// A command that asks the payment gateway.
    Paying: 400 401 403 404 408 409 410 413 415 422 500 502 503,
    /// A command that asks the payment gateway for a page, of which so many are opened.
    OpeningPage: 400 401 403 404 408 409 410 413 415 422 429 500 502 503,
    /// A command that takes credit and asks the payment gateway.
    Deciding: 400 401 402 403 404 408 409 410 413 415 422 500 502 503,
    /// What a host outside of the cluster tells of itself.
    HostCommand: 400 401 404 408 409 413 415 422 500 503,
    /// What the payment gateway tells.
    Notifying: 400 408 410 413 500 503,
    /// What only says why it cannot be done.
    Refusing: 401 403 405 500,
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
                schema: Details::schema_ref(),
            }],
            headers: headers(*status),
        };
        MetaResponses {
            responses: O::STATUSES.iter().map(response).collect(),
        }
    }

    fn register(registry: &mut Registry) {
        Details::register(registry);
    }
}

/// What stands beside a problem of this status.
fn headers(status: u16) -> Vec<MetaHeader> {
    let header = |name: &str, description: &str, schema, required| MetaHeader {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        required,
        deprecated: false,
        schema,
    };
    match status {
        401 => vec![header(
            "WWW-Authenticate",
            "How to sign in: `Bearer`",
            String::schema_ref(),
            true,
        )],
        429 | 503 => vec![header(
            "Retry-After",
            "In how many seconds to try again",
            u32::schema_ref(),
            false,
        )],
        _ => vec![],
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
        408 => "The body did not come in time",
        409 => "The state does not allow it now",
        410 => "The person's data was erased",
        413 => "The body is larger than 64 KiB",
        415 => "The body is not `application/json`, or compressed",
        422 => "Well-formed but refused, or an `Idempotency-Key` of another request",
        429 => "Too much of it at once",
        502 => "The payment gateway did not accept it",
        503 => "Away for a moment; try again after `Retry-After` seconds",
        _ => "Something went wrong on our side",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameters_mistake_is_told_without_type_names() {
        let reason = r#"failed to parse "integer_int64": invalid digit found in string (occurred while parsing "optional_integer_int64")"#;
        assert_eq!(plain(reason), "invalid digit found in string");
        let least = "verification failed. minimum(1, exclusive: false)";
        assert_eq!(plain(least), "is less than 1");
        let form = r#"verification failed. pattern("^([a-z]|\*)$")"#;
        assert!(!plain(form).contains("pattern"));
        let field = "failed to parse \"X\": field `days` verification failed. maxLength(40)";
        assert_eq!(plain(field), "is longer than 40 characters");
    }
}
