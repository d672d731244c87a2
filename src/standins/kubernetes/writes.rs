//! The write operations of the API on the store: create, update and apply, each through decoding, defaults,
//! validation, admission and ownership, in the order of a real server. Controllers write through here as well.

use std::sync::Arc;

use serde_json::{Value, json};

use super::fields::{Writer, after_apply, after_write};
use super::kinds::Kind;
use super::paths::{entries, fill, is_deleting, list, now, number, object_at, text};
use super::refusal::{FieldError, Refusal};
use super::rules;
use super::store::{Key, Store};

/// What a write is asked to do besides its object.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) writer: Writer,
    pub(super) dry_run: bool,
    /// Refuse unknown fields instead of dropping them with a warning.
    pub(super) strict: bool,
}

impl Terms {
    pub(super) fn internal(manager: &str, subresource: &'static str) -> Self {
        Self {
            writer: Writer::new(manager, subresource),
            dry_run: false,
            strict: false,
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
    let (mut object, warnings) = decode(kind, body, terms)?;
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
    let mut object = prepare_new(store, &key, object)?;
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
    let (mut new, warnings) = decode(key.kind, new, terms)?;
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
    let mut new = prepare_changed(store, key, &old, new)?;
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
    let (mut applied, warnings) = decode(key.kind, body, terms)?;
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
        let object = prepare_new(store, key, merged)?;
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
    let merged = prepare_changed(store, key, &old, merged)?;
    Ok(finish(store, key, &old, merged, terms, warnings))
}

fn decode(kind: &Kind, body: Value, terms: &Terms) -> Result<(Value, Vec<String>), Refusal> {
    let given = (
        text(&body, "/apiVersion").to_owned(),
        text(&body, "/kind").to_owned(),
    );
    let right = (kind.api_version(), kind.kind.to_owned());
    if given != right && !(given.0.is_empty() && given.1.is_empty()) {
        return Err(Refusal::bad_request(format!(
            "the API version in the data ({}) does not match the expected API version ({})",
            format_args!("{}, Kind={}", given.0, given.1),
            format_args!("{}, Kind={}", right.0, right.1),
        )));
    }
    if !body.is_object() {
        return Err(Refusal::bad_request(
            "the body of the request is not an object",
        ));
    }
    let (object, unknown) = rules::understood(kind, body)?;
    if terms.strict && !unknown.is_empty() {
        let list: Vec<String> = unknown
            .iter()
            .map(|field| format!("unknown field \"{field}\""))
            .collect();
        return Err(Refusal::bad_request(format!(
            "{} in version \"{}\" cannot be handled as a {}: strict decoding error: {}",
            kind.kind,
            kind.version,
            kind.kind,
            list.join(", ")
        )));
    }
    Ok((
        object,
        unknown
            .into_iter()
            .map(|field| format!("unknown field \"{field}\""))
            .collect(),
    ))
}

/// Random letters as the server draws them: no vowels, nothing that looks like something else.
pub(super) fn random_suffix(length: usize) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let bytes = uuid::Uuid::now_v7().into_bytes();
    // The first bytes of a version 7 UUID are the time.
    bytes
        .iter()
        .rev()
        .take(length)
        .map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]))
        .collect()
}

fn generate_name(object: &mut Value) {
    let prefix = text(object, "/metadata/generateName").to_owned();
    if text(object, "/metadata/name").is_empty() && !prefix.is_empty() {
        let short: String = prefix.chars().take(58).collect();
        object["metadata"]["name"] = format!("{short}{}", random_suffix(5)).into();
    }
}

fn in_its_namespace(kind: &Kind, namespace: &str, object: &mut Value) -> Result<(), Refusal> {
    let metadata = object_at(object, &["metadata"]);
    if !kind.namespaced {
        metadata.remove("namespace");
        return Ok(());
    }
    fill(metadata, "namespace", namespace);
    if metadata["namespace"] == namespace {
        return Ok(());
    }
    let why =
        "the namespace of the provided object does not match the namespace sent on the request";
    Err(Refusal::bad_request(why))
}

fn name_mismatch(given: &str, wanted: &str) -> Refusal {
    Refusal::bad_request(format!(
        "the name of the object ({given}) does not match the name on the URL ({wanted})"
    ))
}

/// A new object as it will be stored, but for its resource version.
fn prepare_new(store: &mut Store, key: &Key, mut object: Value) -> Result<Value, Refusal> {
    let metadata = object_at(&mut object, &["metadata"]);
    for field in [
        "selfLink",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "resourceVersion",
    ] {
        metadata.remove(field);
    }
    metadata.insert("uid".into(), uuid::Uuid::now_v7().to_string().into());
    metadata.insert("creationTimestamp".into(), now().into());
    metadata.remove("generation");
    if key.kind.has_generation {
        metadata.insert("generation".into(), 1.into());
    }
    rules::fill_defaults(key.kind, &mut object);
    first_state(key.kind, &mut object);
    refuse_if_any(key, rules::field_errors(key.kind, &object))?;
    rules::admission::admit(store, key, &mut object, None)?;
    Ok(object)
}

/// What only a server puts on new objects.
fn first_state(kind: &Kind, object: &mut Value) {
    let uid = text(object, "/metadata/uid").to_owned();
    match kind.plural {
        "namespaces" => {
            object["spec"] = json!({ "finalizers": ["kubernetes"] });
            object["status"] = json!({ "phase": "Active" });
        }
        "pods" => object["status"] = json!({ "phase": "Pending", "qosClass": quality(object) }),
        "persistentvolumeclaims" => {
            object["status"] = json!({ "phase": "Pending" });
            object["metadata"]["finalizers"] = json!(["kubernetes.io/pvc-protection"]);
        }
        "services" | "ingresses" => object["status"] = json!({ "loadBalancer": {} }),
        "jobs"
            if text(
                object,
                "/spec/selector/matchLabels/batch.kubernetes.io~1controller-uid",
            )
            .is_empty() =>
        {
            let name = text(object, "/metadata/name").to_owned();
            object["spec"]["selector"] =
                json!({ "matchLabels": { "batch.kubernetes.io/controller-uid": uid } });
            let labels = object_at(object, &["spec", "template", "metadata", "labels"]);
            for key in ["batch.kubernetes.io/controller-uid", "controller-uid"] {
                labels.insert(key.into(), uid.clone().into());
            }
            for key in ["batch.kubernetes.io/job-name", "job-name"] {
                labels.insert(key.into(), name.clone().into());
            }
            object["status"] = json!({});
        }
        _ if kind.has_status && object.get("status").is_none() => object["status"] = json!({}),
        _ => {}
    }
}

fn quality(pod: &Value) -> &'static str {
    let containers = list(pod, "/spec/containers");
    let has = |container: &Value, side: &str| {
        entries(container, &format!("/resources/{side}")).is_some_and(|amounts| !amounts.is_empty())
    };
    let guaranteed = |container: &Value| {
        let (limits, requests) = (
            container.pointer("/resources/limits"),
            container.pointer("/resources/requests"),
        );
        ["cpu", "memory"].iter().all(|name| {
            let limit = limits.and_then(|limits| limits.get(*name));
            limit.is_some() && limit == requests.and_then(|requests| requests.get(*name))
        })
    };
    if containers.iter().all(guaranteed) {
        "Guaranteed"
    } else if containers
        .iter()
        .any(|container| has(container, "limits") || has(container, "requests"))
    {
        "Burstable"
    } else {
        "BestEffort"
    }
}

fn check_identity(key: &Key, old: &Value, new: &Value) -> Result<(), Refusal> {
    let name = text(new, "/metadata/name");
    if name != key.name && !name.is_empty() {
        return Err(name_mismatch(name, &key.name));
    }
    let namespace = text(new, "/metadata/namespace");
    if key.kind.namespaced && !namespace.is_empty() && namespace != key.namespace {
        let why =
            "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Refusal::bad_request(why));
    }
    let (uid, real) = (text(new, "/metadata/uid"), text(old, "/metadata/uid"));
    if !uid.is_empty() && uid != real {
        let why =
            format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {real}");
        return Err(Refusal::conflict(key.kind, &key.name, &why));
    }
    let version = text(new, "/metadata/resourceVersion");
    if !version.is_empty() && version != text(old, "/metadata/resourceVersion") {
        return Err(Refusal::stale(key.kind, &key.name));
    }
    Ok(())
}

/// Puts back what the door of this write may not change.
fn keep_closed_fields(kind: &Kind, old: &Value, new: &mut Value, subresource: &str) {
    if subresource == "status" {
        let status = new.get("status").cloned();
        let managed = new.pointer("/metadata/managedFields").cloned();
        *new = old.clone();
        match status {
            Some(status) => new["status"] = status,
            None => drop(object_at(new, &[]).remove("status")),
        }
        if let Some(managed) = managed {
            new["metadata"]["managedFields"] = managed;
        }
        return;
    }
    if kind.has_status {
        match old.get("status") {
            Some(status) => new["status"] = status.clone(),
            None => drop(object_at(new, &[]).remove("status")),
        }
    }
    if kind.is("namespaces") && subresource != "finalize" {
        new["spec"] = old["spec"].clone();
    }
    let fixed = [
        "uid",
        "name",
        "namespace",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "resourceVersion",
        "generateName",
    ];
    let metadata = object_at(new, &["metadata"]);
    for field in fixed {
        match old["metadata"].get(field) {
            Some(value) => drop(metadata.insert(field.into(), value.clone())),
            None => drop(metadata.remove(field)),
        }
    }
    // An address once given stays, unless the client names another one.
    if kind.is("services") {
        for field in ["clusterIP", "clusterIPs"] {
            if let Some(value) = old["spec"].get(field) {
                fill(object_at(new, &["spec"]), field, value.clone());
            }
        }
    }
    if kind.is("persistentvolumeclaims") {
        for field in ["volumeName", "storageClassName"] {
            if let Some(value) = old["spec"].get(field) {
                fill(object_at(new, &["spec"]), field, value.clone());
            }
        }
    }
}

fn prepare_changed(
    store: &mut Store,
    key: &Key,
    old: &Value,
    mut new: Value,
) -> Result<Value, Refusal> {
    new["apiVersion"] = key.kind.api_version().into();
    new["kind"] = key.kind.kind.into();
    // What merged may have brought together fields that the types refuse.
    let (mut new, _) = rules::understood(key.kind, new)?;
    rules::fill_defaults(key.kind, &mut new);
    let mut errors = rules::field_errors(key.kind, &new);
    errors.extend(rules::forbidden_changes(key.kind, old, &new));
    refuse_if_any(key, errors)?;
    if is_deleting(old)
        && grows(
            list(old, "/metadata/finalizers"),
            list(&new, "/metadata/finalizers"),
        )
    {
        let why = "no new finalizers can be added if the object is being deleted";
        let error = FieldError::forbidden("metadata.finalizers", why);
        return Err(Refusal::invalid(key.kind, &key.name, &[error]));
    }
    if key.kind.has_generation && old.get("spec") != new.get("spec") {
        let generation = number(old, "/metadata/generation").unwrap_or(0) + 1;
        new["metadata"]["generation"] = generation.into();
    }
    rules::admission::admit(store, key, &mut new, Some(old))?;
    Ok(new)
}

fn grows(old: &[Value], new: &[Value]) -> bool {
    new.iter().any(|finalizer| !old.contains(finalizer))
}

fn refuse_if_any(key: &Key, errors: Vec<FieldError>) -> Result<(), Refusal> {
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Refusal::invalid(key.kind, &key.name, &errors))
    }
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
