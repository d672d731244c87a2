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
    /// The reader, as the list names it.
    reader: String,
    /// The stream, as the list names it: `wallet/0199…`.
    stream: String,
    /// More settings, as lines of `NAME=value`: a saga decides by those of `purser serve`.
    #[arg(long)]
    config: Option<PathBuf>,
    #[command(flatten)]
    reason: Reason,
}

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
    let follower = follower(&args, &pool)?;
    let (actor, reason) = (&args.reason.actor, &args.reason.reason);
    let released = relay::release(&pool, &*follower, &stream, skip, actor, reason).await?;
    if let Some(position) = released.left_out {
        println!("{stream}: the event at position {position} is left out");
    }
    println!("{stream}: {} events are applied", released.applied);
    if let Some((position, reason)) = released.waits {
        bail!("{stream} waits again from position {position}: {reason}");
    }
    println!("{stream} goes on");
    Ok(ExitCode::SUCCESS)
}

/// Who parked it.
fn follower(args: &ParkedArgs, pool: &PgPool) -> anyhow::Result<Box<dyn Follower>> {
    if let Ok(model) = model(&args.reader) {
        return Ok(Box::new(ViewFollower(model)));
    }
    if args.reader == Numbering::NAME {
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
    match followers.into_iter().find(|it| it.name() == args.reader) {
        Some(follower) => Ok(Box::new(follower)),
        None => bail!(
            "{} is neither a read model nor a saga nor what gives documents their numbers",
            args.reader
        ),
    }
}
