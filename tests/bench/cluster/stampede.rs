//! Instances that wait while the API server is away, and what comes down on it when it is back. Half of all belong to
//! one customer who ordered before all others.

use super::{
    customers::{Order, shares},
    installation::Installation,
    options::Options,
};
use crate::servers::Servers;
use anyhow::{Context as _, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::try_join_all;
use purser::standins::kubernetes::{Outage, Traffic};
use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
    time::{Duration, Instant},
};

const INSTANCES: usize = 1_000;
/// Of business time; one in thirty of them really pass.
const MINUTES: f64 = 60.0;
const FASTER: f64 = 30.0;
/// Every answer takes so much longer, as over a network: what is asked at once is then seen at once.
const ANSWER_MS: u64 = 10;

pub(crate) async fn run(servers: &Servers, options: &Options) -> anyhow::Result<String> {
    let instances = options.instances.unwrap_or(INSTANCES);
    let minutes = options.minutes.unwrap_or(MINUTES);
    let purser = Installation::start(servers, "stampede", options).await?;
    let plan = purser.api.sell(&options.app).await?;
    let half = instances / 2;
    let mut others = Vec::new();
    for (number, share) in shares(instances - half, options.customers - 1)
        .into_iter()
        .enumerate()
    {
        let name = format!("customer-{number}");
        others.push((purser.api.customer(&name, share).await?, share));
    }
    let large = purser.api.customer("large", half).await?;
    purser.settle().await?;

    purser.standin.outage(Outage::Unavailable).await?;
    let mut orders = purser.api.order(&large, &plan, half).await?;
    let ordering = others
        .iter()
        .map(|(customer, share)| purser.api.order(customer, &plan, *share));
    orders.extend(try_join_all(ordering).await?.into_iter().flatten());
    eprintln!("{} orders wait", orders.len());
    let real = minutes * 60.0 / FASTER;
    let begun = Instant::now();
    let mut ahead = 0;
    purser.standin.count_anew().await?;
    while begun.elapsed().as_secs_f64() < real {
        tokio::time::sleep(Duration::from_secs(1)).await;
        purser.api.advance(FASTER as u64 - 1).await?;
        ahead += FASTER as i64 - 1;
    }
    let during = purser.standin.traffic().await?;
    let failed = "select count(*) from events where event_type = 'subscription.failed'";
    ensure!(purser.number(failed).await? == 0, "an order was given up");

    purser.standin.count_anew().await?;
    purser
        .standin
        .outage(Outage::Slow { ms: ANSWER_MS })
        .await?;
    let back = Utc::now() + TimeDelta::seconds(ahead);
    let active = purser.active(&orders).await?;
    let after = purser.standin.traffic().await?;
    purser.stop().await?;
    report(
        options,
        &Story {
            minutes,
            real,
            during,
            after,
            back,
            orders,
            active,
        },
    )
}

struct Story {
    minutes: f64,
    real: f64,
    during: Traffic,
    after: Traffic,
    back: DateTime<Utc>,
    orders: Vec<Order>,
    active: HashMap<String, DateTime<Utc>>,
}

fn report(options: &Options, story: &Story) -> anyhow::Result<String> {
    let mut ready: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for order in &story.orders {
        let active = story
            .active
            .get(&order.subscription)
            .context("not active")?;
        let seconds = (*active - story.back).as_seconds_f64();
        ready.entry(&order.customer).or_default().push(seconds);
    }
    let mut all: Vec<f64> = ready.values().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    let at = |share: f64| all[((all.len() - 1) as f64 * share) as usize];
    let (median, last) = (at(0.5), at(1.0));
    let mut text = format!(
        "{} instances of {} wait while the API server refuses everything, for {:.0} minutes of business time ({:.0} s \
         of real time). Then every answer takes {ANSWER_MS} ms longer than the stand-in needs:\n\n\
         | | |\n| --- | ---: |\n",
        story.orders.len(),
        options.app,
        story.minutes,
        story.real,
    );
    let mut row = |what: &str, figure: String| {
        let _ = writeln!(text, "| {what} | {figure} |");
    };
    row(
        "effects at once, as set (`WORKERS`)",
        options.workers.to_string(),
    );
    row(
        "requests in flight at most, of those about one object",
        story.after.most_in_flight.to_string(),
    );
    let refused = story.during.seconds.iter().sum::<u64>() as f64 / story.real.max(1.0);
    row(
        "requests a second while it is away",
        format!("{refused:.0}"),
    );
    let first = story.after.seconds.iter().take(5).map(u64::to_string);
    row(
        "requests in each of the first seconds after",
        first.collect::<Vec<_>>().join(", "),
    );
    let most = story.after.seconds.iter().max().copied().unwrap_or(0);
    row("requests a second at most", most.to_string());
    row("first ready after", format!("{:.1} s", at(0.0)));
    row("half of all ready after", format!("{median:.1} s"));
    row("all ready after", format!("{last:.1} s"));
    text.push_str("\n| customer | ordered | ready when half of all are | last ready after |\n| --- | ---: | ---: | ---: |\n");
    for (customer, seconds) in &ready {
        let among = seconds.iter().filter(|seconds| **seconds <= median).count();
        let last = seconds.iter().copied().fold(0.0, f64::max);
        let _ = writeln!(
            text,
            "| {customer} | {} | {among} | {last:.1} s |",
            seconds.len()
        );
    }
    Ok(text)
}
