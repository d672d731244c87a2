//! A kubelet for each node, as far as somebody asks it how full volumes are: `/stats/summary` on loopback, for whoever's
//! token the API server knows and whose roles grant `nodes/stats`.

use std::sync::Arc;

use anyhow::Result;
use http::{StatusCode, header};
use poem::{Endpoint, Request, Response, Server, listener::TcpAcceptor};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use super::access::{self, Ask};
use super::cluster::Cluster;
use super::faults::glob;
use super::kinds;
use super::paths::{list, text};
use super::rules::quantity;
use super::store::{Key, Store};
use super::writes;

const MIB: i128 = 1024 * 1024;

/// How much of matching claims is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filling {
    /// `*` stands for any letters; nothing matches every namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    pub claim: String,
    pub used_mib: u64,
}

impl Filling {
    fn is_of(&self, namespace: &str, claim: &str) -> bool {
        let matches = |pattern: &String| glob(pattern, namespace);
        self.claim == claim && self.namespace.as_ref().is_none_or(matches)
    }
}

struct Kubelet {
    cluster: Arc<Cluster>,
    node: String,
}

/// Starts one for every node, and says on the nodes where they listen.
pub(super) async fn start(cluster: &Arc<Cluster>) -> Result<Vec<JoinHandle<()>>> {
    let nodes: Vec<String> = {
        let store = cluster.store();
        let nodes = store.list(kinds::known("nodes"), None);
        nodes.map(|(key, _)| key.name.clone()).collect()
    };
    let mut serving = Vec::new();
    for node in nodes {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        cluster.change(|store| listens(store, &node, port));
        let server = Server::new_with_acceptor(TcpAcceptor::from_tokio(listener)?);
        let (cluster, stopped) = (cluster.clone(), cluster.stopped.clone().cancelled_owned());
        serving.push(tokio::spawn(async move {
            let kubelet = Kubelet { cluster, node };
            let served = server.run_with_graceful_shutdown(kubelet, stopped, None);
            if let Err(error) = served.await {
                tracing::error!("a kubelet of the stand-in stopped listening: {error}");
            }
        }));
    }
    Ok(serving)
}

fn listens(store: &mut Store, node: &str, port: u16) {
    let key = Key::of("nodes", "", node);
    let Some(known) = store.get(&key) else { return };
    let mut status = known["status"].clone();
    status["addresses"] = json!([
        { "type": "InternalIP", "address": "127.0.0.1" },
        { "type": "Hostname", "address": node },
    ]);
    status["daemonEndpoints"] = json!({ "kubeletEndpoint": { "Port": port } });
    writes::set_status(store, &key, status, "kubelet");
}

impl Endpoint for Kubelet {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let said =
            |status: StatusCode, text: &'static str| Response::builder().status(status).body(text);
        if request.uri().path() != "/stats/summary" {
            return Ok(said(StatusCode::NOT_FOUND, "404 page not found"));
        }
        let given = request.header(header::AUTHORIZATION).unwrap_or_default();
        let token = given.strip_prefix("Bearer ").unwrap_or_default();
        let Some(user) = access::authenticate(&self.cluster, token) else {
            return Ok(said(StatusCode::UNAUTHORIZED, "Unauthorized"));
        };
        let ask = Ask {
            verb: "get".into(),
            resource: "nodes".into(),
            subresource: "stats".into(),
            name: self.node.clone(),
            ..Ask::default()
        };
        let allowed = access::allows(&self.cluster.settled().rights, &user, &ask);
        self.cluster.audit().note(&user, &ask, allowed);
        if !allowed {
            return Ok(said(
                StatusCode::FORBIDDEN,
                "Forbidden (verb=get, resource=nodes, subresource=stats)",
            ));
        }
        let summary = summary(&self.cluster, &self.node);
        Ok(Response::builder()
            .content_type("application/json")
            .body(summary.to_string()))
    }
}

fn summary(cluster: &Cluster, node: &str) -> Value {
    let fillings = cluster.fillings();
    let store = cluster.store();
    let pods = store.list(kinds::known("pods"), None);
    let here = pods.filter(|(_, pod)| {
        text(pod, "/spec/nodeName") == node && text(pod, "/status/phase") == "Running"
    });
    let pods: Vec<Value> = here
        .map(|(key, pod)| {
            let volumes = list(pod, "/spec/volumes").iter();
            let volumes: Vec<Value> = volumes
                .filter_map(|volume| of_volume(&store, &fillings, &key.namespace, volume))
                .collect();
            let pod_ref = json!({ "name": key.name, "namespace": key.namespace, "uid": pod["metadata"]["uid"] });
            json!({ "podRef": pod_ref, "volume": volumes })
        })
        .collect();
    json!({ "node": { "nodeName": node }, "pods": pods })
}

fn of_volume(
    store: &Store,
    fillings: &[Filling],
    namespace: &str,
    volume: &Value,
) -> Option<Value> {
    let claim = text(volume, "/persistentVolumeClaim/claimName");
    let object = store.get(&Key::of("persistentvolumeclaims", namespace, claim))?;
    let capacity = quantity::parse(text(object, "/status/capacity/storage"))? / 1_000;
    let filling = fillings
        .iter()
        .rev()
        .find(|one| one.is_of(namespace, claim));
    let used = filling.map_or(capacity / 10, |one| i128::from(one.used_mib) * MIB);
    Some(json!({
        "name": text(volume, "/name"),
        "pvcRef": { "name": claim, "namespace": namespace },
        "capacityBytes": u64::try_from(capacity).ok()?,
        "usedBytes": u64::try_from(used).ok()?,
        "availableBytes": u64::try_from((capacity - used).max(0)).ok()?,
    }))
}
