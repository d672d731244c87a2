//! What is wrong, in the one shape of RFC 9457. A text of a 5xx never contains its cause; the cause is
//! for the log.

use crate::chain_of;
use poem::{
    IntoResponse as _, Response,
    error::ResponseError,
    http::{HeaderValue, StatusCode, header},
};
use poem_openapi::{Object, types::ToJSON as _};
use std::{
    fmt,
    ops::{Deref, DerefMut},
};
use uuid::Uuid;

pub(super) const CONTENT_TYPE: &str = "application/problem+json";

/// What is wrong, in the form of RFC 9457.
#[derive(Clone, Debug, Object)]
#[oai(rename = "Problem", skip_serializing_if_is_none)]
pub(super) struct Details {
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
    pub(super) pointer: String,
    /// What is wrong with it.
    pub(super) detail: String,
}

/// A problem on its way to the caller.
#[derive(Clone, Debug)]
pub(super) struct Problem(Box<Details>);

impl Deref for Problem {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Problem {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self(Box::new(Details {
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
        }))
    }

    /// The request itself is wrong, in these parts.
    pub(super) fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = "the request is not valid";
        Self::new(StatusCode::BAD_REQUEST, "request.invalid", detail).in_parts(errors)
    }

    /// The same problem, located.
    pub(super) fn in_parts(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    pub(super) fn not_found(code: &str, detail: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, detail)
    }

    pub(super) fn internal(cause: &dyn std::error::Error) -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self::new(status, "internal", "this went wrong on our side").because(cause)
    }

    pub(super) fn unavailable(code: &str, detail: &str, retry_after_seconds: u32) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail);
        problem.retry_after_seconds = Some(retry_after_seconds);
        problem
    }

    /// It was asked for too often.
    pub(super) fn too_many(code: &str, detail: &str, retry_after_seconds: u32) -> Self {
        let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail);
        problem.retry_after_seconds = Some(retry_after_seconds);
        problem
    }

    /// The same problem with what the log tells of it.
    pub(super) fn because(mut self, cause: &dyn std::error::Error) -> Self {
        self.cause = Some(chain_of(cause));
        self
    }

    pub(super) fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub(super) fn response(self) -> Response {
        let status = self.status_code();
        let mut response = self
            .0
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

pub(super) fn unauthenticated(code: &str, detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code, detail)
}
