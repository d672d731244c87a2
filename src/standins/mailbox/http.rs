//! Reading the mail: pages for people, JSON for programs.

use std::sync::Arc;

use chrono::SecondsFormat;
use poem::{
    Endpoint, EndpointExt, IntoResponse, Response, Route, get, handler,
    http::{StatusCode, header},
    web::{Data, Json, Path, Query},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{faults::Faults, message::Message, shelf::Shelf};
use crate::standins::pages;

/// A mail's own HTML runs nothing and fetches nothing.
const NOTHING_FROM_ELSEWHERE: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'";

pub(super) fn all(shelf: Arc<Shelf>) -> impl Endpoint + 'static {
    Route::new()
        .at("/", get(list))
        .at("/messages/:id", get(show))
        .at("/messages/:id/raw", get(raw))
        .at("/api/messages", get(list_json).delete(clear))
        .at("/api/messages/:id", get(show_json))
        .at(
            "/api/faults",
            get(tell_faults).put(set_faults).post(set_faults),
        )
        .data(shelf)
}

#[derive(Deserialize)]
struct Filter {
    to: Option<String>,
}

/// The newest first.
fn summaries(shelf: &Shelf, filter: &Filter) -> Vec<Value> {
    let wanted = filter
        .to
        .as_deref()
        .map(str::to_lowercase)
        .unwrap_or_default();
    let fits = |message: &Message| {
        let mut to = message.to.iter();
        to.any(|to| to.to_lowercase().contains(&wanted))
    };
    shelf.messages(fits).iter().rev().map(summary).collect()
}

fn summary(message: &Message) -> Value {
    json!({
        "id": message.id,
        "from": message.from,
        "to": message.to,
        "subject": message.subject(),
        "received_at": message.received_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        "size": message.raw.len(),
    })
}

fn whole(message: &Message) -> Value {
    let mut whole = summary(message);
    let headers: Vec<Value> = message
        .headers()
        .into_iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    whole["headers"] = headers.into();
    whole["text"] = message.text().into();
    whole["html"] = message.html().into();
    whole["raw"] = String::from_utf8_lossy(&message.raw).into();
    whole
}

#[handler]
fn list(Query(filter): Query<Filter>, Data(shelf): Data<&Arc<Shelf>>) -> Response {
    pages::page(
        "mailbox/list.html",
        json!({ "messages": summaries(shelf, &filter), "to": filter.to.unwrap_or_default() }),
    )
}

#[handler]
fn show(Path(id): Path<u64>, Data(shelf): Data<&Arc<Shelf>>) -> Response {
    match shelf.message(id) {
        Some(message) => pages::page("mailbox/message.html", whole(&message))
            .with_header(header::CONTENT_SECURITY_POLICY, NOTHING_FROM_ELSEWHERE)
            .into_response(),
        None => missing(),
    }
}

#[handler]
fn raw(Path(id): Path<u64>, Data(shelf): Data<&Arc<Shelf>>) -> Response {
    match shelf.message(id) {
        Some(message) => Response::builder()
            .content_type("message/rfc822")
            .header(
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{id}.eml\""),
            )
            .body(message.raw),
        None => missing(),
    }
}

/// `?to=` keeps those whose recipients contain the text.
#[handler]
fn list_json(Query(filter): Query<Filter>, Data(shelf): Data<&Arc<Shelf>>) -> Json<Vec<Value>> {
    Json(summaries(shelf, &filter))
}

#[handler]
fn show_json(Path(id): Path<u64>, Data(shelf): Data<&Arc<Shelf>>) -> Response {
    shelf
        .message(id)
        .map_or_else(missing, |message| Json(whole(&message)).into_response())
}

#[handler]
fn clear(Data(shelf): Data<&Arc<Shelf>>) -> StatusCode {
    shelf.clear();
    StatusCode::NO_CONTENT
}

#[handler]
fn tell_faults(Data(shelf): Data<&Arc<Shelf>>) -> Json<Faults> {
    Json(shelf.faults())
}

#[handler]
fn set_faults(Json(wanted): Json<Faults>, Data(shelf): Data<&Arc<Shelf>>) -> StatusCode {
    shelf.set_faults(wanted);
    StatusCode::NO_CONTENT
}

fn missing() -> Response {
    StatusCode::NOT_FOUND
        .with_body("There is no such message.")
        .into_response()
}
