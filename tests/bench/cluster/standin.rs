//! The stand-in cluster as the benchmark holds it: its process, its switches and what it counted.

use super::{outside, role::Role};
use anyhow::Context as _;
use kube::Client;
use purser::standins::kubernetes::{Outage, Traffic};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
};

pub(crate) struct Standin {
    pub(crate) role: Role,
    pub(crate) kubeconfig: PathBuf,
    server: String,
    client: reqwest::Client,
}

impl Standin {
    pub(crate) async fn start(
        folder: &Path,
        pod_start_ms: u64,
        notification_url: Option<&str>,
    ) -> anyhow::Result<Self> {
        let given = json!({ "pod_start_ms": pod_start_ms, "notification_url": notification_url });
        let log = File::create(folder.join("outside.log"))?;
        let role = Role::start("outside", &given, log).await?;
        let text = role.text("kubeconfig")?;
        let kubeconfig = folder.join("kubeconfig");
        fs::write(&kubeconfig, text)?;
        let config: Value = serde_yaml_ng::from_str(text)?;
        let server = config["clusters"][0]["cluster"]["server"].as_str();
        Ok(Self {
            server: server.context("the kubeconfig names no server")?.to_owned(),
            client: reqwest::Client::builder().no_proxy().build()?,
            kubeconfig,
            role,
        })
    }

    /// A client of its own for whoever wants to ask it directly.
    pub(crate) async fn kube(&self) -> anyhow::Result<Client> {
        outside::client(&fs::read_to_string(&self.kubeconfig)?).await
    }

    async fn switch(&self, method: Method, name: &str, body: &Value) -> anyhow::Result<Value> {
        let url = format!("{}/standin/{name}", self.server);
        let asked = self.client.request(method, url).json(body);
        Ok(asked.send().await?.error_for_status()?.json().await?)
    }

    /// What was asked of it since it was last counted anew.
    pub(crate) async fn traffic(&self) -> anyhow::Result<Traffic> {
        let traffic = self.switch(Method::GET, "traffic", &Value::Null).await?;
        Ok(serde_json::from_value(traffic)?)
    }

    pub(crate) async fn count_anew(&self) -> anyhow::Result<()> {
        self.switch(Method::DELETE, "traffic", &Value::Null).await?;
        Ok(())
    }

    pub(crate) async fn outage(&self, outage: Outage) -> anyhow::Result<()> {
        let body = serde_json::to_value(outage)?;
        self.switch(Method::PUT, "outage", &body).await?;
        Ok(())
    }
}

/// Requests by verb alone.
pub(crate) fn by_verb(traffic: &Traffic) -> BTreeMap<String, u64> {
    let mut verbs = BTreeMap::new();
    for (what, count) in &traffic.requests {
        let verb = what.split(' ').next().unwrap_or_default();
        *verbs.entry(verb.to_owned()).or_default() += count;
    }
    verbs
}
