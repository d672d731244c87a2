//! What the figures were measured on, and what else it had to do.

use crate::servers::{Servers, Store};
use anyhow::Context as _;
use std::{fs, time::Duration};

/// Ticks of a process's time in a second: the same on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

/// What a process has used, and holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process {
    /// Since it started, by all its threads.
    pub(crate) cpu_seconds: f64,
    pub(crate) resident_mib: f64,
    /// The most that was resident since it started, or since that was forgotten.
    pub(crate) peak_mib: f64,
}

pub(crate) fn process(pid: u32) -> anyhow::Result<Process> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name of the program stands in brackets and may hold anything.
    let (_, fields) = stat.rsplit_once(')').context("no such process")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
    let (user, system) = ticks(11)
        .zip(ticks(12))
        .context("no times of the process")?;
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let mib = |name: &str| -> anyhow::Result<f64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next());
        let number: f64 = number.context("no memory of the process")?.parse()?;
        Ok(number / 1_024.0)
    };
    Ok(Process {
        cpu_seconds: (user + system) / TICKS,
        resident_mib: mib("VmRSS:")?,
        peak_mib: mib("VmHWM:")?,
    })
}

/// The most that is resident counts anew.
pub(crate) fn forget_peak(pid: u32) -> anyhow::Result<()> {
    Ok(fs::write(format!("/proc/{pid}/clear_refs"), "5")?)
}

/// The share of all cores that is busy now, in percent, before this process adds to it.
pub(crate) async fn busy() -> Option<f64> {
    let (before, idle_before) = ticks()?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (after, idle_after) = ticks()?;
    let (all, idle) = (after - before, idle_after - idle_before);
    Some(100.0 * (all - idle) / all.max(1.0))
}

/// All and idle ticks since the start of the machine.
fn ticks() -> Option<(f64, f64)> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let ticks: Vec<f64> = stat
        .lines()
        .next()?
        .split_whitespace()
        .skip(1)
        .take(8)
        .filter_map(|number| number.parse().ok())
        .collect();
    Some((ticks.iter().sum(), ticks.get(3)? + ticks.get(4)?))
}

pub(crate) async fn describe(
    servers: &Servers,
    store: &Store,
    busy: Option<f64>,
) -> anyhow::Result<String> {
    let cores = std::thread::available_parallelism()?;
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, name)| name);
    let setting = async |name: &str| -> anyhow::Result<String> {
        let show = format!("show {name}");
        Ok(sqlx::query_scalar(&show).fetch_one(&store.owner).await?)
    };
    let postgres = setting("server_version").await?;
    let (fsync, commit) = (
        setting("fsync").await?,
        setting("synchronous_commit").await?,
    );
    let nats: async_nats::ServerAddr = servers.nats.url().parse()?;
    let credentials = nats.username().zip(nats.password());
    let (user, password) = credentials.unwrap_or_default();
    let client = async_nats::ConnectOptions::with_user_and_password(user.into(), password.into())
        .connect(nats.clone())
        .await?;
    let nats = client.server_info().version;
    let busy = busy.map_or("unknown".into(), |busy| format!("{busy:.0} %"));
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("unknown");
    Ok(format!(
        "{cores} cores ({processor}), PostgreSQL {postgres} (fsync {fsync}, synchronous_commit {commit}), \
         nats-server {nats} (sync always). Before the first run the machine was busy with other work for \
         {busy} of its time, load {load}.\n"
    ))
}
