//! Does the cluster answer? Asked every second, because a silent watch looks the same as a quiet cluster.

use std::time::Duration;

use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::task::AbortOnDropHandle;

use crate::kubernetes::cluster::Cluster;

const ASK_EVERY: Duration = Duration::from_secs(1);
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// One missed answer is a hiccup; starting all watches again for it would only add to the load.
const MISSES: u32 = 2;

pub(super) fn start(cluster: Cluster) -> (AbortOnDropHandle<()>, watch::Receiver<bool>) {
    let (sender, healthy) = watch::channel(false);
    let asking = tokio::spawn(async move {
        let mut ticks = interval(ASK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut missed = 0;
        loop {
            ticks.tick().await;
            let trouble = trouble(&cluster).await;
            missed = match trouble {
                None => 0,
                Some(_) => missed + 1,
            };
            let was_up = *sender.borrow();
            let up = missed == 0 || (was_up && missed < MISSES);
            if up != was_up {
                match trouble {
                    None => tracing::warn!("the cluster answers"),
                    Some(why) => tracing::warn!("the cluster does not answer Purser: {why}"),
                }
                sender.send_replace(up);
            }
        }
    });
    (AbortOnDropHandle::new(asking), healthy)
}

/// Why it does not answer; `None` where it does.
async fn trouble(cluster: &Cluster) -> Option<String> {
    match timeout(ANSWER_WITHIN, cluster.answers()).await {
        Ok(answered) => answered.err().map(|error| crate::chain_of(&error)),
        Err(_) => Some(format!("no answer within {ANSWER_WITHIN:?}")),
    }
}
