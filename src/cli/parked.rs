//! Streams that wait because a reader could not apply an event, and letting them go on.

use super::{
    operate::{Reason, model},
    places::Place,
};
use crate::{
    app::{self, ViewFollower},
    clock::Clock,
    config::{self, SagaOptions},
    kubernetes::Recipes,
    paper::Numbering,
    relay::{self, Follower},
    sagas::SagaFollower,
    store::{Appender, AppenderOptions},
};
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use purser_domain::StreamId;
use sqlx::PgPool;
use std::{path::PathBuf, process::ExitCode, sync::Arc};

#[derive(Subcommand)]
pub(super) enum ParkedCommand {
    /// Every parked stream and why.
    List(Place),
    /// Applies what waits, now that the cause is gone.
    Retry(ParkedArgs),
    /// Leaves the one event out that cannot be applied, and applies what waits behind it.
    Skip(ParkedArgs),
}

#[derive(Args)]
pub(super) struct ParkedArgs {
    /// The reader, as the list names it; `all`: every one that has parked the stream.
    reader: String,
    /// The stream, as the list names it: `wallet/0199…`.
    stream: String,
    /// More settings, as lines of `NAME=value`: a saga decides by those of `purser serve`.
    #[arg(long)]
    config: Option<PathBuf>,
    #[command(flatten)]
    reason: Reason,
}

/// In place of a reader's name.
const ALL: &str = "all";

pub(super) async fn parked(command: ParkedCommand) -> anyhow::Result<ExitCode> {
    match command {
        ParkedCommand::List(place) => list(&place).await,
        ParkedCommand::Retry(args) => release(args, false).await,
        ParkedCommand::Skip(args) => release(args, true).await,
    }
}

async fn list(place: &Place) -> anyhow::Result<ExitCode> {
    let (pool, _) = place.open().await?;
    for stream in relay::parked_streams(&pool).await? {
        let relay::ParkedStream {
            reader,
            aggregate_type,
            aggregate_id,
            first_position,
            error,
            parked_at,
        } = stream;
        println!(
            "{reader}  {aggregate_type}/{aggregate_id}  from {first_position} since {parked_at}: {error}"
        );
    }
    Ok(ExitCode::SUCCESS)
}

async fn release(args: ParkedArgs, skip: bool) -> anyhow::Result<ExitCode> {
    let (pool, _) = args.reason.place.open().await?;
    let Some((kind, id)) = args.stream.split_once('/') else {
        bail!("a stream is named type/id")
    };
    let stream = StreamId {
        kind: kind.parse()?,
        id: id.to_owned(),
    };
    if args.reader != ALL {
        release_for(&args.reader, &args, &pool, &stream, skip).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut parked = relay::parked_streams(&pool).await?;
    let (kind, id) = (stream.kind.as_str(), &stream.id);
    parked.retain(|it| it.aggregate_type == kind && it.aggregate_id == *id);
    if parked.is_empty() {
        bail!("nobody has parked {stream}");
    }
    // One that still cannot keeps none of the others.
    let mut code = ExitCode::SUCCESS;
    for it in parked {
        if let Err(error) = release_for(&it.reader, &args, &pool, &stream, skip).await {
            eprintln!("error: {}: {error:#}", it.reader);
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

async fn release_for(
    reader: &str,
    args: &ParkedArgs,
    pool: &PgPool,
    stream: &StreamId,
    skip: bool,
) -> anyhow::Result<()> {
    let follower = follower(reader, args, pool)?;
    let (actor, reason) = (&args.reason.actor, &args.reason.reason);
    let released = relay::release(pool, &*follower, stream, skip, actor, reason).await?;
    if let Some(position) = released.left_out {
        println!("{reader}  {stream}: the event at position {position} is left out");
    }
    let applied = released.applied;
    println!("{reader}  {stream}: {applied} events are applied");
    if let Some((position, reason)) = released.waits {
        bail!("{stream} waits again from position {position}: {reason}");
    }
    println!("{reader}  {stream} goes on");
    Ok(())
}

/// Who parked it.
fn follower(reader: &str, args: &ParkedArgs, pool: &PgPool) -> anyhow::Result<Box<dyn Follower>> {
    if let Ok(model) = model(reader) {
        return Ok(Box::new(ViewFollower(model)));
    }
    if reader == Numbering::NAME {
        let keys = args.reason.place.keys()?;
        let keys = keys.context("MASTER_KEY is not set: names on paper are sealed under it")?;
        let options = AppenderOptions::default();
        return Ok(Box::new(Numbering {
            archive: app::archive(pool, keys),
            appender: Appender::start(pool.clone(), Clock::default(), options),
            clock: Clock::default(),
        }));
    }
    let mut environment = super::environment(args.config.as_ref())?;
    let recipes = config::recipes(&mut environment);
    let options = SagaOptions::read(&mut environment);
    environment.finish()?;
    let recipes = Recipes::load(&recipes)?;
    // The workers of `purser serve` find by themselves what comes of it.
    let followers = app::sagas(&recipes, &options)
        .into_iter()
        .map(|saga| SagaFollower::new(saga, Arc::default()));
    match followers.into_iter().find(|it| it.name() == reader) {
        Some(follower) => Ok(Box::new(follower)),
        None => bail!(
            "{reader} is neither a read model nor a saga nor what gives documents their numbers"
        ),
    }
}
