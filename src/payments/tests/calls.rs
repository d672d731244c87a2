//! The client over a real socket.

use super::{config, gateway::Gateway, midtrans};
use crate::payments::{Customer, GatewayError, Midtrans, Page, PageCancellation, Verdict};
use purser_domain::Rupiah;
use serde_json::{Value, json};
use tokio::net::TcpListener;

fn rp(amount: i64) -> Rupiah {
    Rupiah::try_from(amount).unwrap()
}

fn customer() -> Customer {
    Customer {
        first_name: "Budi".into(),
        last_name: None,
        email: "budi@example.com".parse().unwrap(),
        phone: None,
        by_card: true,
    }
}

async fn open(midtrans: &Midtrans) -> Result<Page, GatewayError> {
    midtrans
        .create_page(
            "topup-1",
            rp(10_000),
            &customer(),
            180,
            "https://panel.example.id/topups/1",
        )
        .await
}

fn settled(code: &str, status: &str) -> Value {
    json!({
        "order_id": "topup-1", "transaction_id": "513f1f01", "transaction_status": status, "status_code": code,
        "status_message": "Success, transaction is found", "payment_type": "qris", "gross_amount": "10000.00",
        "currency": "IDR", "merchant_id": "G141532850", "fraud_status": "accept",
    })
}

#[tokio::test]
async fn a_page_is_opened_with_the_key_as_user_name() {
    let gateway = Gateway::start().await;
    let midtrans = gateway.says(
        201,
        json!({ "token": "d379aa71", "redirect_url": "https://pay.example/d379aa71" }),
    );
    let page = open(midtrans).await.unwrap();
    assert_eq!(
        (page.token.as_str(), page.redirect_url.as_str()),
        ("d379aa71", "https://pay.example/d379aa71")
    );
    let (line, key, body) = gateway.asked();
    assert_eq!(line, "POST /snap/v1/transactions");
    assert_eq!(key, "Basic U0ItTWlkLXNlcnZlci1URVNUS0VZLTAwMDE6");
    assert_eq!(
        body["transaction_details"],
        json!({ "order_id": "topup-1", "gross_amount": 10_000 })
    );
}

#[tokio::test]
async fn a_refused_page_says_why_and_a_paid_order_says_so() {
    let gateway = Gateway::start().await;
    let wrong = json!({ "error_messages": ["transaction_details.gross_amount is not equal to the sum of item_details"] });
    let error = open(gateway.says(400, wrong)).await.unwrap_err();
    assert!(
        matches!(&error, GatewayError::Refused { status: 400, messages } if messages.len() == 1),
        "{error:?}"
    );
    assert!(!error.is_retryable());
    for text in [
        "transaction_details.order_id has been paid and utilized, please use another order ID",
        "transaction_details.order_id has already been taken",
        "order_id sudah digunakan",
    ] {
        let error = open(gateway.says(400, json!({ "error_messages": [text] })))
            .await
            .unwrap_err();
        assert!(matches!(error, GatewayError::OrderInUse), "{error:?}");
    }
}

#[tokio::test]
async fn no_method_chosen_is_no_failure_outside_or_inside() {
    let gateway = Gateway::start().await;
    let unknown =
        json!({ "status_code": "404", "status_message": "Transaction doesn't exist.", "id": "x" });
    for status in [200, 404] {
        assert_eq!(
            gateway
                .says(status, &unknown)
                .status("topup-1")
                .await
                .unwrap(),
            None
        );
    }
    assert_eq!(gateway.asked().0, "GET /v2/topup-1/status");
    let elsewhere = gateway
        .says(404, "<html>not here</html>")
        .status("topup-1")
        .await
        .unwrap_err();
    assert!(
        matches!(elsewhere, GatewayError::Malformed { status: 404, .. }),
        "{elsewhere:?}"
    );
}

#[tokio::test]
async fn an_expired_payment_is_a_normal_answer_and_a_refusal_inside_is_an_error() {
    let gateway = Gateway::start().await;
    let expected = gateway.midtrans.expected("topup-1", rp(10_000));
    for http in [200, 407] {
        let report = gateway
            .says(http, settled("407", "expire"))
            .status("topup-1")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(report.verdict(&expected), Verdict::Expired);
    }
    let report = gateway
        .says(200, settled("200", "settlement"))
        .status("513f1f01")
        .await
        .unwrap()
        .unwrap();
    assert!(matches!(report.verdict(&expected), Verdict::Paid(_)));
    let refused = json!({ "status_code": "412", "status_message": "no" });
    let error = gateway
        .says(200, refused)
        .status("topup-1")
        .await
        .unwrap_err();
    assert!(
        matches!(error, GatewayError::Refused { status: 412, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn errors_are_told_apart_by_whether_waiting_helps() {
    let gateway = Gateway::start().await;
    for (http, body, retryable, words) in [
        (
            401,
            json!({ "error_messages": ["Access denied"] }).to_string(),
            false,
            "does not accept",
        ),
        (
            200,
            json!({ "status_code": "401" }).to_string(),
            false,
            "does not accept",
        ),
        (429, "slow down".to_owned(), true, "fewer"),
        (503, "<html>".to_owned(), true, "out of order (503)"),
        (
            200,
            json!({ "status_code": "500" }).to_string(),
            true,
            "out of order (500)",
        ),
        (200, "<html>".to_owned(), true, "not understood"),
        (
            200,
            json!({ "status_code": "200" }).to_string(),
            true,
            "not understood",
        ),
        (302, "".to_owned(), true, "not understood"),
        (
            413,
            json!({ "status_code": "413" }).to_string(),
            false,
            "refused with 413",
        ),
    ] {
        let error = gateway
            .says(http, &body)
            .status("topup-1")
            .await
            .unwrap_err();
        assert_eq!(error.is_retryable(), retryable, "{error:?}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_gateway_that_is_not_there_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = midtrans(&url)
        .cancel_page("secret-token")
        .await
        .unwrap_err();
    assert!(
        matches!(error, GatewayError::Unreachable(_)) && error.is_retryable(),
        "{error:?}"
    );
    assert!(!format!("{error:?}").contains("secret-token"));
}

#[tokio::test]
async fn a_gateway_that_is_silent_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut config = config(&url);
    config.timeout_ms = 100;
    let midtrans = Midtrans::new(config).unwrap();
    let error = midtrans.status("topup-1").await.unwrap_err();
    assert!(
        matches!(&error, GatewayError::Unreachable(cause) if cause.is_timeout()),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_page_is_closed_once_and_not_under_a_paying_customer() {
    let gateway = Gateway::start().await;
    for (http, body, outcome) in [
        (
            200,
            json!({ "canceled_at": "2025-06-03T13:09:39.776Z" }),
            PageCancellation::Cancelled,
        ),
        (
            400,
            json!({ "error_messages": ["token already canceled"] }),
            PageCancellation::Cancelled,
        ),
        (
            400,
            json!({ "error_messages": ["Transaction is on progress"] }),
            PageCancellation::InPayment,
        ),
        (
            404,
            json!({ "error_messages": ["token not found"] }),
            PageCancellation::Unknown,
        ),
    ] {
        assert_eq!(
            gateway
                .says(http, &body)
                .cancel_page("d379aa71")
                .await
                .unwrap(),
            outcome,
            "{body}"
        );
    }
    assert_eq!(
        gateway.asked().0,
        "POST /snap/v1/transactions/d379aa71/cancel"
    );
}

#[tokio::test]
async fn a_payment_is_cancelled_or_expired_and_answers_how_it_stands() {
    let gateway = Gateway::start().await;
    let report = gateway
        .says(200, settled("200", "cancel"))
        .cancel("topup-1")
        .await
        .unwrap();
    assert_eq!(report.transaction_status, "cancel");
    assert_eq!(gateway.asked().0, "POST /v2/topup-1/cancel");
    let report = gateway
        .says(200, settled("407", "expire"))
        .expire("topup-1")
        .await
        .unwrap();
    assert_eq!(report.transaction_status, "expire");
    assert_eq!(gateway.asked().0, "POST /v2/topup-1/expire");
    let late = json!({ "status_code": "412", "status_message": "Merchant cannot modify the status of the transaction" });
    for http in [200, 412] {
        let error = gateway
            .says(http, &late)
            .cancel("topup-1")
            .await
            .unwrap_err();
        assert!(
            matches!(error, GatewayError::Refused { status: 412, .. }),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_refund_carries_its_key_and_a_denied_one_is_refused() {
    let gateway = Gateway::start().await;
    let reason = "ä".repeat(300);
    gateway
        .says(200, settled("200", "partial_refund"))
        .refund("513f1f01", "refund-1", rp(5_000), &reason)
        .await
        .unwrap();
    let (line, _, body) = gateway.asked();
    assert_eq!(line, "POST /v2/513f1f01/refund");
    assert_eq!(
        (&body["refund_key"], &body["amount"]),
        (&json!("refund-1"), &json!(5_000))
    );
    assert_eq!(body["reason"].as_str().unwrap().chars().count(), 255);
    for code in ["202", "406", "412", "414"] {
        let answer = settled(code, "settlement");
        let error = gateway
            .says(200, answer)
            .refund("513f1f01", "refund-1", rp(5_000), "")
            .await
            .unwrap_err();
        assert!(matches!(error, GatewayError::Refused { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn every_call_speaks_json_whether_it_has_a_body_or_not() {
    let gateway = Gateway::start().await;
    let paid = settled("200", "settlement");
    let says = || gateway.says(200, &paid);
    let spoken = |call: &str| {
        for name in ["content-type", "accept"] {
            assert_eq!(gateway.header(name), ["application/json"], "{name} {call}");
        }
    };
    // A payment is no page.
    open(says()).await.unwrap_err();
    spoken("create_page");
    let closed = json!({ "canceled_at": "2025-06-03T13:09:39.776Z" });
    let closed = gateway.says(200, closed).cancel_page("d379aa71").await;
    closed.unwrap();
    spoken("cancel_page");
    says().status("topup-1").await.unwrap();
    spoken("status");
    // A payment is no list of them.
    assert_eq!(says().attempts("topup-1").await.unwrap(), []);
    spoken("attempts");
    says().cancel("topup-1").await.unwrap();
    spoken("cancel");
    says().expire("topup-1").await.unwrap();
    spoken("expire");
    let refunded = says().refund("513f1f01", "refund-1", rp(5_000), "").await;
    refunded.unwrap();
    spoken("refund");
}

#[tokio::test]
async fn an_id_from_a_forged_body_does_not_reach_another_address() {
    let gateway = Gateway::start().await;
    let midtrans = gateway.says(200, settled("200", "settlement"));
    let long = "x".repeat(65);
    for id in [
        "",
        "..",
        "a/b",
        "a?b",
        "a#b",
        "a%2fb",
        "a b",
        "é",
        long.as_str(),
    ] {
        assert!(
            matches!(midtrans.status(id).await, Err(GatewayError::ImpossibleId)),
            "{id}"
        );
    }
    assert!(!gateway.was_asked());
}
