//! StatefulSets: pods with ordinals, one after another, each with its own claims.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::kinds;
use super::super::paths::{is_deleting, list, number, object_at, text};
use super::super::refusal::Refusal;
use super::super::store::{Key, Store};
use super::super::writes::{self, Terms};
use super::owned::{
    MANAGER, PodName, controlled, count, create_pod, is_ready, put_count, says_ready, template_hash,
};
use super::{Controllers, events, garbage};

const REVISION_LABEL: &str = "controller-revision-hash";

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
    let revision = format!("{}-{}", key.name, template_hash(&set["spec"]["template"]));
    let wanted = number(set, "/spec/replicas").unwrap_or(1);
    if controllers.rests(key) {
        report(store, key, uid, &revision, wanted);
        return;
    }
    if let Err(refusal) = step(store, key, set, uid, &revision, wanted) {
        let name = format!("{}-{}", key.name, next_ordinal(store, key, wanted));
        let message = format!(
            "create Pod {name} in StatefulSet {} failed error: {}",
            key.name, refusal.message
        );
        events::warning(store, key, &events::STATEFUL_SETS, "FailedCreate", &message);
        controllers.refused(key);
    } else {
        controllers.refusals.remove(key);
    }
    report(store, key, uid, &revision, wanted);
}

fn next_ordinal(store: &Store, key: &Key, wanted: i64) -> i64 {
    (0..wanted)
        .find(|ordinal| store.get(&pod_key(key, *ordinal)).is_none())
        .unwrap_or(0)
}

fn pod_key(key: &Key, ordinal: i64) -> Key {
    Key::of("pods", &key.namespace, &format!("{}-{ordinal}", key.name))
}

/// One step towards what is wanted.
fn step(
    store: &mut Store,
    key: &Key,
    set: &Value,
    uid: &str,
    revision: &str,
    wanted: i64,
) -> Result<(), Refusal> {
    let parallel = text(set, "/spec/podManagementPolicy") == "Parallel";
    for ordinal in 0..wanted {
        let pod_key = pod_key(key, ordinal);
        match store.get(&pod_key).cloned() {
            None => {
                make_claims(store, key, set, ordinal)?;
                make_pod(store, key, set, revision, ordinal)?;
            }
            Some(pod) if matches!(text(&pod, "/status/phase"), "Failed" | "Succeeded") => {
                garbage::in_background(store, &pod_key);
            }
            Some(_) => {}
        }
        let ready = store.get(&pod_key).is_some_and(|pod| is_ready(pod));
        // A pod that never becomes ready holds everything up, its own replacement included, as on a real cluster.
        if !ready && !parallel {
            return Ok(());
        }
    }
    let mut surplus: Vec<(i64, Key)> = controlled(store, "pods", key, uid)
        .into_iter()
        .filter_map(|(pod, _)| Some((pod.name.rsplit('-').next()?.parse::<i64>().ok()?, pod)))
        .filter(|(ordinal, _)| *ordinal >= wanted)
        .collect();
    surplus.sort();
    while let Some((_, pod)) = surplus.pop() {
        remove_pod(store, key, &pod);
        if !parallel {
            return Ok(());
        }
    }
    if text(set, "/spec/updateStrategy/type") == "OnDelete" {
        return Ok(());
    }
    let partition = number(set, "/spec/updateStrategy/rollingUpdate/partition").unwrap_or(0);
    for ordinal in (partition..wanted).rev() {
        let pod_key = pod_key(key, ordinal);
        let Some(pod) = store.get(&pod_key) else {
            return Ok(());
        };
        if text(pod, "/metadata/labels/controller-revision-hash") != revision {
            remove_pod(store, key, &pod_key);
            return Ok(());
        }
        if !is_ready(pod) {
            return Ok(());
        }
    }
    Ok(())
}

fn remove_pod(store: &mut Store, key: &Key, pod: &Key) {
    if store.get(pod).is_none_or(|pod| is_deleting(pod)) {
        return;
    }
    let message = format!(
        "delete Pod {} in StatefulSet {} successful",
        pod.name, key.name
    );
    events::normal(
        store,
        key,
        &events::STATEFUL_SETS,
        "SuccessfulDelete",
        &message,
    );
    garbage::in_background(store, pod);
}

fn claim_name(template: &Value, key: &Key, ordinal: i64) -> String {
    format!(
        "{}-{}-{ordinal}",
        text(template, "/metadata/name"),
        key.name
    )
}

fn make_claims(store: &mut Store, key: &Key, set: &Value, ordinal: i64) -> Result<(), Refusal> {
    for template in list(set, "/spec/volumeClaimTemplates") {
        let name = claim_name(template, key, ordinal);
        if store
            .get(&Key::of("persistentvolumeclaims", &key.namespace, &name))
            .is_some()
        {
            continue;
        }
        let mut metadata = template["metadata"].clone();
        metadata["name"] = name.into();
        let labels = set
            .pointer("/spec/selector/matchLabels")
            .cloned()
            .unwrap_or_else(|| json!({}));
        metadata["labels"] = labels;
        let claim = json!({ "metadata": metadata, "spec": template["spec"] });
        let terms = Terms::internal(MANAGER, "");
        writes::create(
            store,
            kinds::known("persistentvolumeclaims"),
            &key.namespace,
            claim,
            &terms,
        )?;
    }
    Ok(())
}

fn make_pod(
    store: &mut Store,
    key: &Key,
    set: &Value,
    revision: &str,
    ordinal: i64,
) -> Result<(), Refusal> {
    let name = format!("{}-{ordinal}", key.name);
    let index = ordinal.to_string();
    let labels = [
        (REVISION_LABEL, revision),
        ("statefulset.kubernetes.io/pod-name", name.as_str()),
        ("apps.kubernetes.io/pod-index", index.as_str()),
    ];
    let adjust = |pod: &mut Value| {
        let spec = object_at(pod, &["spec"]);
        spec.insert("hostname".into(), name.clone().into());
        spec.insert("subdomain".into(), set["spec"]["serviceName"].clone());
        for template in list(set, "/spec/volumeClaimTemplates") {
            let volumes = spec.entry("volumes").or_insert_with(|| json!([]));
            if let Some(volumes) = volumes.as_array_mut() {
                volumes.push(json!({
                    "name": text(template, "/metadata/name"),
                    "persistentVolumeClaim": { "claimName": claim_name(template, key, ordinal) },
                }));
            }
        }
    };
    create_pod(
        store,
        key,
        set,
        PodName::Exactly(name.clone()),
        &labels,
        adjust,
    )?;
    let message = format!("create Pod {name} in StatefulSet {} successful", key.name);
    events::normal(
        store,
        key,
        &events::STATEFUL_SETS,
        "SuccessfulCreate",
        &message,
    );
    Ok(())
}

fn report(store: &mut Store, key: &Key, uid: &str, revision: &str, wanted: i64) {
    let pods = controlled(store, "pods", key, uid);
    let Some(set) = store.get(key).cloned() else {
        return;
    };
    let of_revision = |pod: &Value, revision: &str| {
        text(pod, "/metadata/labels/controller-revision-hash") == revision
    };
    // As `computeReplicaStatus` counts: one that is on its way out is ready until it has ended, and of no revision.
    let ready = count(pods.iter().filter(|(_, pod)| says_ready(pod)));
    let staying = |revision: &str| {
        let staying = pods.iter().filter(|(_, pod)| !is_deleting(pod));
        count(staying.filter(|(_, pod)| of_revision(pod, revision)))
    };
    let updated = staying(revision);
    let all = count(pods.iter());
    let mut current = text(&set, "/status/currentRevision").to_owned();
    if current.is_empty() || (updated == wanted && all == wanted && ready == wanted) {
        current = revision.to_owned();
    }
    let mut status = json!({
        "replicas": all,
        "availableReplicas": ready,
        "observedGeneration": number(&set, "/metadata/generation").unwrap_or(1),
        "currentRevision": current,
        "updateRevision": revision,
        "collisionCount": 0,
    });
    put_count(&mut status, "readyReplicas", ready);
    put_count(&mut status, "updatedReplicas", updated);
    put_count(&mut status, "currentReplicas", staying(&current));
    writes::set_status(store, key, status, MANAGER);
}
