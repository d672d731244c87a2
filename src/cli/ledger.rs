//! What auditors ask of the books.

use super::places::Place;
use crate::{
    ledger::Books,
    store::Reader,
    verify::{Report, verify_books},
};
use anyhow::Context as _;
use chrono::{NaiveDate, Utc};
use clap::{Args, Subcommand};
use purser_domain::{ledger::Account, period::jakarta_date};
use std::{path::PathBuf, process::ExitCode};

#[derive(Subcommand)]
pub(super) enum LedgerCommand {
    /// Proves that the books balance at every position and date and agree with the wallets.
    Check(Place),
    /// The trial balance at the end of a date.
    Balance(BalanceArgs),
    /// Every booking, as CSV.
    Export(ExportArgs),
}

#[derive(Args)]
pub(super) struct BalanceArgs {
    /// The date, in Asia/Jakarta; today where it is not given.
    #[arg(long)]
    date: Option<NaiveDate>,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub(super) struct ExportArgs {
    /// Where to write it; standard output where it is not given.
    #[arg(long)]
    file: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn ledger(command: LedgerCommand) -> anyhow::Result<ExitCode> {
    match command {
        LedgerCommand::Check(place) => check(place).await,
        LedgerCommand::Balance(args) => balance(args).await,
        LedgerCommand::Export(args) => export(args).await,
    }
}

async fn check(place: Place) -> anyhow::Result<ExitCode> {
    let (pool, _) = place.open().await?;
    let report = Report {
        checks: verify_books(&pool).await?,
        head: None,
    };
    println!("{report}");
    Ok(match report.is_clean() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

async fn balance(args: BalanceArgs) -> anyhow::Result<ExitCode> {
    let (pool, _) = args.place.open().await?;
    let date = args.date.unwrap_or_else(|| jakarta_date(Utc::now()));
    let books = Books::new(Reader::new(pool));
    let standing = books.trial_balance(date).await?;
    let (position, balance) = (standing.position, &standing.balance);
    println!("Trial balance at the end of {date}, events up to position {position}, in rupiah\n");
    println!("{:<24} {:>18} {:>18}", "account", "debit", "credit");
    for account in Account::ALL {
        let amount = balance.of(*account);
        let (debit, credit) = (amount.max(0), (-amount).max(0));
        println!("{:<24} {debit:>18} {credit:>18}", account.as_str());
    }
    let debits: i128 = balance
        .accounts
        .values()
        .map(|amount| (*amount).max(0))
        .sum();
    let credits: i128 = balance
        .accounts
        .values()
        .map(|amount| (-*amount).max(0))
        .sum();
    println!("{:<24} {debits:>18} {credits:>18}", "sum");
    let unspent = standing.unspent_paid_credit();
    println!("\nunspent paid credit: {unspent}");
    if let Some(note) = &standing.note {
        println!("{note}");
    }
    Ok(match debits == credits {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

async fn export(args: ExportArgs) -> anyhow::Result<ExitCode> {
    let (pool, _) = args.place.open().await?;
    let books = Books::new(Reader::new(pool));
    match args.file {
        Some(path) => {
            let file = std::fs::File::create(&path)
                .with_context(|| format!("{} cannot be written", path.display()))?;
            let mut file = std::io::BufWriter::new(file);
            let lines = books.export(&mut file).await?;
            std::io::Write::flush(&mut file)?;
            println!("{lines} lines in {}", path.display());
        }
        None => {
            books.export(&mut std::io::stdout()).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
