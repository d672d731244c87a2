//! One PostgreSQL and one nats-server for all contestants, syncing to disk as in production.

use purser::{
    embedded::{DataDir, DatabaseUrls, Durability, Nats, Postgres, PostgresOptions, Tools},
    store,
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::path::Path;

pub(crate) struct Servers {
    dir: DataDir,
    pub(crate) postgres: Postgres,
    pub(crate) nats: Nats,
}

impl Servers {
    /// In a folder of the checkout: a temporary one may lie in memory, where syncing costs nothing.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".purser");
        let tools = Tools::new(folder.join("tools"));
        let dir = DataDir::open(&folder.join("bench"))?;
        dir.wipe().await?;
        let options = PostgresOptions::new(tools.clone(), Durability::Durable);
        let postgres = Postgres::start(&dir, &options).await?;
        let nats = Nats::start(&dir, &tools).await?;
        Ok(Self {
            dir,
            postgres,
            nats,
        })
    }

    /// Where this run keeps what it writes.
    pub(crate) fn folder(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) async fn stop(self) {
        self.nats.stop().await;
        self.postgres.stop().await;
        if let Err(error) = self.dir.wipe().await {
            eprintln!("{error}");
        }
    }
}

/// A migrated database, with the application's rights and with the owner's.
pub(crate) struct Store {
    pub(crate) urls: DatabaseUrls,
    pub(crate) app: PgPool,
    pub(crate) owner: PgPool,
}

impl Store {
    pub(crate) async fn new(servers: &Servers, name: &str) -> anyhow::Result<Self> {
        let urls = servers.postgres.create_database(name).await?;
        store::migrate(&urls.owner, "purser_app").await?;
        let app: PgConnectOptions = urls.app.parse()?;
        let app = app.options([("search_path", "views,public")]);
        let owner: PgConnectOptions = urls.owner.parse()?;
        Ok(Self {
            app: pool(20).connect_with(app).await?,
            owner: pool(4).connect_with(owner).await?,
            urls,
        })
    }
}

/// A pool whose connections are all there from the start.
pub(crate) fn pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .min_connections(connections)
        .max_connections(connections)
}
