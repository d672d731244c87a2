//! PostgreSQL and nats-server: those that the environment names, or children of this process.

use super::super::places::Urls;
use crate::{
    config::Environment,
    embedded::{DataDir, Durability, EmbeddedError, Nats, Postgres, PostgresOptions, Tools},
    store,
};
use sqlx::postgres::PgConnectOptions;

/// The two servers, with the schema up to date.
pub(super) struct Servers {
    pub(super) database_url: String,
    pub(super) owner_url: String,
    pub(super) nats_url: String,
    postgres: Option<Postgres>,
    nats: Option<Nats>,
}

impl Servers {
    pub(super) async fn start(data: &DataDir, environment: &Environment) -> anyhow::Result<Self> {
        let tools = Tools::new(data.default_tools());
        let (database_url, owner_url, postgres) = match environment.get("DATABASE_URL") {
            Some(url) => {
                let owner = environment.get("DATABASE_OWNER_URL").unwrap_or(url);
                (url.to_owned(), owner.to_owned(), None)
            }
            None => {
                let options = PostgresOptions::new(tools.clone(), Durability::Durable);
                let postgres = Postgres::start(data, &options).await?;
                (
                    postgres.database_url().to_owned(),
                    postgres.owner_url().to_owned(),
                    Some(postgres),
                )
            }
        };
        let (nats_url, nats) = match environment.get("NATS_URL") {
            Some(url) => (url.to_owned(), None),
            None => {
                let nats = Nats::start(data, &tools).await?;
                (nats.url().to_owned(), Some(nats))
            }
        };
        let application: PgConnectOptions = database_url.parse()?;
        store::migrate(&owner_url, application.get_username()).await?;
        Ok(Self {
            database_url,
            owner_url,
            nats_url,
            postgres,
            nats,
        })
    }

    /// Where they are, for operators' commands.
    pub(super) fn urls(&self) -> Urls {
        Urls {
            database: self.database_url.clone(),
            owner: self.owner_url.clone(),
            nats: Some(self.nats_url.clone()),
        }
    }

    /// Ends when one of the children does.
    pub(super) async fn ended(&self) -> EmbeddedError {
        match (&self.postgres, &self.nats) {
            (Some(postgres), Some(nats)) => {
                tokio::select! { error = postgres.ended() => error, error = nats.ended() => error }
            }
            (Some(postgres), None) => postgres.ended().await,
            (None, Some(nats)) => nats.ended().await,
            (None, None) => std::future::pending().await,
        }
    }

    pub(super) async fn stop(self) {
        if let Some(nats) = self.nats {
            nats.stop().await;
        }
        if let Some(postgres) = self.postgres {
            postgres.stop().await;
        }
    }
}
