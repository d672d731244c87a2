//! Does the cluster answer? Asked every second, because a silent watch looks the same as a quiet cluster.

use std::time::Duration;

use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::task::AbortOnDropHandle;

use crate::kubernetes::{cluster::Cluster, error::ClusterError};

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
                    None => tracing::info!("the cluster answers"),
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
        Ok(answered) => trouble_of(answered),
        Err(_) => Some(format!("no answer within {ANSWER_WITHIN:?}")),
    }
}

/// Who asks for patience answers: it is for each call to wait, and for nothing else.
fn trouble_of(answered: Result<(), ClusterError>) -> Option<String> {
    match answered {
        Ok(()) | Err(ClusterError::TooManyRequests { .. }) => None,
        Err(error) => Some(crate::chain_of(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_that_asks_for_patience_answers_and_one_that_fails_does_not() {
        let retry_after = Duration::from_secs(1);
        let busy = ClusterError::TooManyRequests { retry_after };
        assert_eq!(trouble_of(Ok(())), None);
        assert_eq!(trouble_of(Err(busy)), None);
        let failed = ClusterError::ServerError {
            status: 500,
            message: "etcdserver: request timed out".into(),
        };
        assert!(trouble_of(Err(failed)).is_some());
        let silent = ClusterError::TimedOut { waited_ms: 2_000 };
        assert!(trouble_of(Err(silent)).is_some());
    }
}
