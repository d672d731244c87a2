//! Roles and bindings as the authoriser knows them: a settable moment behind what is stored.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::super::store::Key;
use super::RBAC;

#[derive(Default)]
pub(in super::super) struct Visible {
    known: BTreeMap<Key, Arc<Value>>,
    /// What was written and when; nothing stands for a removal.
    coming: VecDeque<(Instant, Key, Option<Arc<Value>>)>,
}

impl Visible {
    /// What is known from the start.
    pub(in super::super) fn of(objects: &BTreeMap<Key, Arc<Value>>) -> Self {
        let known = objects
            .iter()
            .filter(|(key, _)| key.kind.group == RBAC)
            .map(|(key, object)| (key.clone(), object.clone()))
            .collect();
        Self {
            known,
            coming: VecDeque::new(),
        }
    }

    /// Notes a write of a role or a binding.
    pub(in super::super) fn note(&mut self, key: &Key, object: Option<&Arc<Value>>) {
        if key.kind.group == RBAC {
            self.coming
                .push_back((Instant::now(), key.clone(), object.cloned()));
        }
    }

    /// Lets in what was written longer than `lag` ago.
    pub(in super::super) fn settle(&mut self, lag: Duration) {
        while let Some((at, _, _)) = self.coming.front() {
            if at.elapsed() < lag {
                return;
            }
            if let Some((_, key, object)) = self.coming.pop_front() {
                match object {
                    Some(object) => drop(self.known.insert(key, object)),
                    None => drop(self.known.remove(&key)),
                }
            }
        }
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Value> {
        self.known.get(key).map(Arc::as_ref)
    }

    /// The objects of a kind, in a namespace or cluster-wide.
    pub(super) fn of_kind<'a>(
        &'a self,
        plural: &'a str,
        namespace: &'a str,
    ) -> impl Iterator<Item = &'a Value> {
        self.known
            .iter()
            .filter(move |(key, _)| key.kind.is(plural) && key.namespace == namespace)
            .map(|(_, object)| object.as_ref())
    }
}
