//! What operators do by hand. Whatever changes the course of things is written down with a reason.

use super::places::Place;
use crate::{
    app,
    relay::{self, Progress, RebuildError},
    sagas,
    store::{Anchor, Reader, migrate as run_migrations},
    verify::{verify as run_verify, verify_anchors, verify_pdfs},
};
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use purser_projections::ReadModel;
use sqlx::postgres::PgConnectOptions;
use std::{io::Write as _, process::ExitCode, sync::Arc, time::Duration};
use uuid::Uuid;

#[derive(Args)]
pub(super) struct VerifyArgs {
    /// A head that an earlier run proved and that was kept elsewhere: the history must lead to it. May be given again.
    #[arg(long = "anchor", value_name = "POSITION:HASH")]
    anchors: Vec<Anchor>,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub(super) struct RebuildArgs {
    /// The read models to rebuild, by table or full name.
    #[arg(required_unless_present = "all")]
    views: Vec<String>,
    /// Every read model, one after another.
    #[arg(long, conflicts_with = "views")]
    all: bool,
    #[command(flatten)]
    place: Place,
}

/// Why, for the record.
#[derive(Args)]
pub(super) struct Reason {
    /// Why this is done.
    #[arg(long)]
    pub(super) reason: String,
    /// Who does it.
    #[arg(long)]
    pub(super) actor: String,
    #[command(flatten)]
    pub(super) place: Place,
}

#[derive(Subcommand)]
pub(super) enum RelayCommand {
    /// Makes the stream anew from this history, after a restored database.
    Reset(Reason),
}

#[derive(Subcommand)]
pub(super) enum EffectsCommand {
    /// What is dead, or is not done and was tried more than once, met an error or is past its deadline.
    List(Place),
    /// Tries a dead effect again.
    Retry(EffectArgs),
    /// Takes a dead effect as done.
    Skip(EffectArgs),
}

#[derive(Args)]
pub(super) struct EffectArgs {
    /// The effect's id, as the list shows it.
    effect: Uuid,
    #[command(flatten)]
    reason: Reason,
}

pub(super) async fn migrate(place: Place) -> anyhow::Result<ExitCode> {
    let urls = place.urls()?;
    let application: PgConnectOptions = urls
        .database
        .parse()
        .context("DATABASE_URL cannot be read")?;
    run_migrations(&urls.owner, application.get_username()).await?;
    println!(
        "the schema is up to date; {} may read and append",
        application.get_username()
    );
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn verify(args: VerifyArgs) -> anyhow::Result<ExitCode> {
    let VerifyArgs { anchors, place } = args;
    let (pool, bus) = place.open().await?;
    if bus.is_none() {
        println!("NATS_URL is not set: JetStream is left out");
    }
    let reader = Reader::new(pool.clone());
    let mut report = run_verify(&pool, bus.as_ref(), &purser_projections::all()).await?;
    if !anchors.is_empty() {
        report.checks.push(verify_anchors(&reader, &anchors).await?);
    }
    match place.keys()? {
        Some(keys) => {
            let archive = app::archive(&pool, keys);
            report.checks.push(verify_pdfs(&archive, &reader).await?);
        }
        None => println!("MASTER_KEY is not set: the PDFs are left out"),
    }
    println!("{report}");
    Ok(if report.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

pub(super) fn model(name: &str) -> Result<Arc<dyn ReadModel>, RebuildError> {
    let models = purser_projections::all();
    let known: Vec<&str> = models.iter().map(|model| model.table()).collect();
    let known = known.join(", ");
    let found = models
        .into_iter()
        .find(|model| model.table() == name || model.name() == name);
    found.ok_or_else(|| RebuildError::Unknown(name.to_owned(), known))
}

pub(super) async fn rebuild(args: RebuildArgs) -> anyhow::Result<ExitCode> {
    let owner = args.place.open_owner()?;
    let models = if args.all {
        purser_projections::all()
    } else {
        args.views
            .iter()
            .map(|name| model(name))
            .collect::<Result<_, _>>()?
    };
    for model in models {
        let table = model.table();
        let mut bar = |progress| draw(table, progress);
        let rebuilt = relay::rebuild(&owner, &*model, &mut bar).await?;
        let seconds = rebuilt.elapsed.as_secs_f32();
        eprint!("\r\x1b[2K");
        println!(
            "{table}: {} rows up to position {} in {seconds:.2} s, switched",
            rebuilt.rows, rebuilt.position
        );
        if rebuilt.parked > 0 {
            println!(
                "{table}: {} streams are parked, see `purser parked list`",
                rebuilt.parked
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn draw(table: &str, progress: Progress) {
    const WIDTH: i64 = 30;
    let done = progress.position * WIDTH / progress.head.max(1);
    let bar: String = (0..WIDTH)
        .map(|cell| if cell < done { '#' } else { '.' })
        .collect();
    let (rate, left) = (progress.rate(), progress.left().as_secs());
    eprint!(
        "\r\x1b[2K{table} [{bar}] {}/{} · {rate} events/s · {left} s left",
        progress.position, progress.head
    );
    // A terminal that is gone must not stop the work.
    let _ = std::io::stderr().flush();
}

pub(super) async fn relay(command: RelayCommand) -> anyhow::Result<ExitCode> {
    let RelayCommand::Reset(Reason {
        reason,
        actor,
        place,
    }) = command;
    let (pool, bus) = place.open().await?;
    let bus = bus.context("NATS_URL is not set")?;
    wait_for_nats(&bus).await?;
    relay::reset(&bus, &pool, &actor, &reason).await?;
    println!("the stream is deleted; the relay makes it anew from this history");
    Ok(ExitCode::SUCCESS)
}

async fn wait_for_nats(bus: &relay::Bus) -> anyhow::Result<()> {
    let connected = async {
        while !bus.is_connected() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), connected)
        .await
        .context("NATS does not answer")
}

pub(super) async fn effects(command: EffectsCommand) -> anyhow::Result<ExitCode> {
    let (args, skip) = match command {
        EffectsCommand::List(place) => {
            let (pool, _) = place.open().await?;
            for effect in sagas::stuck(&pool).await? {
                println!("{effect}");
            }
            return Ok(ExitCode::SUCCESS);
        }
        EffectsCommand::Retry(args) => (args, false),
        EffectsCommand::Skip(args) => (args, true),
    };
    let (pool, _) = args.reason.place.open().await?;
    if !sagas::revive(
        &pool,
        args.effect,
        skip,
        &args.reason.actor,
        &args.reason.reason,
    )
    .await?
    {
        bail!("there is no dead effect {}", args.effect);
    }
    println!(
        "{} {}",
        args.effect,
        if skip {
            "is taken as done"
        } else {
            "is tried again"
        }
    );
    Ok(ExitCode::SUCCESS)
}
