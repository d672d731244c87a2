//! What every call of Midtrans' APIs passes: the misbehaviour asked for, the server key, the type of its body, and
//! `Idempotency-Key`.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use poem::{
    Endpoint, EndpointExt, Request, Response,
    http::{Method, StatusCode, header},
};
use serde_json::{Value, json};

use super::super::{
    gateway::{Gateway, hold, new_uuid},
    idempotency::{Answer, Answers, Begun},
    quirks::{Outage, Quirks},
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    Snap,
    Core,
}

pub(super) fn guarded<E>(
    endpoint: E,
    api: Api,
    gateway: Arc<Gateway>,
) -> impl Endpoint<Output = Response>
where
    E: Endpoint + 'static,
{
    endpoint.around(move |next, request| guard(next, request, api, Arc::clone(&gateway)))
}

async fn guard<E>(
    next: Arc<E>,
    request: Request,
    api: Api,
    gateway: Arc<Gateway>,
) -> poem::Result<Response>
where
    E: Endpoint + 'static,
{
    let quirks = quirks_for(&gateway, &request);
    let caller = request.remote_addr().clone();
    match quirks.outage {
        Some(Outage::Unavailable) => {
            return Ok(refusal(
                api,
                StatusCode::SERVICE_UNAVAILABLE,
                "Service unavailable, please retry later",
            ));
        }
        Some(Outage::Refuse) => {
            gateway.cuts.cut(&caller);
            return Ok(Response::default());
        }
        Some(Outage::LoseAnswers | Outage::Garble) | None => {}
    }
    // A caller that hangs up does not stop what it asked for.
    let slow = Duration::from_millis(quirks.slow_ms);
    let answer = tokio::spawn(answer(next, request, api, Arc::clone(&gateway), slow)).await;
    if quirks.outage == Some(Outage::LoseAnswers) {
        gateway.cuts.cut(&caller);
    }
    if quirks.outage == Some(Outage::Garble) {
        let page = "<html><body>We are working on it</body></html>";
        return Ok(Response::builder().content_type("text/html").body(page));
    }
    answer.map_err(poem::error::InternalServerError)
}

async fn answer<E: Endpoint>(
    next: Arc<E>,
    request: Request,
    api: Api,
    gateway: Arc<Gateway>,
    slow: Duration,
) -> Response {
    if !authorized(&gateway, &request) {
        tokio::time::sleep(slow).await;
        let text =
            "Access denied due to unauthorized transaction, please check client or server key";
        return refusal(api, StatusCode::UNAUTHORIZED, text);
    }
    // The documents want it of every call; what the real one makes of a call without it they leave open.
    if !speaks_json(&request) {
        let text = "Content-Type has to be application/json";
        return refusal(api, StatusCode::UNSUPPORTED_MEDIA_TYPE, text);
    }
    let Some(key) = idempotency_key(&gateway, &request) else {
        tokio::time::sleep(slow).await;
        return next.get_response(request).await;
    };
    let begun = hold(&gateway.answers).begin(&key, gateway.now());
    match begun {
        Begun::UnderWay => refusal(
            api,
            StatusCode::ACCEPTED,
            "The first request with this Idempotency-Key is still in progress",
        ),
        Begun::Again(Answer { status, body }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            Response::builder()
                .status(status)
                .content_type("application/json")
                .body(body)
        }
        Begun::First => {
            tokio::time::sleep(slow).await;
            let (parts, body) = next.get_response(request).await.into_parts();
            let body = body.into_vec().await.unwrap_or_default();
            let answer = Answer {
                status: parts.status.as_u16(),
                body: body.clone(),
            };
            let kept = succeeded(parts.status, &body).then_some(answer);
            hold(&gateway.answers).finish(&key, kept, gateway.now());
            Response::from_parts(parts, body.into())
        }
    }
}

fn authorized(gateway: &Gateway, request: &Request) -> bool {
    let given = request
        .header(header::AUTHORIZATION)
        .and_then(|value| value.strip_prefix("Basic "));
    let given = given.and_then(|value| STANDARD.decode(value.trim()).ok());
    given
        .is_some_and(|given| given == format!("{}:", gateway.book().merchant.server_key).as_bytes())
}

/// Whether it has a body or not.
fn speaks_json(request: &Request) -> bool {
    let named = request
        .content_type()
        .and_then(|kind| kind.split(';').next());
    named.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// Only POSTs have one, and some methods do not support it.
fn idempotency_key(gateway: &Gateway, request: &Request) -> Option<String> {
    let key = request
        .header("Idempotency-Key")
        .filter(|key| request.method() == Method::POST && Answers::usable(key))?;
    let book = gateway.book();
    let method = book
        .find(first_segment(request))
        .map(|index| book.transactions[index].method.name);
    (!matches!(method, Some("permata_va" | "indomaret"))).then(|| key.to_owned())
}

fn quirks_for(gateway: &Gateway, request: &Request) -> Quirks {
    let book = gateway.book();
    let id = first_segment(request);
    let order_id = book
        .find(id)
        .map_or(id, |index| &book.transactions[index].order_id);
    book.quirks_of(order_id).clone()
}

/// In the Core API, the order or transaction a call is about.
fn first_segment(request: &Request) -> &str {
    request
        .uri()
        .path()
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default()
}

fn succeeded(status: StatusCode, body: &[u8]) -> bool {
    let inner: Option<u16> = serde_json::from_slice::<Value>(body)
        .ok()
        .and_then(|body| body["status_code"].as_str()?.parse().ok());
    status.is_success() && inner.is_none_or(|code| code < 300 || code == 407)
}

fn refusal(api: Api, status: StatusCode, text: &str) -> Response {
    let body = match api {
        Api::Snap => json!({ "error_messages": [text] }),
        Api::Core => {
            json!({ "status_code": status.as_str(), "status_message": text, "id": new_uuid() })
        }
    };
    super::json(status, &body)
}
