//! What the gateway says of its balance.

use super::gateway::Gateway;
use crate::payments::{Balance, GatewayError, Midtrans};
use chrono::{DateTime, Utc};

/// The documentation's own example, with a payin wallet that says all.
const TOLD: &str = r#"{
    "currency": "IDR",
    "start_time": "2026-03-02T00:00:00+07:00",
    "end_time": "2026-03-02T23:59:59+07:00",
    "opening_balance_effective": 962000.01, "closing_balance_effective": 59312508.02,
    "opening_balance_pending": 0.01, "closing_balance_pending": 0.00,
    "opening_balance_overall": 962000.02, "closing_balance_overall": 59312508.02,
    "wallets": [
        {
            "source": "iris",
            "opening_balance_overall": 7.00, "closing_balance_overall": 8.00
        },
        {
            "source": "payin",
            "opening_balance_effective": 962000.00, "closing_balance_effective": 144.00,
            "opening_balance_pending": 0.01, "closing_balance_pending": 0.00,
            "opening_balance_overall": 962000.01, "closing_balance_overall": 144.00
        }
    ]
}"#;

async fn asked(midtrans: &Midtrans) -> Result<Balance, GatewayError> {
    let moment = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let (from, until) = ("2026-03-01T17:00:00Z", "2026-03-02T17:00:00Z");
    midtrans.balance(moment(from), moment(until)).await
}

#[tokio::test]
async fn the_payin_wallet_is_read_to_the_hundredth() {
    let gateway = Gateway::start().await;
    let balance = asked(gateway.says(200, TOLD)).await.unwrap();
    assert_eq!(balance.opening.to_string(), "962000.01");
    assert_eq!(balance.closing.to_string(), "144.00");
    let change = balance.closing.less(balance.opening);
    assert_eq!(change.to_string(), "-961856.01");
    let (line, key, _) = gateway.asked();
    assert_eq!(
        line,
        "GET /v1/balance/mutation?currency=IDR&start_time=2026-03-02T00%3A00%3A00%2B07%3A00&end_time=2026-03-02T23%3A59%3A59%2B07%3A00"
    );
    assert!(key.starts_with("Basic "), "{key}");
    // Text is as good as a number, and so is the same moment in another zone.
    let other = TOLD
        .replace("962000.01,", "\"962000.01\",")
        .replace("2026-03-02T00:00:00+07:00", "2026-03-01T17:00:00Z");
    assert_eq!(asked(gateway.says(200, other)).await.unwrap(), balance);
    // A balance may be owed, and no float could tell these two apart.
    let owed = TOLD.replace("144.00", "-999999999999999.99");
    let owed = asked(gateway.says(200, owed)).await.unwrap();
    assert_eq!(owed.closing.to_string(), "-999999999999999.99");
}

#[tokio::test]
async fn a_balance_that_cannot_be_believed_is_none() {
    let gateway = Gateway::start().await;
    let twice = TOLD.replace("\"iris\"", "\"payin\"");
    let payin = "\"closing_balance_overall\": 144.00";
    for odd in [
        "<html>".to_owned(),
        "{}".to_owned(),
        "[]".to_owned(),
        r#"{"wallets":"none"}"#.to_owned(),
        r#"{"wallets":[]}"#.to_owned(),
        r#"{"wallets":[{"source":"payin"}]}"#.to_owned(),
        TOLD.replace("\"payin\"", "\"unified\""),
        twice,
        TOLD.replace("\"IDR\"", "\"USD\""),
        TOLD.replace("2026-03-02T00", "2026-03-01T00"),
        TOLD.replace("T23:59:59", "T23:59:58"),
        TOLD.replace("2026-03-02T23:59:59+07:00", "soon"),
        TOLD.replace(payin, "\"closing_balance_overall\": null"),
        TOLD.replace(payin, "\"closing_balance_overall\": 1.44e2"),
        TOLD.replace(payin, "\"closing_balance_overall\": 144.005"),
        TOLD.replace(payin, "\"closing_balance_overall\": \"much\""),
    ] {
        let error = asked(gateway.says(200, &odd)).await.unwrap_err();
        assert!(
            matches!(error, GatewayError::Malformed { status: 200, .. }),
            "{odd} {error:?}"
        );
    }
}

#[tokio::test]
async fn who_is_not_told_is_refused_and_trouble_is_another_thing() {
    let gateway = Gateway::start().await;
    let refusal = |code: u16| format!(r#"{{"status_code":"{code}","status_message":"no"}}"#);
    for code in [400, 402, 403, 404] {
        for http in [200, code] {
            let error = asked(gateway.says(http, refusal(code))).await.unwrap_err();
            assert!(
                matches!(&error, GatewayError::Refused { status, .. } if *status == code),
                "{http} {code} {error:?}"
            );
        }
    }
    let key = asked(gateway.says(401, refusal(401))).await;
    assert!(matches!(key, Err(GatewayError::Unauthorised)), "{key:?}");
    let nowhere = asked(gateway.says(404, "<html>not here</html>")).await;
    assert!(
        matches!(nowhere, Err(GatewayError::Malformed { status: 404, .. })),
        "{nowhere:?}"
    );
    let busy = asked(gateway.says(429, refusal(429))).await;
    assert!(matches!(busy, Err(GatewayError::RateLimited)), "{busy:?}");
    let ill = asked(gateway.says(503, refusal(503))).await;
    assert!(
        matches!(ill, Err(GatewayError::Unavailable { status: 503 })),
        "{ill:?}"
    );
}
