//! The status of a Deployment: counts, conditions, and the deadline of its progress.

use std::sync::Arc;

use chrono::{Duration, Utc};
use serde_json::{Value, json};

use super::super::super::paths::{entry, list, now, number, text, time};
use super::super::super::store::{Key, Store};
use super::super::super::writes;
use super::super::owned::{MANAGER, controlled, put_count};
use super::super::{Controllers, conditions};
use super::{available, forget_old, surge_and_shortage};

pub(super) fn report(controllers: &mut Controllers, store: &mut Store, key: &Key, hash: &str) {
    let Some(deployment) = store.get(key).cloned() else {
        return;
    };
    let uid = text(&deployment, "/metadata/uid");
    let sets = controlled(store, "replicasets", key, uid);
    let sum = |pick: fn(&Value) -> i64| -> i64 { sets.iter().map(|(_, set)| pick(set)).sum() };
    let current = sets
        .iter()
        .find(|(_, set)| text(set, "/metadata/labels/pod-template-hash") == hash);
    let running = sum(|set| number(set, "/status/replicas").unwrap_or(0));
    let ready = sum(|set| number(set, "/status/readyReplicas").unwrap_or(0));
    let up = sum(available);
    let updated = current.map_or(0, |(_, set)| number(set, "/status/replicas").unwrap_or(0));
    let wanted = number(&deployment, "/spec/replicas").unwrap_or(1);
    let mut status =
        json!({ "observedGeneration": number(&deployment, "/metadata/generation").unwrap_or(1) });
    put_count(&mut status, "replicas", running);
    put_count(&mut status, "updatedReplicas", updated);
    put_count(&mut status, "readyReplicas", ready);
    put_count(&mut status, "availableReplicas", up);
    put_count(
        &mut status,
        "unavailableReplicas",
        (wanted.max(running) - up).max(0),
    );
    let mut all = list(&deployment, "/status/conditions").to_vec();
    let (_, shortage) = match text(&deployment, "/spec/strategy/type") {
        "Recreate" => (0, 0),
        _ => surge_and_shortage(&deployment, wanted),
    };
    let (word, reason, message) = if up >= wanted - shortage {
        (
            "True",
            "MinimumReplicasAvailable",
            "Deployment has minimum availability.",
        )
    } else {
        (
            "False",
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.",
        )
    };
    set_dated(&mut all, "Available", word, reason, message, false);
    match sets
        .iter()
        .find_map(|(_, set)| entry(list(set, "/status/conditions"), "type", "ReplicaFailure"))
    {
        Some(failure) => {
            set_dated(
                &mut all,
                "ReplicaFailure",
                "True",
                "FailedCreate",
                text(failure, "/message"),
                false,
            );
        }
        None => all.retain(|condition| text(condition, "/type") != "ReplicaFailure"),
    }
    let done = updated == wanted && running == wanted && up == wanted;
    progress(
        controllers,
        key,
        &deployment,
        current,
        &status,
        &mut all,
        done,
    );
    status["conditions"] = all.into();
    writes::set_status(store, key, status, MANAGER);
    if done {
        forget_old(store, &deployment, &sets, hash);
    }
}

fn progress(
    controllers: &mut Controllers,
    key: &Key,
    deployment: &Value,
    current: Option<&(Key, Arc<Value>)>,
    status: &Value,
    all: &mut Vec<Value>,
    done: bool,
) {
    let name = current.map_or("", |(set, _)| set.name.as_str());
    if name.is_empty() {
        return;
    }
    if done {
        let message = format!("ReplicaSet {name:?} has successfully progressed.");
        set_dated(
            all,
            "Progressing",
            "True",
            "NewReplicaSetAvailable",
            &message,
            false,
        );
        return;
    }
    let figures = [
        "updatedReplicas",
        "readyReplicas",
        "availableReplicas",
        "observedGeneration",
    ];
    let moved = figures.iter().any(|field| {
        number(status, &format!("/{field}")) > number(deployment, &format!("/status/{field}"))
    }) || number(status, "/replicas") < number(deployment, "/status/replicas");
    let earlier = entry(all, "type", "Progressing").cloned();
    let was_done = earlier
        .as_ref()
        .is_some_and(|old| text(old, "/reason") == "NewReplicaSetAvailable");
    let limit = number(deployment, "/spec/progressDeadlineSeconds").unwrap_or(600);
    let since = earlier
        .as_ref()
        .and_then(|old| time(old, "/lastUpdateTime"));
    match since {
        Some(since) if !moved && !was_done => {
            let left = since + Duration::seconds(limit) - Utc::now();
            if left <= Duration::zero() {
                let message = format!("ReplicaSet {name:?} has timed out progressing.");
                set_dated(
                    all,
                    "Progressing",
                    "False",
                    "ProgressDeadlineExceeded",
                    &message,
                    false,
                );
            } else {
                controllers.after(
                    key,
                    left.to_std().unwrap_or_default() + std::time::Duration::from_millis(10),
                );
            }
        }
        _ => {
            let (reason, message) = match since {
                None => (
                    "NewReplicaSetCreated",
                    format!("Created new replica set {name:?}"),
                ),
                Some(_) => (
                    "ReplicaSetUpdated",
                    format!("ReplicaSet {name:?} is progressing."),
                ),
            };
            set_dated(all, "Progressing", "True", reason, &message, true);
            controllers.after(
                key,
                std::time::Duration::from_secs(limit.max(0).unsigned_abs() + 1),
            );
        }
    }
}

/// Like other conditions, with the time of the last update besides; `touch` moves it even if nothing else changes.
fn set_dated(
    all: &mut Vec<Value>,
    kind: &str,
    status: &str,
    reason: &str,
    message: &str,
    touch: bool,
) {
    let old = entry(all, "type", kind).cloned();
    conditions::set(all, kind, status, reason, message);
    let Some(new) = all
        .iter_mut()
        .find(|condition| text(condition, "/type") == kind)
    else {
        return;
    };
    let same = old.as_ref().is_some_and(|old| {
        ["/status", "/reason", "/message"]
            .iter()
            .all(|part| text(old, part) == text(new, part))
    });
    new["lastUpdateTime"] = match old {
        Some(old) if same && !touch => old["lastUpdateTime"].clone(),
        _ => now().into(),
    };
}
