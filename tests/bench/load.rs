//! Callers that ask again as soon as they are answered, and what they saw.

use std::{
    future::Future,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// What is looked at, after a warm-up that is not.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    pub(crate) warm_up: Duration,
    pub(crate) length: Duration,
}

impl Window {
    pub(crate) const fn seconds(seconds: u64) -> Self {
        Self {
            warm_up: Duration::from_millis(300),
            length: Duration::from_secs(seconds),
        }
    }
}

/// What the callers came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) per_second: f64,
    pub(crate) latency: Option<Percentiles>,
    /// Attempts that met a conflict and were made again, for every one that was accepted.
    pub(crate) retries: f64,
}

/// Times in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Percentiles {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

impl Percentiles {
    pub(crate) fn of(mut times: Vec<Duration>) -> Option<Self> {
        times.sort_unstable();
        let last = times.len().checked_sub(1)?;
        let at = |percent: usize| times[last * percent / 100].as_secs_f64() * 1000.0;
        Some(Self {
            p50: at(50),
            p95: at(95),
            p99: at(99),
            max: at(100),
        })
    }
}

/// Keeps so many callers busy. A call answers how many attempts it made in vain.
pub(crate) async fn drive<F, C>(callers: usize, window: Window, call: F) -> anyhow::Result<Load>
where
    F: Fn() -> C + Clone + Send + 'static,
    C: Future<Output = anyhow::Result<u64>> + Send,
{
    let begin = Instant::now() + window.warm_up;
    let end = begin + window.length;
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let call = call.clone();
        tasks.spawn(async move {
            let (mut times, mut vain) = (Vec::new(), 0);
            loop {
                let asked = Instant::now();
                let attempts = call().await?;
                let answered = Instant::now();
                if answered >= end {
                    return anyhow::Ok((times, vain));
                }
                if answered >= begin {
                    times.push(answered - asked);
                    vain += attempts;
                }
            }
        });
    }
    let (mut times, mut vain) = (Vec::new(), 0);
    while let Some(task) = tasks.join_next().await {
        let (seen, attempts) = task??;
        times.extend(seen);
        vain += attempts;
    }
    let accepted = times.len() as f64;
    Ok(Load {
        per_second: accepted / window.length.as_secs_f64(),
        latency: Percentiles::of(times),
        retries: vain as f64 / accepted.max(1.0),
    })
}
