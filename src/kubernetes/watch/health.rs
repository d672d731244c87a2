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
            missed = if answers(&cluster).await {
                0
            } else {
                missed + 1
            };
            let was_up = *sender.borrow();
            let up = missed == 0 || (was_up && missed < MISSES);
            if up != was_up {
                tracing::warn!(
                    "the cluster {}",
                    if up { "answers" } else { "does not answer" }
                );
                sender.send_replace(up);
            }
        }
    });
    (AbortOnDropHandle::new(asking), healthy)
}

async fn answers(cluster: &Cluster) -> bool {
    matches!(timeout(ANSWER_WITHIN, cluster.answers()).await, Ok(Ok(())))
}
