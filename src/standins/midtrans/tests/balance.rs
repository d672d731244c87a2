//! What is held for the merchant, day by day.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{super::*, support::*};

impl Bench {
    /// The answer as it came, for a day of March 2026.
    async fn mutation(&self, day: u32) -> String {
        let (start, end) = ("T00%3A00%3A00%2B07%3A00", "T23%3A59%3A59%2B07%3A00");
        let window = format!("start_time=2026-03-{day:02}{start}&end_time=2026-03-{day:02}{end}");
        let url = self.standin.url();
        let request = self
            .client
            .get(format!("{url}/v1/balance/mutation?currency=IDR&{window}"))
            .basic_auth(KEY, Some(""))
            .header("Content-Type", "application/json");
        request.send().await.unwrap().text().await.unwrap()
    }

    /// What the payin wallet held at the two ends of a day; its amounts are numbers with two decimals.
    async fn held(&self, day: u32) -> (i64, i64) {
        let told = self.mutation(day).await;
        let (_, payin) = told.split_once(r#""source":"payin""#).unwrap();
        let held = |end: &str| {
            let name = format!(r#""{end}_balance_overall":"#);
            let (_, amount) = payin.split_once(&name).unwrap();
            let (rupiah, _) = amount.split_once(".00").unwrap();
            rupiah.parse::<i64>().unwrap()
        };
        (held("opening"), held("closing"))
    }
}

#[tokio::test]
async fn what_is_paid_is_held_until_it_goes_back() {
    let bench = Bench::new().await;
    bench.paid("topup-1", 50_000, "permata_va").await;
    bench.paid("topup-2", 40_000, "gopay").await;
    bench.paid("topup-3", 30_000, "credit_card").await;
    assert_eq!(bench.held(2).await, (0, 120_000));
    bench.pass(TimeDelta::days(1));
    bench.post("/standin/reverse/topup-1", json!({})).await;
    let part = json!({ "amount": 15_000 });
    bench.post("/standin/refund/topup-2", part).await;
    // It was captured the day before, and counted then.
    bench.post("/standin/settle/topup-3", json!({})).await;
    assert_eq!(bench.held(3).await, (120_000, 55_000));
    bench.post("/standin/chargeback/topup-3", json!({})).await;
    assert_eq!(bench.held(3).await, (120_000, 25_000));
    assert_eq!(bench.held(2).await, (0, 120_000));
}

#[tokio::test]
async fn a_balance_is_refused_where_it_is_off_or_not_asked_for_rightly() {
    let bench = Bench::new().await;
    let told = |text: String| -> Value { serde_json::from_str(&text).unwrap() };
    // A day that has not begun.
    assert_eq!(told(bench.mutation(3).await)["status_code"], "400");
    let path = "/v1/balance/mutation?currency=USD";
    let (http, answer) = bench.send("GET", path, &[], Value::Null).await;
    assert_eq!((http, &answer["status_code"]), (200, &json!("400")));
    bench.standin.quirks(Quirks {
        no_balance: Some(402),
        ..Quirks::default()
    });
    assert_eq!(told(bench.mutation(2).await)["status_code"], "402");
}
