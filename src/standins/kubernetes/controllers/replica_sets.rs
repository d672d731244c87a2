//! ReplicaSets: as many pods as asked for.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::paths::{entry, is_deleting, list, number, text};
use super::super::store::{Key, Store};
use super::super::writes;
use super::owned::{
    MANAGER, PodName, controlled, count, create_pod, is_active, is_ready, put_count,
};
use super::{Controllers, conditions, events, garbage};

pub(super) fn reconcile(
    controllers: &mut Controllers,
    store: &mut Store,
    key: &Key,
    set: &Arc<Value>,
) {
    if is_deleting(set) {
        return;
    }
    let uid = text(set, "/metadata/uid");
    let wanted = number(set, "/spec/replicas").unwrap_or(1);
    let mut active = active_pods(store, key, uid);
    let mut failure = None;
    while count(active.iter()) > wanted {
        // The least useful goes first.
        let place = active
            .iter()
            .position(|(_, pod)| !is_ready(pod))
            .unwrap_or(active.len() - 1);
        let (pod, _) = active.remove(place);
        events::normal(
            store,
            key,
            &events::REPLICA_SETS,
            "SuccessfulDelete",
            &format!("Deleted pod: {}", pod.name),
        );
        garbage::in_background(store, &pod);
    }
    if count(active.iter()) >= wanted {
        controllers.refusals.remove(key);
    } else if controllers.rests(key) {
        failure = failure_of(set);
    }
    for _ in count(active.iter())..wanted {
        if failure.is_some() {
            break;
        }
        let name = PodName::StartingWith(format!("{}-", key.name));
        match create_pod(store, key, set, name, &[], |_| {}) {
            Ok(name) => {
                let message = format!("Created pod: {name}");
                events::normal(
                    store,
                    key,
                    &events::REPLICA_SETS,
                    "SuccessfulCreate",
                    &message,
                );
            }
            Err(refusal) => {
                let message = format!("Error creating: {}", refusal.message);
                events::warning(store, key, &events::REPLICA_SETS, "FailedCreate", &message);
                failure = Some(refusal.message);
                controllers.refused(key);
            }
        }
    }
    report(store, key, uid, failure);
}

fn failure_of(set: &Value) -> Option<String> {
    let failure = entry(list(set, "/status/conditions"), "type", "ReplicaFailure")?;
    Some(text(failure, "/message").to_owned())
}

fn active_pods(store: &Store, key: &Key, uid: &str) -> Vec<(Key, Arc<Value>)> {
    let mut pods = controlled(store, "pods", key, uid);
    pods.retain(|(_, pod)| is_active(pod));
    pods
}

fn report(store: &mut Store, key: &Key, uid: &str, failure: Option<String>) {
    let pods = active_pods(store, key, uid);
    let Some(set) = store.get(key).cloned() else {
        return;
    };
    let ready = count(pods.iter().filter(|(_, pod)| is_ready(pod)));
    let mut status = json!({
        "replicas": count(pods.iter()),
        "observedGeneration": number(&set, "/metadata/generation").unwrap_or(1),
    });
    put_count(&mut status, "fullyLabeledReplicas", count(pods.iter()));
    put_count(&mut status, "readyReplicas", ready);
    put_count(&mut status, "availableReplicas", ready);
    let mut all = list(&set, "/status/conditions").to_vec();
    match failure {
        Some(why) => conditions::set(&mut all, "ReplicaFailure", "True", "FailedCreate", &why),
        None => all.retain(|condition| text(condition, "/type") != "ReplicaFailure"),
    }
    if !all.is_empty() {
        status["conditions"] = all.into();
    }
    writes::set_status(store, key, status, MANAGER);
}
