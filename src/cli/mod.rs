//! The command line: serving, developing, and what operators do by hand.

mod demo;
#[cfg(feature = "standins")]
mod dev;
mod ledger;
mod operate;
mod parked;
mod places;
mod reconcile;
mod serve;
mod staff;
mod templates;

use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

/// Sells managed apps: one provable chain from payment to ledger to pod to mail.
#[derive(Parser)]
#[command(name = "purser", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything on this machine, with stand-ins for the outside: for trying and developing.
    #[cfg(feature = "standins")]
    Dev(dev::DevArgs),
    /// The production start; settings come from the environment.
    Serve(serve::ServeArgs),
    /// Walks from sign-up to a running app through the public API, and says how long each step took.
    Demo(demo::DemoArgs),
    /// Adds an account for staff: an installation's first administrator has nobody to ask.
    AddStaff(staff::StaffArgs),
    /// Brings the database's schema up to date, under DATABASE_OWNER_URL.
    Migrate(places::Place),
    /// Builds a read model anew beside the live one and puts it in its place.
    Rebuild(operate::RebuildArgs),
    /// What concerns the recipes that apps are provisioned by.
    #[command(subcommand)]
    Templates(templates::TemplatesCommand),
    /// Proves that the history is whole and that everything built from it is what it should be.
    Verify(operate::VerifyArgs),
    /// Compares what the payment gateway, the top-ups, the ledger and the wallets say; exits non-zero where they differ.
    Reconcile(reconcile::ReconcileArgs),
    /// The books: a double-entry view over the history.
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// What concerns the copy of the history in JetStream.
    #[command(subcommand)]
    Relay(operate::RelayCommand),
    /// Streams that wait because a reader could not apply an event.
    #[command(subcommand)]
    Parked(parked::ParkedCommand),
    /// What sagas asked for: list what is stuck, try it again, or leave it out.
    #[command(subcommand)]
    Effects(operate::EffectsCommand),
}

/// Where `purser dev` keeps its data unless told otherwise.
const DATA_DIR: &str = ".purser";

/// An address on loopback; port 0 takes a free one.
#[cfg(feature = "standins")]
fn loopback(port: u16) -> std::net::SocketAddr {
    std::net::SocketAddr::from(([127, 0, 0, 1], port))
}

/// Runs the program and says how it ended.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    crate::choose_crypto();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the runtime does not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(execute(cli.command)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn execute(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        #[cfg(feature = "standins")]
        Command::Dev(args) => dev::run(args).await,
        Command::Serve(args) => serve::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::AddStaff(args) => staff::run(args).await,
        Command::Migrate(place) => operate::migrate(place).await,
        Command::Rebuild(args) => operate::rebuild(args).await,
        Command::Templates(command) => templates::templates(command),
        Command::Verify(args) => operate::verify(args).await,
        Command::Reconcile(args) => reconcile::run(args).await,
        Command::Ledger(command) => ledger::ledger(command).await,
        Command::Relay(command) => operate::relay(command).await,
        Command::Parked(command) => parked::parked(command).await,
        Command::Effects(command) => operate::effects(command).await,
    }
}

/// Ends when the process is asked to stop: Ctrl-C or SIGTERM.
async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// The environment, read here and nowhere else.
fn environment(file: Option<&PathBuf>) -> anyhow::Result<crate::config::Environment> {
    use anyhow::Context as _;
    let text = match file {
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("{} cannot be read", path.display()))?,
        None => String::new(),
    };
    Ok(crate::config::Environment::new(&text, std::env::vars()))
}
