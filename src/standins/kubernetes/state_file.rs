//! The state file: the whole cluster as one JSON document, replaced atomically, and every change after it in a journal,
//! so that it can be loaded whenever the process died.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::cluster::Cluster;
use super::faults::Behaviour;
use super::kinds;
use super::paths::text;
use super::store::{ChangeType, Key, Store};
use crate::standins::journal::{self, Journal};

const FORMAT: u32 = 1;
/// How far versions jump at a restart: beyond anything given out after the last save.
const RESTART_GAP: u64 = 100_000;

#[derive(Serialize)]
struct Saved<'a> {
    format: u32,
    token: &'a str,
    version: u64,
    behaviours: Vec<Behaviour>,
    objects: &'a [Arc<Value>],
}

#[derive(Deserialize)]
struct Loaded {
    format: u32,
    token: String,
    version: u64,
    #[serde(default)]
    behaviours: Vec<Behaviour>,
    objects: Vec<Value>,
}

/// A line of the journal.
#[derive(Serialize)]
struct Noted<'a> {
    version: u64,
    gone: bool,
    object: &'a Value,
}

/// What a state file brings back.
pub(super) struct Restored {
    pub(super) token: String,
    pub(super) behaviours: Vec<Behaviour>,
    pub(super) store: Store,
}

/// Reads the state file; nothing if there is none.
pub(super) fn load(path: &Path) -> Result<Option<Restored>> {
    if !path.exists() {
        return Ok(None);
    }
    let bytes = fs::read(path).with_context(|| format!("read {}", path.display()))?;
    let loaded: Loaded = serde_json::from_slice(&bytes)
        .with_context(|| format!("{} is not a state file", path.display()))?;
    if loaded.format != FORMAT {
        bail!(
            "{} has format {}, and this is written for {FORMAT}",
            path.display(),
            loaded.format
        );
    }
    let mut objects = BTreeMap::new();
    for object in loaded.objects {
        objects.extend(keyed(object));
    }
    let mut version = loaded.version;
    let changes = journal::read(path).with_context(|| format!("read beside {}", path.display()))?;
    for mut change in changes {
        let changed = change["version"].as_u64().unwrap_or_default();
        let Some((key, object)) = keyed(change["object"].take()) else {
            continue;
        };
        if changed <= loaded.version {
            continue;
        }
        if change["gone"] == true {
            objects.remove(&key);
        } else {
            objects.insert(key, object);
        }
        version = version.max(changed);
    }
    let objects = objects.into_iter().collect();
    let store = Store::restored(version + RESTART_GAP, objects);
    Ok(Some(Restored {
        token: loaded.token,
        behaviours: loaded.behaviours,
        store,
    }))
}

/// An object with its place, if it is of a kind that is known here.
fn keyed(object: Value) -> Option<(Key, Value)> {
    let kind = kinds::of_object(text(&object, "/apiVersion"), text(&object, "/kind"))?;
    let (namespace, name) = (
        text(&object, "/metadata/namespace"),
        text(&object, "/metadata/name"),
    );
    Some((Key::new(kind, namespace, name), object))
}

/// Writes the state of this moment whole.
pub(super) fn save(cluster: &Cluster, store: &Store, path: &Path) -> Result<()> {
    let objects = store.snapshot();
    let saved = Saved {
        format: FORMAT,
        token: cluster.token(),
        version: store.version(),
        behaviours: cluster.behaviours(),
        objects: &objects,
    };
    let bytes = serde_json::to_vec(&saved)?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let temporary = path.with_extension("writing");
    // It holds Secrets and the token.
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path).with_context(|| format!("replace {}", path.display()))
}

/// Where a running cluster is kept.
pub(super) struct Kept {
    path: PathBuf,
    journal: Journal,
}

impl Kept {
    /// Keeps the cluster as it is, and from now on every change.
    pub(super) fn begin(cluster: &Cluster, store: &Store, path: &Path) -> Result<Self> {
        save(cluster, store, path)?;
        Ok(Self {
            path: path.to_owned(),
            journal: Journal::begin(path)?,
        })
    }

    /// Notes what happened after `version`.
    pub(super) fn note(&mut self, cluster: &Cluster, store: &Store, version: u64) -> Result<()> {
        for change in store.since(version) {
            self.journal.note(&Noted {
                version: change.version,
                gone: change.change == ChangeType::Deleted,
                object: &change.object,
            })?;
        }
        if self.journal.is_long() {
            *self = Self::begin(cluster, store, &self.path.clone())?;
        }
        Ok(())
    }

    pub(super) fn save(&self, cluster: &Cluster, store: &Store) -> Result<()> {
        save(cluster, store, &self.path)
    }
}
