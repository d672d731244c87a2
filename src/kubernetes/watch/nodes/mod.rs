//! What the cluster's nodes are, and how much of them is taken: a watch of its own over nodes and all pods, since what
//! others run takes room as well. Decides nothing.
//!
//! **What counts as taken:** the requests of every pod that stands on the node and has not ended, ours and others',
//! as the scheduler counts them. A pod without requests counts as a pod and no more. What a pod really uses is not
//! looked at: the scheduler does not either.

mod facts;
mod picture;
mod room;
#[cfg(test)]
mod tests;

use std::{pin::pin, sync::Arc, time::Duration};

use futures_util::{Stream, StreamExt, stream};
use k8s_openapi::api::core::v1::Node;
use kube::runtime::watcher;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};
use tokio_util::task::AbortOnDropHandle;

use super::changes;
use crate::kubernetes::Cluster;
use picture::{News, Picture};

pub use room::{NodeSeen, NodesSeen};

/// A thousand pods that start at once are one new picture and not a thousand.
const TELL_EVERY: Duration = Duration::from_millis(100);
/// Pods that have ended take nothing.
const NOT_ENDED: &str = "status.phase!=Succeeded,status.phase!=Failed";

/// A running watch. It ends when this is dropped.
#[derive(Debug)]
pub struct NodeWatch {
    seen: watch::Receiver<Option<Arc<NodesSeen>>>,
    _task: AbortOnDropHandle<()>,
}

impl NodeWatch {
    /// `healthy` says whether the cluster answers; `pool_label` is the label whose value names a node's pool.
    pub fn start(cluster: Cluster, healthy: watch::Receiver<bool>, pool_label: String) -> Self {
        let (sender, seen) = watch::channel(None);
        let following = follow(cluster, healthy, pool_label, sender);
        Self {
            seen,
            _task: AbortOnDropHandle::new(tokio::spawn(following)),
        }
    }

    /// The newest picture. None before nodes and pods were listed once.
    pub fn seen(&mut self) -> Option<Arc<NodesSeen>> {
        self.seen.borrow_and_update().clone()
    }

    /// Returns when there is a newer picture; never once the watch has ended.
    pub async fn changed(&mut self) {
        if self.seen.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Watches while the cluster answers, and lists anew when it answers again.
async fn follow(
    cluster: Cluster,
    mut healthy: watch::Receiver<bool>,
    pool_label: String,
    sender: watch::Sender<Option<Arc<NodesSeen>>>,
) {
    let mut picture = Picture::default();
    let mut ticks = interval(TELL_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while healthy.wait_for(|up| *up).await.is_ok() {
        let mut down_again = healthy.clone();
        let mut down = pin!(down_again.wait_for(|up| !*up));
        let mut news = pin!(news(&cluster, pool_label.clone()));
        let mut untold = false;
        loop {
            tokio::select! {
                heard = news.next() => match heard {
                    Some(heard) => {
                        picture.hear(heard);
                        untold = true;
                    }
                    None => break,
                },
                _ = ticks.tick(), if untold => {
                    untold = false;
                    if let Some(seen) = picture.seen() {
                        tell(&sender, seen);
                    }
                }
                _ = &mut down => break,
            }
        }
    }
}

fn tell(sender: &watch::Sender<Option<Arc<NodesSeen>>>, seen: NodesSeen) {
    sender.send_if_modified(|known| {
        let news = known.as_deref() != Some(&seen);
        if news {
            *known = Some(Arc::new(seen));
        }
        news
    });
}

fn news(cluster: &Cluster, pool_label: String) -> impl Stream<Item = News> + Send + use<> {
    let fact = move |node: &Node| facts::node(node, &pool_label);
    let nodes = changes(cluster, watcher::Config::default(), fact).map(News::Node);
    let standing = watcher::Config::default().fields(NOT_ENDED);
    let pods = changes(cluster, standing, facts::pod).map(News::Pod);
    stream::select(nodes.boxed(), pods.boxed())
}
