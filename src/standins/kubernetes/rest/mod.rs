//! The HTTP face of the API: paths, query parameters, media types. It turns a request into one operation and its
//! result into a response; what an operation means is decided elsewhere.

mod discovery;
mod metrics;
mod read;
mod reviews;
mod route;
mod scale;
mod shape;
mod switches;
mod write;

use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode, header};
use poem::{Request, Response};
use serde_json::Value;

use super::access::{self, User};
use super::cluster::Cluster;
use super::faults::Outage;
use super::refusal::Refusal;

pub(super) use route::Target;
pub(super) use shape::Shape;

/// A request taken apart.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) query: Vec<(String, String)>,
    pub(super) accept: String,
    pub(super) content_type: String,
    pub(super) agent: String,
    pub(super) body: bytes::Bytes,
    /// Who asks.
    pub(super) user: User,
}

impl Call {
    pub(super) fn param(&self, name: &str) -> &str {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.param(name), "true" | "1")
    }

    pub(super) fn dry_run(&self) -> bool {
        self.param("dryRun") == "All"
    }

    /// The body as JSON, whether it came as JSON or as YAML.
    pub(super) fn json(&self) -> Result<Value, Refusal> {
        if self.body.is_empty() {
            return Err(Refusal::bad_request("the body of the request is empty"));
        }
        if self.content_type.contains("protobuf") || self.content_type.contains("cbor") {
            return Err(Refusal::unsupported_media_type(&self.content_type));
        }
        if self.content_type.contains("yaml") {
            return serde_yaml_ng::from_slice(&self.body)
                .map_err(|error| Refusal::bad_request(format!("error decoding YAML: {error}")));
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            Refusal::bad_request(format!(
                "the object provided is unrecognized (must be of type json): {error}"
            ))
        })
    }

    /// The field manager: what the client says, or the first word of its user agent.
    pub(super) fn manager(&self) -> String {
        match self.param("fieldManager") {
            "" => self
                .agent
                .split('/')
                .next()
                .filter(|name| !name.is_empty())
                .unwrap_or("unknown")
                .to_owned(),
            named => named.to_owned(),
        }
    }
}

/// Answers one request.
pub(super) async fn answer(cluster: Arc<Cluster>, mut request: Request) -> Response {
    let given = request.uri().path().to_owned();
    let (by_path, path) = split_token(&given);
    let own = path.starts_with("/standin/");
    let watch = request.uri().query().is_some_and(is_watch);
    let ask = reviews::asked(path, request.method(), watch);
    let _answering = (!own).then(|| cluster.traffic.begin(&ask.verb, &ask.resource));
    if !own && let Some(response) = outage(&cluster).await {
        cluster.traffic.refused();
        return response;
    }
    let open = matches!(path, "/version" | "/healthz" | "/readyz" | "/livez");
    let user = match authenticated(&cluster, &request, by_path) {
        Some(user) => user,
        None if open => User::named("system:anonymous"),
        None => return refused(&Refusal::unauthorized()),
    };
    let Ok(body) = request.take_body().into_bytes().await else {
        return refused(&Refusal::bad_request(
            "the body of the request could not be read",
        ));
    };
    let call = Call {
        method: request.method().clone(),
        query: request.params().unwrap_or_default(),
        accept: request.header(header::ACCEPT).unwrap_or("").to_owned(),
        content_type: request.content_type().unwrap_or("").to_owned(),
        agent: request.header(header::USER_AGENT).unwrap_or("").to_owned(),
        body,
        user,
    };
    let answered = if own && !call.user.is_admin() {
        Err(Refusal::no_such_path())
    } else if own {
        switches::answer(&cluster, path, &call)
    } else {
        dispatch(&cluster, path, &call)
    };
    answered.unwrap_or_else(|refusal| refused(&refusal))
}

/// The path under which the whole API is served to clients that send no credentials over plain HTTP: `kubectl` never
/// does. Knowing it is knowing the token.
pub(super) fn path_prefix(token: &str) -> String {
    format!("/token-{token}")
}

fn is_watch(query: &str) -> bool {
    query
        .split('&')
        .any(|part| matches!(part, "watch=1" | "watch=true"))
}

async fn outage(cluster: &Cluster) -> Option<Response> {
    match cluster.outage() {
        Outage::None | Outage::Refuse => None,
        Outage::Unavailable => Some(refused(&Refusal::unavailable())),
        Outage::Broken => Some(refused(&Refusal::broken())),
        Outage::TooManyRequests => Some(refused(&Refusal::too_many_requests())),
        Outage::Slow { ms } => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            None
        }
        Outage::Hang => {
            while cluster.outage() == Outage::Hang {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            None
        }
    }
}

/// The token that a path carries, and the path without it.
fn split_token(path: &str) -> (Option<&str>, &str) {
    let Some(rest) = path.strip_prefix("/token-") else {
        return (None, path);
    };
    match rest.find('/') {
        Some(end) => (Some(&rest[..end]), &rest[end..]),
        None => (Some(rest), ""),
    }
}

/// Who sends a request: a bearer token tells, or without one the path. The administrator may speak for others.
fn authenticated(cluster: &Cluster, request: &Request, by_path: Option<&str>) -> Option<User> {
    let token = match request.header(header::AUTHORIZATION) {
        Some(given) => given.strip_prefix("Bearer ")?,
        None => by_path?,
    };
    let user = access::authenticate(cluster, token)?;
    match request.header("impersonate-user") {
        Some(other) if user.is_admin() => Some(User::named(other)),
        _ => Some(user),
    }
}

fn dispatch(cluster: &Arc<Cluster>, path: &str, call: &Call) -> Result<Response, Refusal> {
    reviews::authorize(cluster, path, call)?;
    if let Some(response) = reviews::answer(cluster, path, call)? {
        return Ok(response);
    }
    if let Some(response) = metrics::answer(cluster, path, call)? {
        return Ok(response);
    }
    if let Some(response) = discovery::answer(path, cluster.store().settings) {
        return Ok(response);
    }
    let target = Target::parse(path)
        .filter(|target| cluster.store().settings.serves(target.kind.group))
        .ok_or_else(Refusal::no_such_path)?;
    match (
        &call.method,
        target.name.is_empty(),
        target.subresource.as_str(),
    ) {
        (&Method::GET, false, "log") => read::log(cluster, &target, call),
        (_, false, "scale") if target.kind.has_scale => scale::answer(cluster, &target, call),
        (&Method::POST, false, "eviction") if target.kind.is("pods") => {
            write::evict(cluster, &target, call)
        }
        (&Method::GET, _, "") if call.flag("watch") => read::watch(cluster, &target, call),
        (&Method::GET, true, "") => read::list(cluster, &target, call),
        (&Method::GET, false, "" | "status") => read::get(cluster, &target, call),
        (&Method::POST, true, "") => write::create(cluster, &target, call),
        (&Method::PUT, false, "" | "status" | "finalize") => write::replace(cluster, &target, call),
        (&Method::PATCH, false, "" | "status") => write::patch(cluster, &target, call),
        (&Method::DELETE, false, "") => write::delete(cluster, &target, call),
        (&Method::DELETE, true, "") => write::delete_collection(cluster, &target, call),
        (_, _, "" | "status") => Err(Refusal::method_not_allowed()),
        _ => Err(Refusal::no_such_path()),
    }
}

pub(super) fn json_response(status: StatusCode, body: &Value, warnings: &[String]) -> Response {
    let mut response = Response::builder()
        .status(status)
        .header(header::CACHE_CONTROL, "no-cache, private")
        .content_type("application/json");
    for warning in warnings {
        let text = warning.replace('\\', "\\\\").replace('"', "\\\"");
        response = response.header(header::WARNING, format!("299 - \"{text}\""));
    }
    response.body(body.to_string())
}

fn refused(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json_response(status, &refusal.status(), &[]);
    let waits = refusal
        .details
        .as_ref()
        .is_some_and(|details| details.get("retryAfterSeconds").is_some());
    if waits && matches!(refusal.code, 429 | 503) {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
    }
    response
}
