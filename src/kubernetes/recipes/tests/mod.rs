mod flaws;
mod folders;
mod guards;
mod images;
mod injection;
mod loading;
mod mailing;
mod objects;
mod parameters;
mod pods;
mod quota;
mod resets;
mod routes;
mod secrets;
mod service;
mod shipped;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

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

use super::{
    files::{Files, embedded as shipped},
    *,
};
use crate::kubernetes::spec::PlanResources;
use crate::kubernetes::{
    COMPONENT_LABEL, INSTANCE_LABEL, MANAGED_BY, NAME_LABEL, PART_OF, customer_label,
    instance_label,
};

const STAGES: [Stage; 8] = [
    Stage::Namespace,
    Stage::Guards,
    Stage::Secret,
    Stage::Database,
    Stage::Owner,
    Stage::App,
    Stage::Route,
    Stage::Reset,
];

fn recipes() -> Recipes {
    Recipes::embedded().unwrap()
}

fn from(directory: &Path) -> Result<Recipes, Flaws> {
    Recipes::load(&RecipeSource {
        directory: Some(directory.to_owned()),
        ..RecipeSource::default()
    })
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

/// What is wrong with a shipped recipe once `path` reads `to` where it read `from`.
fn with_change(path: &str, from: &str, to: &str) -> Vec<String> {
    let mut texts = shipped_of(path);
    change(&mut texts, path, from, to);
    flaws(&texts)
}

/// The recipe that this file belongs to, alone.
fn shipped_of(path: &str) -> Files {
    let folder = match path.split_once('/').unwrap().0 {
        "_namespace" => "ghost",
        folder => folder,
    };
    let mut texts = shipped();
    texts.retain(|path, _| path.starts_with("_namespace/") || path.starts_with(folder));
    texts
}

fn change(texts: &mut Files, path: &str, from: &str, to: &str) {
    let text = texts.get_mut(path).unwrap();
    assert!(text.contains(from), "{path} does not hold {from}");
    *text = text.replacen(from, to, 1);
}

fn flaws(texts: &Files) -> Vec<String> {
    match check::recipes(texts, &ImageChoices::default(), Notes::default()) {
        Ok(_) => Vec::new(),
        Err(flaws) => flaws.iter().map(ToString::to_string).collect(),
    }
}

/// Each change of a file, and the one thing that is then said.
fn each_is_said(path: &str, table: &[(&str, &str, &str)]) {
    for (from, to, said) in table {
        let found = with_change(path, from, to);
        assert!(
            found.len() == 1 && found[0] == *said,
            "{from} -> {to}\n expected: {said}\n found: {found:#?}"
        );
    }
}
