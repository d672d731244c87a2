//! Which installation an operator's command is about: the environment's, or that of a data directory.

use super::DATA_DIR;
use crate::{app, auth::Keys, relay::Bus};
use anyhow::{Context as _, anyhow};
use clap::Args;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use std::path::{Path, PathBuf};

/// Where the installation is.
#[derive(Args, Clone, Debug)]
pub(super) struct Place {
    /// The data directory of `purser dev` or `purser serve --embedded`, where the environment names no servers.
    #[arg(long, default_value = DATA_DIR)]
    data_dir: PathBuf,
}

/// The servers of an installation: the environment's, or those that a data directory belongs to.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Urls {
    pub(super) database: String,
    pub(super) owner: String,
    pub(super) nats: Option<String>,
}

/// Where a process that runs its own servers says so, for operators' commands beside it.
const SERVERS: &str = "servers.json";
/// Where `purser dev` keeps the master key that it made.
pub(super) const MASTER_KEY: &str = "master.key";

impl Urls {
    /// Writes them down for their owner's eyes alone.
    pub(super) fn write(&self, data_dir: &Path) -> std::io::Result<()> {
        write_private(&data_dir.join(SERVERS), &serde_json::to_vec_pretty(self)?)
    }
}

/// Writes a file whole or not at all, readable by its owner alone.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let half = path.with_extension("new");
    let mut options = std::fs::File::options();
    let mut file = options
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(half, path)
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
        let path = self.data_dir.join(SERVERS);
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!(
                "DATABASE_URL is not set, and nothing runs in {}: {} is missing",
                self.data_dir.display(),
                path.display()
            )
        })?;
        serde_json::from_str(&text)
            .map_err(|error| anyhow!("{} cannot be read: {error}", path.display()))
    }

    /// A pool with the application's rights, and the connection to NATS if there is one to make.
    pub(super) async fn open(&self) -> anyhow::Result<(PgPool, Option<Bus>)> {
        let urls = self.urls()?;
        let pool = app::pool(&urls.database, 4)?;
        let installation = app::installation(&pool)
            .await
            .context("the database cannot be read")?;
        let environment = super::environment(None)?;
        let ca_file = environment.get("NATS_CA_FILE").map(Path::new);
        let bus = match &urls.nats {
            Some(url) => Some(Bus::connect(url, ca_file, installation, 1).await?),
            None => None,
        };
        Ok((pool, bus))
    }

    /// The installation's keys: the environment's, or those beside the servers of a data directory.
    pub(super) fn keys(&self) -> anyhow::Result<Option<Keys>> {
        let environment = super::environment(None)?;
        let named = environment.get("MASTER_KEY").map(str::to_owned);
        let beside = || std::fs::read_to_string(self.data_dir.join(MASTER_KEY)).ok();
        let Some(key) = named.or_else(beside) else {
            return Ok(None);
        };
        Ok(Some(Keys::parse(key.trim())?))
    }

    /// A pool with the owner's rights.
    pub(super) fn open_owner(&self) -> anyhow::Result<PgPool> {
        Ok(app::pool(&self.urls()?.owner, 4)?)
    }
}
