//! Lists whose items somebody replaced. Server-side apply merges such a list by its items' keys: a port that was renumbered
//! by hand stays beside ours, has the same name, and the cluster refuses both. So the list is written whole first.

use kube::{
    Api,
    api::{Patch, PatchParams},
    core::DynamicObject,
};
use serde_json::{Value, json};

use super::{Cluster, PROVISIONER};
use crate::kubernetes::error::ClusterError;

impl Cluster {
    /// Writes the lists of objects in `spec` as they are wanted, without anybody's items beside ours. What this writes is
    /// owned by no update afterwards, so that an apply which leaves an item out one day removes it.
    pub(super) async fn restore_lists(
        &self,
        label: &str,
        api: &Api<DynamicObject>,
        wanted: &DynamicObject,
    ) -> Result<(), ClusterError> {
        let Some(lists) = wanted.data.get("spec").and_then(lists_of) else {
            return Ok(());
        };
        let name = wanted.metadata.name.as_deref().unwrap_or_default();
        let params = PatchParams {
            field_manager: Some(PROVISIONER.into()),
            ..PatchParams::default()
        };
        let whole = Patch::Merge(json!({"spec": lists}));
        let written = self.call(label, api.patch(name, &params, &whole)).await?;
        let metadata = written.metadata;
        let mut managers = metadata.managed_fields.unwrap_or_default();
        managers.retain(|entry| {
            let ours = entry.manager.as_deref() == Some(PROVISIONER);
            !(ours && entry.operation.as_deref() == Some("Update"))
        });
        let disowned = Patch::Merge(json!({"metadata": {
            "resourceVersion": metadata.resource_version, "managedFields": managers,
        }}));
        self.call(label, api.patch(name, &params, &disowned))
            .await?;
        Ok(())
    }
}

/// What of a value is a list of objects, in its place.
fn lists_of(value: &Value) -> Option<Value> {
    match value {
        Value::Array(items) if items.iter().any(Value::is_object) => Some(value.clone()),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), lists_of(value)?)));
            let fields: serde_json::Map<_, _> = fields.collect();
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
        _ => None,
    }
}
