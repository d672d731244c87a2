//! Status conditions: a transition time moves only when the status does.

use serde_json::{Value, json};

use super::super::paths::{now, text};

/// Sets a condition in a list.
pub(in super::super) fn set(
    list: &mut Vec<Value>,
    kind: &str,
    status: &str,
    reason: &str,
    message: &str,
) {
    let mut condition = json!({ "type": kind, "status": status, "lastTransitionTime": now() });
    if !reason.is_empty() {
        condition["reason"] = reason.into();
    }
    if !message.is_empty() {
        condition["message"] = message.into();
    }
    match list.iter_mut().find(|other| text(other, "/type") == kind) {
        Some(other) => {
            if text(other, "/status") == status {
                condition["lastTransitionTime"] = other["lastTransitionTime"].clone();
            }
            *other = condition;
        }
        None => list.push(condition),
    }
}
