//! The HTTP side: Midtrans' own two APIs behind their guard, the pages for people, and `/standin` for programs.

mod control;
mod core;
mod guard;
mod pages;
mod snap;

use std::sync::Arc;

use poem::{Body, Endpoint, EndpointExt, Response, Route, get, http::StatusCode, post};
use serde_json::Value;

use super::gateway::Gateway;
use guard::Api;

pub(super) fn all(gateway: Arc<Gateway>) -> impl Endpoint + 'static {
    let snap = Route::new()
        .at("/transactions", post(snap::create))
        .at("/transactions/:token/cancel", post(snap::cancel));
    let core = Route::new()
        .at("/:id/status", get(core::status))
        .at("/:id/status/b2b", get(core::all_statuses))
        .at("/:id/cancel", post(core::cancel))
        .at("/:id/expire", post(core::expire))
        .at("/:id/approve", post(core::approve))
        .at("/:id/deny", post(core::deny))
        .at("/:id/refund", post(core::refund))
        .at("/:id/refund/online/direct", post(core::direct_refund));
    let balance = Route::new().at("/mutation", get(core::balance));
    let page = || get(pages::payment).post(pages::choose);
    Route::new()
        .nest(
            "/snap/v1",
            guard::guarded(snap, Api::Snap, Arc::clone(&gateway)),
        )
        .nest("/v2", guard::guarded(core, Api::Core, Arc::clone(&gateway)))
        .nest(
            "/v1/balance",
            guard::guarded(balance, Api::Core, Arc::clone(&gateway)),
        )
        .at("/", get(pages::index))
        .at("/snap/v4/r/:token", page())
        .at("/snap/v4/redirection/:token", page())
        .at("/snap/v4/r/:token/:action", post(pages::act))
        .at("/standin/transactions", get(control::transactions))
        .at("/standin/notifications", get(control::notifications))
        .at(
            "/standin/notification_url",
            post(control::set_notification_url).put(control::set_notification_url),
        )
        .at(
            "/standin/quirks",
            get(control::quirks)
                .post(control::set_quirks)
                .put(control::set_quirks)
                .delete(control::clear_quirks),
        )
        .at("/standin/:action/:id", post(control::act))
        .data(gateway)
}

fn json(status: StatusCode, body: &Value) -> Response {
    Response::builder()
        .status(status)
        .content_type("application/json")
        .body(Body::from(body.to_string()))
}
