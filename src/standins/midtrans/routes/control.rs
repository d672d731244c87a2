//! `/standin`: what programs do in the place of customers, banks and bad luck. Not part of Midtrans.

use std::sync::Arc;

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Data, Json, Path, Query},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{
    actions::{Action, Particulars},
    gateway::Gateway,
    payments::Refused,
    quirks::Quirks,
};

/// `POST /standin/pay/{order, token or transaction}`, and likewise for the other actions.
#[handler]
pub(super) fn act(
    Path((action, id)): Path<(Action, String)>,
    body: Vec<u8>,
    Data(gateway): Data<&Arc<Gateway>>,
) -> Response {
    let particulars = if body.is_empty() {
        Ok(None)
    } else {
        serde_json::from_slice::<Option<Particulars>>(&body)
    };
    let particulars = match particulars {
        Ok(particulars) => particulars.unwrap_or_default(),
        Err(error) => {
            return super::json(
                StatusCode::BAD_REQUEST,
                &json!({ "error": error.to_string() }),
            );
        }
    };
    match gateway.act(action, &id, &particulars) {
        Ok(transaction) => super::json(StatusCode::OK, &json!(transaction)),
        Err(refused) => {
            let status = if matches!(refused, Refused::NotFound(_)) {
                StatusCode::NOT_FOUND
            } else {
                StatusCode::CONFLICT
            };
            super::json(status, &json!({ "error": refused.to_string() }))
        }
    }
}

#[handler]
pub(super) fn transactions(Data(gateway): Data<&Arc<Gateway>>) -> Json<Value> {
    gateway.with_book(|book, _| {
        Json(json!({ "pages": book.pages, "transactions": book.transactions }))
    })
}

/// The history Midtrans shows on its dashboard, oldest first, and what still waits.
#[handler]
pub(super) fn notifications(Data(gateway): Data<&Arc<Gateway>>) -> Json<Value> {
    let book = gateway.book();
    Json(json!({ "waiting": book.queue, "finished": book.history }))
}

#[derive(Deserialize)]
struct Address {
    url: Option<String>,
}

#[handler]
pub(super) fn set_notification_url(
    Json(address): Json<Address>,
    Data(gateway): Data<&Arc<Gateway>>,
) -> StatusCode {
    gateway.set_notification_url(address.url);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Whose {
    order_id: Option<String>,
}

#[handler]
pub(super) fn quirks(Data(gateway): Data<&Arc<Gateway>>) -> Json<Value> {
    let book = gateway.book();
    Json(json!({ "all": book.quirks, "orders": book.order_quirks }))
}

#[handler]
pub(super) fn set_quirks(
    Query(whose): Query<Whose>,
    Json(wanted): Json<Quirks>,
    Data(gateway): Data<&Arc<Gateway>>,
) -> StatusCode {
    let mut book = gateway.book();
    match whose.order_id {
        Some(order_id) => drop(book.order_quirks.insert(order_id, wanted)),
        None => book.quirks = wanted,
    }
    StatusCode::NO_CONTENT
}

#[handler]
pub(super) fn clear_quirks(Data(gateway): Data<&Arc<Gateway>>) -> StatusCode {
    let mut book = gateway.book();
    book.quirks = Quirks::default();
    book.order_quirks.clear();
    StatusCode::NO_CONTENT
}
