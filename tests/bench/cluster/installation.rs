//! An installation of Purser in processes of their own: the product, its outside, and a database on the servers of
//! this run. It is spoken to over HTTP; what it did is read from its history.

use super::{
    customers::{Api, Order},
    options::Options,
    product,
    role::Role,
    standin::Standin,
};
use crate::{machine, servers::Servers};
use anyhow::{bail, ensure};
use chrono::{DateTime, Utc};
use purser::store;
use sqlx::{PgPool, postgres::PgPoolOptions};
use std::{
    collections::HashMap,
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::{Duration, Instant},
};

/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(3_600);

pub(crate) struct Installation {
    pub(crate) api: Api,
    pub(crate) standin: Standin,
    pub(crate) pool: PgPool,
    product: Role,
    folder: PathBuf,
}

impl Installation {
    pub(crate) async fn start(
        servers: &Servers,
        name: &str,
        options: &Options,
    ) -> anyhow::Result<Self> {
        let folder = servers.folder().join(name);
        fs::create_dir_all(&folder)?;
        let urls = servers.postgres.create_database(name).await?;
        store::migrate(&urls.owner, "purser_app").await?;
        let listen = free_address().await?;
        let notifications = format!("http://{listen}/api/v1/payments/midtrans/notifications");
        let standin = Standin::start(&folder, options.pod_start_ms, Some(&notifications)).await?;
        let settings = product::settings(
            listen,
            &urls.app,
            servers.nats.url(),
            &standin.kubeconfig.to_string_lossy(),
            &standin.role,
            options.workers,
        )?;
        let log = File::create(folder.join("purser.log"))?;
        let product = Role::start("purser", &settings, log).await?;
        let gateway = standin.role.text("midtrans")?;
        Ok(Self {
            api: Api::new(&format!("http://{listen}"), gateway)?,
            pool: PgPoolOptions::new()
                .max_connections(2)
                .connect(&urls.owner)
                .await?,
            standin,
            product,
            folder,
        })
    }

    /// What Purser's process has used.
    pub(crate) fn figures(&self) -> anyhow::Result<machine::Process> {
        machine::process(self.product.pid()?)
    }

    /// From now on the most memory that it had is the most since now.
    pub(crate) fn forget_peak(&self) -> anyhow::Result<()> {
        machine::forget_peak(self.product.pid()?)
    }

    /// Waits until no effect is left to do and nothing was added to the history for a second.
    pub(crate) async fn settle(&self) -> anyhow::Result<()> {
        let (mut last, mut since) = (0, Instant::now());
        while since.elapsed() < Duration::from_secs(1) {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let head = self
                .number(
                    "select case when exists (select from work.effects where status in ('waiting', 'running'))
                     then -1 else (select coalesce(max(position), 0) from events) end",
                )
                .await?;
            if head < 0 || head != last {
                (last, since) = (head, Instant::now());
            }
        }
        Ok(())
    }

    pub(crate) async fn number(&self, select: &str) -> anyhow::Result<i64> {
        Ok(sqlx::query_scalar(select).fetch_one(&self.pool).await?)
    }

    /// Waits until all orders are active; when each became so, in business time.
    pub(crate) async fn active(
        &self,
        orders: &[Order],
    ) -> anyhow::Result<HashMap<String, DateTime<Utc>>> {
        let begun = Instant::now();
        let mut told = Instant::now();
        loop {
            let count = |event| {
                format!("select count(*) from events where event_type = 'subscription.{event}'")
            };
            let active = self.number(&count("activated")).await?;
            if usize::try_from(active)? >= orders.len() {
                break;
            }
            ensure!(
                self.number(&count("failed")).await? == 0,
                "an order failed: see {}",
                self.folder.display()
            );
            if begun.elapsed() > PATIENCE {
                bail!("{active} of {} orders are active", orders.len());
            }
            if told.elapsed() > Duration::from_secs(10) {
                eprintln!("{active} of {} ready", orders.len());
                told = Instant::now();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let select =
            "select aggregate_id, at from events where event_type = 'subscription.activated'";
        let rows = sqlx::query_as(select).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().collect())
    }

    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.pool.close().await;
        self.product.stop().await?;
        self.standin.role.stop().await
    }
}

/// An address that nobody listens on.
async fn free_address() -> anyhow::Result<SocketAddr> {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    Ok(listener.local_addr()?)
}
