//! Telling a stand-in from the real thing: each says so in its own protocol. Who does not answer is none.

use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use std::{path::Path, time::Duration};
use tokio::{io::AsyncReadExt as _, net::TcpStream, time::timeout};

const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the mail server's greeting is the mailbox's.
pub async fn is_mailbox(host: &str, port: u16) -> bool {
    let greeting = async {
        let mut stream = TcpStream::connect((host, port)).await.ok()?;
        let mut bytes = [0; 512];
        let read = stream.read(&mut bytes).await.ok()?;
        Some(String::from_utf8_lossy(&bytes[..read]).contains("Purser stand-in"))
    };
    matches!(timeout(PATIENCE, greeting).await, Ok(Some(true)))
}

/// Whether the gateway has what only the stand-in has: a list of everybody's payments.
pub async fn is_midtrans(url: &str) -> bool {
    let answer = async {
        let url = reqwest::Url::parse(url)
            .ok()?
            .join("/standin/transactions")
            .ok()?;
        let client = reqwest::Client::builder().no_proxy().build().ok()?;
        Some(client.get(url).send().await.ok()?.status().is_success())
    };
    matches!(timeout(PATIENCE, answer).await, Ok(Some(true)))
}

/// Whether the API server's version is the stand-in's.
pub async fn is_kubernetes(kubeconfig: Option<&Path>) -> bool {
    let version = async {
        let config = match kubeconfig {
            Some(path) => {
                let file = Kubeconfig::read_from(path).ok()?;
                Config::from_custom_kubeconfig(file, &KubeConfigOptions::default())
                    .await
                    .ok()?
            }
            None => Config::incluster().ok()?,
        };
        let version = Client::try_from(config)
            .ok()?
            .apiserver_version()
            .await
            .ok()?;
        Some(version.git_version.contains("+standin"))
    };
    matches!(timeout(PATIENCE, version).await, Ok(Some(true)))
}
