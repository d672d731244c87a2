//! The controllers of the simulated cluster: one task that reacts to changes of objects and to time. Each reconciler
//! looks at the state as it is, so that a restart needs nothing but the objects.

pub(super) mod budgets;
pub(super) mod conditions;
mod cron_jobs;
mod deployments;
mod events;
mod garbage;
mod jobs;
mod namespaces;
mod networking;
pub(super) mod nodes;
mod owned;
mod pods;
mod replica_sets;
mod scheduler;
mod stateful_sets;
mod volumes;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

pub(super) use self::owned::is_ready;
use super::cluster::Cluster;
use super::faults::Behaviour;
use super::kinds;
use super::paths::{list, text, truth};
use super::rules::quota;
use super::settings::Settings;
use super::store::{Change, ChangeType, Key, Store};
use super::writes;

/// How many objects are looked at before others get the lock again.
const BATCH: usize = 100;

pub(super) async fn run(cluster: Arc<Cluster>) {
    let mut versions = cluster.versions();
    let mut controllers = Controllers::new(cluster.pod_start);
    cluster.change(|store| controllers.start(store));
    let mut behaviours = cluster.behaviours();
    loop {
        versions.mark_unchanged();
        let current = cluster.behaviours();
        let changed = current != behaviours;
        behaviours = current;
        let next = cluster.change(|store| controllers.step(store, &behaviours, changed));
        let wake = next.unwrap_or_else(|| Instant::now() + Duration::from_secs(60));
        tokio::select! {
            () = cluster.stopped.cancelled() => return,
            () = cluster.kick.notified() => {}
            changed = versions.changed() => if changed.is_err() { return },
            () = tokio::time::sleep_until(wake) => {}
        }
    }
}

struct Controllers {
    queue: VecDeque<Key>,
    queued: HashSet<Key>,
    timers: BTreeMap<(Instant, Key), ()>,
    due: HashMap<Key, Instant>,
    /// Since when an object has been in the stage it is in.
    stages: HashMap<Key, (String, Instant)>,
    /// Owners whose pods were refused: how often in a row, and until when they rest.
    refusals: HashMap<Key, (u32, Instant)>,
    /// Owners that are gone: namespace and UID.
    orphans: VecDeque<(String, String)>,
    usage: scheduler::Usage,
    start: Duration,
    behaviours: Vec<Behaviour>,
    settings: Settings,
}

impl Controllers {
    fn new(start: Duration) -> Self {
        Self {
            queue: VecDeque::new(),
            queued: HashSet::new(),
            timers: BTreeMap::new(),
            due: HashMap::new(),
            stages: HashMap::new(),
            refusals: HashMap::new(),
            orphans: VecDeque::new(),
            usage: scheduler::Usage::default(),
            start: start.max(Duration::from_millis(1)),
            behaviours: Vec::new(),
            settings: Settings::default(),
        }
    }

    /// Looks at everything once.
    fn start(&mut self, store: &Store) {
        let all: Vec<Key> = store.all().map(|(key, _)| key.clone()).collect();
        for (key, object) in store.all().filter(|(key, _)| key.kind.is("pods")) {
            self.usage.note(key, Some(object));
        }
        all.into_iter().for_each(|key| self.enqueue(key));
    }

    /// Works through what changed and what is due; says when to come back.
    fn step(
        &mut self,
        store: &mut Store,
        behaviours: &[Behaviour],
        struck: bool,
    ) -> Option<Instant> {
        if struck || self.behaviours != behaviours {
            self.behaviours = behaviours.to_vec();
            let pods: Vec<Key> = store
                .list(kinds::known("pods"), None)
                .map(|(key, _)| key.clone())
                .collect();
            pods.into_iter().for_each(|key| self.enqueue(key));
        }
        if self.settings != store.settings {
            // The clock was moved, quotas count sooner, or volumes grow again.
            self.settings = store.settings;
            let concerned = ["cronjobs", "resourcequotas", "persistentvolumeclaims"].into_iter();
            let all = concerned.flat_map(|plural| store.list(kinds::known(plural), None));
            let all: Vec<Key> = all.map(|(key, _)| key.clone()).collect();
            all.into_iter().for_each(|key| self.enqueue(key));
        }
        self.absorb(store);
        let now = Instant::now();
        while let Some(((at, _), ())) = self.timers.first_key_value() {
            if *at > now {
                break;
            }
            if let Some(((_, key), ())) = self.timers.pop_first() {
                self.due.remove(&key);
                self.enqueue(key);
            }
        }
        for _ in 0..BATCH {
            if let Some((namespace, uid)) = self.orphans.pop_front() {
                garbage::collect(store, &namespace, &uid);
            } else if let Some(key) = self.queue.pop_front() {
                self.queued.remove(&key);
                self.reconcile(store, &key);
            } else {
                break;
            }
            self.absorb(store);
        }
        if !self.queue.is_empty() || !self.orphans.is_empty() {
            return Some(Instant::now());
        }
        self.timers.first_key_value().map(|((at, _), ())| *at)
    }

    fn enqueue(&mut self, key: Key) {
        if self.queued.insert(key.clone()) {
            self.queue.push_back(key);
        }
    }

    /// Looks at `key` again after `delay`, or earlier if it was going to be.
    fn after(&mut self, key: &Key, delay: Duration) {
        let at = Instant::now() + delay;
        if let Some(earlier) = self.due.get(key) {
            if *earlier <= at {
                return;
            }
            self.timers.remove(&(*earlier, key.clone()));
        }
        self.due.insert(key.clone(), at);
        self.timers.insert((at, key.clone()), ());
    }

    /// Whether `key` has been in `stage` for `delay`; if not, it is looked at again when it has.
    fn has_been(&mut self, key: &Key, stage: &str, delay: Duration) -> bool {
        let now = Instant::now();
        match self.stages.get(key) {
            Some((name, since)) if name == stage => {
                let passed = now.saturating_duration_since(*since);
                if passed < delay {
                    self.after(key, delay - passed);
                }
                passed >= delay
            }
            _ => {
                self.stages.insert(key.clone(), (stage.to_owned(), now));
                if !delay.is_zero() {
                    self.after(key, delay);
                }
                delay.is_zero()
            }
        }
    }

    /// Notes that `key` was refused something, and comes back to it after a pause that grows.
    fn refused(&mut self, key: &Key) {
        let times = self.refusals.get(key).map_or(0, |(times, _)| *times + 1);
        let pause = (self.start * 4).max(Duration::from_millis(100)) * 2_u32.pow(times.min(3));
        self.refusals
            .insert(key.clone(), (times, Instant::now() + pause));
        self.after(key, pause);
    }

    /// Whether `key` still rests after a refusal.
    fn rests(&mut self, key: &Key) -> bool {
        let Some((_, until)) = self.refusals.get(key) else {
            return false;
        };
        let left = until.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            self.after(key, left);
        }
        !left.is_zero()
    }

    /// Turns new changes into work.
    fn absorb(&mut self, store: &mut Store) {
        while let Some(change) = store.unseen.pop_front() {
            if !change.key.kind.is("events") {
                self.route(store, &change);
            }
        }
    }

    fn route(&mut self, store: &Store, change: &Change) {
        let Change { key, object, .. } = change;
        let gone = change.change == ChangeType::Deleted;
        if let Some(owner) = list(object, "/metadata/ownerReferences")
            .iter()
            .find(|o| truth(o, "/controller"))
            && let Some(kind) = kinds::of_object(text(owner, "/apiVersion"), text(owner, "/kind"))
        {
            let owner = Key::new(kind, &key.namespace, text(owner, "/name"));
            // A deployment that recreates waits for the last old pod, which its replica set no longer counts.
            if gone && let Some(set) = store.get(&owner) {
                let above = list(set, "/metadata/ownerReferences")
                    .iter()
                    .find(|o| truth(o, "/controller"));
                if let Some(above) = above.filter(|above| text(above, "/kind") == "Deployment") {
                    self.enqueue(Key::of("deployments", &key.namespace, text(above, "/name")));
                }
            }
            self.enqueue(owner);
        }
        if gone {
            self.stages.remove(key);
            self.refusals.remove(key);
            self.orphans.push_back((
                key.namespace.clone(),
                text(object, "/metadata/uid").to_owned(),
            ));
            if key.kind.namespaced {
                self.enqueue(Key::of("namespaces", "", &key.namespace));
            }
        }
        if key.kind.is("pods") {
            self.usage.note(key, (!gone).then_some(object));
            if gone || matches!(text(object, "/status/phase"), "Succeeded" | "Failed") {
                volumes::claims_of(key, object)
                    .into_iter()
                    .for_each(|claim| self.enqueue(claim));
            }
        }
        if key.kind.namespaced && !key.kind.is("endpointslices") {
            let quotas: Vec<Key> = store
                .of("resourcequotas", &key.namespace)
                .map(|(quota, _)| quota.clone())
                .collect();
            quotas.into_iter().for_each(|quota| self.enqueue(quota));
        }
        if key.kind.is("pods") {
            budgets::of_pod(store, &key.namespace, object)
                .into_iter()
                .for_each(|(budget, _)| self.enqueue(budget));
        }
        if key.kind.is("nodes") {
            // Pods may fit there now, and those on a node that is back go on.
            let pods: Vec<Key> = store
                .list(kinds::known("pods"), None)
                .map(|(pod, _)| pod.clone())
                .collect();
            pods.into_iter().for_each(|pod| self.enqueue(pod));
        }
        if key.kind.is("pods") || key.kind.is("services") {
            networking::services_about(store, key, object)
                .into_iter()
                .for_each(|key| self.enqueue(key));
        }
        if key.kind.is("gateways") {
            let routes = store.list(kinds::known("httproutes"), None);
            let routes: Vec<Key> = routes.map(|(route, _)| route.clone()).collect();
            routes.into_iter().for_each(|route| self.enqueue(route));
        }
        // Whoever holds a foreground deletion up is gone or has let go.
        for owner in list(object, "/metadata/ownerReferences")
            .iter()
            .filter(|_| gone)
        {
            if let Some(kind) = kinds::of_object(text(owner, "/apiVersion"), text(owner, "/kind")) {
                self.enqueue(Key::new(kind, &key.namespace, text(owner, "/name")));
            }
        }
        self.enqueue(key.clone());
    }

    fn reconcile(&mut self, store: &mut Store, key: &Key) {
        let Some(object) = store.get(key).cloned() else {
            return;
        };
        if garbage::finish_foreground(store, key, &object) {
            return;
        }
        match key.kind.plural {
            "namespaces" => namespaces::reconcile(store, key, &object),
            "pods" => pods::reconcile(self, store, key, &object),
            "deployments" => deployments::reconcile(self, store, key, &object),
            "replicasets" => replica_sets::reconcile(self, store, key, &object),
            "statefulsets" => stateful_sets::reconcile(self, store, key, &object),
            "cronjobs" => cron_jobs::reconcile(self, store, key, &object),
            "jobs" => jobs::reconcile(self, store, key, &object),
            "persistentvolumeclaims" => volumes::reconcile(self, store, key, &object),
            "poddisruptionbudgets" => budgets::reconcile(store, key, &object),
            "resourcequotas" => reconcile_quota(self, store, key, &object),
            "services" => networking::reconcile_service(store, key, &object),
            "ingresses" => networking::reconcile_ingress(self, store, key, &object),
            "httproutes" => networking::reconcile_route(store, key, &object),
            _ => {}
        }
    }
}

fn reconcile_quota(controllers: &mut Controllers, store: &mut Store, key: &Key, object: &Value) {
    let used = quota::used(store, &key.namespace, object);
    let hard = object
        .pointer("/spec/hard")
        .cloned()
        .unwrap_or_else(|| serde_json::json!({}));
    let status = serde_json::json!({ "hard": hard, "used": used });
    let lag = Duration::from_millis(store.settings.quota_lag_ms);
    if object.get("status") == Some(&status) {
        controllers.stages.remove(key);
    } else if controllers.has_been(key, "counting", lag) {
        controllers.stages.remove(key);
        writes::set_status(store, key, status, "kube-controller-manager");
    }
}
