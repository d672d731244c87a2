//! The three kinds of patch besides server-side apply. They change a value and know nothing of the store.

mod json;
mod strategic;

use serde_json::Value;

pub(super) use json::json_patch;
pub(super) use strategic::strategic_merge;

/// RFC 7386: objects merge, null deletes, everything else replaces.
pub(super) fn merge_patch(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Some(members) = target.as_object_mut() else {
        return;
    };
    for (field, change) in changes {
        if change.is_null() {
            members.remove(field);
        } else {
            merge_patch(members.entry(field.clone()).or_insert(Value::Null), change);
        }
    }
}
