//! An HTTP server on loopback that answers what the test says and notes what it was asked.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use poem::{Server, endpoint::make, listener::TcpAcceptor};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use crate::kubernetes::{Cluster, KubernetesConfig};

#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// Method and path, for example `GET /api/v1/namespaces/x`.
    pub(super) call: String,
    pub(super) query: String,
    pub(super) body: Value,
}

pub(super) struct Answer {
    status: u16,
    warning: Option<&'static str>,
    body: Value,
}

impl Answer {
    pub(super) fn ok(body: Value) -> Self {
        Self {
            status: 200,
            warning: None,
            body,
        }
    }

    /// As of an object that was not there.
    pub(super) fn made(body: Value) -> Self {
        Self {
            status: 201,
            ..Self::ok(body)
        }
    }

    pub(super) fn refused(status: u16, message: &str) -> Self {
        let reason = if status == 404 { "NotFound" } else { "" };
        let body = json!({"kind": "Status", "status": "Failure", "code": status, "reason": reason, "message": message});
        Self {
            status,
            warning: None,
            body,
        }
    }

    pub(super) fn field_conflict(message: &str) -> Self {
        let mut refused = Self::refused(409, message);
        refused.body["details"] = json!({"causes": [{"reason": "FieldManagerConflict"}]});
        refused
    }

    pub(super) fn warning(self, text: &'static str) -> Self {
        Self {
            warning: Some(text),
            ..self
        }
    }
}

pub(super) struct Scripted {
    pub(super) cluster: Cluster,
    asked: Arc<Mutex<Vec<Asked>>>,
    _serving: AbortOnDropHandle<()>,
}

impl Scripted {
    pub(super) async fn start(script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (noted, script) = (asked.clone(), Arc::new(script));
        let answering = make(move |mut request: poem::Request| {
            let (noted, script) = (noted.clone(), script.clone());
            async move {
                let text = request.take_body().into_string().await.unwrap_or_default();
                let asked = Asked {
                    call: format!("{} {}", request.method(), request.uri().path()),
                    query: request.uri().query().unwrap_or_default().to_owned(),
                    body: serde_json::from_str(&text).unwrap_or(Value::Null),
                };
                noted.lock().unwrap().push(asked.clone());
                let answer = script(&asked);
                let mut response =
                    poem::Response::builder().status(answer.status.try_into().unwrap());
                if let Some(warning) = answer.warning {
                    response = response.header("Warning", format!("299 - {warning:?}"));
                }
                response
                    .content_type("application/json")
                    .body(answer.body.to_string())
            }
        });
        let acceptor = TcpAcceptor::from_tokio(listener).unwrap();
        let serving = tokio::spawn(async move {
            let _ = Server::new_with_acceptor(acceptor).run(answering).await;
        });
        let cluster = connect(&format!("http://{address}")).await;
        Self {
            cluster,
            asked,
            _serving: AbortOnDropHandle::new(serving),
        }
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(super) fn calls(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.call).collect()
    }
}

/// A client for that address.
pub(super) async fn connect(server: &str) -> Cluster {
    connect_for(server, 5_000).await
}

/// A client for that address that waits for so long.
pub(super) async fn connect_for(server: &str, request_timeout_ms: u64) -> Cluster {
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    });
    let path = std::env::temp_dir().join(format!("purser-kubeconfig-{}", uuid::Uuid::now_v7()));
    std::fs::File::create(&path)
        .unwrap()
        .write_all(kubeconfig.to_string().as_bytes())
        .unwrap();
    let settings = KubernetesConfig {
        kubeconfig_path: Some(path.clone()),
        request_timeout_ms,
    };
    let cluster = Cluster::connect(settings).await.unwrap();
    std::fs::remove_file(path).unwrap();
    cluster
}
