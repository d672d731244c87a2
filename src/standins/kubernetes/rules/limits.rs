//! `LimitRange`: the defaults it gives to containers and the sizes it refuses.

use serde_json::{Value, json};

use super::super::paths::{entries, fill, list, object_at, text};
use super::super::refusal::Refusal;
use super::super::store::{Key, Store};
use super::quantity;

/// Fills in what containers leave open and refuses what is too large.
pub(super) fn limit(store: &Store, key: &Key, object: &mut Value) -> Result<(), Refusal> {
    let ranges: Vec<Value> = store
        .of("limitranges", &key.namespace)
        .flat_map(|(_, range)| list(range, "/spec/limits").to_vec())
        .collect();
    for range in &ranges {
        match (text(range, "/type"), key.kind.plural) {
            ("Container", "pods") => containers(range, key, object)?,
            ("PersistentVolumeClaim", "persistentvolumeclaims") => claim(range, key, object)?,
            _ => {}
        }
    }
    Ok(())
}

fn containers(range: &Value, key: &Key, pod: &mut Value) -> Result<(), Refusal> {
    for field in ["initContainers", "containers"] {
        let items = pod
            .pointer_mut(&format!("/spec/{field}"))
            .and_then(Value::as_array_mut);
        for container in items.into_iter().flatten() {
            for (from, to) in [("/default", "limits"), ("/defaultRequest", "requests")] {
                let Some(defaults) = entries(range, from) else {
                    continue;
                };
                let resources = object_at(container, &["resources"]);
                fill(resources, to, json!({}));
                if let Some(amounts) = resources.get_mut(to).and_then(Value::as_object_mut) {
                    defaults
                        .iter()
                        .for_each(|(name, amount)| fill(amounts, name, amount.clone()));
                }
            }
            for (resource, max) in entries(range, "/max").into_iter().flatten() {
                let asked = text(container, &format!("/resources/limits/{resource}"));
                refuse_above(key, resource, "Container", max, asked, "limit")?;
            }
            for (resource, min) in entries(range, "/min").into_iter().flatten() {
                let asked = text(container, &format!("/resources/requests/{resource}"));
                refuse_below(key, resource, "Container", min, asked)?;
            }
        }
    }
    Ok(())
}

fn claim(range: &Value, key: &Key, claim: &Value) -> Result<(), Refusal> {
    let asked = text(claim, "/spec/resources/requests/storage");
    if let Some(min) = entries(range, "/min").and_then(|min| min.get("storage")) {
        refuse_below(key, "storage", "PersistentVolumeClaim", min, asked)?;
    }
    match entries(range, "/max").and_then(|max| max.get("storage")) {
        Some(max) => refuse_above(
            key,
            "storage",
            "PersistentVolumeClaim",
            max,
            asked,
            "request",
        ),
        None => Ok(()),
    }
}

fn refuse_below(
    key: &Key,
    resource: &str,
    what: &str,
    min: &Value,
    asked: &str,
) -> Result<(), Refusal> {
    let min = min.as_str().unwrap_or("");
    let least = format!("minimum {resource} usage per {what} is {min}");
    let why = match (quantity::parse(asked), quantity::parse(min)) {
        (None, Some(_)) => format!("{least}.  No request is specified"),
        (Some(asked_amount), Some(min_amount)) if asked_amount < min_amount => {
            format!("{least}, but request is {asked}")
        }
        _ => return Ok(()),
    };
    Err(Refusal::forbidden(key.kind, &key.name, &why))
}

fn refuse_above(
    key: &Key,
    resource: &str,
    what: &str,
    max: &Value,
    asked: &str,
    word: &str,
) -> Result<(), Refusal> {
    let max = max.as_str().unwrap_or("");
    match (quantity::parse(asked), quantity::parse(max)) {
        (Some(asked_amount), Some(max_amount)) if asked_amount > max_amount => {
            Err(Refusal::forbidden(
                key.kind,
                &key.name,
                &format!("maximum {resource} usage per {what} is {max}, but {word} is {asked}"),
            ))
        }
        _ => Ok(()),
    }
}
