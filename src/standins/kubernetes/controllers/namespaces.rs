//! Namespaces: a default ServiceAccount and root certificate at the start, and an orderly end.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::kinds;
use super::super::paths::{is_deleting, list, object_at};
use super::super::store::{Key, Store};
use super::super::writes::{self, Terms};
use super::{conditions, garbage};

const MANAGER: &str = "kube-controller-manager";
const FINALIZER: &str = "kubernetes";

pub(super) fn reconcile(store: &mut Store, key: &Key, namespace: &Value) {
    if is_deleting(namespace) {
        empty(store, key, namespace);
        return;
    }
    let make = |store: &mut Store, plural: &str, body: Value| {
        let name = body
            .pointer("/metadata/name")
            .and_then(Value::as_str)
            .unwrap_or("");
        if store.get(&Key::of(plural, &key.name, name)).is_none() {
            let terms = Terms::internal(MANAGER, "");
            // A quota may forbid it for now; the next change of the namespace tries again.
            drop(writes::create(
                store,
                kinds::known(plural),
                &key.name,
                body,
                &terms,
            ));
        }
    };
    make(
        store,
        "serviceaccounts",
        json!({ "metadata": { "name": "default" } }),
    );
    let certificate = json!({ "ca.crt": "the stand-in speaks plain HTTP\n" });
    make(
        store,
        "configmaps",
        json!({ "metadata": { "name": "kube-root-ca.crt" }, "data": certificate }),
    );
}

/// Deletes what is in the namespace; once nothing is left, the namespace itself.
fn empty(store: &mut Store, key: &Key, namespace: &Value) {
    for content in store.in_namespace(&key.name) {
        if store
            .get(&content)
            .is_some_and(|object| !is_deleting(object))
        {
            garbage::in_background(store, &content);
        }
    }
    let (remaining, held) = census(store, &key.name);
    let mut status = namespace["status"].clone();
    status["phase"] = "Terminating".into();
    let mut list_of: Vec<Value> = list(namespace, "/status/conditions").to_vec();
    for (kind, reason, message) in [
        (
            "NamespaceDeletionDiscoveryFailure",
            "ResourcesDiscovered",
            "All resources successfully discovered",
        ),
        (
            "NamespaceDeletionGroupVersionParsingFailure",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        (
            "NamespaceDeletionContentFailure",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
    ] {
        conditions::set(&mut list_of, kind, "False", reason, message);
    }
    let count = |counts: &BTreeMap<String, usize>, word: &str| -> String {
        counts
            .iter()
            .map(|(what, count)| format!("{what} {word} {count} resource instances"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    if remaining.is_empty() {
        let message = "All content successfully removed";
        conditions::set(
            &mut list_of,
            "NamespaceContentRemaining",
            "False",
            "ContentRemoved",
            message,
        );
    } else {
        let message = format!("Some resources are remaining: {}", count(&remaining, "has"));
        conditions::set(
            &mut list_of,
            "NamespaceContentRemaining",
            "True",
            "SomeResourcesRemain",
            &message,
        );
    }
    if held.is_empty() {
        let message = "All content-preserving finalizers finished";
        conditions::set(
            &mut list_of,
            "NamespaceFinalizersRemaining",
            "False",
            "ContentHasNoFinalizers",
            message,
        );
    } else {
        let message = format!(
            "Some content in the namespace has finalizers remaining: {}",
            count(&held, "in")
        );
        conditions::set(
            &mut list_of,
            "NamespaceFinalizersRemaining",
            "True",
            "SomeFinalizersRemain",
            &message,
        );
    }
    status["conditions"] = list_of.into();
    writes::set_status(store, key, status, MANAGER);
    if remaining.is_empty() {
        finalize(store, key);
    }
}

/// What is still there by kind, and what finalizers hold it.
fn census(store: &Store, namespace: &str) -> (BTreeMap<String, usize>, BTreeMap<String, usize>) {
    let (mut remaining, mut held) = (BTreeMap::new(), BTreeMap::new());
    for key in store.in_namespace(namespace) {
        *remaining
            .entry(format!("{}.", key.kind.qualified()))
            .or_default() += 1;
        for finalizer in store
            .get(&key)
            .map(|object| list(object, "/metadata/finalizers"))
            .into_iter()
            .flatten()
        {
            *held
                .entry(finalizer.as_str().unwrap_or("").to_owned())
                .or_default() += 1;
        }
    }
    (remaining, held)
}

fn finalize(store: &mut Store, key: &Key) {
    let Some(namespace) = store.get(key) else {
        return;
    };
    let mut namespace = Value::clone(namespace);
    let spec = object_at(&mut namespace, &["spec"]);
    if let Some(finalizers) = spec.get_mut("finalizers").and_then(Value::as_array_mut) {
        finalizers.retain(|finalizer| finalizer.as_str() != Some(FINALIZER));
        if finalizers.is_empty() {
            spec.remove("finalizers");
        }
    }
    let free = list(&namespace, "/spec/finalizers").is_empty()
        && list(&namespace, "/metadata/finalizers").is_empty();
    if free {
        store.remove(key);
    } else if store.get(key).is_some_and(|stored| **stored != namespace) {
        store.put(key.clone(), namespace);
    }
}
