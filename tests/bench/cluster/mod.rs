//! Purser and a cluster: what provisioning costs beside the same manifests applied straight, what ready instances cost
//! while nothing happens, and what comes down on an API server that is back after an outage.
//!
//! Purser runs in a process of its own, and so does everything outside of it, so that CPU and memory are Purser's.

mod customers;
mod idle;
mod installation;
mod options;
mod outside;
mod product;
mod provisioning;
mod ready;
mod role;
mod stampede;
mod standin;
mod straight;

use crate::servers::Servers;
use options::Options;

/// The parts, each run only where it is named: together they take hours.
pub(crate) const PARTS: [&str; 3] = ["provisioning", "stampede", "idle"];

/// Plays the part that this process was started for, if it was started for one.
pub(crate) fn play() -> Option<anyhow::Result<()>> {
    let (part, given) = role::of_this_process()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    Some(match runtime {
        Ok(runtime) => runtime.block_on(async {
            match part.as_str() {
                "outside" => outside::play(&given).await,
                "purser" => product::play(given).await,
                other => anyhow::bail!("there is no part {other}"),
            }
        }),
        Err(error) => Err(error.into()),
    })
}

pub(crate) async fn run(part: &str, servers: &Servers) -> anyhow::Result<String> {
    let options = Options::read()?;
    match part {
        "provisioning" => provisioning::run(servers, &options).await,
        "stampede" => stampede::run(servers, &options).await,
        _ => idle::run(servers, &options).await,
    }
}
