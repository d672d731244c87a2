//! Every failure has one shape, poem's own included.

use crate::support::app;
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_is_a_problem() {
    let app = app().await;
    let dewi = app.customer().await;
    let (wire, top_ups) = (&app.wire, "/top-ups");
    wire.get("/api/v1/auth/me")
        .await
        .refuses(401, "token.missing");
    let forged = wire.get("/api/v1/auth/me").token("e30.e30.e30").await;
    let forged = forged.refuses(401, "token.invalid");
    assert_eq!(forged.header("www-authenticate"), Some("Bearer"));
    wire.get("/api/v1/nothing")
        .await
        .refuses(404, "route.not_found");
    dewi.get("/pods/not-an-id")
        .await
        .refuses(404, "route.not_found");
    let there = dewi.get(&format!("/pods/{}", Uuid::now_v7())).await;
    there.refuses(404, "pod.not_found");
    let wrong = dewi.ask(Method::PATCH, top_ups).await;
    let wrong = wrong.refuses(405, "method.not_allowed");
    assert_eq!(wrong.header("allow"), Some("GET, HEAD, POST"));
    let head = dewi.ask(Method::HEAD, top_ups).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));

    let wrong = dewi.post(top_ups, &json!({ "amount": "ten" })).await;
    let wrong = wrong.refuses(400, "request.invalid");
    assert_eq!(wrong["errors"][0]["pointer"], "/amount", "{}", wrong.text);
    let broken = dewi.ask(Method::POST, top_ups);
    let json = "application/json";
    let broken = broken.with(|ask| ask.header("content-type", json).body("{"));
    broken.await.refuses(400, "request.invalid");
    let form = dewi.ask(Method::POST, top_ups);
    let form = form.with(|ask| ask.header("content-type", "text/plain").body("{}"));
    form.await.refuses(415, "content_type.unsupported");
    let page = dewi.get("/top-ups?limit=0").await;
    page.refuses(400, "request.invalid");
    app.finish().await;
}

/// Not once is the connection reset while the sender still speaks: he would never learn why.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_too_much_is_always_told_so() {
    let app = app().await;
    let dewi = app.customer().await;
    let large = json!({ "amount": 50_000, "note": "x".repeat(900_000) });
    for _ in 0..100 {
        let refused = dewi.post("/top-ups", &large).await;
        refused.refuses(413, "body.too_large");
    }
    // With a query it is nothing that anybody looks at.
    dewi.get("/top-ups").json(&large).await.is(200);
    app.finish().await;
}

/// They would go into the history for ever, and no read model could keep them.
#[tokio::test(flavor = "multi_thread")]
async fn dates_that_not_everybody_can_write_come_no_further() {
    let app = app().await;
    let (admin, dewi) = (app.admin().await, app.customer().await);
    for (field, date) in [
        ("valid_until", "+10000-01-01"),
        ("valid_until", "+262142-12-31"),
        ("valid_from", "0000-01-01"),
        ("valid_from", "-4713-01-01"),
    ] {
        let mut coupon = json!({ "code": "HEMAT20", "kind": "percentage", "percent": 20 });
        coupon[field] = json!(date);
        let refused = admin.post("/admin/coupons", &coupon).await;
        refused.locates(&format!("/{field}"));
    }
    let fees = json!({ "month": "-262143-01-01", "amount": 1, "reason": "statement" });
    let refused = admin.post("/admin/ledger/fees", &fees).await;
    refused.locates("/month");
    let hold = json!({ "reason": "spam", "until": "+10000-01-01T00:00:00Z" });
    let path = format!("/admin/pods/{}/hold", Uuid::now_v7());
    admin.post(&path, &hold).await.locates("/until");
    let date = "/admin/ledger/trial-balance?date=%2B262142-12-31";
    admin.get(date).await.locates("date");
    let from = "/wallet/statement?from=2026-1-1&to=2026-01-31";
    dewi.get(from).await.locates("from");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_field_is_told_in_words() {
    let app = app().await;
    let admin = app.admin().await;
    let invite = json!({ "expires_in_minutes": 0 });
    let refused = admin.post("/admin/workers/join-tokens", &invite).await;
    let refused = refused.locates("/expires_in_minutes");
    assert_eq!(refused["errors"][0]["detail"], "is less than 1");
    let page = admin.get("/admin/coupons?limit=0").await.locates("limit");
    assert_eq!(page["errors"][0]["detail"], "is less than 1");
    let invite = json!({ "expires_in_minutes": 60, "pool": null });
    let refused = admin.post("/admin/workers/join-tokens", &invite).await;
    refused.locates("/pool");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_writes_a_pods_status() {
    let app = app().await;
    let dewi = app.customer().await;
    let path = format!("/pods/{}/status", Uuid::now_v7());
    let refused = dewi
        .ask(Method::PUT, &path)
        .json(&json!({ "status": "ready" }));
    let refused = refused.await.refuses(405, "pod.status_is_observed");
    assert_eq!(refused.header("allow"), Some("GET, HEAD"));
    let reason = refused.text_of("detail");
    assert!(reason.contains("observed on the cluster"), "{reason}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_see_how_it_is() {
    let app = app().await;
    app.wire.get("/healthz").await.is(200);
    app.wire.get("/readyz").await.is(200);
    let document = app.wire.get("/openapi.json").await.is(200);
    assert!(document["paths"]["/subscriptions"]["post"].is_object());
    let metrics = app.wire.get("/metrics").await.is(200);
    assert!(metrics.text.ends_with("# EOF\n"));
    app.finish().await;
}
