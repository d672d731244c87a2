//! Deletion: at once, gracefully for pods, or as a mark that finalizers hold up. What depends on a deleted object is
//! the business of the garbage collector.

use std::sync::Arc;

use chrono::{Duration, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::access::User;
use super::kinds;
use super::paths::{is_deleting, list, number, object_at, text};
use super::refusal::Refusal;
use super::rules::admission;
use super::store::{Key, Store};

pub(super) const FOREGROUND: &str = "foregroundDeletion";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Propagation {
    Background,
    Foreground,
    Orphan,
}

/// `DeleteOptions` as a request brings them.
#[derive(Clone, Debug, Default)]
pub(super) struct DeleteTerms {
    pub(super) grace_seconds: Option<i64>,
    pub(super) uid: String,
    pub(super) resource_version: String,
    pub(super) propagation: Option<Propagation>,
    pub(super) dry_run: bool,
    /// Who asks; nobody is the server and its controllers.
    pub(super) user: Option<User>,
}

/// What became of the object.
#[derive(Debug)]
pub(super) enum Deleted {
    Gone(Arc<Value>),
    /// It is marked, and goes when what holds it lets go.
    Marked(Arc<Value>),
}

#[derive(Debug)]
pub(super) struct Deletion {
    pub(super) deleted: Deleted,
    pub(super) warning: Option<&'static str>,
}

pub(super) fn delete(
    store: &mut Store,
    key: &Key,
    terms: &DeleteTerms,
) -> Result<Deletion, Refusal> {
    let old = store
        .get(key)
        .cloned()
        .ok_or_else(|| Refusal::not_found(key.kind, &key.name))?;
    check_preconditions(key, &old, terms)?;
    let user = terms.user.as_ref();
    admission::admit_delete(store, key, &old, user, terms.dry_run)?;
    if key.kind.is("namespaces") && is_deleting(&old) {
        let why = "The system is ensuring all content is removed from this namespace.  Upon completion, this \
                   namespace will automatically be purged by the system.";
        return Err(Refusal::conflict(key.kind, &key.name, why));
    }
    let warning = (key.kind.is("jobs") && terms.propagation.is_none()).then_some(
        "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them \
         or set propagationPolicy=Orphan to suppress this warning",
    );
    let propagation = terms.propagation.unwrap_or(if key.kind.is("jobs") {
        Propagation::Orphan
    } else {
        Propagation::Background
    });
    if terms.dry_run {
        return Ok(Deletion {
            deleted: Deleted::Gone(old),
            warning,
        });
    }
    if propagation == Propagation::Orphan {
        orphan_dependents(store, key, text(&old, "/metadata/uid"));
    }
    let deleted = if key.kind.is("pods") {
        delete_pod(store, key, &old, terms.grace_seconds)
    } else {
        delete_object(store, key, &old, propagation)
    };
    Ok(Deletion { deleted, warning })
}

fn check_preconditions(key: &Key, old: &Value, terms: &DeleteTerms) -> Result<(), Refusal> {
    let checks = [
        (&terms.uid, "/metadata/uid", "UID", "UID"),
        (
            &terms.resource_version,
            "/metadata/resourceVersion",
            "ResourceVersion",
            "ResourceVersion",
        ),
    ];
    for (wanted, pointer, one, other) in checks {
        let real = text(old, pointer);
        if !wanted.is_empty() && wanted != real {
            let why = format!(
                "Precondition failed: {one} in precondition: {wanted}, {other} in object meta: {real}"
            );
            return Err(Refusal::conflict(key.kind, &key.name, &why));
        }
    }
    Ok(())
}

fn mark(object: &mut Value, grace_seconds: i64) {
    let at = Utc::now() + Duration::seconds(grace_seconds);
    let metadata = object_at(object, &["metadata"]);
    metadata.insert(
        "deletionTimestamp".into(),
        at.to_rfc3339_opts(SecondsFormat::Secs, true).into(),
    );
    metadata.insert("deletionGracePeriodSeconds".into(), grace_seconds.into());
}

fn delete_pod(
    store: &mut Store,
    key: &Key,
    old: &Arc<Value>,
    grace_seconds: Option<i64>,
) -> Deleted {
    let grace = grace_seconds
        .or_else(|| number(old, "/spec/terminationGracePeriodSeconds"))
        .unwrap_or(30)
        .max(0);
    let idle = text(old, "/spec/nodeName").is_empty()
        || matches!(text(old, "/status/phase"), "Succeeded" | "Failed");
    let grace = if idle { 0 } else { grace };
    if grace == 0 && list(old, "/metadata/finalizers").is_empty() {
        return Deleted::Gone(store.remove(key).unwrap_or_else(|| old.clone()));
    }
    let shorter =
        number(old, "/metadata/deletionGracePeriodSeconds").is_none_or(|given| grace < given);
    if is_deleting(old) && !shorter {
        return Deleted::Marked(old.clone());
    }
    let mut marked = Value::clone(old);
    mark(&mut marked, grace);
    Deleted::Marked(store.put(key.clone(), marked))
}

fn delete_object(
    store: &mut Store,
    key: &Key,
    old: &Arc<Value>,
    propagation: Propagation,
) -> Deleted {
    let mut marked = Value::clone(old);
    if propagation == Propagation::Foreground {
        let finalizers = object_at(&mut marked, &["metadata"])
            .entry("finalizers")
            .or_insert(json!([]));
        if let Some(finalizers) = finalizers.as_array_mut()
            && !finalizers.contains(&json!(FOREGROUND))
        {
            finalizers.push(FOREGROUND.into());
        }
    }
    let held = !list(&marked, "/metadata/finalizers").is_empty()
        || !list(&marked, "/spec/finalizers").is_empty();
    if !held {
        return Deleted::Gone(store.remove(key).unwrap_or_else(|| old.clone()));
    }
    if !is_deleting(&marked) {
        mark(&mut marked, 0);
        if key.kind.is("namespaces") {
            object_at(&mut marked, &["metadata"]).remove("deletionGracePeriodSeconds");
            marked["status"]["phase"] = "Terminating".into();
        }
        if key.kind.has_generation {
            let generation = number(&marked, "/metadata/generation").unwrap_or(0) + 1;
            marked["metadata"]["generation"] = generation.into();
        }
    }
    if marked == **old {
        return Deleted::Marked(old.clone());
    }
    Deleted::Marked(store.put(key.clone(), marked))
}

/// The keys of what names `uid` as an owner, in the owner's namespace.
pub(super) fn dependents(store: &Store, namespace: &str, uid: &str) -> Vec<Key> {
    kinds::KINDS
        .iter()
        .filter(|kind| kind.namespaced)
        .flat_map(|kind| store.list(kind, Some(namespace)))
        .filter(|(_, object)| {
            list(object, "/metadata/ownerReferences")
                .iter()
                .any(|owner| text(owner, "/uid") == uid)
        })
        .map(|(key, _)| key.clone())
        .collect()
}

/// Takes `uid` out of the owners of everything that depends on it.
pub(super) fn orphan_dependents(store: &mut Store, key: &Key, uid: &str) {
    for dependent in dependents(store, &key.namespace, uid) {
        let Some(object) = store.get(&dependent) else {
            continue;
        };
        let mut object = Value::clone(object);
        let metadata = object_at(&mut object, &["metadata"]);
        if let Some(owners) = metadata
            .get_mut("ownerReferences")
            .and_then(Value::as_array_mut)
        {
            owners.retain(|owner| text(owner, "/uid") != uid);
            if owners.is_empty() {
                metadata.remove("ownerReferences");
            }
        }
        store.put(dependent, object);
    }
}
