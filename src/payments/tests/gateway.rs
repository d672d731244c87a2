//! A gateway whose next answer the test writes down.

use super::midtrans;
use crate::payments::Midtrans;
use poem::{
    EndpointExt, Request, Response, Server, handler,
    http::{HeaderMap, StatusCode},
    listener::TcpAcceptor,
    web::Data,
};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio::{net::TcpListener, task::JoinHandle};

/// What the gateway was asked: method and path, `Authorization`, body.
pub(super) type Asked = (String, String, Value);

#[derive(Default)]
struct Script {
    answer: Mutex<(u16, String)>,
    asked: Mutex<Vec<Asked>>,
    headers: Mutex<HeaderMap>,
}

#[handler]
fn scripted(request: &Request, body: Vec<u8>, Data(script): Data<&Arc<Script>>) -> Response {
    let line = format!("{} {}", request.method(), request.original_uri());
    let key = request
        .header("Authorization")
        .unwrap_or_default()
        .to_owned();
    script.asked.lock().unwrap().push((
        line,
        key,
        serde_json::from_slice(&body).unwrap_or_default(),
    ));
    *script.headers.lock().unwrap() = request.headers().clone();
    let (status, text) = script.answer.lock().unwrap().clone();
    Response::builder()
        .status(StatusCode::from_u16(status).unwrap())
        .header("Location", "/elsewhere")
        .body(text)
}

/// A gateway that ends with the test.
pub(super) struct Gateway {
    script: Arc<Script>,
    pub(super) midtrans: Midtrans,
    task: JoinHandle<()>,
}

impl Gateway {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::<Script>::default();
        let endpoint = poem::Route::new()
            .at("*path", scripted)
            .data(Arc::clone(&script));
        let server = Server::new_with_acceptor(TcpAcceptor::from_tokio(listener).unwrap());
        let task = tokio::spawn(async move { server.run(endpoint).await.unwrap() });
        Self {
            script,
            midtrans: midtrans(&url),
            task,
        }
    }

    /// The client, with this as the next answer.
    pub(super) fn says(&self, status: u16, body: impl ToString) -> &Midtrans {
        *self.script.answer.lock().unwrap() = (status, body.to_string());
        &self.midtrans
    }

    pub(super) fn was_asked(&self) -> bool {
        !self.script.asked.lock().unwrap().is_empty()
    }

    /// Every value that the latest call had for this header.
    pub(super) fn header(&self, name: &str) -> Vec<String> {
        let headers = self.script.headers.lock().unwrap();
        let values = headers.get_all(name).iter();
        let values = values.map(|value| value.to_str().unwrap().to_owned());
        values.collect()
    }

    /// The latest call.
    pub(super) fn asked(&self) -> Asked {
        self.script.asked.lock().unwrap().pop().unwrap()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}
