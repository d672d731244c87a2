//! A stand-in Kubernetes API server for `purser dev` and the tests: the real protocol over plain HTTP on a loopback
//! address, with controllers that make workloads run without running anything.
//!
//! Roles, quotas, limits, Pod Security and admission policies (`ValidatingAdmissionPolicy`) count as on a real cluster.

mod access;
mod bootstrap;
mod cluster;
mod controllers;
mod cron;
mod deletes;
mod faults;
mod fields;
mod kinds;
mod kubelets;
mod listener;
mod logs;
mod metrics;
mod patch;
mod paths;
mod refusal;
mod rest;
mod rules;
mod security;
mod select;
mod settings;
mod state_file;
mod store;
mod tables;
#[cfg(test)]
mod tests;
mod traffic;
mod watch;
mod writes;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use poem::{Endpoint, Request, Response, Server};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use self::access::{Answers, Asked};
use self::cluster::Cluster;
pub use self::faults::{Behaviour, Fault, Outage, Scope};
pub use self::kubelets::Filling;
use self::listener::Listening;
pub use self::metrics::Consumption;
pub use self::settings::Settings;
pub use self::traffic::Traffic;

/// How a stand-in is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// A loopback address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the cluster is kept between starts.
    pub state_file: Option<PathBuf>,
    /// How long a healthy pod takes from its creation until it is ready.
    pub pod_start_ms: u64,
}

/// A running stand-in. Dropping it stops the server and everything that belongs to it.
pub struct KubernetesStandin {
    address: SocketAddr,
    cluster: Arc<Cluster>,
    tasks: Vec<JoinHandle<()>>,
}

/// Moves the clock of the cluster, from wherever business time is moved.
pub struct ClockHand(Arc<Cluster>);

impl ClockHand {
    /// Sets how far it runs ahead of the system's.
    pub fn set_ahead(&self, ahead: Duration) {
        let settings = self.0.store().settings;
        self.0.configure(Settings {
            clock_ahead_ms: u64::try_from(ahead.as_millis()).unwrap_or(u64::MAX),
            ..settings
        });
    }
}

struct Api(Arc<Cluster>);

impl Endpoint for Api {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        Ok(rest::answer(self.0.clone(), request).await)
    }
}

impl KubernetesStandin {
    /// Loads or makes the cluster, listens, and starts the controllers.
    pub async fn start(options: Options) -> Result<Self> {
        ensure!(
            options.listen.ip().is_loopback(),
            "a stand-in listens on loopback, not on {}",
            options.listen
        );
        let pod_start = Duration::from_millis(options.pod_start_ms);
        let restored = match &options.state_file {
            Some(path) => state_file::load(path)?,
            None => None,
        };
        let cluster = Arc::new(match restored {
            Some(restored) => Cluster::new(
                restored.store,
                restored.behaviours,
                restored.token,
                pod_start,
            ),
            None => Cluster::new(
                bootstrap::store()?,
                Vec::new(),
                bootstrap::token()?,
                pod_start,
            ),
        });
        let listener = TcpListener::bind(options.listen)
            .await
            .with_context(|| format!("listen on {}", options.listen))?;
        let address = listener.local_addr()?;
        let listening = Listening::new(listener, cluster.clone())?;
        if let Some(path) = &options.state_file {
            cluster.keep_in(path)?;
        }
        let tasks = vec![
            tokio::spawn(serve(listening, cluster.clone())),
            tokio::spawn(controllers::run(cluster.clone())),
        ];
        Ok(Self {
            address,
            cluster,
            tasks,
        })
    }

    /// The address of the API server.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A kubeconfig with the address and a token that may do everything. The token is in the path as well, for
    /// clients like `kubectl` that send none over plain HTTP.
    pub fn kubeconfig(&self) -> String {
        self.kubeconfig_with(self.cluster.token())
    }

    /// A kubeconfig with the rights of a ServiceAccount, for a day; nothing if there is no such account.
    pub fn kubeconfig_of(&self, namespace: &str, account: &str) -> Option<String> {
        let (token, _) = access::issue(&self.cluster, namespace, account, 86_400)?;
        Some(self.kubeconfig_with(&token))
    }

    /// What somebody other than the administrator has asked for, such as `system:serviceaccount:purser:purser`.
    pub fn asked_by(&self, user: &str) -> BTreeMap<Asked, Answers> {
        self.cluster.audit().of(user)
    }

    /// How much was asked of it since it was last counted anew.
    pub fn traffic(&self) -> Traffic {
        self.cluster.traffic.traffic()
    }

    /// Counts what is asked from nothing.
    pub fn count_traffic_anew(&self) {
        self.cluster.traffic.anew();
    }

    fn kubeconfig_with(&self, token: &str) -> String {
        let server = format!("{}{}", self.url(), rest::path_prefix(token));
        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{ "name": "standin", "cluster": { "server": server } }],
            "users": [{ "name": "standin", "user": { "token": token } }],
            "contexts": [{ "name": "standin", "context": { "cluster": "standin", "user": "standin" } }],
            "current-context": "standin",
        });
        serde_yaml_ng::to_string(&config).expect("a kubeconfig of strings is YAML")
    }

    /// Makes matching pods misbehave from now on; running ones are struck too where that makes sense.
    pub fn set_behaviour(&self, behaviour: Behaviour) {
        self.cluster.set_behaviour(behaviour);
    }

    /// Lets every pod recover.
    pub fn clear_behaviours(&self) {
        self.cluster.replace_behaviours(Vec::new());
    }

    /// Says what matching pods use; the last word counts.
    pub fn set_consumption(&self, consumption: Consumption) {
        self.cluster.set_consumption(consumption);
    }

    /// Says how full matching volumes are; the last word counts.
    pub fn set_filling(&self, filling: Filling) {
        self.cluster.set_filling(filling);
    }

    /// Lets every node have a kubelet that can be asked how full volumes are. Until then there is none.
    pub async fn serve_kubelets(&mut self) -> Result<()> {
        self.tasks.extend(kubelets::start(&self.cluster).await?);
        Ok(())
    }

    /// A token with the rights of a ServiceAccount, for a day; nothing if there is no such account.
    pub fn token_of(&self, namespace: &str, account: &str) -> Option<String> {
        access::issue(&self.cluster, namespace, account, 86_400).map(|(token, _)| token)
    }

    /// How the cluster is set up at this moment.
    pub fn settings(&self) -> Settings {
        self.cluster.store().settings
    }

    /// Sets the cluster up differently from now on.
    pub fn configure(&self, settings: Settings) {
        self.cluster.configure(settings);
    }

    /// What moves the clock of the cluster.
    pub fn clock_hand(&self) -> ClockHand {
        ClockHand(self.cluster.clone())
    }

    /// Loses a node, or brings it back: its pods are not ready meanwhile, and nothing of them changes.
    pub fn set_node_ready(&self, node: &str, ready: bool) -> Result<()> {
        self.cluster
            .change(|store| controllers::nodes::set_ready(store, node, ready))
            .map_err(|refusal| anyhow::anyhow!("{}", refusal.message))
    }

    /// Gives every node room for everything: where it is not the scheduler that is looked at.
    pub fn make_room(&self) {
        self.cluster.change(controllers::nodes::make_room);
    }

    /// Makes the whole server fail, or answer again.
    pub fn set_outage(&self, outage: Outage) {
        self.cluster.set_outage(outage);
    }

    /// Forgets the history: watches from older versions end with 410 Gone.
    pub fn compact(&self) {
        self.cluster.compact();
    }

    /// Stops the server, waits for its tasks and saves the state.
    pub async fn stop(mut self) {
        self.cluster.stopped.cancel();
        for task in std::mem::take(&mut self.tasks) {
            // A task that panicked has said so already.
            drop(task.await);
        }
    }
}

impl Drop for KubernetesStandin {
    fn drop(&mut self) {
        self.cluster.stopped.cancel();
        self.cluster.save();
    }
}

async fn serve(listening: Listening, cluster: Arc<Cluster>) {
    let stopped = cluster.stopped.clone().cancelled_owned();
    let server = Server::new_with_acceptor(listening).name("kubernetes stand-in");
    let served = server
        .run_with_graceful_shutdown(Api(cluster), stopped, Some(Duration::ZERO))
        .await;
    if let Err(error) = served {
        tracing::error!("the kubernetes stand-in stopped listening: {error}");
    }
}
