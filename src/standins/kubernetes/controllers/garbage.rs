//! The garbage collector: what only had owners that are gone goes too.

use serde_json::{Value, json};

use super::super::deletes::{self, DeleteTerms, FOREGROUND, Propagation, dependents};
use super::super::kinds;
use super::super::paths::{is_deleting, list, object_at, text, truth};
use super::super::store::{Key, Store};

/// Deletes what depended on the object with `uid` and on nothing else that is still there.
pub(super) fn collect(store: &mut Store, namespace: &str, uid: &str) {
    for key in dependents(store, namespace, uid) {
        let Some(object) = store.get(&key) else {
            continue;
        };
        let held = list(object, "/metadata/ownerReferences")
            .iter()
            .any(|owner| {
                let uid = text(owner, "/uid");
                let kind = kinds::of_object(text(owner, "/apiVersion"), text(owner, "/kind"));
                let place = kind.map(|kind| {
                    Key::new(
                        kind,
                        if kind.namespaced { namespace } else { "" },
                        text(owner, "/name"),
                    )
                });
                place
                    .and_then(|key| store.get(&key))
                    .is_some_and(|owner| text(owner, "/metadata/uid") == uid)
            });
        if !held {
            in_background(store, &key);
        }
    }
}

pub(super) fn in_background(store: &mut Store, key: &Key) {
    let terms = DeleteTerms {
        propagation: Some(Propagation::Background),
        ..DeleteTerms::default()
    };
    if let Err(refusal) = deletes::delete(store, key, &terms) {
        tracing::debug!("{key:?} was not collected: {}", refusal.message);
    }
}

/// Carries on a foreground deletion; true if the object is gone now.
pub(super) fn finish_foreground(store: &mut Store, key: &Key, object: &Value) -> bool {
    if !is_deleting(object) || !list(object, "/metadata/finalizers").contains(&json!(FOREGROUND)) {
        return false;
    }
    let uid = text(object, "/metadata/uid");
    let mut blocked = false;
    for dependent in dependents(store, &key.namespace, uid) {
        let Some(child) = store.get(&dependent) else {
            continue;
        };
        let owners = list(child, "/metadata/ownerReferences");
        blocked |= owners
            .iter()
            .any(|owner| text(owner, "/uid") == uid && truth(owner, "/blockOwnerDeletion"));
        if !is_deleting(child) {
            in_background(store, &dependent);
        }
    }
    let still = dependents(store, &key.namespace, uid);
    if blocked && !still.is_empty() {
        return false;
    }
    release(store, key, FOREGROUND)
}

/// Takes a finalizer off an object; true if that was the last and the object is gone.
pub(super) fn release(store: &mut Store, key: &Key, finalizer: &str) -> bool {
    let Some(object) = store.get(key) else {
        return false;
    };
    let mut object = Value::clone(object);
    let metadata = object_at(&mut object, &["metadata"]);
    let Some(finalizers) = metadata.get_mut("finalizers").and_then(Value::as_array_mut) else {
        return false;
    };
    finalizers.retain(|one| one.as_str() != Some(finalizer));
    let last = finalizers.is_empty();
    if last {
        metadata.remove("finalizers");
    }
    let gone = last && is_deleting(&object);
    store.put(key.clone(), object);
    if gone {
        store.remove(key);
    }
    gone
}
