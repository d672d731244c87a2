//! `purser dev`: the whole product on one machine. Postgres and JetStream are real, the cluster, the
//! gateway, the mail server and the clock are stand-ins on sockets of their own.

mod banner;
mod clock;
mod facts;
mod ports;
mod seed;
mod servers;
mod world;

use super::{DATA_DIR, asked_to_stop, environment, loopback, places::write_private};
use crate::{app::App, embedded::DataDir, telemetry};
use anyhow::Context as _;
use clap::Args;
use facts::{DevFacts, FACTS};
use ports::Ports;
use servers::Servers;
use std::{
    fs::{self, File},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
};
use tokio::net::TcpListener;
use world::World;

#[derive(Args)]
pub(super) struct DevArgs {
    /// Where the API listens; a free port on loopback otherwise.
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Where everything is kept.
    #[arg(long, default_value = DATA_DIR)]
    data_dir: PathBuf,
    /// Throws away what is there and starts from nothing.
    #[arg(long)]
    fresh: bool,
    /// How long the simulated cluster takes to start a pod, in milliseconds.
    #[arg(long, default_value_t = 1_000)]
    pod_start_ms: u64,
    /// Aborts the process when it reaches this point, to see what a crash there leaves behind.
    #[arg(long, hide = true)]
    abort_at: Option<String>,
}

pub(super) async fn run(args: DevArgs) -> anyhow::Result<ExitCode> {
    fs::create_dir_all(&args.data_dir)
        .with_context(|| format!("{} cannot be made", args.data_dir.display()))?;
    let data = DataDir::open(&args.data_dir)?;
    if args.fresh {
        data.wipe().await?;
    }
    let root = data.path().to_path_buf();
    let environment = environment(None)?;
    let log = root.join("purser.log");
    let filter = environment
        .get("LOG")
        .unwrap_or("info,sqlx=warn,async_nats=warn,kube=warn")
        .to_owned();
    telemetry::to_file(
        &filter,
        File::options().create(true).append(true).open(&log)?,
    );
    // Only what is running is described there.
    let _ = fs::remove_file(root.join(FACTS));

    let servers = Servers::start(&data, &environment).await?;
    servers.urls().write(&root)?;
    let clock = clock::load(&root)?;
    let mut ports = Ports::load(&root);
    let world = World::start(&root, &mut ports, &clock, args.pod_start_ms).await?;
    let listener = listen(args.listen, &mut ports).await?;
    ports.save(&root)?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let settings = world.settings(&base_url, &servers, &root, &environment)?;
    let facts = DevFacts {
        docs_url: format!("{base_url}/docs"),
        database_url: servers.database_url.clone(),
        database_owner_url: servers.owner_url.clone(),
        nats_url: servers.nats_url.clone(),
        kubeconfig: world.kubeconfig.clone(),
        kubernetes_url: world.kubernetes.url(),
        mailbox_url: world.mailbox.url().to_owned(),
        smtp: world.mailbox.smtp_addr().to_string(),
        midtrans_url: world.midtrans.url().to_owned(),
        clock_url: world.clock_url.clone(),
        log,
        sign_ins: seed::sign_ins(),
        pid: std::process::id(),
        base_url,
    };
    let extra = clock::routes(clock.clone(), root.clone()).at("/dev", world::directory(&facts));
    let app = App::start(settings, clock.clone(), listener, Some(extra)).await?;
    let plans = seed::seed(&app).await?;
    world.midtrans.set_notification_url(format!(
        "{}/api/v1/payments/midtrans/notifications",
        facts.base_url
    ));
    // Whoever reads the facts can rely on it.
    if let Some(point) = args.abort_at {
        crate::faults::abort_at(point);
    }
    write_private(&root.join(FACTS), &serde_json::to_vec_pretty(&facts)?)?;
    banner::print(&facts, &plans);

    let ended = tokio::select! {
        () = asked_to_stop() => None,
        error = servers.ended() => Some(error),
    };
    if ended.is_none() {
        eprintln!("stopping…");
    }
    let _ = fs::remove_file(root.join(FACTS));
    app.stop().await;
    world.stop().await;
    servers.stop().await;
    match ended {
        Some(error) => Err(error.into()),
        None => Ok(ExitCode::SUCCESS),
    }
}

async fn listen(wanted: Option<SocketAddr>, ports: &mut Ports) -> anyhow::Result<TcpListener> {
    if let Some(address) = wanted {
        return TcpListener::bind(address)
            .await
            .with_context(|| format!("{address} cannot be listened on"));
    }
    let listener = match TcpListener::bind(loopback(ports.remembered("api"))).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind(loopback(0)).await?,
    };
    ports.remember("api", listener.local_addr()?.port());
    Ok(listener)
}
