//! Events about objects, counted instead of repeated.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::paths::{is_deleting, now, number, text};
use super::super::store::{Key, Store, reference};

/// Who says something, and how grave it is.
pub(super) struct Source(pub(super) &'static str);

pub(super) const KUBELET: Source = Source("kubelet");
pub(super) const SCHEDULER: Source = Source("default-scheduler");
pub(super) const DEPLOYMENTS: Source = Source("deployment-controller");
pub(super) const REPLICA_SETS: Source = Source("replicaset-controller");
pub(super) const STATEFUL_SETS: Source = Source("statefulset-controller");
pub(super) const CRON_JOBS: Source = Source("cronjob-controller");
pub(super) const JOBS: Source = Source("job-controller");
pub(super) const VOLUMES: Source = Source("persistentvolume-controller");

pub(super) fn normal(store: &mut Store, key: &Key, source: &Source, reason: &str, message: &str) {
    record(store, key, source, "Normal", reason, message);
}

pub(super) fn warning(store: &mut Store, key: &Key, source: &Source, reason: &str, message: &str) {
    record(store, key, source, "Warning", reason, message);
}

fn record(store: &mut Store, key: &Key, source: &Source, sort: &str, reason: &str, message: &str) {
    let Some(object) = store.get(key).cloned() else {
        return;
    };
    let namespace = if key.namespace.is_empty() {
        "default"
    } else {
        &key.namespace
    };
    let ending = store
        .get(&Key::of("namespaces", "", namespace))
        .is_none_or(|ns| is_deleting(ns));
    if ending {
        return;
    }
    let uid = text(&object, "/metadata/uid");
    let digest = Sha256::digest(format!("{uid}\n{}\n{reason}\n{message}", source.0));
    let name = format!("{}.{}", key.name, hex::encode(&digest[..8]));
    let event_key = Key::of("events", namespace, &name);
    if let Some(earlier) = store.get(&event_key) {
        let mut event = Value::clone(earlier);
        event["count"] = (number(&event, "/count").unwrap_or(0) + 1).into();
        event["lastTimestamp"] = now().into();
        store.put(event_key, event);
        return;
    }
    let mut involved = reference(key, &object);
    involved["resourceVersion"] = object["metadata"]["resourceVersion"].clone();
    if !key.namespace.is_empty() {
        involved["namespace"] = key.namespace.clone().into();
    }
    let host = text(&object, "/spec/nodeName");
    let mut from = json!({ "component": source.0 });
    if source.0 == "kubelet" && !host.is_empty() {
        from["host"] = host.into();
    }
    let event = json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": uuid::Uuid::now_v7().to_string(),
            "creationTimestamp": now(),
        },
        "involvedObject": involved,
        "reason": reason,
        "message": message,
        "type": sort,
        "count": 1,
        "firstTimestamp": now(),
        "lastTimestamp": now(),
        "source": from,
        "reportingComponent": source.0,
        "reportingInstance": "",
    });
    store.put(event_key, event);
}
