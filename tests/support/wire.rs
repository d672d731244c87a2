//! Requests as a client sends them, and answers as it gets them: public addresses only.

use reqwest::{Client, Method, RequestBuilder, header::HeaderMap};
use serde_json::Value;
use std::{
    future::{Future, IntoFuture},
    ops::Index,
    pin::Pin,
    time::Duration,
};
use uuid::Uuid;

/// A place where Purser runs, with the outside beside it.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    client: Client,
    pub(crate) api: String,
    pub(crate) midtrans: String,
    pub(crate) mailbox: String,
    /// With the token in it.
    pub(crate) kubernetes: String,
}

impl Wire {
    pub(crate) fn new(api: &str, midtrans: &str, mailbox: &str, kubeconfig: &str) -> Self {
        purser::choose_crypto();
        let config: Value = serde_yaml_ng::from_str(kubeconfig).unwrap();
        let kubernetes = config["clusters"][0]["cluster"]["server"].as_str();
        let client = Client::builder().no_proxy().timeout(PATIENCE);
        Self {
            client: client.build().unwrap(),
            api: api.to_owned(),
            midtrans: midtrans.to_owned(),
            mailbox: mailbox.to_owned(),
            kubernetes: kubernetes.unwrap().to_owned(),
        }
    }

    /// Asks at any address; a path is one of the API.
    pub(crate) fn ask(&self, method: Method, address: &str) -> Ask {
        let url = match address.strip_prefix('/') {
            Some(path) => format!("{}/{path}", self.api),
            None => address.to_owned(),
        };
        let keyed = [Method::POST, Method::DELETE, Method::PUT].contains(&method);
        Ask {
            request: self.client.request(method, url),
            key: keyed.then(|| Uuid::now_v7().to_string()),
        }
    }

    pub(crate) fn get(&self, address: &str) -> Ask {
        self.ask(Method::GET, address)
    }

    pub(crate) fn post(&self, address: &str, body: &Value) -> Ask {
        self.ask(Method::POST, address).json(body)
    }

    /// The namespaces of instances on the cluster, with what they are in.
    pub(crate) async fn namespaces(&self) -> Vec<String> {
        let list = self
            .get(&format!("{}/api/v1/namespaces", self.kubernetes))
            .await;
        let items = list.is(200).body["items"].as_array().cloned().unwrap();
        let names = items
            .iter()
            .filter_map(|item| item["metadata"]["name"].as_str());
        names
            .filter(|name| name.starts_with("customer-"))
            .map(str::to_owned)
            .collect()
    }

    /// Does on the gateway's side what a customer, a bank or bad luck does.
    pub(crate) async fn at_the_gateway(&self, action: &str, order: &str, body: &Value) {
        let url = format!("{}/standin/{action}/{order}", self.midtrans);
        self.post(&url, body).await.is(200);
    }
}

const PATIENCE: Duration = Duration::from_secs(30);

/// A request; it is sent when it is awaited. One that changes something has a key of its own.
pub(crate) struct Ask {
    request: RequestBuilder,
    key: Option<String>,
}

impl Ask {
    pub(crate) fn key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    pub(crate) fn without_key(mut self) -> Self {
        self.key = None;
        self
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.with(|request| request.bearer_auth(token))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.with(|request| request.json(body))
    }

    pub(crate) fn with(mut self, change: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Self {
        self.request = change(self.request);
        self
    }

    /// `None` where there was no answer.
    pub(crate) async fn answer(self) -> Option<Answer> {
        let request = match &self.key {
            Some(key) => self.request.header("Idempotency-Key", key),
            None => self.request,
        };
        let response = request.send().await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.ok()?.to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Some(Answer {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
            bytes,
        })
    }
}

impl IntoFuture for Ask {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.answer().await.expect("there was no answer") })
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        // What there is not is left out: no type in the document can be null.
        let ours = self.header("x-request-id").is_some();
        assert!(
            !ours || !has_null(&self.body) || self.body.is_null(),
            "{}",
            self.text
        );
        self
    }

    /// A refusal in the one shape that refusals have.
    #[track_caller]
    pub(crate) fn refuses(self, status: u16, code: &str) -> Self {
        let shape = [
            self.header("content-type"),
            self["code"].as_str(),
            self["type"].as_str(),
        ];
        let kind = format!("urn:purser:problem:{code}");
        let expected = [Some("application/problem+json"), Some(code), Some(&kind)];
        assert_eq!((self.status, shape), (status, expected), "{}", self.text);
        assert_eq!(self["status"], status, "{}", self.text);
        assert_eq!(
            self["request_id"].as_str(),
            self.header("x-request-id"),
            "{}",
            self.text
        );
        self
    }

    /// A request that is wrong in one part: here.
    #[track_caller]
    pub(crate) fn locates(self, pointer: &str) -> Self {
        let refused = self.refuses(400, "request.invalid");
        let errors = refused["errors"].as_array();
        assert_eq!(errors.map(Vec::len), Some(1), "{}", refused.text);
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{}", refused.text);
        refused
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    #[track_caller]
    pub(crate) fn text_of(&self, field: &str) -> String {
        match self.body[field].as_str() {
            Some(text) => text.to_owned(),
            None => panic!("{field} is missing: {}", self.text),
        }
    }

    #[track_caller]
    pub(crate) fn position(&self) -> i64 {
        self.body["position"].as_i64().expect("there is a position")
    }
}

impl Index<&str> for Answer {
    type Output = Value;

    fn index(&self, field: &str) -> &Value {
        &self.body[field]
    }
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(fields) => fields.values().any(has_null),
        _ => false,
    }
}
