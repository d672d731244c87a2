//! Deployments: one ReplicaSet per template, and the way from the old one to the new one.

mod report;

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::kinds;
use super::super::paths::{is_deleting, number, object_at, text, truth};
use super::super::store::{Key, Store};
use super::super::writes::{self, Terms};
use super::owned::{MANAGER, controlled, controlled_by, count, set_replicas, template_hash};
use super::{Controllers, events, garbage};

const REVISION: &str = "deployment.kubernetes.io/revision";

type Sets = Vec<(Key, Arc<Value>)>;

pub(super) fn reconcile(
    controllers: &mut Controllers,
    store: &mut Store,
    key: &Key,
    deployment: &Arc<Value>,
) {
    if is_deleting(deployment) {
        return;
    }
    let uid = text(deployment, "/metadata/uid");
    let hash = template_hash(&deployment["spec"]["template"]);
    let (current, old): (Sets, Sets) = controlled(store, "replicasets", key, uid)
        .into_iter()
        .partition(|(_, set)| text(set, "/metadata/labels/pod-template-hash") == hash);
    let wanted = number(deployment, "/spec/replicas").unwrap_or(1);
    let recreate = text(deployment, "/spec/strategy/type") == "Recreate";
    let paused = truth(deployment, "/spec/paused");
    if recreate && !paused {
        for (set_key, set) in &old {
            scale(store, key, set_key, set, 0);
        }
    }
    let pods_left = recreate
        && old.iter().any(|(set_key, set)| {
            !controlled(store, "pods", set_key, text(set, "/metadata/uid")).is_empty()
        });
    match current.first() {
        None if paused || pods_left => {}
        None => {
            let first = if recreate {
                wanted
            } else {
                first_step(deployment, wanted, &old)
            };
            make_set(store, key, deployment, &hash, first, &old);
        }
        Some((set_key, set)) if recreate || old.iter().all(|(_, old)| replicas(old) == 0) => {
            if !pods_left {
                scale(store, key, set_key, set, wanted);
            }
            adopt_revision(store, key, set_key, set, &old);
        }
        Some((set_key, set)) if !paused => {
            roll(store, key, deployment, wanted, (set_key, set), &old);
            adopt_revision(store, key, set_key, set, &old);
        }
        Some(_) => {}
    }
    report::report(controllers, store, key, &hash);
}

fn replicas(set: &Value) -> i64 {
    number(set, "/spec/replicas").unwrap_or(0)
}

fn available(set: &Value) -> i64 {
    number(set, "/status/availableReplicas").unwrap_or(0)
}

/// `25%` of the replicas or an absolute number.
fn share(value: Option<&Value>, wanted: i64, up: bool) -> i64 {
    match value {
        Some(Value::String(text)) => {
            let percent: i64 = text.trim_end_matches('%').parse().unwrap_or(0);
            (wanted * percent + if up { 99 } else { 0 }) / 100
        }
        Some(value) => value.as_i64().unwrap_or(0),
        None => 0,
    }
}

fn surge_and_shortage(deployment: &Value, wanted: i64) -> (i64, i64) {
    let rolling = &deployment["spec"]["strategy"]["rollingUpdate"];
    let surge = share(rolling.get("maxSurge"), wanted, true);
    let shortage = share(rolling.get("maxUnavailable"), wanted, false);
    if surge == 0 && shortage == 0 {
        (0, 1)
    } else {
        (surge, shortage)
    }
}

fn first_step(deployment: &Value, wanted: i64, old: &Sets) -> i64 {
    let (surge, _) = surge_and_shortage(deployment, wanted);
    let running: i64 = old.iter().map(|(_, set)| replicas(set)).sum();
    (wanted + surge - running).clamp(0, wanted)
}

fn roll(
    store: &mut Store,
    key: &Key,
    deployment: &Value,
    wanted: i64,
    (new_key, new): (&Key, &Arc<Value>),
    old: &Sets,
) {
    let (surge, shortage) = surge_and_shortage(deployment, wanted);
    let total: i64 = replicas(new) + old.iter().map(|(_, set)| replicas(set)).sum::<i64>();
    if replicas(new) > wanted {
        scale(store, key, new_key, new, wanted);
        return;
    }
    let more = (wanted + surge - total).clamp(0, wanted - replicas(new));
    if more > 0 {
        scale(store, key, new_key, new, replicas(new) + more);
    }
    let coming = (replicas(new) - available(new)).max(0);
    let mut spare = total - (wanted - shortage) - coming;
    // Old pods that never became available are no loss.
    for broken_first in [true, false] {
        for (set_key, set) in old {
            let now_replicas = store.get(set_key).map_or(0, |set| replicas(set));
            let candidates = if broken_first {
                (now_replicas - available(set)).max(0)
            } else {
                now_replicas
            };
            let fewer = candidates.min(spare.max(0));
            if fewer > 0 {
                spare -= fewer;
                scale(store, key, set_key, set, now_replicas - fewer);
            }
        }
    }
}

fn scale(store: &mut Store, key: &Key, set_key: &Key, set: &Value, to: i64) {
    let from = store.get(set_key).map_or(0, |set| replicas(set));
    if from == to {
        return;
    }
    set_replicas(store, set_key, to);
    let direction = if to > from { "up" } else { "down" };
    let name = text(set, "/metadata/name");
    let message = format!("Scaled {direction} replica set {name} from {from} to {to}");
    events::normal(
        store,
        key,
        &events::DEPLOYMENTS,
        "ScalingReplicaSet",
        &message,
    );
}

fn revision(object: &Value) -> i64 {
    object["metadata"]["annotations"][REVISION]
        .as_str()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

fn make_set(store: &mut Store, key: &Key, deployment: &Value, hash: &str, first: i64, old: &Sets) {
    let revision = old.iter().map(|(_, set)| revision(set)).max().unwrap_or(0) + 1;
    let mut template = deployment["spec"]["template"].clone();
    object_at(&mut template, &["metadata", "labels"])
        .insert("pod-template-hash".into(), hash.into());
    let mut selector = deployment["spec"]["selector"].clone();
    object_at(&mut selector, &["matchLabels"]).insert("pod-template-hash".into(), hash.into());
    let name = format!("{}-{hash}", key.name);
    let set = json!({
        "metadata": {
            "name": name,
            "labels": template["metadata"]["labels"],
            "annotations": { REVISION: revision.to_string() },
            "ownerReferences": [controlled_by(key, deployment)],
        },
        "spec": { "replicas": first, "selector": selector, "template": template },
    });
    let terms = Terms::internal(MANAGER, "");
    if writes::create(
        store,
        kinds::known("replicasets"),
        &key.namespace,
        set,
        &terms,
    )
    .is_ok()
    {
        note_revision(store, key, revision);
        if first > 0 {
            let message = format!("Scaled up replica set {name} from 0 to {first}");
            events::normal(
                store,
                key,
                &events::DEPLOYMENTS,
                "ScalingReplicaSet",
                &message,
            );
        }
    }
}

/// A template that comes back makes its old ReplicaSet the newest revision.
fn adopt_revision(store: &mut Store, key: &Key, set_key: &Key, set: &Value, old: &Sets) {
    let newest = old.iter().map(|(_, set)| revision(set)).max().unwrap_or(0);
    if revision(set) <= newest
        && let Some(set) = store.get(set_key)
    {
        let mut set = Value::clone(set);
        object_at(&mut set, &["metadata", "annotations"])
            .insert(REVISION.into(), (newest + 1).to_string().into());
        store.put(set_key.clone(), set);
        note_revision(store, key, newest + 1);
    }
}

fn note_revision(store: &mut Store, key: &Key, revision: i64) {
    let Some(deployment) = store.get(key) else {
        return;
    };
    let mut deployment = Value::clone(deployment);
    object_at(&mut deployment, &["metadata", "annotations"])
        .insert(REVISION.into(), revision.to_string().into());
    store.put(key.clone(), deployment);
}

fn forget_old(store: &mut Store, deployment: &Value, sets: &Sets, hash: &str) {
    let limit = number(deployment, "/spec/revisionHistoryLimit").unwrap_or(10);
    let mut idle: Vec<&(Key, Arc<Value>)> = sets
        .iter()
        .filter(|(_, set)| {
            text(set, "/metadata/labels/pod-template-hash") != hash
                && replicas(set) == 0
                && number(set, "/status/replicas").unwrap_or(0) == 0
        })
        .collect();
    idle.sort_by_key(|(_, set)| revision(set));
    let excess = usize::try_from((count(idle.iter()) - limit).max(0)).unwrap_or(0);
    for (key, _) in idle.into_iter().take(excess) {
        garbage::in_background(store, key);
    }
}
