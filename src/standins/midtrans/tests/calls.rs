//! The Core API: every inner code, refunds method by method, idempotency, outages.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{super::*, support::*};

#[tokio::test]
async fn an_order_is_unknown_until_a_method_is_chosen() {
    let bench = Bench::new().await;
    bench.open("topup-01", 10_000).await;
    let (http, told) = bench
        .send("GET", "/v2/topup-01/status", &[], Value::Null)
        .await;
    assert_eq!(
        (http, &told["status_code"], &told["status_message"]),
        (200, &json!("404"), &json!("Transaction doesn't exist."))
    );
    bench.standin.quirks(Quirks {
        mirror_status: true,
        ..Quirks::default()
    });
    assert_eq!(
        bench
            .send("GET", "/v2/topup-01/status", &[], Value::Null)
            .await
            .0,
        404
    );
    bench
        .post(
            "/standin/choose/topup-01",
            json!({ "payment_type": "bni_va" }),
        )
        .await;
    assert_eq!(
        bench.state("topup-01").await,
        ("201".into(), "pending".into())
    );
}

#[tokio::test]
async fn a_status_tells_amounts_times_and_channel_as_strings() {
    let bench = Bench::new().await;
    let paid = bench.paid("topup-01J9Z6Q2", 10_000, "bca_va").await;
    let told = bench.status(&paid.transaction_id).await;
    assert_eq!(told["gross_amount"], "10000.00");
    assert_eq!(told["transaction_time"], "2026-03-02 12:00:00");
    assert_eq!(told["settlement_time"], "2026-03-02 12:00:00");
    assert_eq!(told["va_numbers"][0]["bank"], "bca");
    assert_eq!(told["payment_amounts"][0]["amount"], "10000.00");
    assert_eq!(told["merchant_id"], "G000000001");
    assert_eq!(
        told["signature_key"],
        signature("topup-01J9Z6Q2", "200", "10000.00", KEY)
    );
}

#[tokio::test]
async fn every_method_tells_its_own_fields() {
    let bench = Bench::new().await;
    let expected = [
        ("credit_card", "credit_card", "masked_card"),
        ("gopay", "gopay", "payment_option_type"),
        ("other_qris", "qris", "acquirer"),
        ("shopeepay", "shopeepay", "shopeepay_reference_number"),
        ("ovo", "ovo", "merchant_invoice"),
        ("permata_va", "bank_transfer", "permata_va_number"),
        ("echannel", "echannel", "bill_key"),
        ("indomaret", "cstore", "payment_code"),
        ("kredivo", "kredivo", "fraud_status"),
    ];
    for (method, payment_type, field) in expected {
        bench.paid(method, 20_000, method).await;
        let told = bench.status(method).await;
        assert_eq!(told["payment_type"], payment_type);
        assert!(!told[field].is_null(), "{method}: {told}");
    }
    assert!(bench.status("indomaret").await["fraud_status"].is_null());
    bench.open("dana", 20_000).await;
    let (_, begun) = bench
        .post("/standin/choose/dana", json!({ "payment_type": "dana" }))
        .await;
    assert_eq!(bench.state("dana").await.0, "404");
    assert_eq!(
        bench.state(begun["transaction_id"].as_str().unwrap()).await,
        ("201".into(), "PENDING".into())
    );
}

#[tokio::test]
async fn a_pending_payment_runs_out_with_its_code() {
    let bench = Bench::new().await;
    bench.open("topup-01", 10_000).await;
    bench
        .post(
            "/standin/choose/topup-01",
            json!({ "payment_type": "gopay" }),
        )
        .await;
    bench.pass(TimeDelta::minutes(14));
    assert_eq!(bench.state("topup-01").await.0, "201");
    bench.pass(TimeDelta::minutes(2));
    assert_eq!(
        bench.state("topup-01").await,
        ("407".into(), "expire".into())
    );
    assert_eq!(
        bench.post("/v2/topup-01/expire", Value::Null).await.1["status_code"],
        "412"
    );
}

#[tokio::test]
async fn the_merchant_expires_and_cancels_what_is_not_settled() {
    let bench = Bench::new().await;
    bench.open("expired", 10_000).await;
    assert_eq!(
        bench.post("/v2/expired/cancel", Value::Null).await.1["status_code"],
        "404"
    );
    bench
        .post(
            "/standin/choose/expired",
            json!({ "payment_type": "bri_va" }),
        )
        .await;
    let (_, told) = bench.post("/v2/expired/expire", Value::Null).await;
    assert_eq!(
        (&told["status_code"], &told["status_message"]),
        (&json!("407"), &json!("Success, transaction has expired"))
    );
    bench.paid("settled", 10_000, "qris").await;
    let (_, told) = bench.post("/v2/settled/cancel", Value::Null).await;
    assert_eq!(told["status_code"], "412");
    assert_eq!(
        told["status_message"],
        "Merchant cannot modify the status of the transaction"
    );
    bench.paid("captured", 10_000, "credit_card").await;
    assert_eq!(
        bench.state("captured").await,
        ("200".into(), "capture".into())
    );
    assert_eq!(
        bench.post("/v2/captured/cancel", Value::Null).await.1["transaction_status"],
        "cancel"
    );
}

#[tokio::test]
async fn a_challenged_card_waits_a_day_for_the_merchant() {
    let bench = Bench::new().await;
    bench.standin.quirks(Quirks {
        fraud: Some(Fraud::Challenge),
        ..Quirks::default()
    });
    for order_id in ["approved", "denied", "forgotten"] {
        bench.paid(order_id, 10_000, "credit_card").await;
        let told = bench.status(order_id).await;
        assert_eq!(
            (&told["transaction_status"], &told["fraud_status"]),
            (&json!("capture"), &json!("challenge"))
        );
    }
    assert_eq!(
        bench.post("/v2/approved/approve", Value::Null).await.1["fraud_status"],
        "accept"
    );
    assert_eq!(
        bench.post("/v2/denied/deny", Value::Null).await.1["transaction_status"],
        "deny"
    );
    assert_eq!(
        bench.post("/v2/approved/approve", Value::Null).await.1["status_code"],
        "412"
    );
    bench.pass(TimeDelta::hours(25));
    assert_eq!(
        bench.state("forgotten").await,
        ("202".into(), "cancel".into())
    );
    assert_eq!(bench.state("approved").await.1, "capture");
}

#[tokio::test]
async fn refunds_add_up_and_a_repeated_key_refunds_nothing_more() {
    let bench = Bench::new().await;
    bench.paid("topup-01", 10_000, "gopay").await;
    let refund = async |body: Value| bench.post("/v2/topup-01/refund", body).await.1;
    let first = refund(json!({ "refund_key": "r1", "amount": 4_000, "reason": "half" })).await;
    assert_eq!(
        (&first["status_code"], &first["transaction_status"]),
        (&json!("200"), &json!("partial_refund"))
    );
    assert_eq!(
        (&first["refund_amount"], &first["refund_key"]),
        (&json!("4000.00"), &json!("r1"))
    );
    assert_eq!(
        refund(json!({ "refund_key": "r1", "amount": 4_000 })).await["status_code"],
        "200"
    );
    assert_eq!(
        refund(json!({ "refund_key": "r1", "amount": 5_000 })).await["status_code"],
        "406"
    );
    assert_eq!(
        refund(json!({ "refund_key": "r2", "amount": 6_001 })).await["status_code"],
        "414"
    );
    assert_eq!(
        refund(json!({ "refund_key": "r 2", "amount": 1 })).await["status_code"],
        "400"
    );
    assert_eq!(
        refund(json!({ "refund_key": "r2" })).await["transaction_status"],
        "refund"
    );
    assert_eq!(
        refund(json!({ "refund_key": "r3" })).await["status_code"],
        "412"
    );
    let told = bench.status("topup-01").await;
    assert_eq!(
        (&told["refund_amount"], &told["refunds"][1]["refund_amount"]),
        (&json!("10000.00"), &json!("6000.00"))
    );
    bench.pass(TimeDelta::days(8));
    assert_eq!(
        refund(json!({ "refund_key": "r1", "amount": 4_000 })).await["status_code"],
        "406"
    );
}

#[tokio::test]
async fn each_method_has_its_own_rules_for_refunds() {
    let bench = Bench::new().await;
    let part = json!({ "refund_key": "part", "amount": 1_000 });
    let cases = [
        ("gopay", 44, "200"),
        ("gopay", 46, "412"),
        ("other_qris", 46, "412"),
        ("shopeepay", 1, "412"),
        ("ovo", 1, "412"),
        ("bca_va", 1, "412"),
        ("echannel", 1, "412"),
        ("indomaret", 1, "412"),
        ("kredivo", 15, "412"),
        ("kredivo", 13, "200"),
    ];
    for (index, (method, days, code)) in cases.into_iter().enumerate() {
        let paid = bench.paid(&format!("order-{index}"), 20_000, method).await;
        bench.pass(TimeDelta::days(days));
        let (_, told) = bench
            .post(&format!("/v2/{}/refund", paid.transaction_id), part.clone())
            .await;
        assert_eq!(
            told["status_code"], code,
            "{method} after {days} days: {told}"
        );
    }
    let captured = bench.paid("captured", 20_000, "credit_card").await;
    assert_eq!(
        bench.post("/v2/captured/refund", part.clone()).await.1["status_code"],
        "412"
    );
    bench
        .post(
            &format!("/standin/settle/{}", captured.transaction_id),
            Value::Null,
        )
        .await;
    assert_eq!(
        bench.post("/v2/captured/refund", part.clone()).await.1["status_code"],
        "200"
    );
}

#[tokio::test]
async fn refunds_can_be_denied_by_banks_and_empty_purses() {
    let bench = Bench::new().await;
    bench.paid("topup-01", 10_000, "shopeepay").await;
    bench.standin.quirks(Quirks {
        no_refund_funds: true,
        ..Quirks::default()
    });
    assert_eq!(
        bench.post("/v2/topup-01/refund", Value::Null).await.1["status_code"],
        "414"
    );
    bench.standin.quirks(Quirks::default());
    bench.pass(TimeDelta::hours(12));
    let (_, told) = bench
        .post("/v2/topup-01/refund/online/direct", Value::Null)
        .await;
    assert_eq!(
        (&told["status_code"], &told["transaction_status"]),
        (&json!("202"), &json!("settlement"))
    );
    bench.pass(TimeDelta::hours(7));
    assert_eq!(
        bench
            .post("/v2/topup-01/refund/online/direct", Value::Null)
            .await
            .1["status_code"],
        "200"
    );
}

#[tokio::test]
async fn an_idempotency_key_answers_for_five_minutes_whatever_is_asked() {
    let bench = Bench::new().await;
    let keyed = async |key: &str, order_id: &str| {
        bench
            .send(
                "POST",
                "/snap/v1/transactions",
                &[("Idempotency-Key", key)],
                order(order_id, 1),
            )
            .await
    };
    assert_eq!(keyed("k", "not allowed").await.0, 400);
    let first = keyed("k", "one").await;
    assert_eq!(first.0, 201);
    assert_eq!(keyed("k", "two").await, first);
    assert_eq!(
        bench
            .send(
                "POST",
                "/v2/one/cancel",
                &[("Idempotency-Key", "k")],
                Value::Null
            )
            .await,
        first
    );
    assert_eq!(bench.standin.pages().len(), 1);
    bench.pass(TimeDelta::minutes(5));
    assert_ne!(keyed("k", "two").await, first);
    let long = "x".repeat(47);
    assert_ne!(keyed(&long, "three").await, keyed(&long, "three").await);
}

#[tokio::test]
async fn a_key_under_way_answers_202() {
    let bench = Bench::new().await;
    bench.standin.quirks(Quirks {
        slow_ms: 400,
        ..Quirks::default()
    });
    let keyed = || {
        bench.send(
            "POST",
            "/snap/v1/transactions",
            &[("Idempotency-Key", "k")],
            order("one", 1),
        )
    };
    let (one, other) = tokio::join!(keyed(), keyed());
    let mut statuses = [one.0, other.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 202]);
}

#[tokio::test]
async fn an_outage_is_503_or_no_answer_and_sometimes_the_request_counted() {
    let bench = Bench::new().await;
    let out = |outage| Quirks {
        outage: Some(outage),
        ..Quirks::default()
    };
    let url = format!("{}/transactions", bench.standin.snap_url());
    let create = || {
        bench
            .client
            .post(&url)
            .basic_auth(KEY, Some(""))
            .json(&order("one", 1))
            .send()
    };
    bench.standin.quirks(out(Outage::Unavailable));
    assert_eq!(create().await.unwrap().status(), 503);
    bench.standin.quirks(out(Outage::Refuse));
    assert!(create().await.is_err());
    assert_eq!(bench.standin.pages().len(), 0);
    bench.standin.quirks(out(Outage::LoseAnswers));
    assert!(create().await.is_err());
    assert!(!bench.standin.pages().is_empty());
    bench.standin.quirks(out(Outage::Garble));
    let garbled = create().await.unwrap();
    assert_eq!(garbled.status(), 200);
    assert!(garbled.json::<Value>().await.is_err());
    let (status, _) = bench
        .send("DELETE", "/standin/quirks", &[], Value::Null)
        .await;
    assert_eq!(status, 204);
    assert_eq!(create().await.unwrap().status(), 201);
}
