//! What is told, to whom, in which order, and how often it is tried.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{super::*, support::*};

#[test]
fn signatures_match_the_documented_vectors() {
    let documented = "edc076b21793ebe3e17926350f5b8ae67d902fe657b3d0aa31b932d5c127e2375d308a2bc94f3265ac2d80a1f181a79b997ac178a236fcff35af263fc4d4c231";
    assert_eq!(
        signature(
            "1111",
            "200",
            "100000.00",
            "askvnoibnosifnboseofinbofinfgbiufglnbfg"
        ),
        documented
    );
    let vectors = [
        (
            "201",
            "3a20c043797532e23fb903f9f9c81de63548433ec43eccbb163715b72e07e9cefc2a7a5fb534778fec842f92104c6ef6a1f7c97a900586e41180b502eeb778ba",
        ),
        (
            "200",
            "d4253c9f430578a01f7c7dc6113f570e0c376281faf34a916702df71d238a3809c0e449aaa4ba1bd852ff693722f8c7f6a98102e2bacc65ced1873a1d76994f0",
        ),
        (
            "202",
            "afc2d76fe49c8998cb21447747a84fc076f4ed369d237799586ab14600e081cce740a6592b076ec24ab720607bfe7efb0aaeff3f8fc0e167ae26feb9a46236ad",
        ),
        (
            "407",
            "14930c719de900cdee4ebf7197784669e58ab6c50e68468eaaced65f2a064710b73a11a8f59618f5260df05a40d915aca3d04aeb04eebfb9fd0348d159684b46",
        ),
    ];
    for (code, expected) in vectors {
        assert_eq!(signature("topup-01J9Z6Q2", code, "10000.00", KEY), expected);
    }
}

#[tokio::test]
async fn a_payment_is_told_twice_pending_first() {
    let bench = Bench::new().await;
    let receiver = Receiver::content().await;
    bench.paid("topup-01J9Z6Q2", 10_000, "qris").await;
    bench.standin.set_notification_url(&receiver.url);
    bench.all_finished(2).await;
    assert_eq!(receiver.said(), ["pending", "settlement"]);
    let bodies = receiver.bodies();
    assert_eq!(
        bodies[0]["signature_key"],
        signature("topup-01J9Z6Q2", "201", "10000.00", KEY)
    );
    assert_eq!(
        bodies[1]["signature_key"],
        signature("topup-01J9Z6Q2", "200", "10000.00", KEY)
    );
    assert_eq!(bodies[1]["status_message"], "midtrans payment notification");
    let headers = receiver.heard.lock().unwrap().headers.clone();
    for (name, value) in [
        ("user-agent", "Veritrans"),
        ("content-type", "application/json"),
        ("accept", "application/json"),
    ] {
        assert!(
            headers.contains(&(name.to_owned(), value.to_owned())),
            "{headers:?}"
        );
    }
}

/// How often one notification was tried, and how it ended.
async fn tried(first: Vec<Reply>, usual: Reply) -> (usize, Outcome) {
    let bench = Bench::new().await;
    let receiver = Receiver::answering(first, usual).await;
    bench.standin.set_answer_limit(Duration::from_millis(200));
    bench.open("topup-01", 10_000).await;
    bench.standin.set_notification_url(&receiver.url);
    bench
        .post(
            "/standin/choose/topup-01",
            json!({ "payment_type": "bca_va" }),
        )
        .await;
    let deliveries = bench.all_finished(1).await;
    (deliveries[0].attempts.len(), deliveries[0].outcome)
}

#[tokio::test]
async fn the_answer_decides_how_often_it_is_tried_again() {
    let policy = [
        (200, 0),
        (204, 0),
        (500, 1),
        (503, 4),
        (400, 2),
        (404, 2),
        (301, 0),
        (302, 0),
        (303, 0),
        (401, 5),
        (403, 5),
        (502, 5),
    ];
    for (status, retries) in policy {
        let outcome = if status < 300 {
            Outcome::Delivered
        } else {
            Outcome::GivenUp
        };
        assert_eq!(
            tried(Vec::new(), Some((status, None))).await,
            (retries + 1, outcome),
            "{status}"
        );
    }
    assert_eq!(
        tried(Vec::new(), None).await,
        (6, Outcome::GivenUp),
        "no answer in time"
    );
    let recovers = vec![Some((503, None)), None];
    assert_eq!(
        tried(recovers, Some((200, None))).await,
        (3, Outcome::Delivered)
    );
}

#[tokio::test]
async fn temporary_redirects_are_followed_with_the_same_post() {
    let bench = Bench::new().await;
    let home = Receiver::content().await;
    let away = Receiver::answering(
        vec![Some((307, Some(home.url.clone())))],
        Some((308, Some(home.url.clone()))),
    )
    .await;
    bench.standin.set_notification_url(&away.url);
    bench.paid("topup-01", 10_000, "qris").await;
    let deliveries = bench.all_finished(2).await;
    assert!(
        deliveries
            .iter()
            .all(|delivery| delivery.outcome == Outcome::Delivered)
    );
    assert_eq!(home.said(), ["pending", "settlement"]);
}

#[tokio::test]
async fn addresses_given_with_the_order_are_used_instead_or_besides() {
    let bench = Bench::new().await;
    let (usual, extra) = (Receiver::content().await, Receiver::content().await);
    bench.standin.set_notification_url(&usual.url);
    for (order_id, header) in [
        ("besides", "X-Append-Notification"),
        ("instead", "X-Override-Notification"),
    ] {
        bench
            .send(
                "POST",
                "/snap/v1/transactions",
                &[(header, &extra.url)],
                order(order_id, 10_000),
            )
            .await;
        bench
            .post(
                &format!("/standin/choose/{order_id}"),
                json!({ "payment_type": "bca_va" }),
            )
            .await;
    }
    bench.all_finished(3).await;
    let orders = |receiver: &Receiver| {
        let mut orders: Vec<_> = receiver
            .bodies()
            .iter()
            .map(|body| body["order_id"].as_str().unwrap().to_owned())
            .collect();
        orders.sort();
        orders
    };
    assert_eq!(orders(&usual), ["besides"]);
    assert_eq!(orders(&extra), ["besides", "instead"]);
}

#[tokio::test]
async fn notifications_come_twice_in_disorder_with_another_amount_or_not_at_all() {
    let bench = Bench::new().await;
    let receiver = Receiver::content().await;
    bench.standin.set_notification_url(&receiver.url);
    bench.standin.quirks_for(
        "odd",
        Quirks {
            duplicates: 1,
            disorder: true,
            wrong_amount: Some(1),
            ..Quirks::default()
        },
    );
    bench.standin.quirks_for(
        "lost",
        Quirks {
            drop_notifications: true,
            ..Quirks::default()
        },
    );
    bench.paid("odd", 10_000, "qris").await;
    bench.paid("lost", 10_000, "qris").await;
    let deliveries = bench.all_finished(6).await;
    assert_eq!(
        receiver.said(),
        ["settlement", "settlement", "pending", "pending"]
    );
    let told = &receiver.bodies()[0];
    assert_eq!(
        (&told["gross_amount"], &told["signature_key"]),
        (&json!("1.00"), &json!(signature("odd", "200", "1.00", KEY)))
    );
    assert_eq!(
        deliveries
            .iter()
            .filter(|delivery| delivery.outcome == Outcome::Dropped)
            .count(),
        2
    );
    assert_eq!(bench.state("lost").await.1, "settlement");
}

#[tokio::test]
async fn a_refund_is_told_without_and_then_with_the_banks_word() {
    let bench = Bench::new().await;
    let receiver = Receiver::content().await;
    bench.standin.set_notification_url(&receiver.url);
    bench.paid("topup-01", 10_000, "gopay").await;
    bench
        .post("/v2/topup-01/refund", json!({ "refund_key": "r1" }))
        .await;
    bench.all_finished(4).await;
    assert_eq!(
        receiver.said(),
        ["pending", "settlement", "refund", "refund"]
    );
    let confirmed: Vec<bool> = receiver.bodies()[2..]
        .iter()
        .map(|body| body["refunds"][0]["bank_confirmed_at"].is_string())
        .collect();
    assert_eq!(confirmed, [false, true]);
}

#[tokio::test]
async fn payments_are_taken_back_by_banks_customers_and_the_dashboard() {
    let bench = Bench::new().await;
    let receiver = Receiver::content().await;
    bench.standin.set_notification_url(&receiver.url);
    let quirks = Quirks {
        reversal: true,
        chargeback: true,
        ..Quirks::default()
    };
    bench.standin.quirks(quirks);
    assert_eq!(
        bench.paid("reversed", 10_000, "permata_va").await.status,
        Status::Deny
    );
    bench.all_finished(3).await;
    assert_eq!(receiver.said(), ["pending", "settlement", "deny"]);
    assert_eq!(
        bench
            .paid("charged-back", 10_000, "credit_card")
            .await
            .status,
        Status::Chargeback
    );
    assert_eq!(
        bench.paid("untouched", 10_000, "qris").await.status,
        Status::Settlement
    );
    assert_eq!(
        bench
            .post("/standin/reverse/untouched", Value::Null)
            .await
            .0,
        409
    );
    bench.standin.quirks(Quirks {
        partial_refund: Some(2_500),
        ..Quirks::default()
    });
    assert_eq!(
        bench.paid("in-part", 10_000, "qris").await.status,
        Status::PartialRefund
    );
}

#[tokio::test]
async fn an_expiry_is_told_and_a_refused_customer_may_try_again() {
    let bench = Bench::new().await;
    let receiver = Receiver::content().await;
    bench.standin.set_notification_url(&receiver.url);
    let token = bench.open("topup-01", 10_000).await;
    bench
        .post(
            &format!("/standin/fail/{token}"),
            json!({ "payment_type": "gopay" }),
        )
        .await;
    bench
        .post(
            &format!("/standin/choose/{token}"),
            json!({ "payment_type": "gopay" }),
        )
        .await;
    bench.pass(TimeDelta::minutes(16));
    bench.all_finished(4).await;
    assert_eq!(receiver.said(), ["pending", "deny", "pending", "expire"]);
    let bodies = receiver.bodies();
    assert_eq!(bodies[3]["status_code"], "202");
    assert_ne!(bodies[0]["transaction_id"], bodies[2]["transaction_id"]);
}

#[tokio::test]
async fn pages_payments_and_pending_retries_survive_a_restart() {
    let folder = std::env::temp_dir().join(format!("purser-midtrans-{}", uuid::Uuid::now_v7()));
    let with_file = |notification_url| Options {
        notification_url,
        // Retries far away: the second run sends what the first could not.
        retry_scale: 0.000_2,
        state_file: Some(folder.join("midtrans.json")),
        ..options(Arc::default())
    };
    let deaf = Receiver::answering(Vec::new(), Some((503, None))).await;
    let first = MidtransStandin::start(with_file(Some(deaf.url.clone())))
        .await
        .unwrap();
    let created = courier::client()
        .unwrap()
        .post(format!("{}/transactions", first.snap_url()));
    created
        .basic_auth(KEY, Some(""))
        .json(&order("topup-01", 10_000))
        .send()
        .await
        .unwrap();
    first.pay("topup-01", "qris").await.unwrap();
    let kept: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("midtrans.json")).unwrap()).unwrap();
    assert_eq!(
        kept["transactions"][0]["status"], "settlement",
        "what was answered is kept, whatever kills the process"
    );
    eventually(|| (deaf.bodies().len() >= 2).then_some(())).await;
    first.stop().await;

    let receiver = Receiver::content().await;
    let second = MidtransStandin::start(with_file(Some(receiver.url.clone())))
        .await
        .unwrap();
    assert_eq!(second.transactions()[0].status, Status::Settlement);
    eventually(|| (receiver.bodies().len() == 2).then_some(())).await;
    second.stop().await;
    std::fs::remove_dir_all(folder).unwrap();
}
