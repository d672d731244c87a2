//! What the parts about the cluster can be told on the command line.

use anyhow::Context as _;
use std::str::FromStr;

#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The recipe that is sold.
    pub(crate) app: String,
    /// How many of them.
    pub(crate) instances: Option<usize>,
    pub(crate) customers: usize,
    /// Effects at once; as many requests at once has the straight way.
    pub(crate) workers: usize,
    /// How long a pod of the stand-in starts.
    pub(crate) pod_start_ms: u64,
    /// How long it is watched at rest, or how long the API server is away.
    pub(crate) minutes: Option<f64>,
}

impl Options {
    /// Reads `--name=value`.
    pub(crate) fn read() -> anyhow::Result<Self> {
        Ok(Self {
            app: option("app")?.unwrap_or_else(|| "wordpress".to_owned()),
            instances: option("instances")?,
            customers: option("customers")?.unwrap_or(10).max(2),
            workers: option("workers")?.unwrap_or(8).max(1),
            pod_start_ms: option("pod-start-ms")?.unwrap_or(1_000),
            minutes: option("minutes")?,
        })
    }
}

fn option<T: FromStr>(name: &str) -> anyhow::Result<Option<T>>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let start = format!("--{name}=");
    let given = std::env::args().find_map(|given| given.strip_prefix(&start).map(str::to_owned));
    let parsed = given.map(|value| value.parse()).transpose();
    parsed.with_context(|| format!("--{name} cannot be read"))
}
