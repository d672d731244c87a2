//! The Snap API: open a page, close it early.

use std::sync::Arc;

use poem::{
    Request, Response, handler,
    http::StatusCode,
    web::{Data, Path},
};
use serde_json::{Value, json};

use super::super::{
    gateway::{Gateway, new_uuid},
    snap_request,
    transaction::{Hold, Hooks, PageState},
};

/// Addresses beyond this many in a header are ignored.
const MOST_HOOKS: usize = 3;

#[handler]
pub(super) fn create(
    request: &Request,
    body: Vec<u8>,
    Data(gateway): Data<&Arc<Gateway>>,
) -> Response {
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return errors(StatusCode::BAD_REQUEST, ["JSON request is invalid"]);
    };
    let hooks = Hooks {
        instead: addresses(request, "X-Override-Notification"),
        besides: addresses(request, "X-Append-Notification"),
    };
    let opened = gateway.with_book(|book, now| {
        let page = snap_request::read(&body, new_uuid(), hooks, now)?;
        let token = page.token.clone();
        book.open(page).map_err(|text| vec![text.to_owned()])?;
        Ok::<_, Vec<String>>(token)
    });
    match opened {
        Ok(token) => {
            let redirect_url = format!("{}/snap/v4/r/{token}", gateway.url);
            super::json(
                StatusCode::CREATED,
                &json!({ "token": token, "redirect_url": redirect_url }),
            )
        }
        Err(texts) => errors(StatusCode::BAD_REQUEST, texts),
    }
}

#[handler]
pub(super) fn cancel(Path(token): Path<String>, Data(gateway): Data<&Arc<Gateway>>) -> Response {
    gateway.with_book(|book, now| {
        let busy = book
            .transactions
            .iter()
            .any(|tried| tried.token == token && matches!(tried.hold(), Hold::Active | Hold::Paid));
        match book.pages.iter_mut().find(|page| page.token == token) {
            Some(page) if page.state == PageState::Canceled => {
                errors(StatusCode::BAD_REQUEST, ["token already canceled"])
            }
            Some(_) if busy => errors(StatusCode::BAD_REQUEST, ["Transaction is on progress"]),
            Some(page) if page.state == PageState::Open => {
                page.state = PageState::Canceled;
                let at = now.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
                super::json(StatusCode::OK, &json!({ "canceled_at": at }))
            }
            _ => errors(StatusCode::NOT_FOUND, ["token not found"]),
        }
    })
}

fn addresses(request: &Request, header: &str) -> Vec<String> {
    let list = request
        .header(header)
        .unwrap_or_default()
        .split(',')
        .map(str::trim);
    list.filter(|address| !address.is_empty())
        .take(MOST_HOOKS)
        .map(str::to_owned)
        .collect()
}

fn errors<T: Into<String>>(status: StatusCode, texts: impl IntoIterator<Item = T>) -> Response {
    let texts: Vec<String> = texts.into_iter().map(Into::into).collect();
    super::json(status, &json!({ "error_messages": texts }))
}
