//! Which lists of the API are maps by key, sets or one atomic value, and which objects are atomic. Everything not
//! named here is what the API's schema makes the default: lists are atomic, objects are merged member by member.

use serde_json::{Map, Value};

/// How a list merges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum ListShape {
    Atomic,
    Set,
    /// Items are objects told apart by these fields, in alphabetical order.
    Keyed(&'static [&'static str]),
}

/// The shape of the list at `path`, which names the fields on the way to it and skips list items.
pub(in super::super) fn list_shape(path: &[&str]) -> ListShape {
    let Some((&field, above)) = path.split_last() else {
        return ListShape::Atomic;
    };
    let parent = above.last().copied().unwrap_or("");
    match field {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "imagePullSecrets"
        | "resourceClaims"
        | "claims"
        | "listeners"
        | "matchConditions" => ListShape::Keyed(&["name"]),
        "secrets" if above.is_empty() => ListShape::Keyed(&["name"]),
        "variables" if above == ["spec"] => ListShape::Keyed(&["name"]),
        "ports" if matches!(parent, "containers" | "initContainers") => {
            ListShape::Keyed(&["containerPort", "protocol"])
        }
        "ports" if above == ["spec"] => ListShape::Keyed(&["port", "protocol"]),
        "volumeMounts" => ListShape::Keyed(&["mountPath"]),
        "volumeDevices" => ListShape::Keyed(&["devicePath"]),
        "conditions" => ListShape::Keyed(&["type"]),
        "addresses" if above == ["status"] => ListShape::Keyed(&["type"]),
        "hostAliases" | "podIPs" | "hostIPs" => ListShape::Keyed(&["ip"]),
        "topologySpreadConstraints" => ListShape::Keyed(&["topologyKey", "whenUnsatisfiable"]),
        "ownerReferences" => ListShape::Keyed(&["uid"]),
        "finalizers" => ListShape::Set,
        _ => ListShape::Atomic,
    }
}

/// Whether the object at `path` is replaced as a whole.
pub(super) fn is_atomic_object(path: &[&str]) -> bool {
    matches!(
        path.last().copied().unwrap_or(""),
        "selector"
            | "labelSelector"
            | "podSelector"
            | "namespaceSelector"
            | "nodeSelector"
            | "secretKeyRef"
            | "configMapKeyRef"
            | "fieldRef"
            | "resourceFieldRef"
            | "secretRef"
            | "configMapRef"
            | "roleRef"
            | "involvedObject"
            | "claimRef"
            | "dataSource"
            | "dataSourceRef"
            | "targetRef"
            | "scopeSelector"
    ) || path.ends_with(&["backend", "resource"])
}

/// The key of a list item, or nothing if the item has not the fields that make one.
pub(super) fn item_key(item: &Value, keys: &[&str]) -> Option<Value> {
    let mut key = Map::new();
    for field in keys {
        let value = match item.get(*field) {
            Some(value) if !value.is_null() => value.clone(),
            _ if *field == "protocol" => "TCP".into(),
            _ => return None,
        };
        key.insert((*field).to_owned(), value);
    }
    Some(Value::Object(key))
}
