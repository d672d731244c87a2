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

use super::{RecipeError, http_route::HttpRoute, manifest::Recipe};
use crate::kubernetes::spec::Stage;

type RoundTrip = fn(Value) -> Result<Value, serde_json::Error>;

struct Kind {
    api_version: &'static str,
    kind: &'static str,
    plural: &'static str,
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
}

const fn kind<K: Resource + DeserializeOwned + Serialize>(plural: &'static str) -> Kind {
    Kind {
        api_version: K::API_VERSION,
        kind: K::KIND,
        plural,
        round_trip: round_trip::<K>,
    }
}

const KINDS: [Kind; 15] = [
    kind::<Namespace>("namespaces"),
    kind::<RoleBinding>("rolebindings"),
    kind::<ResourceQuota>("resourcequotas"),
    kind::<LimitRange>("limitranges"),
    kind::<NetworkPolicy>("networkpolicies"),
    kind::<ServiceAccount>("serviceaccounts"),
    kind::<Secret>("secrets"),
    kind::<ConfigMap>("configmaps"),
    kind::<PersistentVolumeClaim>("persistentvolumeclaims"),
    kind::<Service>("services"),
    kind::<StatefulSet>("statefulsets"),
    kind::<Deployment>("deployments"),
    kind::<Job>("jobs"),
    kind::<Ingress>("ingresses"),
    kind::<HttpRoute>("httproutes"),
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
    let unlisted = [Secret::KIND, ConfigMap::KIND, Job::KIND];
    let listed = KINDS
        .iter()
        .filter(move |known| !unlisted.contains(&known.kind));
    listed.map(Kind::api_resource)
}

pub(super) fn is_job(object: &DynamicObject) -> bool {
    kind_of(object).is_some_and(|known| known.kind == Job::KIND)
}

/// Decodes the object as its own type and looks whether anything was lost, which a misspelt field would be.
pub(super) fn check(
    recipe: &Recipe,
    stage: Stage,
    object: &DynamicObject,
) -> Result<(), RecipeError> {
    let name = object.metadata.name.clone().unwrap_or_default();
    let bad = |reason: String| RecipeError::BadObject {
        path: format!("{}, stage {}, {name}", recipe.name, stage.name()),
        reason,
    };
    let known =
        kind_of(object).ok_or_else(|| bad("is of a kind that no recipe may contain".into()))?;
    if (known.kind == Namespace::KIND) != (stage == Stage::Namespace)
        || (known.kind == Secret::KIND) != (stage == Stage::Secret)
    {
        return Err(bad(format!("a {} has no place in this stage", known.kind)));
    }
    let written = serde_json::to_value(object).map_err(|error| bad(error.to_string()))?;
    let understood = (known.round_trip)(written.clone()).map_err(|error| bad(error.to_string()))?;
    match lost(&written, &understood, String::new()) {
        Some(field) => Err(bad(format!("a {} has no field {field}", known.kind))),
        None => Ok(()),
    }
}

fn lost(written: &Value, understood: &Value, at: String) -> Option<String> {
    match (written, understood) {
        (Value::Object(written), Value::Object(understood)) => {
            written.iter().find_map(|(key, value)| {
                let at = format!("{at}.{key}");
                match understood.get(key) {
                    Some(kept) => lost(value, kept, at),
                    None => Some(at),
                }
            })
        }
        (Value::Array(written), Value::Array(understood)) if written.len() == understood.len() => {
            let pairs = written.iter().zip(understood).enumerate();
            pairs
                .into_iter()
                .find_map(|(index, (value, kept))| lost(value, kept, format!("{at}[{index}]")))
        }
        (written, understood) => (written != understood).then_some(at),
    }
}
