use super::midtrans;
use crate::payments::{Notification, UnreadableNotification};
use serde_json::{Value, json};

fn body(order_id: &str, status_code: &str, gross_amount: &str, signature: &str) -> Value {
    json!({
        "order_id": order_id, "status_code": status_code, "gross_amount": gross_amount,
        "signature_key": signature, "transaction_status": "settlement",
        "transaction_id": "513f1f01-c9da-474c-9fc9-d5c64364b709", "a_field_of_tomorrow": { "deep": [1, 2.5] },
    })
}

fn parsed(body: &Value) -> Notification {
    Notification::parse(body.to_string().as_bytes()).unwrap()
}

const VECTORS: &[(&str, &str, &str, &str)] = &[
    (
        "1111",
        "200",
        "100000.00",
        "edc076b21793ebe3e17926350f5b8ae67d902fe657b3d0aa31b932d5c127e2375d308a2bc94f3265ac2d80a1f181a79b997ac178a236fcff35af263fc4d4c231",
    ),
    (
        "topup-01J9Z6Q2",
        "201",
        "10000.00",
        "3a20c043797532e23fb903f9f9c81de63548433ec43eccbb163715b72e07e9cefc2a7a5fb534778fec842f92104c6ef6a1f7c97a900586e41180b502eeb778ba",
    ),
    (
        "topup-01J9Z6Q2",
        "200",
        "10000.00",
        "d4253c9f430578a01f7c7dc6113f570e0c376281faf34a916702df71d238a3809c0e449aaa4ba1bd852ff693722f8c7f6a98102e2bacc65ced1873a1d76994f0",
    ),
    (
        "topup-01J9Z6Q2",
        "202",
        "10000.00",
        "afc2d76fe49c8998cb21447747a84fc076f4ed369d237799586ab14600e081cce740a6592b076ec24ab720607bfe7efb0aaeff3f8fc0e167ae26feb9a46236ad",
    ),
    (
        "topup-01J9Z6Q2",
        "407",
        "10000.00",
        "14930c719de900cdee4ebf7197784669e58ab6c50e68468eaaced65f2a064710b73a11a8f59618f5260df05a40d915aca3d04aeb04eebfb9fd0348d159684b46",
    ),
];

#[tokio::test]
async fn every_accepted_key_signs() {
    let midtrans = midtrans("http://127.0.0.1:9");
    for (order, code, amount, signature) in VECTORS {
        assert!(
            midtrans.verify_signature(&parsed(&body(order, code, amount, signature))),
            "{order} {code}"
        );
        let shouted = body(order, code, amount, &signature.to_uppercase());
        assert!(midtrans.verify_signature(&parsed(&shouted)));
    }
}

#[tokio::test]
async fn a_changed_body_is_not_signed() {
    let midtrans = midtrans("http://127.0.0.1:9");
    let (order, code, amount, signature) = VECTORS[2];
    for forged in [
        body("topup-01J9Z6Q3", code, amount, signature),
        body(order, "201", amount, signature),
        body(order, code, "10000", signature),
        body(order, code, "10000.000", signature),
        body(order, code, amount, &signature[..127]),
        body(order, code, amount, &format!("{signature}0")),
        body(order, code, amount, "00"),
    ] {
        assert!(!midtrans.verify_signature(&parsed(&forged)), "{forged}");
    }
}

#[tokio::test]
async fn a_number_is_signed_as_it_stands_in_the_body() {
    let signature = VECTORS[2].3;
    let raw = format!(
        r#"{{"order_id":"topup-01J9Z6Q2","status_code":200,"gross_amount":10000.00,"signature_key":"{signature}",
        "transaction_status":"PENDING","transaction_time":"2021-06-23 14:02:42"}}"#
    );
    let notification = Notification::parse(raw.as_bytes()).unwrap();
    assert!(midtrans("http://127.0.0.1:9").verify_signature(&notification));
    assert_eq!(notification.transaction_status.as_deref(), Some("pending"));
    assert_eq!(notification.transaction_id, None);
    assert_eq!(
        notification.transaction_time.unwrap().to_rfc3339(),
        "2021-06-23T07:02:42+00:00"
    );
}

#[test]
fn what_is_no_notification_is_refused() {
    let without = |field: &str| {
        let mut body = body("topup-1", "200", "1.00", "00");
        body.as_object_mut().unwrap().remove(field);
        Notification::parse(body.to_string().as_bytes())
    };
    for field in ["order_id", "status_code", "gross_amount", "signature_key"] {
        assert_eq!(
            without(field),
            Err(UnreadableNotification::Malformed),
            "{field}"
        );
    }
    for raw in [
        "",
        "null",
        "[]",
        "{}",
        "{\"order_id\":",
        "\u{feff}{}",
        "order_id=topup-1",
    ] {
        assert_eq!(
            Notification::parse(raw.as_bytes()),
            Err(UnreadableNotification::Malformed),
            "{raw}"
        );
    }
    let doubled = br#"{"order_id":"a","order_id":"b","status_code":"200","gross_amount":"1.00","signature_key":"0"}"#;
    assert_eq!(
        Notification::parse(doubled),
        Err(UnreadableNotification::Malformed)
    );
    let mut large = body("topup-1", "200", "1.00", "00");
    large["custom_field1"] = "x".repeat(Notification::MAX_BYTES).into();
    assert_eq!(
        Notification::parse(large.to_string().as_bytes()),
        Err(UnreadableNotification::TooLarge)
    );
}
