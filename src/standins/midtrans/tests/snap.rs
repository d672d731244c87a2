//! Opening and closing pages, the key, and what happens to an order over its pages.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use super::{super::Quirks, support::*};

#[tokio::test]
async fn a_page_is_opened_with_a_token_and_an_address() {
    let bench = Bench::new().await;
    let (status, opened) = bench
        .post("/snap/v1/transactions", order("topup-01", 10_000))
        .await;
    assert_eq!(status, 201);
    assert_eq!(opened["token"].as_str().unwrap().len(), 36);
    let address = opened["redirect_url"].as_str().unwrap();
    assert!(address.len() <= 75, "{address}");
    assert_eq!(
        bench.client.get(address).send().await.unwrap().status(),
        200
    );
}

#[tokio::test]
async fn a_request_says_what_is_wrong_with_it() {
    let bench = Bench::new().await;
    let items = |price: i64, name: &str| json!([{ "id": "a", "price": price, "quantity": 2, "name": name }]);
    let with = |field: &str, value: Value| {
        let mut body = order("topup-01", 10_000);
        body[field] = value;
        body
    };
    let cases = [
        (
            json!({ "transaction_details": { "gross_amount": 1 } }),
            "transaction_details.order_id is required",
        ),
        (
            json!({ "transaction_details": { "order_id": "a" } }),
            "transaction_details.gross_amount is required",
        ),
        (
            order(&"x".repeat(51), 10_000),
            "transaction_details.order_id too long",
        ),
        (
            order("a b", 10_000),
            "transaction_details.order_id may only contain",
        ),
        (
            order("a", 0),
            "transaction_details.gross_amount must be greater",
        ),
        (
            json!({ "transaction_details": { "order_id": "a", "gross_amount": 10.5 } }),
            "not a whole number",
        ),
        (
            with("item_details", items(4_999, "x")),
            "transaction_details.gross_amount is not equal to the sum of item_details",
        ),
        (
            with("item_details", items(5_000, "a|b")),
            "item_details.name",
        ),
        (
            with("enabled_payments", json!(["barter"])),
            "enabled_payments",
        ),
        (
            with("expiry", json!({ "unit": "fortnight", "duration": 1 })),
            "expiry needs",
        ),
        (
            with("page_expiry", json!({ "unit": "minutes", "duration": 4 })),
            "between 5 minutes and 7 days",
        ),
        (
            with("page_expiry", json!({ "unit": "days", "duration": 8 })),
            "between 5 minutes and 7 days",
        ),
    ];
    for (body, expected) in cases {
        let (status, told) = bench.post("/snap/v1/transactions", body.clone()).await;
        assert_eq!(status, 400, "{body}");
        assert!(
            told["error_messages"][0]
                .as_str()
                .unwrap()
                .contains(expected),
            "{body}: {told}"
        );
    }
    for fine in [
        order(&"x".repeat(50), 1),
        order("a-_~.Z9", 1),
        with("item_details", items(5_000, "x")),
    ] {
        assert_eq!(bench.post("/snap/v1/transactions", fine).await.0, 201);
    }
}

#[tokio::test]
async fn another_key_is_refused_by_both_apis() {
    let bench = Bench::new().await;
    for (path, message) in [
        ("/snap/v1/transactions", "error_messages"),
        ("/v2/topup-01/cancel", "status_message"),
    ] {
        let url = format!("{}{path}", bench.standin.url());
        let request = bench
            .client
            .post(url)
            .basic_auth("another", Some(""))
            .json(&order("topup-01", 1));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401);
        let told: Value = response.json().await.unwrap();
        assert!(!told[message].is_null(), "{told}");
    }
}

#[tokio::test]
async fn a_call_that_does_not_say_that_it_is_json_is_refused_by_both_apis() {
    let bench = Bench::new().await;
    bench.open("topup-01", 10_000).await;
    for (method, path) in [
        (Method::POST, "/snap/v1/transactions"),
        (Method::GET, "/v2/topup-01/status"),
        (Method::POST, "/v2/topup-01/cancel"),
    ] {
        let url = format!("{}{path}", bench.standin.url());
        let bare = || {
            let request = bench.client.request(method.clone(), &url);
            request.basic_auth(KEY, Some(""))
        };
        let response = bare().send().await.unwrap();
        assert_eq!(response.status(), 415, "{path}");
        let form = bare().header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(form.send().await.unwrap().status(), 415, "{path}");
        let json = bare().header("content-type", "application/json; charset=utf-8");
        assert_ne!(json.send().await.unwrap().status(), 415, "{path}");
    }
}

#[tokio::test]
async fn a_second_page_for_an_unpaid_order_kills_the_first() {
    let bench = Bench::new().await;
    let first = bench.open("topup-01", 10_000).await;
    let second = bench.open("topup-01", 10_000).await;
    assert_ne!(first, second);
    let (status, _) = bench
        .post(
            &format!("/standin/pay/{first}"),
            json!({ "payment_type": "qris" }),
        )
        .await;
    assert_eq!(status, 409);
    let (status, paid) = bench
        .post(
            &format!("/standin/pay/{second}"),
            json!({ "payment_type": "qris" }),
        )
        .await;
    assert_eq!((status, &paid["status"]), (200, &json!("settlement")));
    let (status, told) = bench
        .post("/snap/v1/transactions", order("topup-01", 10_000))
        .await;
    assert_eq!(status, 400);
    assert!(
        told["error_messages"][0]
            .as_str()
            .unwrap()
            .contains("has been paid and utilized")
    );
}

#[tokio::test]
async fn an_order_under_way_is_taken_and_after_its_end_it_is_free_again() {
    let bench = Bench::new().await;
    bench.open("topup-01", 10_000).await;
    bench
        .post(
            "/standin/choose/topup-01",
            json!({ "payment_type": "bca_va" }),
        )
        .await;
    let (_, told) = bench
        .post("/snap/v1/transactions", order("topup-01", 10_000))
        .await;
    assert!(
        told["error_messages"][0]
            .as_str()
            .unwrap()
            .contains("has already been taken")
    );
    assert_eq!(
        bench.post("/v2/topup-01/cancel", Value::Null).await.1["status_code"],
        "200"
    );
    bench.open("topup-01", 10_000).await;
    bench.standin.pay("topup-01", "gopay").await.unwrap();
    let tries = bench.standin.transactions();
    assert_eq!(tries.len(), 2);
    assert_ne!(tries[0].transaction_id, tries[1].transaction_id);
    assert_eq!(
        bench.state("topup-01").await,
        ("200".into(), "settlement".into())
    );
    assert_eq!(
        bench.state(&tries[0].transaction_id).await,
        ("202".into(), "cancel".into())
    );
    let list = async || {
        let path = "/v2/topup-01/status/b2b";
        bench.send("GET", path, &[], Value::Null).await.1
    };
    assert_eq!(list().await["transactions"].as_array().unwrap().len(), 2);
    bench.standin.quirks(Quirks {
        no_lists: true,
        ..Quirks::default()
    });
    assert_eq!(list().await["status_code"], "402");
}

#[tokio::test]
async fn a_page_is_cancelled_once_and_never_under_a_payment() {
    let bench = Bench::new().await;
    let token = bench.open("topup-01", 10_000).await;
    let cancel = |token: &str| format!("/snap/v1/transactions/{token}/cancel");
    assert!(
        bench.post(&cancel(&token), Value::Null).await.1["canceled_at"]
            .as_str()
            .unwrap()
            .ends_with('Z')
    );
    assert_eq!(
        bench.post(&cancel(&token), Value::Null).await.1["error_messages"][0],
        "token already canceled"
    );
    assert_eq!(
        bench.post(&cancel("nothing"), Value::Null).await.1["error_messages"][0],
        "token not found"
    );
    let token = bench.open("topup-02", 10_000).await;
    bench
        .post(
            "/standin/choose/topup-02",
            json!({ "payment_type": "bca_va" }),
        )
        .await;
    assert_eq!(
        bench.post(&cancel(&token), Value::Null).await.1["error_messages"][0],
        "Transaction is on progress"
    );
}

#[tokio::test]
async fn a_page_ends_in_silence_and_a_payment_code_outlives_it() {
    let bench = Bench::new().await;
    for order_id in ["chosen", "unchosen"] {
        let mut body = order(order_id, 10_000);
        body["page_expiry"] = json!({ "unit": "minutes", "duration": 30 });
        assert_eq!(bench.post("/snap/v1/transactions", body).await.0, 201);
    }
    bench
        .post(
            "/standin/choose/chosen",
            json!({ "payment_type": "bca_va" }),
        )
        .await;
    bench.pass(TimeDelta::hours(2));
    let (status, refused) = bench
        .post("/standin/pay/unchosen", json!({ "payment_type": "bca_va" }))
        .await;
    assert_eq!(
        (status, &refused["error"]),
        (409, &json!("this page has expired"))
    );
    assert_eq!(bench.state("unchosen").await.0, "404");
    assert_eq!(
        bench
            .standin
            .pay("chosen", "bca_va")
            .await
            .unwrap()
            .status
            .as_str(),
        "settlement"
    );
    assert!(
        bench
            .standin
            .deliveries()
            .iter()
            .all(|delivery| delivery.order_id == "chosen")
    );
}

#[tokio::test]
async fn a_method_takes_only_what_it_is_enabled_for() {
    let bench = Bench::new().await;
    let mut body = order("topup-01", 9_999);
    body["enabled_payments"] = json!(["bca_va", "other_qris"]);
    assert_eq!(bench.post("/snap/v1/transactions", body).await.0, 201);
    assert!(
        bench
            .standin
            .pay("topup-01", "gopay")
            .await
            .unwrap_err()
            .to_string()
            .contains("did not enable")
    );
    assert!(
        bench
            .standin
            .pay("topup-01", "bca_va")
            .await
            .unwrap_err()
            .to_string()
            .contains("10000")
    );
    assert_eq!(
        bench
            .standin
            .pay("topup-01", "qris")
            .await
            .unwrap()
            .method
            .name,
        "other_qris"
    );
}
