//! The write operations of the API on the store: create, update and apply, each through decoding, defaults,
//! validation, admission and ownership, in the order of a real server. Controllers write through here as well.

mod prepare;

use std::sync::Arc;

use serde_json::Value;

use self::prepare::{
    check_identity, decode, generate_name, in_its_namespace, keep_closed_fields, name_mismatch,
    prepare_changed, prepare_new,
};

use super::access::User;
use super::fields::{Writer, after_apply, after_write};
use super::kinds::Kind;
use super::paths::{fill, is_deleting, list, object_at, text};
use super::refusal::Refusal;
use super::rules;
use super::store::{Key, Store};

/// What a write is asked to do besides its object.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) writer: Writer,
    pub(super) dry_run: bool,
    /// Refuse unknown fields instead of dropping them with a warning.
    pub(super) strict: bool,
    /// Who asks; nobody is the server and its controllers.
    pub(super) user: Option<User>,
}

impl Terms {
    pub(super) fn internal(manager: &str, subresource: &'static str) -> Self {
        Self {
            writer: Writer::new(manager, subresource),
            dry_run: false,
            strict: false,
            user: None,
        }
    }
}

/// A written object, and what the server has to say about it.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) object: Arc<Value>,
    pub(super) warnings: Vec<String>,
    pub(super) created: bool,
}

/// Creates an object from what a client sent.
pub(super) fn create(
    store: &mut Store,
    kind: &'static Kind,
    namespace: &str,
    body: Value,
    terms: &Terms,
) -> Result<Written, Refusal> {
    let (mut object, mut warnings) = decode(kind, body, terms)?;
    generate_name(&mut object);
    let key = Key::new(kind, namespace, text(&object, "/metadata/name"));
    in_its_namespace(kind, namespace, &mut object)?;
    if !text(&object, "/metadata/resourceVersion").is_empty() {
        return Err(Refusal::bad_request(
            "resourceVersion should not be set on objects to be created",
        ));
    }
    if let Some(error) = rules::check_name(kind, &key.name) {
        return Err(Refusal::invalid(kind, &key.name, &[error]));
    }
    if store.get(&key).is_some() {
        return Err(Refusal::already_exists(kind, &key.name));
    }
    if kind.has_status {
        object_at(&mut object, &[]).remove("status");
    }
    object_at(&mut object, &["metadata"]).remove("managedFields");
    let mut object = prepare_new(store, &key, object, terms, &mut warnings)?;
    after_write(None, &mut object, &terms.writer);
    Ok(Written {
        object: put(store, key, object, terms),
        warnings,
        created: true,
    })
}

/// Replaces what is stored with `new`, which came from a PUT or out of a patch.
pub(super) fn update(
    store: &mut Store,
    key: &Key,
    new: Value,
    terms: &Terms,
) -> Result<Written, Refusal> {
    let old = store
        .get(key)
        .cloned()
        .ok_or_else(|| Refusal::not_found(key.kind, &key.name))?;
    let (mut new, mut warnings) = decode(key.kind, new, terms)?;
    check_identity(key, &old, &new)?;
    let resets = new
        .pointer("/metadata/managedFields")
        .and_then(Value::as_array)
        .is_some_and(|fields| {
            fields.is_empty()
                || fields
                    .iter()
                    .all(|entry| entry.as_object().is_some_and(serde_json::Map::is_empty))
        })
        && !list(&old, "/metadata/managedFields").is_empty();
    keep_closed_fields(key.kind, &old, &mut new, terms.writer.subresource);
    let mut new = prepare_changed(store, key, &old, new, terms, &mut warnings)?;
    if resets {
        object_at(&mut new, &["metadata"]).remove("managedFields");
    } else {
        after_write(Some(&old), &mut new, &terms.writer);
    }
    Ok(finish(store, key, &old, new, terms, warnings))
}

/// Server-side apply: creates the object or merges into it.
pub(super) fn apply(
    store: &mut Store,
    key: &Key,
    body: Value,
    force: bool,
    terms: &Terms,
) -> Result<Written, Refusal> {
    let (mut applied, mut warnings) = decode(key.kind, body, terms)?;
    let metadata = object_at(&mut applied, &["metadata"]);
    fill(metadata, "name", key.name.clone());
    if metadata.contains_key("managedFields") {
        return Err(Refusal::bad_request("metadata.managedFields must be nil"));
    }
    in_its_namespace(key.kind, &key.namespace, &mut applied)?;
    if text(&applied, "/metadata/name") != key.name {
        return Err(name_mismatch(text(&applied, "/metadata/name"), &key.name));
    }
    if key.kind.has_status {
        let whole = object_at(&mut applied, &[]);
        if terms.writer.subresource == "status" {
            whole.retain(|field, _| {
                matches!(
                    field.as_str(),
                    "apiVersion" | "kind" | "metadata" | "status"
                )
            });
        } else {
            whole.remove("status");
        }
    }
    let Some(old) = store.get(key).cloned() else {
        if !terms.writer.subresource.is_empty() {
            return Err(Refusal::not_found(key.kind, &key.name));
        }
        if let Some(error) = rules::check_name(key.kind, &key.name) {
            return Err(Refusal::invalid(key.kind, &key.name, &[error]));
        }
        let merged = after_apply(None, &applied, &terms.writer, force)?;
        let object = prepare_new(store, key, merged, terms, &mut warnings)?;
        return Ok(Written {
            object: put(store, key.clone(), object, terms),
            warnings,
            created: true,
        });
    };
    check_identity(key, &old, &applied)?;
    object_at(&mut applied, &["metadata"]).remove("resourceVersion");
    let mut merged = after_apply(Some(&old), &applied, &terms.writer, force)?;
    keep_closed_fields(key.kind, &old, &mut merged, terms.writer.subresource);
    let merged = prepare_changed(store, key, &old, merged, terms, &mut warnings)?;
    Ok(finish(store, key, &old, merged, terms, warnings))
}

fn put(store: &mut Store, key: Key, object: Value, terms: &Terms) -> Arc<Value> {
    if terms.dry_run {
        Arc::new(object)
    } else {
        store.put(key, object)
    }
}

/// Stores a changed object; one that equals what is there is not written, and one whose last finalizer went is gone.
fn finish(
    store: &mut Store,
    key: &Key,
    old: &Arc<Value>,
    new: Value,
    terms: &Terms,
    warnings: Vec<String>,
) -> Written {
    if new == **old {
        return Written {
            object: old.clone(),
            warnings,
            created: false,
        };
    }
    let released = is_deleting(&new)
        && list(&new, "/metadata/finalizers").is_empty()
        && list(&new, "/spec/finalizers").is_empty()
        && !key.kind.is("pods");
    let object = put(store, key.clone(), new, terms);
    if released && !terms.dry_run {
        store.remove(key);
    }
    Written {
        object,
        warnings,
        created: false,
    }
}

/// Writes the status of an object for a controller; the same status again is no write.
pub(super) fn set_status(store: &mut Store, key: &Key, status: Value, manager: &str) {
    let Some(old) = store.get(key).cloned() else {
        return;
    };
    if old.get("status") == Some(&status) {
        return;
    }
    let mut new = Value::clone(&old);
    new["status"] = status;
    after_write(Some(&old), &mut new, &Writer::new(manager, "status"));
    store.put(key.clone(), new);
}
