//! The simulated cluster shared by requests and controllers: the store behind its lock, the news that it changed, and
//! the faults in force.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::access::Audit;
use super::faults::{Behaviour, Outage};
use super::kubelets::Filling;
use super::metrics::Consumption;
use super::settings::Settings;
use super::state_file::Kept;
use super::store::Store;
use super::traffic::Counter;

pub(super) struct Cluster {
    store: Mutex<Store>,
    versions: watch::Sender<u64>,
    faults: Mutex<Faults>,
    audit: Mutex<Audit>,
    pub(super) traffic: Counter,
    /// Wakes the controllers for what is not a change of an object.
    pub(super) kick: Notify,
    /// Cancelled when the server stops; parent of what every connection listens to.
    pub(super) stopped: CancellationToken,
    token: String,
    pub(super) pod_start: Duration,
    kept: Mutex<Option<Kept>>,
}

struct Faults {
    behaviours: Vec<Behaviour>,
    consumptions: Vec<Consumption>,
    fillings: Vec<Filling>,
    outage: Outage,
    connections: CancellationToken,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic under the lock leaves whole objects behind: every write replaces one.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Cluster {
    pub(super) fn new(
        store: Store,
        behaviours: Vec<Behaviour>,
        token: String,
        pod_start: Duration,
    ) -> Self {
        let stopped = CancellationToken::new();
        let (versions, _) = watch::channel(store.version());
        let connections = stopped.child_token();
        Self {
            store: Mutex::new(store),
            versions,
            faults: Mutex::new(Faults {
                behaviours,
                consumptions: Vec::new(),
                fillings: Vec::new(),
                outage: Outage::None,
                connections,
            }),
            audit: Mutex::default(),
            traffic: Counter::default(),
            kick: Notify::new(),
            stopped,
            token,
            pod_start,
            kept: Mutex::default(),
        }
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        locked(&self.store)
    }

    /// The store, with the rights that count at this moment.
    pub(super) fn settled(&self) -> MutexGuard<'_, Store> {
        let mut store = self.store();
        let lag = Duration::from_millis(store.settings.rbac_lag_ms);
        store.rights.settle(lag);
        store
    }

    /// Runs `work` on the store and tells everyone if it changed something.
    pub(super) fn change<T>(&self, work: impl FnOnce(&mut Store) -> T) -> T {
        let mut store = self.store();
        let before = store.version();
        let result = work(&mut store);
        let after = store.version();
        if after != before {
            self.note(&store, before);
        }
        drop(store);
        if after != before {
            self.versions.send_if_modified(|version| {
                let newer = after > *version;
                *version = after.max(*version);
                newer
            });
        }
        result
    }

    /// Keeps the cluster in this file from now on.
    pub(super) fn keep_in(&self, path: &Path) -> anyhow::Result<()> {
        let store = self.store();
        *locked(&self.kept) = Some(Kept::begin(self, &store, path)?);
        Ok(())
    }

    fn note(&self, store: &Store, before: u64) {
        if let Some(kept) = &mut *locked(&self.kept)
            && let Err(error) = kept.note(self, store, before)
        {
            tracing::warn!("a change of the simulated cluster could not be kept: {error:#}");
        }
    }

    pub(super) fn save(&self) {
        let store = self.store();
        if let Some(kept) = &*locked(&self.kept)
            && let Err(error) = kept.save(self, &store)
        {
            tracing::warn!("the simulated cluster could not be saved: {error:#}");
        }
    }

    /// What was asked for, and by whom.
    pub(super) fn audit(&self) -> MutexGuard<'_, Audit> {
        locked(&self.audit)
    }

    pub(super) fn versions(&self) -> watch::Receiver<u64> {
        self.versions.subscribe()
    }

    pub(super) fn compact(&self) {
        self.store().compact();
        self.versions.send_modify(|_| {});
    }

    pub(super) fn behaviours(&self) -> Vec<Behaviour> {
        locked(&self.faults).behaviours.clone()
    }

    /// Sets one behaviour; the same fault for the same scope is there once.
    pub(super) fn set_behaviour(&self, behaviour: Behaviour) {
        let mut all = self.behaviours();
        all.retain(|other| {
            other.scope != behaviour.scope
                || std::mem::discriminant(&other.fault) != std::mem::discriminant(&behaviour.fault)
        });
        all.push(behaviour);
        self.replace_behaviours(all);
    }

    pub(super) fn replace_behaviours(&self, behaviours: Vec<Behaviour>) {
        locked(&self.faults).behaviours = behaviours;
        self.kick.notify_one();
    }

    pub(super) fn consumptions(&self) -> Vec<Consumption> {
        locked(&self.faults).consumptions.clone()
    }

    /// Sets what the pods of one scope use.
    pub(super) fn set_consumption(&self, consumption: Consumption) {
        let all = &mut locked(&self.faults).consumptions;
        all.retain(|other| other.scope != consumption.scope);
        all.push(consumption);
    }

    pub(super) fn fillings(&self) -> Vec<Filling> {
        locked(&self.faults).fillings.clone()
    }

    pub(super) fn set_filling(&self, filling: Filling) {
        locked(&self.faults).fillings.push(filling);
    }

    pub(super) fn clear_consumptions(&self) {
        locked(&self.faults).consumptions.clear();
    }

    pub(super) fn configure(&self, settings: Settings) {
        // What was visible before stays visible.
        self.settled().settings = settings;
        self.kick.notify_one();
    }

    pub(super) fn outage(&self) -> Outage {
        locked(&self.faults).outage
    }

    pub(super) fn set_outage(&self, outage: Outage) {
        let mut faults = locked(&self.faults);
        faults.outage = outage;
        if matches!(outage, Outage::Refuse | Outage::Unavailable) {
            faults.connections.cancel();
            faults.connections = self.stopped.child_token();
        }
    }

    /// Cancelled when the connections of this moment are to be cut.
    pub(super) fn connections(&self) -> CancellationToken {
        locked(&self.faults).connections.clone()
    }
}
