//! The benchmark: Purser's store beside raw pgbench and bare cqrs-es + postgres-es, the road from a
//! commit to its read model, and rebuilding, in one run on one durable cluster. It prints tables and
//! judges nothing.
//!
//! `cargo bench` takes some four minutes, `cargo bench -- --quick` half a minute. `decisions`, `road` and
//! `rebuilds` name parts to run alone; rebuilding wants the history that decisions leave.
//!
//! `provisioning`, `stampede` and `idle` run only where they are named. They take `--app=wordpress`,
//! `--instances=200` (1000 for the latter two), `--customers=10`, `--workers=8` and `--pod-start-ms=1000`;
//! `--minutes=60` is how long `idle` watches, and how long the API server of `stampede` is away.

mod bare;
mod cluster;
mod load;
mod machine;
mod ours;
mod raw;
mod rebuilds;
mod report;
mod road;
mod servers;
mod world;

use load::Window;
use report::{Contestant, Results, Work};
use servers::{Servers, Store};
use std::time::Duration;

const CALLERS: [usize; 3] = [1, 16, 64];

/// How long everything is looked at.
struct Plan {
    rounds: usize,
    window: Window,
    road: Duration,
    users: usize,
}

impl Plan {
    const FULL: Self = Self {
        rounds: 3,
        window: Window::seconds(2),
        road: Duration::from_secs(6),
        users: 5_000,
    };
    const QUICK: Self = Self {
        rounds: 1,
        window: Window::seconds(1),
        road: Duration::from_secs(2),
        users: 1_000,
    };
}

fn main() -> anyhow::Result<()> {
    purser::choose_crypto();
    if let Some(played) = cluster::play() {
        return played;
    }
    let asked = |argument: &str| std::env::args().any(|given| given == argument);
    // `cargo test --all-targets` starts every benchmark as well, without this.
    if !asked("--bench") {
        println!("nothing to test here: run it with cargo bench");
        return Ok(());
    }
    let parts = ["decisions", "road", "rebuilds"];
    let named = parts.into_iter().chain(cluster::PARTS).any(asked);
    let wanted = |part: &str| asked(part) || !(named || cluster::PARTS.contains(&part));
    let plan = if asked("--quick") {
        Plan::QUICK
    } else {
        Plan::FULL
    };
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(run(&plan, wanted))
}

async fn run(plan: &Plan, wanted: impl Fn(&str) -> bool) -> anyhow::Result<()> {
    let others = machine::busy().await;
    let servers = Servers::start().await?;
    let store = Store::new(&servers, "decisions").await?;
    println!("{}", machine::describe(&servers, &store, others).await?);

    if wanted("decisions") {
        let results = decisions(plan, &servers, &store).await?;
        println!("{}", results.rates());
        println!("{}", results.latencies());
    }
    if wanted("road") {
        println!("{}", road::drive(plan, &servers).await?);
    }
    if wanted("rebuilds") {
        println!("{}", rebuilds::run(&store).await?);
    }
    for part in cluster::PARTS {
        if wanted(part) {
            println!("{}", cluster::run(part, &servers).await?);
        }
    }
    servers.stop().await;
    Ok(())
}

/// Every contestant on every kind of work, one after the other, round by round.
async fn decisions(plan: &Plan, servers: &Servers, store: &Store) -> anyhow::Result<Results> {
    let ours = ours::Ours::prepare(store, plan.users).await?;
    let bare = bare::Bare::prepare(store).await?;
    let raw = raw::Raw::prepare(servers, store, ours.any_new().await?).await?;
    let mut results = Results::new(raw.name());
    for round in 1..=plan.rounds {
        for callers in CALLERS {
            eprintln!("round {round} of {}, {callers} callers", plan.rounds);
            let window = plan.window;
            for work in [Work::New, Work::Purchase, Work::Hot] {
                let load = ours.run(work, callers, window).await?;
                results.add(work, callers, Contestant::Purser, load);
                if work == Work::New {
                    let load = raw.run(callers, window).await?;
                    results.add(work, callers, Contestant::Raw, load);
                }
                if work != Work::Purchase {
                    let load = bare.run(work, callers, window).await?;
                    results.add(work, callers, Contestant::Bare, load);
                }
            }
        }
    }
    Ok(results)
}
