//! The state file: the whole cluster as one JSON document, replaced atomically so that it can be loaded whenever the
//! process died.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::cluster::Cluster;
use super::faults::Behaviour;
use super::kinds;
use super::paths::text;
use super::store::{Key, Store};

const FORMAT: u32 = 1;
const SAVE_EVERY: Duration = Duration::from_millis(200);
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
    let mut objects = Vec::with_capacity(loaded.objects.len());
    for object in loaded.objects {
        let (api_version, kind) = (text(&object, "/apiVersion"), text(&object, "/kind"));
        let Some(kind) = kinds::of_object(api_version, kind) else {
            continue;
        };
        let key = Key::new(
            kind,
            text(&object, "/metadata/namespace"),
            text(&object, "/metadata/name"),
        );
        objects.push((key, object));
    }
    let store = Store::restored(loaded.version + RESTART_GAP, objects);
    Ok(Some(Restored {
        token: loaded.token,
        behaviours: loaded.behaviours,
        store,
    }))
}

/// Writes the state of this moment.
pub(super) fn save(cluster: &Cluster, path: &Path) -> Result<()> {
    let (version, objects) = {
        let store = cluster.store();
        (store.version(), store.snapshot())
    };
    let saved = Saved {
        format: FORMAT,
        token: cluster.token(),
        version,
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

/// Saves after changes, at most every so often, until the server stops.
pub(super) async fn keep_saved(cluster: Arc<Cluster>, path: PathBuf) {
    let mut versions = cluster.versions();
    versions.mark_changed();
    loop {
        tokio::select! {
            () = cluster.stopped.cancelled() => return,
            changed = versions.changed() => if changed.is_err() { return },
        }
        let begun = Instant::now();
        let (saving, place) = (cluster.clone(), path.clone());
        match tokio::task::spawn_blocking(move || save(&saving, &place)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!("the simulated cluster could not be saved: {error:#}"),
            Err(_) => return,
        }
        tokio::select! {
            () = cluster.stopped.cancelled() => return,
            // A large cluster takes long to write: most of the time belongs to others.
            () = tokio::time::sleep(SAVE_EVERY.max(begun.elapsed() * 5)) => {}
        }
    }
}
