//! Which kinds a recipe may contain, and whether an object says only what its kind knows.

use k8s_openapi::{
    Resource,
    api::{
        apps::v1::{Deployment, StatefulSet},
        batch::v1::Job,
        core::v1::{
            ConfigMap, LimitRange, Namespace, PersistentVolumeClaim, ResourceQuota, Secret,
            Service, ServiceAccount,
        },
        networking::v1::{Ingress, NetworkPolicy},
        rbac::v1::RoleBinding,
    },
};
use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::http_route::HttpRoute;
use crate::{kubernetes::spec::Stage, pod_security::read};

type RoundTrip = fn(Value) -> Result<Value, serde_json::Error>;

struct Kind {
    api_version: &'static str,
    kind: &'static str,
    plural: &'static str,
    /// The only stages whose files may hold it.
    stages: &'static [Stage],
    round_trip: RoundTrip,
}

impl Kind {
    fn api_resource(&self) -> ApiResource {
        let (group, version) = self
            .api_version
            .split_once('/')
            .unwrap_or(("", self.api_version));
        ApiResource::from_gvk_with_plural(
            &GroupVersionKind::gvk(group, version, self.kind),
            self.plural,
        )
    }

    fn is_listed(&self) -> bool {
        ![Secret::KIND, ConfigMap::KIND, Job::KIND].contains(&self.kind)
    }
}

const fn kind<K: Resource + DeserializeOwned + Serialize>(
    plural: &'static str,
    stages: &'static [Stage],
) -> Kind {
    Kind {
        api_version: K::API_VERSION,
        kind: K::KIND,
        plural,
        stages,
        round_trip: round_trip::<K>,
    }
}

const PARTS: &[Stage] = &[Stage::Database, Stage::App];

const KINDS: [Kind; 15] = [
    kind::<Namespace>("namespaces", &[Stage::Namespace]),
    kind::<RoleBinding>("rolebindings", &[Stage::Guards]),
    kind::<ResourceQuota>("resourcequotas", &[Stage::Guards]),
    kind::<LimitRange>("limitranges", &[Stage::Guards]),
    kind::<NetworkPolicy>(
        "networkpolicies",
        &[Stage::Guards, Stage::Database, Stage::App],
    ),
    kind::<ServiceAccount>("serviceaccounts", &[Stage::Guards]),
    kind::<Secret>("secrets", &[Stage::Secret]),
    kind::<ConfigMap>("configmaps", PARTS),
    kind::<PersistentVolumeClaim>("persistentvolumeclaims", PARTS),
    kind::<Service>("services", PARTS),
    kind::<StatefulSet>("statefulsets", &[Stage::Database]),
    kind::<Deployment>("deployments", &[Stage::App]),
    kind::<Job>("jobs", &[Stage::Owner, Stage::Reset]),
    kind::<Ingress>("ingresses", &[Stage::Route]),
    kind::<HttpRoute>("httproutes", &[Stage::Route]),
];

fn round_trip<K: DeserializeOwned + Serialize>(value: Value) -> Result<Value, serde_json::Error> {
    serde_json::to_value(serde_json::from_value::<K>(value)?)
}

fn kind_of(object: &DynamicObject) -> Option<&'static Kind> {
    let types = object.types.as_ref()?;
    KINDS
        .iter()
        .find(|known| known.api_version == types.api_version && known.kind == types.kind)
}

/// How the API server calls the object's kind; none for a kind that no recipe may contain.
pub(in crate::kubernetes) fn api_resource(object: &DynamicObject) -> Option<ApiResource> {
    kind_of(object).map(Kind::api_resource)
}

/// The kinds that stand as long as their instance does and may be listed over the whole cluster.
pub(in crate::kubernetes) fn listed_kinds() -> impl Iterator<Item = ApiResource> {
    let listed = KINDS.iter().filter(|known| known.is_listed());
    listed.map(Kind::api_resource)
}

/// Whether the object is of one of [`listed_kinds`].
pub(in crate::kubernetes) fn is_listed(object: &DynamicObject) -> bool {
    kind_of(object).is_some_and(Kind::is_listed)
}

/// Whether the object is a ConfigMap: it stands as long as its instance does, and nobody may list it over the whole cluster.
pub(in crate::kubernetes) fn is_config(object: &DynamicObject) -> bool {
    kind_of(object).is_some_and(|known| known.kind == ConfigMap::KIND)
}

pub(super) fn is_job(object: &DynamicObject) -> bool {
    kind_of(object).is_some_and(|known| known.kind == Job::KIND)
}

/// What is wrong with an object of this stage as one of its kind: each with its place in the object. It is decoded as its
/// own type and looked at for what was lost, which a misspelt field would be.
pub(super) fn flaws(stage: Stage, object: &Value) -> Vec<(String, String)> {
    let kind = read::text(object, "/kind");
    let api_version = read::text(object, "/apiVersion");
    let known = KINDS
        .iter()
        .find(|known| known.api_version == api_version && known.kind == kind);
    let whole = |says: String| vec![(String::new(), says)];
    let Some(known) = known else {
        return whole(format!(
            "{kind} of {api_version} is of a kind that no recipe may contain"
        ));
    };
    let mut found = Vec::new();
    if !known.stages.contains(&stage) {
        let says = format!("a {kind} has no place in stage {}", stage.name());
        found.extend(whole(says));
    }
    match (known.round_trip)(object.clone()) {
        Err(error) => found.extend(whole(format!("is no valid {kind}: {error}"))),
        Ok(understood) => lost(object, &understood, "", &mut |at| {
            let (parent, field) = at.rsplit_once('.').unwrap_or(("", at));
            let says = format!("a {kind} knows no {field} here, or not with this value");
            found.push((format!("{parent}.{field}"), says));
        }),
    }
    found
}

fn lost(written: &Value, understood: &Value, at: &str, note: &mut impl FnMut(&str)) {
    match (written, understood) {
        (Value::Object(written), Value::Object(understood)) => {
            for (key, value) in written {
                let at = format!("{at}.{key}");
                match understood.get(key) {
                    Some(kept) => lost(value, kept, &at, note),
                    None => note(&at),
                }
            }
        }
        (Value::Array(written), Value::Array(understood)) if written.len() == understood.len() => {
            for (index, (value, kept)) in written.iter().zip(understood).enumerate() {
                lost(value, kept, &format!("{at}[{index}]"), note);
            }
        }
        (written, understood) if written != understood => note(at),
        _ => {}
    }
}
