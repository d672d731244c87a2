//! The world outside, as stand-ins, and the settings that point the product at it.

use super::{
    super::places::{MASTER_KEY, write_private},
    clock,
    facts::DevFacts,
    ports::Ports,
    servers::Servers,
};
use crate::{
    cli::loopback,
    clock::Clock,
    config::{Environment, Settings},
    standins::{
        kubernetes::{self, ClockHand, KubernetesStandin},
        mailbox::{self, MailboxStandin},
        midtrans::{self, MidtransStandin},
    },
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use poem::{Endpoint, IntoResponse as _, listener::TcpAcceptor, web::Json};
use serde_json::json;
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{net::TcpListener, task::JoinHandle};

const SERVER_KEY: &str = "SB-Mid-server-purser-dev";
const CLIENT_KEY: &str = "SB-Mid-client-purser-dev";
const MERCHANT: &str = "G000000001";
/// Midtrans' retries take hours; here a minute passes in a fifth of a second.
const RETRY_SCALE: f64 = 1.0 / 300.0;

/// Settings that say which recipes there are, taken from the environment as by `purser serve`.
const RECIPES: [&str; 3] = ["TEMPLATES_DIR", "TEMPLATE_IMAGES", "TEMPLATE_REGISTRY"];

/// The stand-ins of one `purser dev`.
pub(super) struct World {
    pub(super) kubernetes: KubernetesStandin,
    pub(super) kubeconfig: PathBuf,
    pub(super) midtrans: MidtransStandin,
    pub(super) mailbox: MailboxStandin,
    pub(super) clock_url: String,
    clock_server: JoinHandle<()>,
    clock_follower: JoinHandle<()>,
}

impl World {
    pub(super) async fn start(
        root: &Path,
        ports: &mut Ports,
        business: &Clock,
        pod_start_ms: u64,
    ) -> anyhow::Result<Self> {
        let kubernetes = KubernetesStandin::start(kubernetes::Options {
            listen: free(ports.remembered("kubernetes")).await,
            state_file: Some(root.join("kubernetes.json")),
            pod_start_ms,
        })
        .await?;
        ports.remember("kubernetes", port_of(&kubernetes.url()));
        let kubeconfig = root.join("kubeconfig");
        fs::write(&kubeconfig, kubernetes.kubeconfig())?;
        let clock_follower = tokio::spawn(follow(business.clone(), kubernetes.clock_hand()));
        let now = business.clone();
        let midtrans = MidtransStandin::start(midtrans::Options {
            listen: free(ports.remembered("midtrans")).await,
            server_key: SERVER_KEY.into(),
            client_key: CLIENT_KEY.into(),
            merchant_id: MERCHANT.into(),
            notification_url: None,
            retry_scale: RETRY_SCALE,
            state_file: Some(root.join("midtrans.json")),
            now: Arc::new(move || now.now()),
        })
        .await?;
        ports.remember("midtrans", port_of(midtrans.url()));
        let mailbox = MailboxStandin::start(mailbox::Options {
            smtp_listen: free(ports.remembered("smtp")).await,
            http_listen: free(ports.remembered("mailbox")).await,
            state_file: Some(root.join("mailbox.json")),
        })
        .await?;
        ports.remember("smtp", mailbox.smtp_addr().port());
        ports.remember("mailbox", port_of(mailbox.url()));
        let listener = TcpListener::bind(free(ports.remembered("clock")).await).await?;
        let clock_url = format!("http://{}", listener.local_addr()?);
        ports.remember("clock", listener.local_addr()?.port());
        let server = poem::Server::new_with_acceptor(TcpAcceptor::from_tokio(listener)?)
            .run(clock::routes(business.clone(), root.to_path_buf()));
        let clock_server = tokio::spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the clock's server ended"
                );
            }
        });
        Ok(Self {
            kubernetes,
            kubeconfig,
            midtrans,
            mailbox,
            clock_url,
            clock_server,
            clock_follower,
        })
    }

    /// The product's settings, read as in production, from the names that operators know.
    pub(super) fn settings(
        &self,
        base_url: &str,
        servers: &Servers,
        root: &Path,
        environment: &Environment,
    ) -> anyhow::Result<Settings> {
        let smtp = self.mailbox.smtp_addr();
        let kubeconfig = self.kubeconfig.to_string_lossy();
        let values = [
            ("PUBLIC_URL", base_url.to_owned()),
            ("DATABASE_URL", servers.database_url.clone()),
            ("NATS_URL", servers.nats_url.clone()),
            ("MASTER_KEY", master_key(root)?),
            ("KUBECONFIG_PATH", kubeconfig.into_owned()),
            ("K8S_CLUSTER_DOMAIN", "apps.purser.test".to_owned()),
            // Here Purser is the cluster's administrator, whom nothing holds back.
            ("CLUSTER_BOUNDARY", "warn".to_owned()),
            ("SMTP_HOST", smtp.ip().to_string()),
            ("SMTP_PORT", smtp.port().to_string()),
            ("SMTP_TLS", "none".to_owned()),
            // Everybody comes from one place here, the simulated customers too.
            ("SIGN_IN_ATTEMPTS", "0".to_owned()),
            ("SIGN_UPS_AN_HOUR", "0".to_owned()),
            ("MAIL_FROM", "Purser <no-reply@purser.test>".to_owned()),
            ("MIDTRANS_SERVER_KEY", SERVER_KEY.to_owned()),
            ("MIDTRANS_MERCHANT_ID", MERCHANT.to_owned()),
            ("MIDTRANS_SNAP_URL", self.midtrans.snap_url()),
            ("MIDTRANS_CORE_URL", self.midtrans.core_url().to_owned()),
        ];
        // Which apps there are is a developer's choice, as an operator's.
        let chosen = RECIPES
            .iter()
            .filter_map(|name| Some((*name, environment.get(name)?.to_owned())));
        let values = values.into_iter().chain(chosen);
        let values = values.map(|(name, value)| (name.to_owned(), value));
        let settings = Settings::read(Environment::new("", values))?;
        Ok(Settings {
            // The data folder is locked.
            alone: true,
            ..settings
        })
    }

    pub(super) async fn stop(self) {
        self.clock_server.abort();
        self.clock_follower.abort();
        self.mailbox.stop().await;
        self.midtrans.stop().await;
        self.kubernetes.stop().await;
    }
}

/// Keeps the cluster's clock at business time: what it does by the clock is due then.
async fn follow(business: Clock, cluster: ClockHand) {
    let mut moves = business.moves();
    loop {
        cluster.set_ahead(business.offset().to_std().unwrap_or_default());
        if moves.changed().await.is_err() {
            return;
        }
    }
}

/// Where the stand-ins are, without any secret: what a demo needs to pay and to read its mail.
pub(super) fn directory(facts: &DevFacts) -> impl Endpoint + use<> {
    let body = json!({
        "mailbox_url": facts.mailbox_url,
        "midtrans_url": facts.midtrans_url,
        "kubernetes_url": facts.kubernetes_url,
        "clock_url": facts.clock_url,
    });
    poem::endpoint::make_sync(move |_| Json(body.clone()).into_response())
}

/// The remembered port where it is free. Else the one that the listener itself is given, so that nobody
/// can take it between choosing and listening.
async fn free(port: u16) -> SocketAddr {
    match TcpListener::bind(loopback(port)).await {
        Ok(_) => loopback(port),
        Err(_) => loopback(0),
    }
}

fn port_of(url: &str) -> u16 {
    url.rsplit(':')
        .next()
        .and_then(|port| port.trim_end_matches('/').parse().ok())
        .unwrap_or(0)
}

/// The installation's master key: made once, readable by its owner alone.
fn master_key(root: &Path) -> anyhow::Result<String> {
    let path = root.join(MASTER_KEY);
    if let Ok(key) = fs::read_to_string(&path) {
        return Ok(key);
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let key = BASE64_STANDARD.encode(bytes);
    write_private(&path, key.as_bytes())?;
    Ok(key)
}
