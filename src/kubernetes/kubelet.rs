//! How full volumes are. Only the kubelets know, so each is asked itself, at the node's own address and with a token that is
//! good for the right `get` on `nodes/stats` and no more: every node is sent it. Never by way of `nodes/proxy`, which would
//! open everything that a kubelet can do.

use std::{fs, path::PathBuf, time::Duration};

use futures_util::{StreamExt as _, stream};
use k8s_openapi::api::core::v1::Node;
use kube::{Api, api::ListParams};
use reqwest::{Certificate, redirect::Policy};
use serde::Deserialize;

use super::{cluster::Cluster, error::ClusterError};

/// How many kubelets are asked at once.
const AT_ONCE: usize = 8;

/// Whether a kubelet has to prove who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KubeletTrust {
    /// By a certificate of the authority in `ca_file`.
    Verified,
    /// Its certificate is taken as it is: most kubelets have signed theirs themselves.
    Insecure,
    /// Without TLS, where something else sees to it.
    Plain,
}

/// How kubelets are asked.
#[derive(Clone, Debug)]
pub struct KubeletConfig {
    pub trust: KubeletTrust,
    pub ca_file: PathBuf,
    /// Read anew for every round: the cluster changes it.
    pub token_file: PathBuf,
    /// For one kubelet.
    pub timeout_ms: u64,
}

/// A volume as the kubelet of its pod sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeUse {
    pub namespace: String,
    pub claim: String,
    pub used_bytes: u64,
    /// Of the file system that it is on, which may be more than its own.
    pub capacity_bytes: u64,
}

/// What the kubelets told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VolumesUsed {
    pub volumes: Vec<VolumeUse>,
    /// The nodes whose kubelets told nothing, each with why.
    pub silent: Vec<String>,
}

/// Nobody can be asked.
#[derive(Debug, thiserror::Error)]
pub enum KubeletError {
    #[error("KUBELET_CA_FILE cannot be used")]
    Authority(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("KUBELET_TOKEN_FILE cannot be read")]
    Token(#[source] std::io::Error),
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

/// Asks kubelets.
#[derive(Clone)]
pub struct Kubelets {
    cluster: Cluster,
    http: reqwest::Client,
    config: KubeletConfig,
}

#[derive(Deserialize)]
struct Summary {
    #[serde(default)]
    pods: Vec<PodStats>,
}

#[derive(Deserialize)]
struct PodStats {
    #[serde(default)]
    volume: Vec<VolumeStats>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VolumeStats {
    pvc_ref: Option<ClaimRef>,
    used_bytes: Option<u64>,
    capacity_bytes: Option<u64>,
}

#[derive(Deserialize)]
struct ClaimRef {
    name: String,
    namespace: String,
}

impl Kubelets {
    /// Reads the authority's certificate and asks nobody yet.
    ///
    /// # Errors
    /// There is no such certificate.
    pub fn new(cluster: Cluster, config: KubeletConfig) -> Result<Self, KubeletError> {
        let http = client(&config)?;
        Ok(Self {
            cluster,
            http,
            config,
        })
    }

    /// What the kubelets of all nodes tell. One that does not answer keeps nobody from hearing the others.
    ///
    /// # Errors
    /// Nobody could be asked.
    pub async fn volumes_used(&self) -> Result<VolumesUsed, KubeletError> {
        let token = fs::read_to_string(&self.config.token_file).map_err(KubeletError::Token)?;
        let token = token.trim();
        let api = Api::<Node>::all(self.cluster.client());
        let params = ListParams::default();
        let nodes = self.cluster.call("nodes", api.list(&params)).await?;
        let asked: Vec<_> = nodes
            .items
            .iter()
            .map(|node| self.hear(node, token))
            .collect();
        let mut answers = stream::iter(asked).buffer_unordered(AT_ONCE);
        let mut told = VolumesUsed::default();
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(summary) => told.volumes.extend(volumes(summary)),
                Err(why) => told.silent.push(why),
            }
        }
        told.silent.sort();
        Ok(told)
    }

    async fn hear(&self, node: &Node, token: &str) -> Result<Summary, String> {
        let name = node.metadata.name.as_deref().unwrap_or_default();
        let heard = self.ask(node, token).await;
        heard.map_err(|why| format!("node {name}: {why}"))
    }

    async fn ask(&self, node: &Node, token: &str) -> Result<Summary, String> {
        let scheme = match self.config.trust {
            KubeletTrust::Plain => "http",
            KubeletTrust::Verified | KubeletTrust::Insecure => "https",
        };
        let place = place(node).ok_or("it has no address of a kubelet")?;
        let url = format!("{scheme}://{place}/stats/summary");
        let asked = self.http.get(url).bearer_auth(token).send().await;
        // The address is the node's business, not the log's.
        let answer = asked.map_err(|error| error.without_url().to_string())?;
        let status = answer.status();
        if !status.is_success() {
            return Err(format!("its kubelet answers {}", status.as_u16()));
        }
        let summary = answer.json().await;
        summary.map_err(|error| error.without_url().to_string())
    }
}

/// It follows no redirect: where a kubelet points to is no kubelet, and may be anybody.
fn client(config: &KubeletConfig) -> Result<reqwest::Client, KubeletError> {
    let mut http = reqwest::Client::builder()
        .timeout(Duration::from_millis(config.timeout_ms))
        .redirect(Policy::none())
        .no_proxy();
    match config.trust {
        KubeletTrust::Verified => {
            let bundle = fs::read(&config.ca_file).map_err(authority)?;
            let known = Certificate::from_pem_bundle(&bundle).map_err(authority)?;
            http = http.tls_certs_only(known);
        }
        KubeletTrust::Insecure => http = http.tls_danger_accept_invalid_certs(true),
        KubeletTrust::Plain => {}
    }
    http.build().map_err(authority)
}

/// Where a node's kubelet listens.
fn place(node: &Node) -> Option<String> {
    let status = node.status.as_ref()?;
    let endpoint = status
        .daemon_endpoints
        .as_ref()?
        .kubelet_endpoint
        .as_ref()?;
    let mut addresses = status.addresses.iter().flatten();
    let address = &addresses.find(|it| it.type_ == "InternalIP")?.address;
    let port = endpoint.port;
    Some(match address.contains(':') {
        true => format!("[{address}]:{port}"),
        false => format!("{address}:{port}"),
    })
}

fn volumes(summary: Summary) -> impl Iterator<Item = VolumeUse> {
    let volumes = summary.pods.into_iter().flat_map(|pod| pod.volume);
    volumes.filter_map(|volume| {
        let claim = volume.pvc_ref?;
        Some(VolumeUse {
            namespace: claim.namespace,
            claim: claim.name,
            used_bytes: volume.used_bytes?,
            capacity_bytes: volume.capacity_bytes?,
        })
    })
}

fn authority(error: impl std::error::Error + Send + Sync + 'static) -> KubeletError {
    KubeletError::Authority(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    fn node(address: &str) -> Node {
        serde_json::from_value(json!({ "status": {
            "addresses": [{"type": "Hostname", "address": "n"}, {"type": "InternalIP", "address": address}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        }}))
        .unwrap()
    }

    #[test]
    fn a_kubelet_listens_at_its_nodes_own_address() {
        assert_eq!(place(&node("10.0.0.7")).as_deref(), Some("10.0.0.7:10250"));
        assert_eq!(place(&node("fd00::7")).as_deref(), Some("[fd00::7]:10250"));
        assert_eq!(place(&Node::default()), None);
    }

    #[tokio::test]
    async fn nobody_is_asked_to_whom_a_kubelet_points() {
        // Another test may have been first.
        crate::choose_crypto();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/stats/summary", listener.local_addr().unwrap());
        // Whoever followed would find nobody there.
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4_096]).await.unwrap();
            let answer = "HTTP/1.1 307 Temporary Redirect\r\nlocation: /elsewhere\r\n\
                          content-length: 0\r\nconnection: close\r\n\r\n";
            drop(listener);
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        let config = KubeletConfig {
            trust: KubeletTrust::Plain,
            ca_file: PathBuf::new(),
            token_file: PathBuf::new(),
            timeout_ms: 60_000,
        };
        let answer = client(&config).unwrap().get(url).send().await.unwrap();
        assert_eq!(answer.status(), 307);
    }

    #[test]
    fn only_volumes_of_claims_are_told() {
        let summary = serde_json::from_value(json!({ "node": {}, "pods": [
            { "podRef": {}, "volume": [
                { "name": "tmp", "usedBytes": 1, "capacityBytes": 2 },
                { "name": "data", "pvcRef": {"name": "web", "namespace": "a"}, "usedBytes": 7, "capacityBytes": 9 },
                { "name": "new", "pvcRef": {"name": "web", "namespace": "b"} },
            ]},
            { "podRef": {} },
        ]}));
        let told: Vec<VolumeUse> = volumes(summary.unwrap()).collect();
        let expected = VolumeUse {
            namespace: "a".into(),
            claim: "web".into(),
            used_bytes: 7,
            capacity_bytes: 9,
        };
        assert_eq!(told, [expected]);
    }
}
