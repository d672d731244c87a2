//! Around every request: its ids, the limit of its body, the shape of its failure, the headers of its
//! answer, one line in the log and its count. Nothing personal and no secret is logged.

use super::{
    allow::Allow,
    cors::{self, Cors},
    metrics::Metrics,
    problem::{CONTENT_TYPE, Problem},
    resting::{AppHosts, is_page},
};
use futures_util::StreamExt as _;
use poem::{
    Body, Endpoint, IntoResponse, Request, Response,
    error::ReadBodyError,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header},
};
use poem_openapi::OperationId;
use purser_domain::ids::UserId;
use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};
use uuid::Uuid;

const BODY_BYTES: usize = 64 * 1024;
/// A body that is too large is heard out up to here: closing the connection on a sender in the middle of
/// a sentence resets it, and the refusal is lost.
const HEARD_OUT_BYTES: usize = 1024 * 1024;
/// How long a body may take: a sender who drips bytes would hold his connection for ever.
const BODY_WITHIN: Duration = Duration::from_secs(30);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The ids of one request.
#[derive(Clone, Debug)]
pub(super) struct Talk {
    pub(super) request_id: Uuid,
    pub(super) correlation_id: Uuid,
    user: Arc<OnceLock<UserId>>,
}

impl Talk {
    fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let request_id = text("x-request-id")
            .and_then(|id| Uuid::try_parse(id).ok())
            .unwrap_or_else(Uuid::now_v7);
        let correlation_id = text("traceparent").and_then(trace_id).unwrap_or(request_id);
        Self {
            request_id,
            correlation_id,
            user: Arc::default(),
        }
    }

    /// Notes who asks, for the log.
    pub(super) fn is_by(&self, user: UserId) {
        let _ = self.user.set(user);
    }
}

/// The trace id of a W3C `traceparent`: `00-<32 hexadecimal digits>-…`.
fn trace_id(traceparent: &str) -> Option<Uuid> {
    let id = traceparent.split('-').nth(1).filter(|id| id.len() == 32)?;
    Uuid::try_parse(id).ok().filter(|id| !id.is_nil())
}

/// The outermost endpoint.
pub(super) struct Conversation<E> {
    pub(super) inner: E,
    pub(super) metrics: Arc<Metrics>,
    pub(super) allow: Allow,
    pub(super) app_hosts: AppHosts,
    pub(super) cors: Cors,
}

/// What the log and the counters say of a request.
struct Outcome {
    method: Method,
    operation: String,
    status: StatusCode,
    code: Option<String>,
    cause: Option<String>,
    took: Duration,
}

impl<E: Endpoint> Endpoint for Conversation<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let started = Instant::now();
        let talk = Talk::of(request.headers());
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let private =
            method != Method::GET || request.headers().contains_key(header::AUTHORIZATION);
        request.extensions_mut().insert(talk.clone());

        // What is sent to an app is nothing to us: its visitor is told how it is with the app, whatever he sends.
        let of_an_app = self.app_hosts.visited(&request).is_some();
        let from_panel = !of_an_app && self.cors.is_panel(request.headers());
        let one_by_one = request.version() < Version::HTTP_2;
        let heard = limited(&mut request, BODY_WITHIN).await;
        let unheard = heard.is_err();
        // What comes with a query means nothing (RFC 9110, section 9.3.1): it is heard out like anything else, and is nothing
        // to refuse it for.
        let heard = match heard {
            Err(error) if !matches!(method, Method::GET | Method::HEAD) => Err(error),
            _ => unconditional(&request).map_err(poem::Error::from),
        };
        let result = match heard {
            Err(error) if !of_an_app => Err(error),
            _ if from_panel && cors::is_preflight(&request) => Ok(cors::preflight()),
            _ => self
                .inner
                .call(request)
                .await
                .map(IntoResponse::into_response),
        };
        // The router answers for itself where it cannot decode an address.
        let result = result.and_then(|response| {
            let told = response.content_type() == Some(CONTENT_TYPE) || is_page(&response);
            let status = response.status();
            let fails = status.is_client_error() || status.is_server_error();
            if fails && !told {
                return Err(poem::Error::from_status(status));
            }
            Ok(response)
        });
        let (mut response, operation, problem) = match result {
            Ok(response) => {
                let operation = operation(response.data::<OperationId>(), &path);
                (response, operation, None)
            }
            Err(error) => {
                let operation = operation(error.data::<OperationId>(), &path);
                let mut problem = Problem::of(error);
                problem.request_id = Some(talk.request_id);
                if problem.status_code() == StatusCode::METHOD_NOT_ALLOWED {
                    problem.allow = self.allow.methods(&path);
                }
                (problem.clone().response(), operation, Some(problem))
            }
        };
        // Of a body that was not heard to its end the rest is still on its way.
        if unheard && one_by_one {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        finish(response.headers_mut(), &talk, private);
        self.cors.finish(response.headers_mut(), from_panel);
        let outcome = Outcome {
            method,
            operation,
            status: response.status(),
            code: problem.as_ref().map(|problem| problem.code.clone()),
            cause: problem.and_then(|mut problem| problem.cause.take()),
            took: started.elapsed(),
        };
        self.metrics.request(
            &outcome.method,
            &outcome.operation,
            outcome.status,
            outcome.code.as_deref(),
            outcome.took,
        );
        log(&talk, &outcome);
        Ok(response)
    }
}

/// Reads the body up to the limits, whatever it says of its own length.
async fn limited(request: &mut Request, within: Duration) -> poem::Result<()> {
    let announced = request
        .header(header::CONTENT_LENGTH)
        .and_then(|length| length.parse().ok());
    if announced.is_some_and(|length: usize| length > HEARD_OUT_BYTES) {
        return Err(ReadBodyError::PayloadTooLarge.into());
    }
    let body = tokio::time::timeout(within, read(request.take_body()))
        .await
        .map_err(|_| {
            let detail = format!("the body did not come within {} s", within.as_secs());
            Problem::new(StatusCode::REQUEST_TIMEOUT, "body.too_slow", detail)
        })??;
    request.set_body(Body::from_bytes(body.into()));
    Ok(())
}

/// No command looks at a version that its caller has seen, and one that was asked to and does not would overwrite what he never
/// saw (RFC 9110, section 13.1.1).
fn unconditional(request: &Request) -> Result<(), Problem> {
    let named = [header::IF_MATCH, header::IF_UNMODIFIED_SINCE];
    let conditional = named
        .iter()
        .any(|name| request.headers().contains_key(name));
    match conditional && !request.method().is_safe() {
        false => Ok(()),
        true => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "precondition.unsupported",
            "no operation compares versions: send the request without If-Match and If-Unmodified-Since",
        )),
    }
}

async fn read(body: Body) -> Result<Vec<u8>, ReadBodyError> {
    let mut chunks = body.into_bytes_stream();
    let (mut kept, mut length) = (Vec::new(), 0);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(ReadBodyError::Io)?;
        length += chunk.len();
        if length > HEARD_OUT_BYTES {
            break;
        }
        if length <= BODY_BYTES {
            kept.extend_from_slice(&chunk);
        }
    }
    if length > BODY_BYTES {
        return Err(ReadBodyError::PayloadTooLarge);
    }
    Ok(kept)
}

/// Only known names become labels: a caller must not be able to make up new ones.
fn operation(id: Option<&OperationId>, path: &str) -> String {
    const OWN: [&str; 5] = ["/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"];
    match id {
        Some(id) => id.0.to_owned(),
        None if OWN.contains(&path) => path.to_owned(),
        None => "unmatched".to_owned(),
    }
}

fn finish(headers: &mut HeaderMap, talk: &Talk, private: bool) {
    if let Ok(id) = HeaderValue::try_from(talk.request_id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    if private {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

fn log(talk: &Talk, outcome: &Outcome) {
    let Outcome {
        method,
        operation,
        status,
        code,
        cause,
        took,
    } = outcome;
    let status = status.as_u16();
    let (trouble, refused) = match cause.as_deref() {
        cause if status >= 500 => (cause, None),
        cause => (None, cause),
    };
    let code = code.as_deref().unwrap_or_default();
    let user = talk.user.get().map(ToString::to_string);
    if let Some(cause) = trouble.filter(|_| status == 503) {
        // Who is away is told to come back, and whoever watches that part alarms.
        tracing::warn!(
            request.id = %talk.request_id,
            correlation.id = %talk.correlation_id,
            http.operation = operation,
            problem.code = code,
            error = cause,
            "{operation} cannot be served now: {cause}"
        );
    } else if let Some(cause) = trouble {
        tracing::error!(
            request.id = %talk.request_id,
            correlation.id = %talk.correlation_id,
            http.operation = operation,
            problem.code = code,
            error = cause,
            "{operation} failed: {cause}"
        );
    }
    tracing::info!(
        request.id = %talk.request_id,
        correlation.id = %talk.correlation_id,
        user.id = user,
        http.method = %method,
        http.operation = operation,
        http.status = status,
        problem.code = code,
        error = refused,
        duration_ms = took.as_millis() as u64,
        "{method} {operation} answered {status}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk(name: &'static str, value: &'static str) -> Talk {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        Talk::of(&headers)
    }

    #[test]
    fn a_trace_gives_the_conversation_its_id() {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let id = Uuid::try_parse("4bf92f3577b34da6a3ce929d0e0e4736").unwrap();
        assert_eq!(talk("traceparent", trace).correlation_id, id);
        assert_ne!(talk("traceparent", trace).request_id, id);
    }

    #[test]
    fn a_request_keeps_the_id_it_came_with_if_it_is_one() {
        let text = "8e03978e-40d5-43dd-bc93-6894a57f9324";
        let kept = talk("x-request-id", text);
        assert_eq!(kept.request_id.to_string(), text);
        assert_eq!(kept.correlation_id, kept.request_id);
        let made = talk("x-request-id", "<script>");
        assert_eq!(made.request_id.get_version_num(), 7);
    }

    #[test]
    fn a_command_on_a_condition_is_refused_rather_than_done_without_it() {
        let ask = |method: Method, name: &str| {
            let request = Request::builder().method(method).header(name, "\"v1\"");
            unconditional(&request.finish()).map_err(|problem| problem.code.clone())
        };
        let refused = Err("precondition.unsupported".to_owned());
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            assert_eq!(ask(method.clone(), "if-match"), refused);
            assert_eq!(ask(method.clone(), "if-unmodified-since"), refused);
            assert_eq!(ask(method, "if-none-match"), Ok(()));
        }
        assert_eq!(ask(Method::GET, "if-match"), Ok(()));
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_given_up() {
        let drip = futures_util::stream::pending::<std::io::Result<Vec<u8>>>();
        let mut request = Request::builder().body(Body::from_bytes_stream(drip));
        let late = limited(&mut request, Duration::from_millis(5)).await;
        let problem = Problem::of(late.unwrap_err());
        assert_eq!(problem.code, "body.too_slow");
        assert_eq!(problem.status_code(), StatusCode::REQUEST_TIMEOUT);
    }
}
