//! Pods made from a template by a controller, and what their owners want to know about them.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::fields::{Writer, after_write};
use super::super::kinds;
use super::super::paths::{controller_uid, entry, is_deleting, list, number, object_at, text};
use super::super::refusal::Refusal;
use super::super::store::{Key, Store, reference};
use super::super::writes::{self, Terms};
use std::sync::Arc;

pub(super) const MANAGER: &str = "kube-controller-manager";

/// The objects of a kind that `owner` controls.
pub(super) fn controlled(
    store: &Store,
    plural: &str,
    owner: &Key,
    owner_uid: &str,
) -> Vec<(Key, Arc<Value>)> {
    store
        .of(plural, &owner.namespace)
        .filter(|(_, object)| controller_uid(object) == Some(owner_uid))
        .map(|(key, object)| (key.clone(), object.clone()))
        .collect()
}

pub(in super::super) fn is_ready(pod: &Value) -> bool {
    !is_deleting(pod) && says_ready(pod)
}

/// Also while it is on its way out, until its containers have ended.
pub(super) fn says_ready(pod: &Value) -> bool {
    entry(list(pod, "/status/conditions"), "type", "Ready")
        .is_some_and(|condition| text(condition, "/status") == "True")
}

/// Neither finished nor on its way out.
pub(super) fn is_active(pod: &Value) -> bool {
    !is_deleting(pod) && !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed")
}

/// An owner reference that makes `owner` the controller.
pub(super) fn controlled_by(key: &Key, owner: &Value) -> Value {
    let mut reference = reference(key, owner);
    reference["controller"] = true.into();
    reference["blockOwnerDeletion"] = true.into();
    reference
}

/// How a pod is to be called.
pub(super) enum PodName {
    Exactly(String),
    StartingWith(String),
}

/// Creates a pod from the template of `owner`, with `labels` besides those of the template.
pub(super) fn create_pod(
    store: &mut Store,
    owner_key: &Key,
    owner: &Value,
    name: PodName,
    labels: &[(&str, &str)],
    adjust: impl FnOnce(&mut Value),
) -> Result<String, Refusal> {
    let template = &owner["spec"]["template"];
    let mut pod = json!({ "metadata": template["metadata"], "spec": template["spec"] });
    let metadata = object_at(&mut pod, &["metadata"]);
    metadata.retain(|field, _| matches!(field.as_str(), "labels" | "annotations" | "finalizers"));
    match name {
        PodName::Exactly(name) => metadata.insert("name".into(), name.into()),
        PodName::StartingWith(prefix) => metadata.insert("generateName".into(), prefix.into()),
    };
    metadata.insert(
        "ownerReferences".into(),
        json!([controlled_by(owner_key, owner)]),
    );
    for (key, value) in labels {
        object_at(&mut pod, &["metadata", "labels"]).insert((*key).to_owned(), (*value).into());
    }
    adjust(&mut pod);
    let terms = Terms::internal(MANAGER, "");
    let written = writes::create(
        store,
        kinds::known("pods"),
        &owner_key.namespace,
        pod,
        &terms,
    )?;
    Ok(text(&written.object, "/metadata/name").to_owned())
}

/// A short name for the content of a template.
pub(super) fn template_hash(template: &Value) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut template = template.clone();
    if let Some(labels) = template
        .pointer_mut("/metadata/labels")
        .and_then(Value::as_object_mut)
    {
        labels.remove("pod-template-hash");
    }
    let digest = Sha256::digest(template.to_string());
    digest
        .iter()
        .take(10)
        .map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]))
        .collect()
}

/// Sets the replicas of an object a controller owns.
pub(super) fn set_replicas(store: &mut Store, key: &Key, replicas: i64) {
    let Some(old) = store.get(key).cloned() else {
        return;
    };
    if number(&old, "/spec/replicas") == Some(replicas) {
        return;
    }
    let mut new = Value::clone(&old);
    new["spec"]["replicas"] = replicas.into();
    new["metadata"]["generation"] = (number(&old, "/metadata/generation").unwrap_or(0) + 1).into();
    after_write(Some(&old), &mut new, &Writer::new(MANAGER, ""));
    store.put(key.clone(), new);
}

/// Puts a count into a status, where zero is left out.
pub(super) fn put_count(status: &mut Value, field: &str, count: i64) {
    let status = object_at(status, &[]);
    if count == 0 {
        status.remove(field);
    } else {
        status.insert(field.to_owned(), count.into());
    }
}

pub(super) fn count(items: impl Iterator) -> i64 {
    i64::try_from(items.count()).unwrap_or(i64::MAX)
}
