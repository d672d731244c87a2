//! Instances ordered at once: through Purser, and straight. Both in turn and in changing order, each on a cluster of
//! its own.

use super::{
    customers::shares,
    installation::Installation,
    options::Options,
    standin::{Standin, by_verb},
    straight::Straight,
};
use crate::{load::Percentiles, machine, servers::Servers};
use anyhow::Context as _;
use futures_util::future::try_join_all;
use purser::{
    kubernetes::{Recipes, Stage},
    standins::kubernetes::Traffic,
};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    time::{Duration, Instant},
};

const INSTANCES: usize = 200;
const ROUNDS: usize = 2;

/// One run of one contestant.
struct Run {
    way: &'static str,
    /// From the order until it was ready, one an instance.
    times: Vec<Duration>,
    last: Duration,
    cpu_seconds: f64,
    peak_mib: Option<f64>,
    traffic: Traffic,
}

pub(crate) async fn run(servers: &Servers, options: &Options) -> anyhow::Result<String> {
    let instances = options.instances.unwrap_or(INSTANCES);
    let mut runs = Vec::new();
    for round in 1..=ROUNDS {
        eprintln!("round {round} of {ROUNDS}: {instances} instances each");
        let name = format!("provisioning_{round}");
        if round % 2 == 1 {
            runs.push(through_purser(servers, &name, options, instances).await?);
            runs.push(straight(servers, &name, options, instances).await?);
        } else {
            runs.push(straight(servers, &name, options, instances).await?);
            runs.push(through_purser(servers, &name, options, instances).await?);
        }
    }
    let alone = straight(servers, "provisioning_alone", options, 1).await?;
    report(options, instances, &runs, &alone)
}

async fn through_purser(
    servers: &Servers,
    name: &str,
    options: &Options,
    instances: usize,
) -> anyhow::Result<Run> {
    let purser = Installation::start(servers, name, options).await?;
    let plan = purser.api.sell(&options.app).await?;
    let mut customers = Vec::new();
    for (number, share) in shares(instances, options.customers).into_iter().enumerate() {
        let name = format!("customer-{number}");
        customers.push((purser.api.customer(&name, share).await?, share));
    }
    purser.settle().await?;
    purser.standin.count_anew().await?;
    purser.forget_peak()?;
    let (before, begun) = (purser.figures()?, Instant::now());
    let ordering = customers
        .iter()
        .map(|(customer, share)| purser.api.order(customer, &plan, *share));
    let orders: Vec<_> = try_join_all(ordering)
        .await?
        .into_iter()
        .flatten()
        .collect();
    eprintln!("all ordered after {:.1} s", begun.elapsed().as_secs_f64());
    let active = purser.active(&orders).await?;
    let (after, traffic) = (purser.figures()?, purser.standin.traffic().await?);
    let times = orders.iter().map(|order| {
        let active = active.get(&order.subscription).context("not active")?;
        Ok((*active - order.asked_at).to_std().unwrap_or_default())
    });
    let times = times.collect::<anyhow::Result<Vec<_>>>()?;
    let first = orders.iter().map(|order| order.asked_at).min();
    let last = active.values().max().zip(first);
    let last = last.context("nothing was ordered")?;
    purser.stop().await?;
    Ok(Run {
        way: "Purser",
        times,
        last: (*last.0 - last.1).to_std()?,
        cpu_seconds: after.cpu_seconds - before.cpu_seconds,
        peak_mib: Some(after.peak_mib),
        traffic,
    })
}

async fn straight(
    servers: &Servers,
    name: &str,
    options: &Options,
    instances: usize,
) -> anyhow::Result<Run> {
    let folder = servers.folder().join(format!("{name}_straight"));
    std::fs::create_dir_all(&folder)?;
    let standin = Standin::start(&folder, options.pod_start_ms, None).await?;
    let straight = Straight::start(standin.kube().await?, options)?;
    let before = machine::process(std::process::id())?;
    let times = straight.run(&options.app, instances).await?;
    let after = machine::process(std::process::id())?;
    let traffic = standin.traffic().await?;
    drop(straight);
    standin.role.stop().await?;
    Ok(Run {
        way: "straight",
        last: times.iter().max().copied().unwrap_or_default(),
        times,
        cpu_seconds: after.cpu_seconds - before.cpu_seconds,
        peak_mib: None,
        traffic,
    })
}

fn report(
    options: &Options,
    instances: usize,
    runs: &[Run],
    alone: &Run,
) -> anyhow::Result<String> {
    let recipes = Recipes::embedded()?;
    let pods = recipes.get(&options.app)?.stages();
    let pods = pods.into_iter().filter(|stage| {
        matches!(
            stage,
            Stage::Database | Stage::Owner | Stage::App | Stage::Handover
        )
    });
    let floor = pods.count() as f64 * options.pod_start_ms as f64 / 1_000.0;
    let mut text = format!(
        "{instances} instances of {} ordered at once by {} customers, {} effects or requests at once. Their pods start \
         one after another for {floor:.1} s; one instance applied straight and alone takes {:.1} s:\n\n\
         | run | way | last ready after | p50 / p95 until ready | requests an instance | CPU seconds | peak memory |\n\
         | ---: | --- | ---: | ---: | ---: | ---: | ---: |\n",
        options.app,
        options.customers,
        options.workers,
        alone.last.as_secs_f64(),
    );
    for (number, run) in runs.iter().enumerate() {
        let times = Percentiles::of(run.times.clone()).context("nothing was measured")?;
        let requests: u64 = run.traffic.requests.values().sum();
        let _ = writeln!(
            text,
            "| {} | {} | {:.1} s | {:.1} s / {:.1} s | {:.1} | {:.1} | {} |",
            number + 1,
            run.way,
            run.last.as_secs_f64(),
            times.p50 / 1_000.0,
            times.p95 / 1_000.0,
            requests as f64 / instances as f64,
            run.cpu_seconds,
            run.peak_mib
                .map_or("–".into(), |mib| format!("{mib:.0} MiB")),
        );
    }
    text.push_str("\nRequests an instance:\n\n");
    text.push_str(&verbs(instances, runs));
    if std::env::args().any(|given| given == "--resources") {
        for run in runs {
            let _ = writeln!(text, "\n{}: {:?}", run.way, run.traffic.requests);
        }
    }
    Ok(text)
}

/// Requests by verb, the last run of each way.
fn verbs(instances: usize, runs: &[Run]) -> String {
    let last = |way: &str| {
        let run = runs.iter().rev().find(|run| run.way == way);
        run.map(|run| by_verb(&run.traffic)).unwrap_or_default()
    };
    let (ours, theirs) = (last("Purser"), last("straight"));
    let verbs: BTreeMap<&String, ()> = ours
        .keys()
        .chain(theirs.keys())
        .map(|it| (it, ()))
        .collect();
    let mut table = String::from("| verb | Purser | straight |\n| --- | ---: | ---: |\n");
    for verb in verbs.keys() {
        let each = |of: &BTreeMap<String, u64>| {
            of.get(*verb).copied().unwrap_or(0) as f64 / instances as f64
        };
        let _ = writeln!(
            table,
            "| {verb} | {:.2} | {:.2} |",
            each(&ours),
            each(&theirs)
        );
    }
    table
}
