//! The Core API. Its answers are HTTP 200 whatever happened; the inner `status_code` tells.

use std::sync::Arc;

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Data, Path, Query},
};
use serde_json::{Value, json};

use super::super::{
    balance::Window,
    gateway::{Gateway, new_uuid},
    merchant_calls::{Call, RefundWish, Refusal},
};

#[handler]
pub(super) fn status(Path(id): Path<String>, Data(gateway): Data<&Arc<Gateway>>) -> Response {
    let found = gateway.with_book(|book, _| book.status(&id));
    answer(gateway, &id, found)
}

#[handler]
pub(super) fn all_statuses(Path(id): Path<String>, Data(gateway): Data<&Arc<Gateway>>) -> Response {
    let found = gateway.with_book(|book, _| book.all_statuses(&id));
    let list = |tries: Vec<Value>| json!({ "status_code": "200", "status_message": "Success, transaction is found", "transactions": tries });
    answer(gateway, &id, found.map(list))
}

#[handler]
pub(super) fn cancel(Path(id): Path<String>, Data(gateway): Data<&Arc<Gateway>>) -> Response {
    call(gateway, Call::Cancel, &id)
}

#[handler]
pub(super) fn expire(Path(id): Path<String>, Data(gateway): Data<&Arc<Gateway>>) -> Response {
    call(gateway, Call::Expire, &id)
}

#[handler]
pub(super) fn approve(Path(id): Path<String>, Data(gateway): Data<&Arc<Gateway>>) -> Response {
    call(gateway, Call::Approve, &id)
}

#[handler]
pub(super) fn deny(Path(id): Path<String>, Data(gateway): Data<&Arc<Gateway>>) -> Response {
    call(gateway, Call::Deny, &id)
}

#[handler]
pub(super) fn refund(
    Path(id): Path<String>,
    body: Vec<u8>,
    Data(gateway): Data<&Arc<Gateway>>,
) -> Response {
    give_back(gateway, &id, &body, false)
}

#[handler]
pub(super) fn direct_refund(
    Path(id): Path<String>,
    body: Vec<u8>,
    Data(gateway): Data<&Arc<Gateway>>,
) -> Response {
    give_back(gateway, &id, &body, true)
}

#[handler]
pub(super) fn balance(
    Query(window): Query<Window>,
    Data(gateway): Data<&Arc<Gateway>>,
) -> Response {
    match gateway.with_book(|book, now| book.balance(&window, now)) {
        Ok(body) => Response::builder()
            .content_type("application/json")
            .body(body),
        Err(refusal) => answer(gateway, "", Err(refusal)),
    }
}

fn call(gateway: &Gateway, call: Call, id: &str) -> Response {
    let done = gateway.with_book(|book, _| book.call(call, id));
    answer(gateway, id, done)
}

fn give_back(gateway: &Gateway, id: &str, body: &[u8], direct: bool) -> Response {
    let body = if body.is_empty() {
        Ok(Value::Null)
    } else {
        serde_json::from_slice(body)
    };
    let not_json = |_| Refusal {
        code: 413,
        message: "The request cannot be processed due to malformed syntax".to_owned(),
    };
    let confirmation_due = gateway.refund_confirmation_due();
    let done = body
        .map_err(not_json)
        .and_then(|body| RefundWish::read(&body))
        .and_then(|wish| {
            gateway.with_book(|book, now| book.refund(id, &wish, direct, now, confirmation_due))
        });
    answer(gateway, id, done)
}

fn answer(gateway: &Gateway, id: &str, result: Result<Value, Refusal>) -> Response {
    let body = result.unwrap_or_else(|refusal| {
        json!({ "status_code": refusal.code.to_string(), "status_message": refusal.message, "id": new_uuid() })
    });
    let book = gateway.book();
    let order_id = book
        .find(id)
        .map_or(id, |index| &book.transactions[index].order_id);
    let inner = body["status_code"]
        .as_str()
        .and_then(|code| code.parse::<StatusCode>().ok());
    let http = inner
        .filter(|_| book.quirks_of(order_id).mirror_status)
        .unwrap_or(StatusCode::OK);
    super::json(http, &body)
}
