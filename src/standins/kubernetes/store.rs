//! Every object of the simulated cluster, in memory, with one global resource version and a bounded history of
//! changes for watches. It knows nothing of validation, admission or what an object means.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::{Value, json};

use super::access::Visible;
use super::kinds::{self, Kind};
use super::paths::text;
use super::settings::Settings;

/// How many changes a watch may lag behind before it is told that its version is gone.
const HISTORY: usize = 4096;

/// Where an object lives. Cluster-wide objects have an empty namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) kind: &'static Kind,
    pub(super) namespace: String,
    pub(super) name: String,
}

impl Key {
    pub(super) fn new(kind: &'static Kind, namespace: &str, name: &str) -> Self {
        Self {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    /// A key of a kind the stand-in relies on.
    pub(super) fn of(plural: &str, namespace: &str, name: &str) -> Self {
        Self::new(kinds::known(plural), namespace, name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChangeType {
    Added,
    Modified,
    Deleted,
}

/// One line of the history.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) version: u64,
    pub(super) key: Key,
    pub(super) change: ChangeType,
    pub(super) object: Arc<Value>,
    /// What the object was before: a selector may have matched then and not now.
    pub(super) previous: Option<Arc<Value>>,
}

#[derive(Default)]
pub(super) struct Store {
    objects: BTreeMap<Key, Arc<Value>>,
    version: u64,
    history: VecDeque<Change>,
    /// The version before the oldest change still in the history.
    forgotten: u64,
    /// Changes the controllers have not seen yet.
    pub(super) unseen: VecDeque<Change>,
    next_address: u32,
    /// How the cluster is set up.
    pub(super) settings: Settings,
    /// The roles and bindings that requests are judged by.
    pub(super) rights: Visible,
}

impl Store {
    /// A store with these objects and nothing that could be watched before `version`.
    pub(super) fn restored(version: u64, objects: Vec<(Key, Value)>) -> Self {
        let objects: BTreeMap<Key, Arc<Value>> = objects
            .into_iter()
            .map(|(key, value)| (key, Arc::new(value)))
            .collect();
        Self {
            rights: Visible::of(&objects),
            objects,
            version,
            forgotten: version,
            ..Self::default()
        }
    }

    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// Whether every change after `version` is still known.
    pub(super) fn remembers(&self, version: u64) -> bool {
        version >= self.forgotten
    }

    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Forgets the history, as a compaction does: every older watch ends with 410.
    pub(super) fn compact(&mut self) {
        self.history.clear();
        self.forgotten = self.version;
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Arc<Value>> {
        self.objects.get(key)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&Key, &Arc<Value>)> {
        self.objects.iter()
    }

    /// The objects of a kind, in one namespace or in all, in the order of their keys.
    pub(super) fn list<'a>(
        &'a self,
        kind: &'static Kind,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a Key, &'a Arc<Value>)> {
        let from = Key::new(kind, namespace.unwrap_or(""), "");
        self.objects.range(from..).take_while(move |(key, _)| {
            key.kind == kind && namespace.is_none_or(|ns| key.namespace == ns)
        })
    }

    /// The objects of a well-known kind in a namespace.
    pub(super) fn of<'a>(
        &'a self,
        plural: &str,
        namespace: &'a str,
    ) -> impl Iterator<Item = (&'a Key, &'a Arc<Value>)> {
        self.list(kinds::known(plural), Some(namespace))
    }

    /// The changes after `version`, oldest first.
    pub(super) fn since(&self, version: u64) -> impl Iterator<Item = &Change> {
        let start = self
            .history
            .partition_point(|change| change.version <= version);
        self.history.range(start..)
    }

    /// The changes after `version` of one kind, oldest first.
    pub(super) fn changes_after(&self, version: u64, kind: &'static Kind) -> Vec<Change> {
        let of_kind = |change: &&Change| change.key.kind == kind;
        self.since(version).filter(of_kind).cloned().collect()
    }

    /// Writes an object that is there or is not; stamps the next resource version on it.
    pub(super) fn put(&mut self, key: Key, mut object: Value) -> Arc<Value> {
        self.version += 1;
        object["metadata"]["resourceVersion"] = self.version.to_string().into();
        let object = Arc::new(object);
        let previous = self.objects.insert(key.clone(), object.clone());
        let change = if previous.is_some() {
            ChangeType::Modified
        } else {
            ChangeType::Added
        };
        self.record(Change {
            version: self.version,
            key,
            change,
            object: object.clone(),
            previous,
        });
        object
    }

    /// Takes an object away for good; its last state carries the version of the removal.
    pub(super) fn remove(&mut self, key: &Key) -> Option<Arc<Value>> {
        let previous = self.objects.remove(key)?;
        self.version += 1;
        let mut last = Value::clone(&previous);
        last["metadata"]["resourceVersion"] = self.version.to_string().into();
        let object = Arc::new(last);
        self.record(Change {
            version: self.version,
            key: key.clone(),
            change: ChangeType::Deleted,
            object: object.clone(),
            previous: Some(previous),
        });
        Some(object)
    }

    fn record(&mut self, change: Change) {
        let there = (change.change != ChangeType::Deleted).then_some(&change.object);
        self.rights.note(&change.key, there);
        self.unseen.push_back(change.clone());
        self.history.push_back(change);
        if self.history.len() > HISTORY
            && let Some(oldest) = self.history.pop_front()
        {
            self.forgotten = oldest.version;
        }
    }

    /// An unused address of the service network.
    pub(super) fn service_address(&mut self) -> String {
        loop {
            self.next_address = (self.next_address + 1) % 65_000;
            let number = self.next_address + 9;
            let address = format!("10.96.{}.{}", number / 256, number % 256);
            let used = self
                .list(kinds::known("services"), None)
                .any(|(_, service)| text(service, "/spec/clusterIP") == address);
            if !used {
                return address;
            }
        }
    }

    /// An address of the pod network.
    pub(super) fn pod_address(&mut self) -> String {
        self.next_address = (self.next_address + 1) % 65_000;
        format!(
            "10.244.{}.{}",
            self.next_address / 256,
            self.next_address % 256
        )
    }

    /// The whole cluster as one document, for the state file.
    pub(super) fn snapshot(&self) -> Vec<Arc<Value>> {
        self.objects.values().cloned().collect()
    }

    /// The keys of everything in a namespace.
    pub(super) fn in_namespace(&self, namespace: &str) -> Vec<Key> {
        kinds::KINDS
            .iter()
            .filter(|kind| kind.namespaced)
            .flat_map(|kind| self.list(kind, Some(namespace)).map(|(key, _)| key.clone()))
            .collect()
    }
}

/// A reference to an object, as `involvedObject` and `ownerReferences` want it.
pub(super) fn reference(key: &Key, object: &Value) -> Value {
    json!({
        "apiVersion": key.kind.api_version(),
        "kind": key.kind.kind,
        "name": key.name,
        "uid": text(object, "/metadata/uid"),
    })
}
