//! Which installation an operator's command is about: the environment's, or that of a running
//! `purser dev`.

use super::DATA_DIR;
use crate::{app, relay::Bus};
use anyhow::{Context as _, anyhow};
use clap::Args;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use std::path::{Path, PathBuf};

/// Where the installation is.
#[derive(Args, Clone, Debug)]
pub(super) struct Place {
    /// The data directory of a running `purser dev`, for what the environment does not name.
    #[arg(long, default_value = DATA_DIR)]
    data_dir: PathBuf,
}

/// What `purser dev` writes down for scripts, once everything is ready.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct DevFacts {
    pub(super) base_url: String,
    pub(super) docs_url: String,
    pub(super) database_url: String,
    pub(super) database_owner_url: String,
    pub(super) nats_url: String,
    pub(super) kubeconfig: PathBuf,
    pub(super) kubernetes_url: String,
    pub(super) mailbox_url: String,
    pub(super) smtp: String,
    pub(super) midtrans_url: String,
    pub(super) clock_url: String,
    pub(super) log: PathBuf,
    pub(super) sign_ins: Vec<SignIn>,
    pub(super) pid: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SignIn {
    pub(super) role: String,
    pub(super) email: String,
    pub(super) password: String,
}

/// The name of the file in the data directory.
pub(super) const FACTS: &str = "dev.json";

/// The URLs of an installation.
#[derive(Debug)]
pub(super) struct Urls {
    pub(super) database: String,
    pub(super) owner: String,
    pub(super) nats: Option<String>,
}

impl Place {
    pub(super) fn urls(&self) -> anyhow::Result<Urls> {
        let environment = super::environment(None)?;
        let named = |name: &str| environment.get(name).map(str::to_owned);
        let (database, owner) = (named("DATABASE_URL"), named("DATABASE_OWNER_URL"));
        if let Some(database) = database.clone().or(owner.clone()) {
            let owner = owner.unwrap_or_else(|| database.clone());
            return Ok(Urls {
                database,
                owner,
                nats: named("NATS_URL"),
            });
        }
        let facts = facts(&self.data_dir).with_context(|| {
            format!(
                "DATABASE_URL is not set, and no `purser dev` runs in {}",
                self.data_dir.display()
            )
        })?;
        Ok(Urls {
            database: facts.database_url,
            owner: facts.database_owner_url,
            nats: Some(facts.nats_url),
        })
    }

    /// A pool with the application's rights, and the connection to NATS if there is one to make.
    pub(super) async fn open(&self) -> anyhow::Result<(PgPool, Option<Bus>)> {
        let urls = self.urls()?;
        let pool = app::pool(&urls.database, 4)?;
        let installation = app::installation(&pool)
            .await
            .context("the database cannot be read")?;
        let bus = match &urls.nats {
            Some(url) => Some(Bus::connect(url, installation, 1).await?),
            None => None,
        };
        Ok((pool, bus))
    }

    /// A pool with the owner's rights.
    pub(super) fn open_owner(&self) -> anyhow::Result<PgPool> {
        Ok(app::pool(&self.urls()?.owner, 4)?)
    }
}

pub(super) fn facts(data_dir: &Path) -> anyhow::Result<DevFacts> {
    let path = data_dir.join(FACTS);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&text)
        .map_err(|error| anyhow!("{} cannot be read: {error}", path.display()))
}
