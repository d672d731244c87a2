//! The production start. It refuses what only looks like production.

use super::{asked_to_stop, environment, places::Urls};
use crate::{
    app::App,
    clock::Clock,
    config::Settings,
    embedded::{DataDir, Durability, EmbeddedError, Nats, Postgres, PostgresOptions, Tools},
    store, telemetry,
};
use anyhow::Context as _;
use clap::Args;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sqlx::postgres::PgConnectOptions;
use std::{path::PathBuf, process::ExitCode};
use tokio::net::TcpListener;

#[derive(Args)]
pub(super) struct ServeArgs {
    /// Lines of NAME=value; the environment is over them.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Runs PostgreSQL and nats-server as children, for an operator with one server.
    #[arg(long)]
    embedded: bool,
    /// Where the embedded servers keep their data.
    #[arg(long, default_value = "/var/lib/purser")]
    data_dir: PathBuf,
}

pub(super) async fn run(args: ServeArgs) -> anyhow::Result<ExitCode> {
    let mut environment = environment(args.config.as_ref())?;
    let filter = environment
        .get("LOG")
        .unwrap_or("info,sqlx=warn,async_nats=warn,kube_client::client::builder=off")
        .to_owned();
    telemetry::to_stderr(&filter, environment.get("LOG_FORMAT") != Some("text"));
    raise_descriptors();
    let servers = if args.embedded {
        Some(Servers::start(&args.data_dir).await?)
    } else {
        None
    };
    if let Some(servers) = &servers {
        environment.set("DATABASE_URL", servers.postgres.database_url());
        environment.set("NATS_URL", servers.nats.url());
    }
    let settings = Settings {
        // The data folder is locked, and the database in it is nobody else's.
        alone: servers.is_some(),
        ..Settings::read(environment)?
    };
    if let Some(servers) = &servers {
        let application: PgConnectOptions = servers.postgres.database_url().parse()?;
        store::migrate(servers.postgres.owner_url(), application.get_username()).await?;
        servers.urls().write(&args.data_dir)?;
    }
    #[cfg(feature = "standins")]
    refuse_standins(&settings).await?;
    let listen = settings.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("{listen} cannot be listened on"))?;
    let app = App::start(settings, Clock::default(), listener, None).await?;
    let ended: anyhow::Result<()> = tokio::select! {
        () = asked_to_stop() => Ok(()),
        error = app.is_unconfined() => Err(error.into()),
        error = app.is_incomplete() => Err(error.into()),
        error = ended(servers.as_ref()) => Err(error.into()),
    };
    app.stop().await;
    if let Some(servers) = servers {
        servers.stop().await;
    }
    ended?;
    Ok(ExitCode::SUCCESS)
}

/// As many descriptors as the system lets it have: each connection is one, and many systems begin with fewer than Purser
/// accepts.
fn raise_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the limit of open files stays at {:?}",
            limit.current
        );
    }
}

/// Ends when one of the children does: whoever looks after this process has to start it anew.
async fn ended(servers: Option<&Servers>) -> EmbeddedError {
    let Some(servers) = servers else {
        return std::future::pending().await;
    };
    tokio::select! {
        error = servers.postgres.ended() => error,
        error = servers.nats.ended() => error,
    }
}

/// PostgreSQL and nats-server as children of this process.
struct Servers {
    postgres: Postgres,
    nats: Nats,
    _data: DataDir,
}

impl Servers {
    async fn start(path: &std::path::Path) -> anyhow::Result<Self> {
        let data = DataDir::open(path)?;
        let tools = Tools::new(data.default_tools());
        let postgres = Postgres::start(
            &data,
            &PostgresOptions::new(tools.clone(), Durability::Durable),
        )
        .await?;
        let nats = Nats::start(&data, &tools).await?;
        Ok(Self {
            postgres,
            nats,
            _data: data,
        })
    }

    fn urls(&self) -> Urls {
        Urls {
            database: self.postgres.database_url().to_owned(),
            owner: self.postgres.owner_url().to_owned(),
            nats: Some(self.nats.url().to_owned()),
        }
    }

    async fn stop(self) {
        self.nats.stop().await;
        self.postgres.stop().await;
    }
}

/// A stand-in takes orders and money that are not there: production does not start on one.
#[cfg(feature = "standins")]
async fn refuse_standins(settings: &Settings) -> anyhow::Result<()> {
    let found = standins_among(settings).await;
    anyhow::ensure!(
        found.is_empty(),
        "purser serve does not start on stand-ins, and this is one: {}. They belong to `purser dev`.",
        found.join(", ")
    );
    Ok(())
}

#[cfg(feature = "standins")]
async fn standins_among(settings: &Settings) -> Vec<&'static str> {
    use crate::standins::recognise;
    let mut found = Vec::new();
    if recognise::is_mailbox(&settings.mail.host, settings.mail.port).await {
        found.push("SMTP_HOST");
    }
    for (name, url) in [
        ("MIDTRANS_SNAP_URL", &settings.midtrans.snap_url),
        ("MIDTRANS_CORE_URL", &settings.midtrans.core_url),
    ] {
        if recognise::is_midtrans(url).await {
            found.push(name);
        }
    }
    if recognise::is_kubernetes(settings.cluster.kubeconfig_path.as_deref()).await {
        found.push("KUBECONFIG_PATH");
    }
    found
}
