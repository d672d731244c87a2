//! What the cluster has to offer for volumes, and whether what was stored is there.

use k8s_openapi::api::{
    core::v1::{PersistentVolumeClaim, Secret as StoredSecret},
    storage::v1::StorageClass,
};
use kube::{Api, api::ListParams, core::PartialObjectMeta};

use super::{Cluster, secrets};
use crate::kubernetes::{
    error::ClusterError,
    labels_of_ours,
    quantity::{Amounts, milli},
    recipes::Recipe,
};

/// The cluster takes the older name for it as well.
const DEFAULT: [&str; 2] = [
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
];

/// The class that the apps' volumes are made of: the default one, as recipes name none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorageOffer {
    /// There is no default class, so volumes wait until there is one.
    None,
    /// Its volumes keep the size that they were made with.
    Fixed(String),
    /// Its volumes can be made larger.
    Growing(String),
}

impl Cluster {
    /// What the apps' volumes are made of.
    pub async fn storage_offer(&self) -> Result<StorageOffer, ClusterError> {
        let api = Api::<StorageClass>::all(self.client());
        let params = ListParams::default();
        let classes = self.call("storageclasses", api.list(&params)).await?;
        // Of several the cluster takes the newest.
        let class = classes
            .items
            .into_iter()
            .filter(is_default)
            .max_by_key(|class| class.metadata.creation_timestamp.as_ref().map(|at| at.0));
        let Some(class) = class else {
            return Ok(StorageOffer::None);
        };
        let name = class.metadata.name.unwrap_or_default();
        Ok(match class.allow_volume_expansion {
            Some(true) => StorageOffer::Growing(name),
            _ => StorageOffer::Fixed(name),
        })
    }
}

impl Cluster {
    /// What of an instance's data is not there, or is going: its Secret or one of its claims, as `Kind/name`. Made again it
    /// would be empty, and whoever comes first would own the app.
    pub async fn missing_data(
        &self,
        namespace: &str,
        recipe: &Recipe,
    ) -> Result<Option<String>, ClusterError> {
        let secret = self.within::<StoredSecret>(namespace);
        let secret = self.call(secrets::OBJECT, secret.get_metadata_opt(secrets::NAME));
        if is_gone(secret.await?) {
            return Ok(Some(secrets::OBJECT.into()));
        }
        let claims = self.within::<PersistentVolumeClaim>(namespace);
        for volume in &recipe.volumes {
            let label = format!("PersistentVolumeClaim/{}", volume.claim);
            let claim = self.call(&label, claims.get_metadata_opt(&volume.claim));
            if is_gone(claim.await?) {
                return Ok(Some(label));
            }
        }
        Ok(None)
    }
}

impl Cluster {
    /// Whether every volume of ours is as large as was asked for. The cluster takes at once that one is to be larger, and
    /// makes it so afterwards.
    pub(super) async fn volumes_have_grown(&self, namespace: &str) -> Result<bool, ClusterError> {
        let ours = ListParams::default().labels(&labels_of_ours());
        let claims = self.within::<PersistentVolumeClaim>(namespace);
        let claims = self.call("persistentvolumeclaims", claims.list(&ours));
        Ok(claims.await?.items.iter().all(has_grown))
    }
}

fn has_grown(claim: &PersistentVolumeClaim) -> bool {
    let spec = claim.spec.as_ref();
    let asked = spec.and_then(|spec| spec.resources.as_ref()?.requests.as_ref());
    let status = claim.status.as_ref();
    let has = status.and_then(|status| status.capacity.as_ref());
    let bytes = |amounts: Option<&Amounts>| milli(amounts?.get("storage")?);
    bytes(has) >= bytes(asked)
}

fn is_gone<K>(found: Option<PartialObjectMeta<K>>) -> bool {
    found.is_none_or(|object| object.metadata.deletion_timestamp.is_some())
}

fn is_default(class: &StorageClass) -> bool {
    let annotations = class.metadata.annotations.as_ref();
    annotations.is_some_and(|annotations| {
        let mut says = DEFAULT.iter().filter_map(|name| annotations.get(*name));
        says.any(|says| says == "true")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_class_is_the_default_by_either_name() {
        let class = |annotations| {
            let class =
                json!({"metadata": {"annotations": annotations}, "provisioner": "example.com"});
            is_default(&serde_json::from_value(class).unwrap())
        };
        for name in DEFAULT {
            assert!(class(json!({ name: "true" })));
            assert!(!class(json!({ name: "false" })));
        }
        assert!(!class(json!({})));
    }
}
