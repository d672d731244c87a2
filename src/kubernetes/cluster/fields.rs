//! Which fields of an object of ours nobody owns any more, read from its managedFields: whoever changes a field becomes
//! its manager, and whoever takes one out leaves it without one.

use kube::core::{DynamicObject, ObjectMeta};
use serde_json::{Map, Value};

use super::drift::MOST_PATHS;

/// What is never owned: it names the object.
const NAMES: [&str; 4] = [
    ".apiVersion",
    ".kind",
    ".metadata.name",
    ".metadata.namespace",
];

/// The fields of an object that somebody owns, as the cluster keeps them (`fieldsV1`), in few bytes: an inventory has
/// them of every object.
#[derive(Clone, Debug, Default)]
pub(super) struct Owned(Vec<String>);

impl Owned {
    pub(super) fn of(metadata: &ObjectMeta) -> Self {
        let entries = metadata.managed_fields.iter().flatten();
        let fields = entries.filter_map(|entry| entry.fields_v1.as_ref());
        Self(fields.map(|fields| fields.0.to_string()).collect())
    }

    /// The fields of the wanted object that nobody owns, as paths like `.spec.podSelector`.
    ///
    /// The pod template is left out: another version of a recipe may want what the one before did not, and a sweep is
    /// not what replaces every customer's pods.
    pub(super) fn lacks(&self, wanted: &DynamicObject) -> Vec<String> {
        let Ok(wanted) = serde_json::to_value(wanted) else {
            return Vec::new();
        };
        let owned: Vec<Value> = self
            .0
            .iter()
            .filter_map(|fields| serde_json::from_str(fields).ok())
            .collect();
        let owned: Vec<&Value> = owned.iter().collect();
        let mut lacking = Vec::new();
        compare(&wanted, &owned, "", &mut lacking);
        lacking.retain(|path| !NAMES.contains(&path.as_str()));
        lacking.truncate(MOST_PATHS);
        lacking
    }
}

fn compare(wanted: &Value, owned: &[&Value], at: &str, lacking: &mut Vec<String>) {
    let is_whole = |fields: &&Value| fields.as_object().is_none_or(Map::is_empty);
    if !at.is_empty() && owned.iter().any(is_whole) {
        return;
    }
    match wanted {
        Value::Object(fields) => {
            for (name, value) in fields.iter().filter(|(_, value)| !is_empty(value)) {
                let path = format!("{at}.{name}");
                descend(value, below(owned, &format!("f:{name}")), path, lacking);
            }
        }
        Value::Array(items) => {
            for item in items {
                let (part, owned) = find(item, owned);
                descend(item, owned, format!("{at}[{part}]"), lacking);
            }
        }
        _ => {}
    }
}

fn descend(wanted: &Value, owned: Vec<&Value>, path: String, lacking: &mut Vec<String>) {
    match owned.is_empty() {
        _ if path == ".spec.template" => {}
        true => lacking.push(path),
        false => compare(wanted, &owned, &path, lacking),
    }
}

fn below<'a>(owned: &[&'a Value], key: &str) -> Vec<&'a Value> {
    owned.iter().filter_map(|fields| fields.get(key)).collect()
}

/// An item of a list by its value, or by the fields that its kind of list is keyed by; what the item leaves out the
/// cluster has filled in.
fn find<'a>(item: &Value, owned: &[&'a Value]) -> (String, Vec<&'a Value>) {
    let by_value = format!("v:{item}");
    let mut name = item.get("name").unwrap_or(item).to_string();
    let mut found = Vec::new();
    for (key, fields) in owned.iter().flat_map(|fields| fields.as_object()).flatten() {
        let keys = key
            .strip_prefix("k:")
            .and_then(|keys| serde_json::from_str(keys).ok());
        let keys: Option<Map<String, Value>> = keys;
        let same = |(key, value): (&String, &Value)| item.get(key).is_none_or(|it| it == value);
        if keys.is_some_and(|keys| keys.iter().all(same)) {
            name = key.trim_start_matches("k:").to_owned();
            found.push(fields);
        } else if *key == by_value {
            found.push(fields);
        }
    }
    (name, found)
}

/// What is empty may be kept as nothing.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn service() -> DynamicObject {
        serde_json::from_value(json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "web", "namespace": "p", "labels": {"app": "web"}, "finalizers": ["a"]},
            "spec": {
                "externalName": "elsewhere", "selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
                "externalIPs": [], "template": {"spec": {}},
            },
        }))
        .unwrap()
    }

    fn lacking(fields: Value) -> Vec<String> {
        let metadata = serde_json::from_value(json!({"managedFields": [
            {"manager": "purser-provisioner", "operation": "Apply", "fieldsV1": fields},
            {"manager": "somebody", "operation": "Update", "fieldsV1": {"f:spec": {"f:externalName": {}}}},
        ]}));
        Owned::of(&metadata.unwrap()).lacks(&service())
    }

    #[test]
    fn nothing_is_missing_while_every_field_has_its_owner() {
        let whole = json!({
            "f:metadata": {"f:labels": {"f:app": {}}, "f:finalizers": {"v:\"a\"": {}}},
            "f:spec": {"f:selector": {}, "f:ports": {
                "k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:name": {}, "f:port": {}, "f:targetPort": {}},
            }},
        });
        assert_eq!(lacking(whole), Vec::<String>::new());
    }

    #[test]
    fn fields_without_an_owner_are_told_by_their_paths() {
        let without = json!({
            "f:metadata": {"f:finalizers": {"v:\"b\"": {}}},
            "f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {"f:name": {}, "f:port": {}}}},
        });
        let expected = [
            r#".metadata.finalizers["a"]"#,
            ".metadata.labels",
            r#".spec.ports[{"port":80,"protocol":"TCP"}].targetPort"#,
            ".spec.selector",
        ];
        let mut found = lacking(without);
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn an_item_that_was_taken_out_of_a_list_is_missing() {
        let without = json!({
            "f:metadata": {"f:labels": {"f:app": {}}, "f:finalizers": {"v:\"a\"": {}}},
            "f:spec": {"f:selector": {}, "f:ports": {"k:{\"port\":443,\"protocol\":\"TCP\"}": {"f:port": {}}}},
        });
        assert_eq!(lacking(without), [r#".spec.ports["http"]"#]);
    }
}
