//! Strategic merge patch: like a merge patch, but the API's keyed lists merge item by item, and `$` directives say
//! what a plain merge cannot.

use serde_json::{Map, Value};

use super::super::fields::{ListShape, list_shape};

/// Applies `patch` to `target`.
pub(in super::super) fn strategic_merge(target: &mut Value, patch: &Value) {
    merge_value(target, patch, &mut Vec::new());
}

/// The one field by which this patch format tells the items of a list apart.
fn merge_key(path: &[&str]) -> Option<&'static str> {
    match list_shape(path) {
        ListShape::Keyed(keys) => keys.first().copied(),
        _ => None,
    }
}

fn merge_value<'a>(target: &mut Value, patch: &'a Value, path: &mut Vec<&'a str>) {
    let Value::Object(changes) = patch else {
        *target = without_directives(patch);
        return;
    };
    if changes.get("$patch").and_then(Value::as_str) == Some("replace") {
        *target = without_directives(patch);
        return;
    }
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(members) = target.as_object_mut() else {
        return;
    };
    retain_keys(members, changes);
    for (field, change) in changes {
        if let Some(list) = field.strip_prefix("$deleteFromPrimitiveList/") {
            delete_primitives(members, list, change);
        } else if field.starts_with('$') {
            // The order of a list carries no meaning the stand-in would act on.
        } else if change.is_null() || change.get("$patch").and_then(Value::as_str) == Some("delete")
        {
            members.remove(field);
        } else {
            path.push(field);
            let place = members.entry(field.clone()).or_insert(Value::Null);
            match change {
                Value::Array(items) => merge_list(place, items, path),
                _ => merge_value(place, change, path),
            }
            path.pop();
        }
    }
}

fn retain_keys(members: &mut Map<String, Value>, changes: &Map<String, Value>) {
    if let Some(keys) = changes.get("$retainKeys").and_then(Value::as_array) {
        members.retain(|field, _| keys.iter().any(|key| key.as_str() == Some(field)));
    }
}

fn delete_primitives(members: &mut Map<String, Value>, list: &str, gone: &Value) {
    if let (Some(Value::Array(items)), Some(gone)) = (members.get_mut(list), gone.as_array()) {
        items.retain(|item| !gone.contains(item));
    }
}

fn merge_list<'a>(target: &mut Value, patch: &'a [Value], path: &mut Vec<&'a str>) {
    let replaces = patch.iter().any(|item| {
        item.get("$patch").and_then(Value::as_str) == Some("replace")
            && item.as_object().is_some_and(|o| o.len() == 1)
    });
    let shape = list_shape(path);
    let mergeable = shape != ListShape::Atomic && target.is_array() && !replaces;
    let Some(items) = target.as_array_mut().filter(|_| mergeable) else {
        let kept = patch
            .iter()
            .filter(|item| item.get("$patch").is_none())
            .map(without_directives);
        *target = kept.collect();
        return;
    };
    let Some(key) = merge_key(path) else {
        for item in patch {
            if !items.contains(item) {
                items.push(item.clone());
            }
        }
        return;
    };
    for item in patch {
        let place = items
            .iter()
            .position(|other| other.get(key).is_some() && other.get(key) == item.get(key));
        let deletes = item.get("$patch").and_then(Value::as_str) == Some("delete");
        match place {
            Some(place) if deletes => {
                items.remove(place);
            }
            Some(place) => merge_value(&mut items[place], item, path),
            None if deletes => {}
            None => items.push(without_directives(item)),
        }
    }
}

fn without_directives(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(field, child)| !field.starts_with('$') && !child.is_null())
                .map(|(field, child)| (field.clone(), without_directives(child)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(without_directives).collect()),
        other => other.clone(),
    }
}
