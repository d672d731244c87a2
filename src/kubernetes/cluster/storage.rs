//! What the cluster has to offer for volumes.

use k8s_openapi::api::storage::v1::StorageClass;
use kube::{Api, api::ListParams};

use super::Cluster;
use crate::kubernetes::error::ClusterError;

const DEFAULT: &str = "storageclass.kubernetes.io/is-default-class";

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

fn is_default(class: &StorageClass) -> bool {
    let annotations = class.metadata.annotations.as_ref();
    let says = annotations.and_then(|annotations| annotations.get(DEFAULT));
    says.is_some_and(|says| says == "true")
}
