//! The merge of server-side apply: what is applied wins, the rest of the live object stays, and what the manager
//! applied before and leaves out now goes, unless someone else owns it.

use serde_json::{Map, Value};

use super::set::FieldSet;
use super::shape::{ListShape, is_atomic_object, item_key, list_shape};

/// `applied` laid over `live`.
pub(super) fn merge_applied(live: &Value, applied: &Value) -> Value {
    merge(live, applied, &mut Vec::new())
}

fn merge<'a>(live: &'a Value, applied: &'a Value, path: &mut Vec<&'a str>) -> Value {
    match (live, applied) {
        (Value::Object(old), Value::Object(new)) if !is_atomic_object(path) => {
            let mut merged = old.clone();
            for (field, value) in new {
                path.push(field);
                let value = match old.get(field) {
                    Some(previous) => merge(previous, value, path),
                    None => value.clone(),
                };
                path.pop();
                merged.insert(field.clone(), value);
            }
            Value::Object(merged)
        }
        (Value::Array(old), Value::Array(new)) => match list_shape(path) {
            ListShape::Atomic => applied.clone(),
            ListShape::Set => {
                let added = new.iter().filter(|item| !old.contains(item));
                Value::Array(old.iter().chain(added).cloned().collect())
            }
            ListShape::Keyed(keys) => Value::Array(merge_items(old, new, keys, path)),
        },
        _ => applied.clone(),
    }
}

/// Items keep the order in which they were applied; live-only items stay before the one they stood before.
fn merge_items<'a>(
    old: &'a [Value],
    new: &'a [Value],
    keys: &[&str],
    path: &mut Vec<&'a str>,
) -> Vec<Value> {
    let key_of = |item: &Value| item_key(item, keys);
    let applied = |item: &Value| new.iter().any(|other| key_of(other) == key_of(item));
    let mut merged = Vec::new();
    let mut emitted = vec![false; old.len()];
    for item in new {
        let place = old
            .iter()
            .position(|other| key_of(other).is_some() && key_of(other) == key_of(item));
        let Some(place) = place else {
            merged.push(item.clone());
            continue;
        };
        for (index, live) in old.iter().enumerate().take(place) {
            if !emitted[index] && !applied(live) {
                emitted[index] = true;
                merged.push(live.clone());
            }
        }
        emitted[place] = true;
        merged.push(merge(&old[place], item, path));
    }
    let rest = old
        .iter()
        .enumerate()
        .filter(|(index, live)| !emitted[*index] && !applied(live));
    merged.extend(rest.map(|(_, live)| live.clone()));
    merged
}

/// Takes `dropped` out of `value`, except where `kept` (what others own) holds the place or something in it.
pub(super) fn prune<'a>(
    value: &mut Value,
    dropped: &'a FieldSet,
    kept: &FieldSet,
    path: &mut Vec<&'a str>,
) {
    for (element, inner) in &dropped.below {
        let nothing = FieldSet::default();
        let held = kept.below.get(element).unwrap_or(&nothing);
        let Some((sort, name)) = element.split_once(':') else {
            continue;
        };
        match (sort, &mut *value) {
            ("f", Value::Object(map)) => {
                path.push(name);
                prune_member(map, name, inner, held, path);
                path.pop();
            }
            ("k", Value::Array(items)) => {
                let ListShape::Keyed(keys) = list_shape(path) else {
                    continue;
                };
                let Ok(wanted) = serde_json::from_str::<Value>(name) else {
                    continue;
                };
                let is_it = |item: &Value| item_key(item, keys).as_ref() == Some(&wanted);
                let Some(place) = items.iter().position(is_it) else {
                    continue;
                };
                if inner.here && held.is_empty() {
                    items.remove(place);
                } else {
                    prune(&mut items[place], inner, held, path);
                }
            }
            ("v", Value::Array(items)) if held.is_empty() => {
                let Ok(wanted) = serde_json::from_str::<Value>(name) else {
                    continue;
                };
                items.retain(|item| *item != wanted);
            }
            _ => {}
        }
    }
}

fn prune_member<'a>(
    map: &mut Map<String, Value>,
    name: &'a str,
    inner: &'a FieldSet,
    held: &FieldSet,
    path: &mut Vec<&'a str>,
) {
    let Some(child) = map.get_mut(name) else {
        return;
    };
    if inner.here && held.is_empty() {
        map.remove(name);
        return;
    }
    prune(child, inner, held, path);
    let emptied =
        child.as_object().is_some_and(Map::is_empty) || child.as_array().is_some_and(Vec::is_empty);
    if emptied && held.is_empty() {
        map.remove(name);
    }
}
