//! The list of an order's payments.

use super::gateway::Gateway;
use crate::payments::GatewayError;
use serde_json::{Value, json};

fn payment(transaction_id: &str) -> Value {
    json!({
        "order_id": "topup-1", "transaction_id": transaction_id, "transaction_status": "settlement",
        "status_code": "200", "payment_type": "qris", "gross_amount": "10000.00",
    })
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_not_one_without_payments() {
    let gateway = Gateway::start().await;
    let one = payment("513f1f01");
    let list = |payments: Value| json!({ "status_code": "200", "transactions": payments });
    let listed = gateway.says(200, list(json!([one]))).attempts("topup-1");
    assert_eq!(listed.await.unwrap()[0].transaction_id, "513f1f01");
    assert_eq!(gateway.asked().0, "GET /v2/topup-1/status/b2b");
    let unknown = json!({ "status_code": "404", "status_message": "Transaction doesn't exist." });
    for none in [unknown, list(json!([]))] {
        let listed = gateway.says(200, none).attempts("topup-1").await;
        assert_eq!(listed.unwrap(), []);
    }
    for odd in [
        list(json!([one, { "transaction_id": "513f1f02" }])),
        list(json!("none")),
        json!({ "status_code": "407", "transactions": {} }),
    ] {
        let error = gateway.says(200, &odd).attempts("topup-1").await;
        let error = error.unwrap_err();
        assert!(
            matches!(error, GatewayError::Malformed { .. }),
            "{odd} {error:?}"
        );
    }
}

#[tokio::test]
async fn what_the_gateway_does_not_list_it_does_not_list_and_its_trouble_is_another_thing() {
    let gateway = Gateway::start().await;
    for code in [400, 402, 403, 407, 410, 411, 412, 413] {
        let refusal = json!({ "status_code": code.to_string(), "status_message": "not enabled" });
        for http in [200, code] {
            let listed = gateway.says(http, &refusal).attempts("topup-1").await;
            assert_eq!(listed.unwrap(), [], "{http} {code}");
        }
    }
    for http in [403, 404] {
        let nowhere = gateway.says(http, "<html>not here</html>");
        assert_eq!(nowhere.attempts("topup-1").await.unwrap(), [], "{http}");
    }
    // One payment is no list of them, and it is known by its own status.
    for none in [
        payment("513f1f01"),
        json!({ "status_code": "200", "transactions": null }),
    ] {
        let listed = gateway.says(200, &none).attempts("topup-1").await;
        assert_eq!(listed.unwrap(), [], "{none}");
    }
    for (http, trouble) in [
        (200, json!({ "status_code": "401" })),
        (200, json!({ "status_code": "429" })),
        (200, json!({ "status_code": "500" })),
        (503, json!({ "status_code": "503" })),
        (302, json!({})),
        (200, json!("<html>")),
    ] {
        let error = gateway.says(http, &trouble).attempts("topup-1").await;
        assert!(error.is_err(), "{http} {trouble}");
    }
}
