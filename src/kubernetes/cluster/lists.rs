//! What an apply alone does not put back. Server-side apply merges a list by its items' keys: a port that was renumbered
//! by hand stays beside ours, has the same name, and the cluster refuses both. So the list is written whole first. And an
//! apply leaves what it does not name: where a policy lets no object of ours have that, none would be let through again.

use kube::{Api, api::Patch, core::DynamicObject};
use serde_json::{Value, json};

use super::{Cluster, PROVISIONER, drift::is_unfinished, updating};
use crate::kubernetes::error::ClusterError;

/// The fields of `spec` that `deploy/30-admission.yaml` lets no object of ours have, and what the cluster takes only with
/// them.
const FORBIDDEN: [(&str, &[&str]); 2] = [
    (
        "Service",
        &[
            "type",
            "externalIPs",
            "externalName",
            "loadBalancerSourceRanges",
        ],
    ),
    ("Ingress", &["defaultBackend", "tls"]),
];

/// How often it is tried to disown what somebody else writes to at the same time.
const ATTEMPTS: usize = 4;

impl Cluster {
    /// Writes the lists of objects in `spec` as they are wanted, without anybody's items beside ours, and takes out what is
    /// forbidden. What this writes is owned by no update afterwards, so that an apply which leaves an item out one day
    /// removes it. If it does not come to its end, the next apply finds that by the update and comes back to it.
    pub(super) async fn restore(
        &self,
        label: &str,
        api: &Api<DynamicObject>,
        wanted: &DynamicObject,
    ) -> Result<(), ClusterError> {
        let name = wanted.metadata.name.as_deref().unwrap_or_default();
        if let Some(spec) = restored(wanted) {
            let (params, whole) = (updating(PROVISIONER), Patch::Merge(json!({"spec": spec})));
            self.call(label, api.patch(name, &params, &whole)).await?;
        }
        for _ in 1..ATTEMPTS {
            match self.disown(label, api, name).await {
                Err(ClusterError::Conflict { .. }) => {}
                done => return done,
            }
        }
        self.disown(label, api, name).await
    }

    /// Refused where somebody was faster: who owns what has changed by that.
    async fn disown(
        &self,
        label: &str,
        api: &Api<DynamicObject>,
        name: &str,
    ) -> Result<(), ClusterError> {
        let found = self.call(label, api.get_metadata(name)).await?.metadata;
        let mut managers = found.managed_fields.unwrap_or_default();
        let before = managers.len();
        managers.retain(|entry| !is_unfinished(entry));
        if managers.len() == before {
            return Ok(());
        }
        let disowned = Patch::Merge(json!({"metadata": {
            "resourceVersion": found.resource_version, "managedFields": managers,
        }}));
        let params = updating(PROVISIONER);
        let written = api.patch(name, &params, &disowned);
        let is_late = |error: &ClusterError| matches!(error, ClusterError::Conflict { .. });
        self.call_unless(is_late, label, written).await.map(drop)
    }
}

/// What of `spec` is written whole or taken out; nothing where that is nothing.
fn restored(wanted: &DynamicObject) -> Option<Value> {
    let spec = wanted.data.get("spec")?;
    let kind = wanted.types.as_ref().map(|types| types.kind.as_str());
    let forbidden = FORBIDDEN.iter().filter(|(of, _)| Some(*of) == kind);
    let forbidden = forbidden.flat_map(|(_, fields)| *fields);
    let mut restored = lists_of(spec).unwrap_or_else(|| json!({}));
    for field in forbidden.filter(|field| spec.get(**field).is_none()) {
        restored[*field] = Value::Null;
    }
    (restored != json!({})).then_some(restored)
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
