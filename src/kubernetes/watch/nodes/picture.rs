//! The fold: facts in, a picture of all nodes out. No I/O, so every story can be told in a test.

use std::collections::BTreeMap;

use purser_domain::worker::Capacity;

use super::{
    facts::{NodeFact, PodFact},
    room::{NodeSeen, NodesSeen},
};
use crate::kubernetes::watch::{Change, Key};

pub(super) enum News {
    Node(Change<NodeFact>),
    Pod(Change<PodFact>),
}

#[derive(Default)]
pub(super) struct Picture {
    nodes: Known<NodeFact>,
    pods: Known<PodFact>,
}

impl Picture {
    pub(super) fn hear(&mut self, news: News) {
        match news {
            News::Node(change) => self.nodes.take(change),
            News::Pod(change) => self.pods.take(change),
        }
    }

    /// None before both were listed: what is missing is merely unknown then.
    pub(super) fn seen(&self) -> Option<NodesSeen> {
        if !self.nodes.listed || !self.pods.listed {
            return None;
        }
        let mut taken: BTreeMap<&str, Capacity> = BTreeMap::new();
        let mut pending = Vec::new();
        for pod in self.pods.now.values().filter(|pod| !pod.ended) {
            match &pod.node {
                Some(node) => {
                    let sum = taken.entry(node).or_default();
                    *sum = sum.plus(pod.need);
                }
                None => pending.push(pod.need),
            }
        }
        let nodes = self.nodes.now.iter().map(|((_, name), node)| NodeSeen {
            uid: node.uid.clone(),
            name: name.clone(),
            pool: node.pool.clone(),
            capacity: node.capacity,
            allocatable: node.allocatable,
            allocated: taken.get(name.as_str()).copied().unwrap_or_default(),
            ready: node.ready,
            cordoned: node.cordoned,
            reserved: node.reserved,
        });
        Some(NodesSeen {
            nodes: nodes.collect(),
            pending,
        })
    }
}

/// The objects of one kind. A listing replaces all of them at once, so that nothing flickers while it arrives.
struct Known<F> {
    now: BTreeMap<Key, F>,
    listing: BTreeMap<Key, F>,
    listed: bool,
}

impl<F> Default for Known<F> {
    fn default() -> Self {
        Self {
            now: BTreeMap::new(),
            listing: BTreeMap::new(),
            listed: false,
        }
    }
}

impl<F> Known<F> {
    fn take(&mut self, change: Change<F>) {
        match change {
            Change::ListingBegins => self.listing.clear(),
            Change::Listed(key, fact) => {
                self.listing.insert(key, fact);
            }
            Change::ListingDone => {
                self.now = std::mem::take(&mut self.listing);
                self.listed = true;
            }
            Change::Is(key, fact) => {
                self.now.insert(key, fact);
            }
            Change::Gone(key) => {
                self.now.remove(&key);
            }
        }
    }
}
