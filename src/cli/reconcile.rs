//! Comparing the books of the money by hand. It reads and asks; it changes nothing and opens no case.

use super::places::Place;
use crate::{
    clock::Clock,
    config,
    ledger::Books,
    payments::Midtrans,
    reconcile::{
        Line, PATIENCE_MS, ReconcileError, Reconciler, Total, csv, table, totals, totals_csv,
    },
    store::{Reader, States},
};
use anyhow::{Context as _, bail};
use chrono::NaiveDate;
use clap::Args;
use purser_projections::views::Views;
use std::{path::PathBuf, process::ExitCode, sync::Arc};

#[derive(Args)]
pub(super) struct ReconcileArgs {
    /// The first day, in Jakarta: `2026-11-01`.
    #[arg(long)]
    from: NaiveDate,
    /// The last day.
    #[arg(long)]
    to: NaiveDate,
    /// Writes the same there as CSV.
    #[arg(long)]
    csv: Option<PathBuf>,
    /// Writes the gateway's balance day by day there as CSV.
    #[arg(long)]
    balance_csv: Option<PathBuf>,
    /// More settings, as lines of `NAME=value`: the gateway's `MIDTRANS_…` are needed.
    #[arg(long)]
    config: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn run(args: ReconcileArgs) -> anyhow::Result<ExitCode> {
    if args.from > args.to {
        bail!("--from is after --to");
    }
    let mut environment = super::environment(args.config.as_ref())?;
    let midtrans = config::midtrans(&mut environment);
    environment.finish()?;
    let (pool, _) = args.place.open().await?;
    let books = Arc::new(Books::new(Reader::new(pool.clone())));
    let reconciler = Reconciler {
        states: Arc::new(States::new(pool.clone(), 10_000)),
        views: Views::new(pool.clone(), PATIENCE_MS),
        reader: Reader::new(pool),
        gateway: Arc::new(Midtrans::new(midtrans)?),
        books: books.clone(),
    };
    let at = Clock::default().now();
    let lines = reconciler.days(args.from, args.to, at).await?;
    let mut days = vec![];
    for day in args.from.iter_days().take_while(|day| *day <= args.to) {
        let total = match reconciler.total(day, at).await {
            // The lines of the orders are worth having without it.
            Err(ReconcileError::Gateway(error)) => Total::not_compared(day, error.to_string()),
            total => total?,
        };
        days.push(total);
    }
    print!("{}\n{}", table(&lines), totals(&days));
    let standing = books.trial_balance(args.to).await?;
    if let Some(note) = &standing.note {
        println!("{note}");
    }
    for (path, text) in [
        (&args.csv, csv(&lines)),
        (&args.balance_csv, totals_csv(&days)),
    ] {
        if let Some(path) = path {
            std::fs::write(path, text)
                .with_context(|| format!("{} cannot be written", path.display()))?;
        }
    }
    let agree = lines.iter().all(Line::agrees) && days.iter().all(Total::agrees);
    Ok(if agree {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
