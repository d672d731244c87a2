//! Everything of ours that stands in the cluster, by name and by who else writes to it: what a sweep compares with what
//! should be there. Values are not compared: whoever changes a field of ours becomes its manager, and whoever takes one
//! out leaves it without one.
//!
//! Secrets and ConfigMaps nobody may list over the whole cluster. Secrets are not in it, ConfigMaps are where those of an
//! instance were asked for by their names.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    Api,
    core::{ApiResource, DynamicObject, ObjectMeta},
};

use super::{
    Cluster,
    drift::{ForeignFields, foreign},
    fields::Owned,
    is_missing, next_page, paged,
};
use crate::kubernetes::{
    PutBack,
    error::ClusterError,
    labels_of_ours, made_of_annotation,
    recipes::{RecipeError, Recipes, api_resource, is_config, is_listed, listed_kinds},
    spec::{InstanceSpec, Stage},
};

/// What is there, as `Kind/name` by namespace.
#[derive(Debug, Default)]
pub struct Inventory {
    objects: BTreeMap<String, BTreeMap<String, Found>>,
    /// The namespaces whose ConfigMaps are in it.
    configs_of: BTreeSet<String>,
}

#[derive(Debug)]
struct Found {
    foreign: Vec<ForeignFields>,
    owned: Owned,
    made_of: Option<String>,
}

impl Found {
    fn of(metadata: &ObjectMeta) -> Self {
        Self {
            foreign: foreign(metadata),
            owned: Owned::of(metadata),
            made_of: made_of(metadata),
        }
    }
}

/// The objects of one instance, but for its Secret and its Jobs.
#[derive(Clone, Debug)]
pub struct WantedObjects {
    pub namespace: String,
    objects: Vec<DynamicObject>,
}

impl Recipes {
    /// What stands as long as the instance does.
    pub fn standing(&self, spec: &InstanceSpec) -> Result<WantedObjects, RecipeError> {
        let mut objects = Vec::new();
        for stage in Stage::STANDING {
            objects.extend(self.desired(spec, stage)?);
        }
        Ok(WantedObjects {
            namespace: spec.namespace(),
            objects,
        })
    }
}

/// How an instance's objects are not as they should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Objects that are not there, as `Kind/name`.
    pub missing: Vec<String>,
    /// Objects to which somebody else writes.
    pub edited: Vec<PutBack>,
    /// Objects out of which somebody took fields, and their paths.
    pub stripped: Vec<(String, Vec<String>)>,
    /// Guards that are made as they were wanted once.
    pub outdated: Vec<String>,
    /// Objects that bear our labels and belong to nothing that is wanted.
    pub unexpected: Vec<String>,
}

impl Cluster {
    /// Lists every kind that an instance is made of, over the whole cluster. A kind that the cluster does not know has no
    /// objects.
    pub async fn inventory(&self) -> Result<Inventory, ClusterError> {
        let mut inventory = Inventory::default();
        for kind in listed_kinds() {
            match self.take_stock(&kind, &mut inventory).await {
                Ok(()) | Err(ClusterError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(inventory)
    }

    /// Asks for the ConfigMaps of one instance, each by its name. Nothing is known of them where somebody took the right to
    /// look away: it comes back with the guards.
    pub async fn take_stock_of_configs(
        &self,
        wanted: &WantedObjects,
        inventory: &mut Inventory,
    ) -> Result<(), ClusterError> {
        let mut found = BTreeMap::new();
        let api = self.within::<ConfigMap>(&wanted.namespace);
        for object in wanted.objects.iter().filter(|object| is_config(object)) {
            let name = object.metadata.name.as_deref().unwrap_or_default();
            let label = format!("ConfigMap/{name}");
            match self.call(&label, api.get_metadata_opt(name)).await {
                Ok(Some(map)) if map.metadata.deletion_timestamp.is_none() => {
                    found.insert(label, Found::of(&map.metadata));
                }
                Ok(_) => {}
                Err(ClusterError::Forbidden { .. }) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        inventory.configs_of.insert(wanted.namespace.clone());
        let there = inventory.objects.entry(wanted.namespace.clone());
        there.or_default().extend(found);
        Ok(())
    }

    async fn take_stock(
        &self,
        kind: &ApiResource,
        inventory: &mut Inventory,
    ) -> Result<(), ClusterError> {
        let api: Api<DynamicObject> = Api::all_with(self.client(), kind);
        let ours = labels_of_ours();
        let mut params = paged(&ours);
        loop {
            let page = api.list_metadata(&params);
            let page = self.call_unless(is_missing, &kind.plural, page).await?;
            for object in page.items {
                let metadata = object.metadata;
                if metadata.deletion_timestamp.is_some() {
                    continue;
                }
                let name = metadata.name.clone().unwrap_or_default();
                let namespace = metadata.namespace.clone().unwrap_or_else(|| name.clone());
                let there = inventory.objects.entry(namespace).or_default();
                there.insert(format!("{}/{name}", kind.kind), Found::of(&metadata));
            }
            if !next_page(&mut params, &page.metadata) {
                return Ok(());
            }
        }
    }
}

fn made_of(metadata: &ObjectMeta) -> Option<String> {
    let annotations = metadata.annotations.as_ref()?;
    annotations.get(&made_of_annotation()).cloned()
}

impl Inventory {
    /// Compares what is there with what is wanted.
    pub fn compare(&self, wanted: &WantedObjects) -> Difference {
        let nothing = BTreeMap::new();
        let there = self.objects.get(&wanted.namespace).unwrap_or(&nothing);
        let configs = self.configs_of.contains(&wanted.namespace);
        let is_known = |object: &&DynamicObject| is_listed(object) || configs && is_config(object);
        let listed = wanted.objects.iter().filter(is_known);
        let listed = listed.filter_map(|object| {
            let kind = api_resource(object)?.kind;
            let name = object.metadata.name.as_deref().unwrap_or_default();
            Some((format!("{kind}/{name}"), object))
        });
        let listed: BTreeMap<String, &DynamicObject> = listed.collect();
        let mut difference = Difference::default();
        for (label, object) in &listed {
            let Some(found) = there.get(label) else {
                difference.missing.push(label.clone());
                continue;
            };
            if !found.foreign.is_empty() {
                difference.edited.push(PutBack {
                    object: label.clone(),
                    managers: found.foreign.clone(),
                    version: None,
                });
            }
            let lacking = found.owned.lacks(object);
            if !lacking.is_empty() {
                difference.stripped.push((label.clone(), lacking));
            } else if found.made_of != made_of(&object.metadata) {
                difference.outdated.push(label.clone());
            }
        }
        let unexpected = there.keys().filter(|label| !listed.contains_key(*label));
        difference.unexpected = unexpected.cloned().collect();
        difference
    }
}
