//! What happens to an object between the wire and the store: names, defaults, validation, admission, and the fields a
//! write may not touch.

use serde_json::{Value, json};

use super::super::kinds::Kind;
use super::super::paths::{entries, fill, is_deleting, list, now, number, object_at, text};
use super::super::refusal::{FieldError, Refusal};
use super::super::rules;
use super::super::store::{Key, Store};
use super::Terms;

pub(super) fn decode(
    kind: &Kind,
    body: Value,
    terms: &Terms,
) -> Result<(Value, Vec<String>), Refusal> {
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
fn random_suffix(length: usize) -> String {
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

pub(super) fn generate_name(object: &mut Value) {
    let prefix = text(object, "/metadata/generateName").to_owned();
    if text(object, "/metadata/name").is_empty() && !prefix.is_empty() {
        let short: String = prefix.chars().take(58).collect();
        object["metadata"]["name"] = format!("{short}{}", random_suffix(5)).into();
    }
}

pub(super) fn in_its_namespace(
    kind: &Kind,
    namespace: &str,
    object: &mut Value,
) -> Result<(), Refusal> {
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

pub(super) fn name_mismatch(given: &str, wanted: &str) -> Refusal {
    Refusal::bad_request(format!(
        "the name of the object ({given}) does not match the name on the URL ({wanted})"
    ))
}

/// A new object as it will be stored, but for its resource version.
pub(super) fn prepare_new(
    store: &mut Store,
    key: &Key,
    mut object: Value,
    terms: &Terms,
    warnings: &mut Vec<String>,
) -> Result<Value, Refusal> {
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
    rules::admission::admit(store, key, &mut object, None)?;
    refuse_if_any(key, rules::field_errors(key.kind, &object))?;
    warnings.extend(rules::admission::check(store, key, &object, None, terms)?);
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

pub(super) fn check_identity(key: &Key, old: &Value, new: &Value) -> Result<(), Refusal> {
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
pub(super) fn keep_closed_fields(kind: &Kind, old: &Value, new: &mut Value, subresource: &str) {
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

pub(super) fn prepare_changed(
    store: &mut Store,
    key: &Key,
    old: &Value,
    mut new: Value,
    terms: &Terms,
    warnings: &mut Vec<String>,
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
    warnings.extend(rules::admission::check(store, key, &new, Some(old), terms)?);
    Ok(new)
}

fn grows(old: &[Value], new: &[Value]) -> bool {
    new.iter().any(|finalizer| !old.contains(finalizer))
}

pub(super) fn refuse_if_any(key: &Key, errors: Vec<FieldError>) -> Result<(), Refusal> {
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Refusal::invalid(key.kind, &key.name, &errors))
    }
}
