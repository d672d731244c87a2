//! Who else writes to objects of ours, read from their managedFields.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry;
use kube::core::ObjectMeta;
use serde_json::Value;

use super::PROVISIONER;

/// What of one manager is told at most: it becomes part of an event.
pub(super) const MOST_PATHS: usize = 20;
const MOST_MANAGERS: usize = 5;

/// The parts of the cluster itself, which write next to us all the time.
const OF_THE_CLUSTER: [&str; 5] = [
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "k3s",
];

/// An object of ours that was edited and put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutBack {
    /// `Kind/name`.
    pub object: String,
    pub managers: Vec<ForeignFields>,
    /// Its version that was put back; none where that was not done yet.
    pub version: Option<String>,
}

/// Fields that a manager other than us owns in an object of ours, as paths like `.spec.replicas`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignFields {
    pub manager: String,
    pub paths: Vec<String>,
}

/// Whether this tells of a restoring that did not come to its end: what a recipe states is applied, and updated only by
/// that, until it is disowned.
pub(super) fn is_unfinished(entry: &ManagedFieldsEntry) -> bool {
    entry.manager.as_deref() == Some(PROVISIONER) && entry.operation.as_deref() == Some("Update")
}

/// Those besides us and the cluster who own fields of the object's intent; its status belongs to others. We are among them
/// where a restoring did not come to its end.
pub(super) fn foreign(metadata: &ObjectMeta) -> Vec<ForeignFields> {
    let mut found: Vec<ForeignFields> = Vec::new();
    for entry in metadata.managed_fields.iter().flatten() {
        let manager = entry.manager.as_deref().unwrap_or_default();
        let known = manager.starts_with("purser-") || OF_THE_CLUSTER.contains(&manager);
        if known && !is_unfinished(entry) || entry.subresource.is_some() {
            continue;
        }
        let mut paths = Vec::new();
        if let Some(fields) = &entry.fields_v1 {
            collect(&fields.0, "", &mut paths);
        }
        paths.truncate(MOST_PATHS);
        found.push(ForeignFields {
            manager: manager.to_owned(),
            paths,
        });
    }
    found.truncate(MOST_MANAGERS);
    found
}

fn collect(fields: &Value, at: &str, paths: &mut Vec<String>) {
    let fields = fields.as_object().into_iter().flatten();
    let mut below = fields.filter(|(key, _)| *key != ".").peekable();
    if below.peek().is_none() {
        paths.push(at.to_owned());
    }
    for (key, value) in below {
        let part = match key.split_once(':') {
            Some(("f", field)) => format!(".{field}"),
            Some((_, item)) => format!("[{item}]"),
            None => format!(".{key}"),
        };
        collect(value, &format!("{at}{part}"), paths);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn who_else_owns_fields_is_told_and_who_belongs_there_is_not() {
        let entry = |manager: &str, subresource: Option<&str>, fields: Value| json!({"manager": manager, "operation": "Update", "subresource": subresource, "fieldsV1": fields});
        let mut ours = entry("purser-provisioner", None, json!({"f:spec": {}}));
        ours["operation"] = json!("Apply");
        let metadata: ObjectMeta = serde_json::from_value(json!({"managedFields": [
            ours,
            entry("purser-scaler", None, json!({"f:spec": {"f:replicas": {}}})),
            entry("kube-controller-manager", None, json!({"f:metadata": {}})),
            entry("somebody", Some("status"), json!({"f:status": {}})),
            entry("kubectl-edit", None, json!({"f:spec": {
                "f:replicas": {},
                "f:containers": {"k:{\"name\":\"web\"}": {".": {}, "f:image": {}}},
            }})),
        ]}))
        .unwrap();
        let mut found = foreign(&metadata);
        found.iter_mut().for_each(|one| one.paths.sort());
        let expected = ForeignFields {
            manager: "kubectl-edit".into(),
            paths: vec![
                r#".spec.containers[{"name":"web"}].image"#.into(),
                ".spec.replicas".into(),
            ],
        };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn a_restoring_of_ours_that_did_not_come_to_its_end_is_told() {
        let metadata = json!({"managedFields": [
            {"manager": "purser-provisioner", "operation": "Update", "fieldsV1": {"f:spec": {"f:ports": {}}}},
        ]});
        let metadata: ObjectMeta = serde_json::from_value(metadata).unwrap();
        let expected = ForeignFields {
            manager: "purser-provisioner".into(),
            paths: vec![".spec.ports".into()],
        };
        assert_eq!(foreign(&metadata), [expected]);
    }
}
