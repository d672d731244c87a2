//! Ready instances while nothing happens: what Purser asks of the cluster and of the database meanwhile, and what it
//! uses itself.

use super::{customers::shares, installation::Installation, options::Options, standin::by_verb};
use crate::{report::whole, servers::Servers};
use futures_util::future::try_join_all;
use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

const INSTANCES: usize = 1_000;
const MINUTES: f64 = 60.0;
/// Statements that PostgreSQL was sent, as transactions: outside of one each is its own.
const TRANSACTIONS: &str =
    "select xact_commit + xact_rollback from pg_stat_database where datname = current_database()";
const EVENTS: &str = "select coalesce(max(position), 0) from events";

pub(crate) async fn run(servers: &Servers, options: &Options) -> anyhow::Result<String> {
    let instances = options.instances.unwrap_or(INSTANCES);
    let minutes = options.minutes.unwrap_or(MINUTES);
    let purser = Installation::start(servers, "idle", options).await?;
    let plan = purser.api.sell(&options.app).await?;
    let mut customers = Vec::new();
    for (number, share) in shares(instances, options.customers).into_iter().enumerate() {
        let name = format!("customer-{number}");
        customers.push((purser.api.customer(&name, share).await?, share));
    }
    let begun = Instant::now();
    let ordering = customers
        .iter()
        .map(|(customer, share)| purser.api.order(customer, &plan, *share));
    let orders: Vec<_> = try_join_all(ordering)
        .await?
        .into_iter()
        .flatten()
        .collect();
    purser.active(&orders).await?;
    purser.settle().await?;
    eprintln!("all ready after {:.0} s", begun.elapsed().as_secs_f64());

    purser.standin.count_anew().await?;
    purser.forget_peak()?;
    let (events, transactions) = (
        purser.number(EVENTS).await?,
        purser.number(TRANSACTIONS).await?,
    );
    let (before, begun) = (purser.figures()?, Instant::now());
    let end = begun + Duration::from_secs_f64(minutes * 60.0);
    while Instant::now() < end {
        let left = end.saturating_duration_since(Instant::now());
        tokio::time::sleep(left.min(Duration::from_secs(60))).await;
        eprintln!("{:.0} s at rest", begun.elapsed().as_secs_f64());
    }
    let (after, seconds) = (purser.figures()?, begun.elapsed().as_secs_f64());
    let traffic = purser.standin.traffic().await?;
    let events = purser.number(EVENTS).await? - events;
    let transactions = purser.number(TRANSACTIONS).await? - transactions;
    purser.stop().await?;

    let cpu = after.cpu_seconds - before.cpu_seconds;
    let requests: u64 = traffic.requests.values().sum();
    let mut text = format!(
        "{instances} ready instances of {} at rest for {:.0} minutes:\n\n\
         | | in all | a minute |\n| --- | ---: | ---: |\n",
        options.app,
        seconds / 60.0
    );
    let mut row = |what: &str, figure: f64, digits: usize| {
        let all = match digits {
            0 => whole(Some(figure)),
            _ => format!("{figure:.digits$}"),
        };
        let _ = writeln!(text, "| {what} | {all} | {:.2} |", figure / seconds * 60.0);
    };
    row("CPU seconds of Purser", cpu, 1);
    row("requests to the cluster", requests as f64, 0);
    for (verb, count) in by_verb(&traffic) {
        row(&format!("of them {verb}"), count as f64, 0);
    }
    row("events appended", events as f64, 0);
    row("transactions in PostgreSQL", transactions as f64, 0);
    let _ = writeln!(
        text,
        "\nCPU: {:.2} % of one core. Resident memory: {:.0} MiB before, {:.0} MiB after, {:.0} MiB at most.\n",
        cpu / seconds * 100.0,
        before.resident_mib,
        after.resident_mib,
        after.peak_mib
    );
    for (what, count) in &traffic.requests {
        let _ = writeln!(text, "- {what}: {}", whole(Some(*count as f64)));
    }
    Ok(text)
}
