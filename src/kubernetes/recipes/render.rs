//! From template and spec to objects. Pure: no clock, no randomness, no cluster.
//!
//! **Invariant:** whatever a customer typed arrives as exactly that text. Every `{{ … }}` prints one JSON value in ASCII,
//! which YAML reads as the same value, and `$(NAME)` is kept from the kubelet, which would put a variable in its place.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, prelude::BASE64_STANDARD};
use kube::core::DynamicObject;
use minijinja::{
    Environment, Error, ErrorKind, UndefinedBehavior,
    value::{Kwargs, Serde, Value as Shown},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    RecipeError,
    ascii::ascii_json,
    files::{COMMON, Files, README},
    flaw::Notes,
    manifest::{Need, Owner, Recipe},
    quota,
    route::route,
    rules::SERVICE_FILE,
};
use crate::{
    chain_of,
    config::Secret,
    kubernetes::{
        COMPONENT_LABEL, GUARD_KINDS, INSTANCE_LABEL, MANAGED_BY, NAME_LABEL, PART_OF,
        customer_label, instance_label, made_of_annotation,
        network::internet,
        operation_annotation, owner_annotation,
        spec::{InstanceSpec, Stage},
    },
};

#[derive(Debug)]
pub(super) struct Renderer {
    environment: Environment<'static>,
    /// The template of each recipe's stage; what all share stands under [`COMMON`].
    paths: BTreeMap<(String, &'static str), String>,
}

impl Renderer {
    /// Notes files that no stage has, a stage's second file, and what is no template.
    pub(super) fn new(files: &Files, notes: &mut Notes) -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_formatter(|out, _, value| {
            let text = ascii_json(value)
                .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
            out.write_str(&text)
                .map_err(|_| Error::from(ErrorKind::WriteFailure))
        });
        environment.add_function("pod_security", pod_security);
        let mut paths: BTreeMap<_, String> = BTreeMap::new();
        for (path, text) in files {
            let file = path.split_once('/').map_or("", |(_, file)| file);
            if file == SERVICE_FILE || file == README {
                continue;
            }
            let Some(stage) = stage_of(path) else {
                notes.note_file(path, "belongs to no stage: a manifest is named after its stage, as in 20-app.yaml.j2");
                continue;
            };
            if let Err(error) = environment.add_template_owned(path.clone(), text.clone()) {
                notes.note_file(path, format!("is no template: {}", chain_of(&error)));
                continue;
            }
            if let Some(first) = paths.insert(stage, path.clone()) {
                notes.note_file(path, format!("is of the same stage as {first}"));
            }
        }
        Self { environment, paths }
    }

    /// The file of a recipe's stage.
    pub(super) fn path(&self, recipe: &Recipe, stage: Stage) -> Option<&str> {
        let folder = if is_common(stage) {
            COMMON
        } else {
            &recipe.name
        };
        let path = self.paths.get(&(folder.to_owned(), stage.name()));
        path.map(String::as_str)
    }

    /// The stages that this recipe's folder has files for.
    pub(super) fn own_files(&self, recipe: &Recipe) -> impl Iterator<Item = (&str, &str)> {
        let name = recipe.name.clone();
        let paths = self.paths.iter();
        paths
            .filter(move |((folder, _), _)| *folder == name)
            .map(|((_, stage), path)| (*stage, path.as_str()))
    }

    /// What a file looks up, as far as it can be seen without rendering it: `params.locale`, `url`.
    pub(super) fn names(&self, path: &str) -> BTreeSet<String> {
        let template = self.environment.get_template(path);
        template.map_or_else(
            |_| BTreeSet::new(),
            |template| template.undeclared_variables(true).into_iter().collect(),
        )
    }

    pub(super) fn objects(
        &self,
        recipe: &Recipe,
        spec: &InstanceSpec,
        stage: Stage,
        secrets: &BTreeMap<String, Secret>,
    ) -> Result<Vec<DynamicObject>, RecipeError> {
        let path = self
            .path(recipe, stage)
            .ok_or_else(|| RecipeError::MissingFile {
                recipe: recipe.name.clone(),
                stage: stage.name(),
            })?;
        let text = self.text(path, recipe, spec, secrets)?;
        serde_yaml_ng::Deserializer::from_str(&text)
            .map(|document| {
                let value =
                    Value::deserialize(document).map_err(|source| RecipeError::BadYaml {
                        path: path.to_owned(),
                        source,
                    })?;
                finish(recipe, spec, value).map_err(|reason| RecipeError::BadObject {
                    path: path.to_owned(),
                    reason,
                })
            })
            .collect()
    }

    pub(super) fn text(
        &self,
        path: &str,
        recipe: &Recipe,
        spec: &InstanceSpec,
        secrets: &BTreeMap<String, Secret>,
    ) -> Result<String, RecipeError> {
        let values = context(recipe, spec, secrets)?;
        self.environment
            .get_template(path)
            .and_then(|template| template.render(with_functions(recipe, spec, values)))
            .map_err(|source| RecipeError::BadTemplate {
                path: path.to_owned(),
                source: Box::new(source),
            })
    }
}

fn is_common(stage: Stage) -> bool {
    matches!(stage, Stage::Namespace | Stage::Guards | Stage::Secret)
}

/// `ghost/20-app.yaml.j2` is stage `app` of `ghost`.
fn stage_of(path: &str) -> Option<(String, &'static str)> {
    let (folder, file) = path.split_once('/')?;
    let word = file
        .strip_suffix(".yaml.j2")?
        .trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '-');
    let stages = [
        Stage::Namespace,
        Stage::Guards,
        Stage::Secret,
        Stage::Database,
        Stage::Owner,
        Stage::App,
        Stage::Route,
        Stage::Reset,
    ];
    let stage = stages
        .into_iter()
        .find(|stage| stage.name() == word && is_common(*stage) == (folder == COMMON))?;
    Some((folder.to_owned(), stage.name()))
}

/// What a template can say besides its functions.
pub(super) fn context(
    recipe: &Recipe,
    spec: &InstanceSpec,
    secrets: &BTreeMap<String, Secret>,
) -> Result<Value, RecipeError> {
    let secret_data: BTreeMap<_, _> = secrets
        .iter()
        .map(|(key, value)| (key, BASE64_STANDARD.encode(value.expose())))
        .collect();
    let needs = |need: &Need| json!({"resources": quota::resources(need)});
    let storage = recipe.volumes.iter().map(|volume| {
        (
            &volume.claim,
            quota::mib(volume.size_mib.unwrap_or(spec.plan.storage_mib)),
        )
    });
    let overhead = &recipe.overhead;
    let internet = internet(&spec.settings.closed_networks);
    let mut params = recipe.parameters(&spec.parameters)?;
    if !spec.may_send_mail {
        recipe.close_mail_ports(&mut params);
    }
    Ok(json!({
        "namespace": spec.namespace(),
        "instance": spec.instance,
        "customer": spec.customer,
        "host": spec.host,
        "subdomain": spec.subdomain,
        "url": format!("https://{}", spec.host),
        "title": spec.title,
        "owner_email": spec.owner_email,
        "owner_created": spec.owner_created,
        "admin_username": recipe.admin_username(spec),
        "mail": spec.mail.as_ref().map(|mail| mail.shown(&internet)),
        "internet": internet,
        "deadline_seconds": recipe.deadline_seconds,
        "images": recipe.pulled_images(&spec.settings.registry),
        "ports": recipe.ports,
        "params": params,
        "app": {
            "resources": quota::resources(&quota::app_need(recipe, spec.plan)),
            "memory_mib": spec.plan.memory_mib,
        },
        "database": overhead.database.as_ref().map(needs),
        "job": overhead.job.as_ref().map(needs),
        "sidecars": overhead.sidecars.iter().map(|(name, need)| (name, needs(need))).collect::<BTreeMap<_, _>>(),
        "storage": storage.collect::<BTreeMap<_, _>>(),
        "quota": quota::quota(recipe, spec.plan),
        "limits": quota::limits(recipe, spec.plan),
        "cluster": spec.settings,
        "route": route(spec),
        "secret_data": secret_data,
        "container_security": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
    }))
}

/// The functions that every template has.
pub(super) const FUNCTIONS: [&str; 2] = ["selector", "pod_security"];

fn with_functions(recipe: &Recipe, spec: &InstanceSpec, values: Value) -> Shown {
    let (recipe, instance) = (recipe.name.clone(), spec.instance);
    let selector =
        move |component: &str| Shown::from(Serde(selector(&recipe, instance, component)));
    minijinja::context! { selector => Shown::from_function(selector), ..Serde(values) }
}

/// The labels by which the pods of a component are found; they never change.
pub(super) fn selector(recipe: &str, instance: Uuid, component: &str) -> Value {
    json!({NAME_LABEL: recipe, INSTANCE_LABEL: instance.to_string(), COMPONENT_LABEL: component})
}

fn pod_security(user: u32, more: Kwargs) -> Result<Shown, Error> {
    let mut context = json!({
        "runAsNonRoot": true,
        "runAsUser": user,
        "runAsGroup": user,
        "fsGroup": user,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    });
    if let Some(sysctls) = more.get::<Option<Shown>>("sysctls")? {
        context["sysctls"] = json!(sysctls);
    }
    more.assert_all_used()?;
    Ok(Shown::from(Serde(context)))
}

/// What no template can forget: namespace, labels, literal dollars, a Job's name that follows its spec, and on an app
/// whether it has an owner already, so that the watch can tell its two states apart.
pub(super) fn finish(
    recipe: &Recipe,
    spec: &InstanceSpec,
    mut value: Value,
) -> Result<DynamicObject, String> {
    if let Some(template) = value.pointer_mut("/spec/template") {
        if let Some(pod) = template.get_mut("spec") {
            keep_dollars(pod);
        }
        label(recipe, spec, template)?;
    }
    if spec.operation > 0 && value["kind"] == "Job" {
        let operation = spec.operation.to_string();
        // In the pod's template too, so that no two operations run the same Job.
        for at in ["/metadata", "/spec/template/metadata"] {
            if let Some(metadata) = value.pointer_mut(at) {
                metadata["annotations"][operation_annotation()] = operation.clone().into();
            }
        }
    }
    label(recipe, spec, &mut value)?;
    let hash = hex::encode(Sha256::digest(value["spec"].to_string()));
    let mut object: DynamicObject =
        serde_json::from_value(value).map_err(|error| error.to_string())?;
    let kind = object
        .types
        .as_ref()
        .map(|types| types.kind.as_str())
        .unwrap_or_default();
    match kind {
        "Namespace" => {}
        "Job" => {
            let name = object.metadata.name.take().unwrap_or_default();
            object.metadata.name = Some(format!("{name}-{}", &hash[..10]));
            object.metadata.namespace = Some(spec.namespace());
        }
        kind if GUARD_KINDS.contains(&kind) => {
            let annotations = object.metadata.annotations.get_or_insert_default();
            annotations.insert(made_of_annotation(), hash[..16].to_owned());
            object.metadata.namespace = Some(spec.namespace());
        }
        "Deployment" if recipe.owner == Owner::ByEnv => {
            let annotations = object.metadata.annotations.get_or_insert_default();
            annotations.insert(owner_annotation(), spec.owner_created.to_string());
            object.metadata.namespace = Some(spec.namespace());
        }
        _ => object.metadata.namespace = Some(spec.namespace()),
    }
    Ok(object)
}

fn label(recipe: &Recipe, spec: &InstanceSpec, object: &mut Value) -> Result<(), String> {
    let metadata = object
        .as_object_mut()
        .ok_or("is not an object")?
        .entry("metadata")
        .or_insert_with(|| Value::Object(Map::new()));
    let labels = metadata
        .as_object_mut()
        .ok_or("has metadata that is no object")?
        .entry("labels")
        .or_insert_with(|| Value::Object(Map::new()));
    let labels = labels
        .as_object_mut()
        .ok_or("has labels that are no object")?;
    for (key, value) in [
        (MANAGED_BY.0.to_owned(), MANAGED_BY.1.to_owned()),
        (PART_OF.0.to_owned(), PART_OF.1.to_owned()),
        (NAME_LABEL.to_owned(), recipe.name.clone()),
        (INSTANCE_LABEL.to_owned(), spec.instance.to_string()),
        (customer_label(), spec.customer.to_string()),
        (instance_label(), spec.instance.to_string()),
    ] {
        labels.insert(key, Value::String(value));
    }
    Ok(())
}

/// The kubelet replaces `$(NAME)` in these fields and halves `$$`; doubling each dollar brings the text through unchanged.
fn keep_dollars(pod: &mut Value) {
    let keep = |value: &mut Value| {
        if let Value::String(text) = value
            && (text.contains("$(") || text.contains("$$"))
        {
            *text = text.replace('$', "$$");
        }
    };
    for list in ["initContainers", "containers"] {
        for container in pod
            .get_mut(list)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            for field in ["command", "args"] {
                container
                    .get_mut(field)
                    .and_then(Value::as_array_mut)
                    .into_iter()
                    .flatten()
                    .for_each(keep);
            }
            for variable in container
                .get_mut("env")
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                variable.get_mut("value").into_iter().for_each(keep);
            }
        }
    }
}
