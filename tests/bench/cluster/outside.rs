//! The part of everything outside of Purser: the stand-ins for Kubernetes, the gateway and the mail server.

use super::role;
use anyhow::Context as _;
use chrono::Utc;
use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use purser::standins::{
    kubernetes::{self, KubernetesStandin},
    mailbox::{self, MailboxStandin},
    midtrans::{self, MidtransStandin},
};
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc};

pub(crate) const SERVER_KEY: &str = "SB-Mid-server-bench";
pub(crate) const MERCHANT: &str = "G000000001";

const LOOPBACK: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// Runs until told to end. `given` has `pod_start_ms`, and `notification_url` where there is a gateway.
pub(crate) async fn play(given: &Value) -> anyhow::Result<()> {
    let kubernetes = KubernetesStandin::start(kubernetes::Options {
        listen: LOOPBACK,
        state_file: None,
        pod_start_ms: given["pod_start_ms"].as_u64().context("pod_start_ms")?,
    })
    .await?;
    // What is measured is not the scheduler.
    kubernetes.make_room();
    let midtrans = MidtransStandin::start(midtrans::Options {
        listen: LOOPBACK,
        server_key: SERVER_KEY.into(),
        client_key: "SB-Mid-client-bench".into(),
        merchant_id: MERCHANT.into(),
        notification_url: given["notification_url"].as_str().map(str::to_owned),
        retry_scale: 1.0 / 60.0,
        state_file: None,
        now: Arc::new(Utc::now),
    })
    .await?;
    let mailbox = MailboxStandin::start(mailbox::Options {
        smtp_listen: LOOPBACK,
        http_listen: LOOPBACK,
        state_file: None,
    })
    .await?;
    role::say(&json!({
        "kubeconfig": kubernetes.kubeconfig(),
        "midtrans": midtrans.url(),
        "snap": midtrans.snap_url(),
        "core": midtrans.core_url(),
        "smtp_port": mailbox.smtp_addr().port().to_string(),
    }));
    role::until_told().await;
    Ok(())
}

pub(crate) async fn client(kubeconfig: &str) -> anyhow::Result<Client> {
    let kubeconfig = Kubeconfig::from_yaml(kubeconfig)?;
    let options = KubeConfigOptions::default();
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await?;
    Ok(Client::try_from(config)?)
}
