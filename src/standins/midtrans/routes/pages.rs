//! The pages: the list of orders, and the page a customer pays on. Plain forms, so that no script is needed.

use std::sync::Arc;

use poem::{
    IntoResponse, Response, handler,
    http::StatusCode,
    web::{Data, Form, Path, Redirect},
};
use serde_json::{Value, json};

use super::super::{
    actions::{Action, Particulars},
    body::jakarta,
    book::Book,
    delivery::Delivery,
    gateway::Gateway,
    transaction::{Hold, Page, Status, Transaction},
};
use crate::standins::pages;

/// So many orders and notifications are listed, the newest first.
const LISTED: usize = 100;

#[handler]
pub(super) fn index(Data(gateway): Data<&Arc<Gateway>>) -> Response {
    let notification_url = gateway.notification_url();
    let values = gateway.with_book(|book, now| {
        let orders: Vec<Value> = book.pages.iter().rev().take(LISTED).map(|page| {
            let last = last_try(book, page);
            json!({
                "order_id": page.order_id, "token": page.token, "amount": page.gross_amount, "opened_at": jakarta(page.opened_at),
                "method": last.map(|tried| tried.method.title),
                "status": last.map(|tried| tried.status.as_str()),
                "closed": book.closed_because(page, now), "paid": last.is_some_and(|tried| tried.hold() == Hold::Paid && tried.status != Status::Deny),
            })
        }).collect();
        let recent = book.queue.iter().rev().chain(book.history.iter().rev()).take(LISTED);
        json!({ "orders": orders, "deliveries": recent.map(told).collect::<Vec<_>>(), "merchant_id": book.merchant.merchant_id, "client_key": book.merchant.client_key })
    });
    pages::page(
        "midtrans/index.html",
        json!({ "notification_url": notification_url, "book": values }),
    )
}

#[handler]
pub(super) fn payment(Path(token): Path<String>, Data(gateway): Data<&Arc<Gateway>>) -> Response {
    show(gateway, &token, None)
}

fn show(gateway: &Gateway, token: &str, problem: Option<String>) -> Response {
    let values = gateway.with_book(|book, now| {
        let page = book.pages.iter().find(|page| page.token == token)?;
        let last = last_try(book, page);
        let methods: Vec<Value> = page.methods.iter().map(|method| {
            let (least, most) = method.limits;
            json!({ "name": method.name, "title": method.title, "fits": (least..=most).contains(&page.gross_amount) })
        }).collect();
        let details = last.map(|tried| instructions(&book.describe(tried, "200", "")));
        let can = |wanted: &[Status]| last.is_some_and(|tried| wanted.contains(&tried.status));
        Some(json!({
            "page": page, "methods": methods, "last": last, "details": details, "problem": problem, "merchant_id": book.merchant.merchant_id,
            "method": last.map(|tried| tried.method.title), "status": last.map(|tried| tried.status.as_str()),
            "ends_at": jakarta(last.filter(|tried| tried.hold() == Hold::Active).map_or(page.page_ends_at, |tried| tried.expiry_time)),
            "open": book.closed_because(page, now).is_none(), "closed": book.closed_because(page, now),
            "pending": can(&[Status::Pending]),
            "settle": can(&[Status::Capture]),
            "refund": can(&[Status::Settlement, Status::PartialRefund]),
            "chargeback": can(&[Status::Capture, Status::Settlement, Status::PartialRefund]) && last.is_some_and(|tried| tried.method.is_card()),
            "reverse": can(&[Status::Settlement]) && last.is_some_and(|tried| tried.method.reversible),
        }))
    });
    match values {
        Some(values) => pages::page("midtrans/payment.html", values),
        None => StatusCode::NOT_FOUND
            .with_body("There is no such payment page.")
            .into_response(),
    }
}

#[handler]
pub(super) fn choose(
    Path(token): Path<String>,
    Form(particulars): Form<Particulars>,
    Data(gateway): Data<&Arc<Gateway>>,
) -> Response {
    perform(gateway, Action::Choose, &token, &particulars)
}

#[handler]
pub(super) fn act(
    Path((token, action)): Path<(String, Action)>,
    Form(particulars): Form<Particulars>,
    Data(gateway): Data<&Arc<Gateway>>,
) -> Response {
    perform(gateway, action, &token, &particulars)
}

fn perform(gateway: &Gateway, action: Action, token: &str, particulars: &Particulars) -> Response {
    let transaction = match gateway.act(action, token, particulars) {
        Ok(transaction) => transaction,
        Err(refused) => {
            return show(gateway, token, Some(refused.to_string()))
                .with_status(StatusCode::CONFLICT)
                .into_response();
        }
    };
    let finish = gateway
        .book()
        .page(token)
        .and_then(|page| page.finish.clone());
    let target = match finish {
        Some(finish) if action == Action::Pay => {
            let joint = if finish.contains('?') { '&' } else { '?' };
            let code = super::super::body::status_code(&transaction);
            format!(
                "{finish}{joint}order_id={}&status_code={code}&transaction_status={}",
                transaction.order_id,
                transaction.status.as_str()
            )
        }
        _ => format!("/snap/v4/r/{token}"),
    };
    Redirect::see_other(target).into_response()
}

fn last_try<'a>(book: &'a Book, page: &Page) -> Option<&'a Transaction> {
    book.transactions
        .iter()
        .rev()
        .find(|tried| tried.token == page.token)
}

/// The numbers a customer needs at the bank, the counter or the wallet.
fn instructions(told: &Value) -> Vec<Value> {
    let account = &told["va_numbers"][0];
    let shown = [
        ("Account number", &account["va_number"]),
        ("Account number", &told["permata_va_number"]),
        ("Biller code", &told["biller_code"]),
        ("Bill key", &told["bill_key"]),
        ("Payment code", &told["payment_code"]),
        ("Card", &told["masked_card"]),
        ("Transaction", &told["transaction_id"]),
    ];
    shown
        .into_iter()
        .filter(|(_, value)| value.is_string())
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}

fn told(delivery: &Delivery) -> Value {
    let answers = delivery
        .attempts
        .iter()
        .map(|attempt| match &attempt.answer {
            Ok(status) => status.to_string(),
            Err(_) => "no answer".to_owned(),
        });
    json!({
        "order_id": delivery.order_id, "status": delivery.transaction_status, "outcome": delivery.outcome,
        "answers": answers.collect::<Vec<_>>().join(", "),
    })
}
