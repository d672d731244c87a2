//! A stand-in with a clock of its own, a caller with the key, and a receiver of notifications that answers as told.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use poem::{
    EndpointExt, Request, Response, Route, handler, http::StatusCode, listener::TcpAcceptor, post,
    web::Data,
};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::super::*;
use crate::standins::served::Served;

pub(super) const KEY: &str = "SB-Mid-server-TESTKEY-0001";
/// Generous: it bounds a failing test, not a passing one.
pub(super) const LONG: Duration = Duration::from_secs(30);

pub(super) struct Bench {
    pub(super) standin: MidtransStandin,
    pub(super) client: Client,
    shift_seconds: Arc<AtomicI64>,
}

pub(super) fn options(shift_seconds: Arc<AtomicI64>) -> Options {
    crate::choose_crypto();
    // 2026-03-02 12:00 in Jakarta, when every provider is awake.
    let start: DateTime<Utc> = "2026-03-02T05:00:00Z".parse().unwrap();
    Options {
        listen: "127.0.0.1:0".parse().unwrap(),
        server_key: KEY.to_owned(),
        client_key: "SB-Mid-client-TESTKEY-0001".to_owned(),
        merchant_id: "G000000001".to_owned(),
        notification_url: None,
        retry_scale: 1.0 / 60_000.0,
        state_file: None,
        now: Arc::new(move || start + TimeDelta::seconds(shift_seconds.load(Ordering::SeqCst))),
    }
}

impl Bench {
    pub(super) async fn new() -> Self {
        let shift = Arc::<AtomicI64>::default();
        let standin = MidtransStandin::start(options(Arc::clone(&shift)))
            .await
            .unwrap();
        Self {
            standin,
            client: courier::client().unwrap(),
            shift_seconds: shift,
        }
    }

    pub(super) fn pass(&self, time: TimeDelta) {
        self.shift_seconds
            .fetch_add(time.num_seconds(), Ordering::SeqCst);
    }

    /// HTTP status and body.
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> (u16, Value) {
        let url = format!("{}{path}", self.standin.url());
        let mut request = self
            .client
            .request(method.parse().unwrap(), url)
            .basic_auth(KEY, Some(""))
            .json(&body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        (
            response.status().as_u16(),
            response.json().await.unwrap_or_default(),
        )
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.send("POST", path, &[], body).await
    }

    pub(super) async fn status(&self, id: &str) -> Value {
        self.send("GET", &format!("/v2/{id}/status"), &[], Value::Null)
            .await
            .1
    }

    /// Inner code and transaction status.
    pub(super) async fn state(&self, id: &str) -> (String, String) {
        let told = self.status(id).await;
        let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
        (text("status_code"), text("transaction_status"))
    }

    pub(super) async fn open(&self, order_id: &str, amount: i64) -> String {
        let (status, opened) = self
            .post("/snap/v1/transactions", order(order_id, amount))
            .await;
        assert_eq!(status, 201, "{opened}");
        opened["token"].as_str().unwrap().to_owned()
    }

    pub(super) async fn paid(&self, order_id: &str, amount: i64, method: &str) -> Transaction {
        self.open(order_id, amount).await;
        self.standin.pay(order_id, method).await.unwrap()
    }

    /// Once every notification got its last answer.
    pub(super) async fn all_finished(&self, count: usize) -> Vec<Delivery> {
        eventually(|| {
            let deliveries = self.standin.deliveries();
            let finished = deliveries
                .iter()
                .filter(|delivery| delivery.outcome != Outcome::Waiting)
                .count();
            (finished == count && deliveries.len() == count).then_some(deliveries)
        })
        .await
    }
}

pub(super) fn order(order_id: &str, amount: i64) -> Value {
    json!({ "transaction_details": { "order_id": order_id, "gross_amount": amount } })
}

pub(super) async fn eventually<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let found = async {
        loop {
            match look() {
                Some(found) => return found,
                None => tokio::time::sleep(Duration::from_millis(2)).await,
            }
        }
    };
    tokio::time::timeout(LONG, found)
        .await
        .expect("it comes to pass")
}

/// What a notification was answered with; `None` is no answer at all.
pub(super) type Reply = Option<(u16, Option<String>)>;

#[derive(Default)]
pub(super) struct Heard {
    pub(super) bodies: Vec<Value>,
    pub(super) headers: Vec<(String, String)>,
    replies: VecDeque<Reply>,
    usual: Reply,
}

pub(super) struct Receiver {
    pub(super) url: String,
    pub(super) heard: Arc<Mutex<Heard>>,
    _served: Served,
}

impl Receiver {
    /// Answers with `first`, one after another, and then always with `usual`.
    pub(super) async fn answering(first: Vec<Reply>, usual: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Heard {
            replies: first.into(),
            usual,
            ..Heard::default()
        }));
        let routes = Route::new()
            .at("/hook", post(hear))
            .data(Arc::clone(&heard));
        let served = Served::start(TcpAcceptor::from_tokio(listener).unwrap(), routes);
        Self {
            url,
            heard,
            _served: served,
        }
    }

    pub(super) async fn content() -> Self {
        Self::answering(Vec::new(), Some((200, None))).await
    }

    pub(super) fn bodies(&self) -> Vec<Value> {
        self.heard.lock().unwrap().bodies.clone()
    }

    pub(super) fn said(&self) -> Vec<String> {
        let bodies = self.bodies();
        bodies
            .iter()
            .map(|body| body["transaction_status"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[handler]
async fn hear(request: &Request, body: Vec<u8>, Data(heard): Data<&Arc<Mutex<Heard>>>) -> Response {
    let reply = {
        let mut heard = heard.lock().unwrap();
        heard.bodies.push(serde_json::from_slice(&body).unwrap());
        let headers = request.headers().iter();
        heard.headers = headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let usual = heard.usual.clone();
        heard.replies.pop_front().unwrap_or(usual)
    };
    let Some((status, location)) = reply else {
        return std::future::pending().await;
    };
    let response = Response::builder().status(StatusCode::from_u16(status).unwrap());
    match location {
        Some(location) => response.header("location", location).finish(),
        None => response.finish(),
    }
}
