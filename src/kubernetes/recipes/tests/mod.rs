mod injection;
mod loading;
mod objects;
mod quota;
mod routes;
mod secrets;

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::{
    api::{
        apps::v1::{Deployment, StatefulSet},
        batch::v1::Job,
        core::v1::{Container, Namespace, PodTemplateSpec, ResourceQuota},
        networking::v1::NetworkPolicy,
        rbac::v1::RoleBinding,
    },
    apimachinery::pkg::api::resource::Quantity,
};
use kube::core::DynamicObject;
use serde_json::{Value, json};

use super::{manifest::sample, *};
use crate::kubernetes::spec::PlanResources;
use crate::kubernetes::{
    COMPONENT_LABEL, INSTANCE_LABEL, MANAGED_BY, NAME_LABEL, PART_OF, customer_label,
    instance_label,
};

const STAGES: [Stage; 7] = [
    Stage::Namespace,
    Stage::Guards,
    Stage::Secret,
    Stage::Database,
    Stage::Owner,
    Stage::App,
    Stage::Route,
];

fn recipes() -> Recipes {
    Recipes::embedded().unwrap()
}

fn spec(recipes: &Recipes, name: &str) -> InstanceSpec {
    sample(recipes.get(name).unwrap())
}

fn everything(recipes: &Recipes, spec: &InstanceSpec) -> Vec<DynamicObject> {
    STAGES
        .iter()
        .flat_map(|stage| recipes.desired(spec, *stage).unwrap())
        .collect()
}

fn decoded<K: serde::de::DeserializeOwned>(objects: &[DynamicObject], kind: &str) -> Vec<K> {
    let of_kind = objects
        .iter()
        .filter(|object| object.types.as_ref().unwrap().kind == kind);
    of_kind
        .map(|object| serde_json::from_value(serde_json::to_value(object).unwrap()).unwrap())
        .collect()
}

fn pod_templates(objects: &[DynamicObject]) -> Vec<PodTemplateSpec> {
    let deployments = decoded::<Deployment>(objects, "Deployment")
        .into_iter()
        .map(|it| it.spec.unwrap().template);
    let sets = decoded::<StatefulSet>(objects, "StatefulSet")
        .into_iter()
        .map(|it| it.spec.unwrap().template);
    let jobs = decoded::<Job>(objects, "Job")
        .into_iter()
        .map(|it| it.spec.unwrap().template);
    deployments.chain(sets).chain(jobs).collect()
}

fn containers(template: &PodTemplateSpec) -> Vec<Container> {
    let pod = template.spec.clone().unwrap();
    pod.init_containers
        .unwrap_or_default()
        .into_iter()
        .chain(pod.containers)
        .collect()
}
