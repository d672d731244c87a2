//! Reading and writing places inside JSON objects, where a missing place reads as empty.

use serde_json::{Map, Value};

pub(super) use crate::pod_security::read::{entries, list, number, text, truth};

/// The entry of `list` whose `field` is `wanted`.
pub(super) fn entry<'a>(list: &'a [Value], field: &str, wanted: &str) -> Option<&'a Value> {
    list.iter()
        .find(|item| item.get(field).and_then(Value::as_str) == Some(wanted))
}

/// The object at `keys`, made if it is missing or something else.
pub(super) fn object_at<'a>(value: &'a mut Value, keys: &[&str]) -> &'a mut Map<String, Value> {
    let mut place = value;
    for key in keys {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[*key];
    }
    if !place.is_object() {
        *place = Value::Object(Map::new());
    }
    place.as_object_mut().expect("made an object just above")
}

/// Sets `key` where nothing is set yet.
pub(super) fn fill(map: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
    let missing = map.get(key).is_none_or(Value::is_null);
    if missing {
        map.insert(key.to_owned(), value.into());
    }
}

/// Removes null members at every depth: to the API an explicit null is an absent field.
pub(super) fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, child| !child.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

pub(super) fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

pub(super) fn time(value: &Value, pointer: &str) -> Option<chrono::DateTime<chrono::Utc>> {
    chrono::DateTime::parse_from_rfc3339(text(value, pointer))
        .ok()
        .map(|at| at.to_utc())
}

/// The UID of the controller that owns an object.
pub(super) fn controller_uid(object: &Value) -> Option<&str> {
    list(object, "/metadata/ownerReferences")
        .iter()
        .find(|owner| truth(owner, "/controller"))
        .map(|owner| text(owner, "/uid"))
}

pub(super) fn is_deleting(object: &Value) -> bool {
    !text(object, "/metadata/deletionTimestamp").is_empty()
}
