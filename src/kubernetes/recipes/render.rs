//! From template and spec to objects. Pure: no clock, no randomness, no cluster.
//!
//! **Invariant:** whatever a customer typed arrives as exactly that text. Every `{{ … }}` prints one JSON value in ASCII,
//! which YAML reads as the same value, and `$(NAME)` is kept from the kubelet, which would put a variable in its place.

use std::{collections::BTreeMap, io};

use base64::{Engine, prelude::BASE64_STANDARD};
use kube::core::DynamicObject;
use minijinja::{
    Environment, Error, ErrorKind, UndefinedBehavior,
    value::{Kwargs, Serde, Value as Shown},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    RecipeError,
    files::{COMMON, Files},
    manifest::{Need, Owner, Recipe},
    quota,
    route::route,
};
use crate::{
    config::Secret,
    kubernetes::{
        COMPONENT_LABEL, INSTANCE_LABEL, MANAGED_BY, NAME_LABEL, PART_OF, customer_label,
        instance_label, owner_annotation,
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
    pub(super) fn new(files: &Files) -> Result<Self, RecipeError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_formatter(|out, _, value| {
            let text = ascii_json(value)
                .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
            out.write_str(&text)
                .map_err(|_| Error::from(ErrorKind::WriteFailure))
        });
        environment.add_function("pod_security", pod_security);
        let mut paths = BTreeMap::new();
        for (path, text) in files
            .iter()
            .filter(|(path, _)| !path.ends_with("/service.yaml"))
        {
            let (folder, stage) =
                stage_of(path).ok_or_else(|| RecipeError::UnknownFile { path: path.clone() })?;
            environment
                .add_template_owned(path.clone(), text.clone())
                .map_err(|source| RecipeError::BadTemplate {
                    path: path.clone(),
                    source: Box::new(source),
                })?;
            paths.insert((folder, stage), path.clone());
        }
        Ok(Self { environment, paths })
    }

    pub(super) fn objects(
        &self,
        recipe: &Recipe,
        spec: &InstanceSpec,
        stage: Stage,
        secrets: &BTreeMap<String, Secret>,
    ) -> Result<Vec<DynamicObject>, RecipeError> {
        let folder = if is_common(stage) {
            COMMON
        } else {
            &recipe.name
        };
        let missing = || RecipeError::MissingFile {
            recipe: recipe.name.clone(),
            stage: stage.name(),
        };
        let path = self
            .paths
            .get(&(folder.to_owned(), stage.name()))
            .ok_or_else(missing)?;
        let context = context(recipe, spec, secrets)?;
        let text = self
            .environment
            .get_template(path)
            .and_then(|template| template.render(context))
            .map_err(|source| RecipeError::BadTemplate {
                path: path.clone(),
                source: Box::new(source),
            })?;
        serde_yaml_ng::Deserializer::from_str(&text)
            .map(|document| {
                let value =
                    Value::deserialize(document).map_err(|source| RecipeError::BadYaml {
                        path: path.clone(),
                        source,
                    })?;
                finish(recipe, spec, value).map_err(|reason| RecipeError::BadObject {
                    path: path.clone(),
                    reason,
                })
            })
            .collect()
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
    ];
    let stage = stages
        .into_iter()
        .find(|stage| stage.name() == word && is_common(*stage) == (folder == COMMON))?;
    Some((folder.to_owned(), stage.name()))
}

fn context(
    recipe: &Recipe,
    spec: &InstanceSpec,
    secrets: &BTreeMap<String, Secret>,
) -> Result<Shown, RecipeError> {
    let image = |image: &String| mirrored(image, &spec.settings.registry);
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
    let values = json!({
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
        "deadline_seconds": recipe.deadline_seconds,
        "images": recipe.images.iter().map(|(key, name)| (key, image(name))).collect::<BTreeMap<_, _>>(),
        "ports": recipe.ports,
        "params": recipe.parameters(&spec.parameters)?,
        "app": needs(&quota::app_need(recipe, spec.plan)),
        "database": needs(&overhead.database),
        "job": overhead.job.as_ref().map(needs),
        "sidecars": overhead.sidecars.iter().map(|(name, need)| (name, needs(need))).collect::<BTreeMap<_, _>>(),
        "storage": storage.collect::<BTreeMap<_, _>>(),
        "quota": quota::quota(recipe, spec.plan),
        "limits": quota::limits(recipe, spec.plan),
        "cluster": spec.settings,
        "route": route(spec),
        "secret_data": secret_data,
        "container_security": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
    });
    let (name, instance) = (recipe.name.clone(), spec.instance.to_string());
    let selector = move |component: &str| {
        Shown::from(Serde(
            json!({NAME_LABEL: name, INSTANCE_LABEL: instance, COMPONENT_LABEL: component}),
        ))
    };
    Ok(minijinja::context! { selector => Shown::from_function(selector), ..Serde(values) })
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

/// The same image from the installation's mirror: its registry's host is replaced, its path and tag stay.
fn mirrored(image: &str, registry: &str) -> String {
    let registry = registry.trim_end_matches('/');
    if registry.is_empty() {
        return image.to_owned();
    }
    let path = match image.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => path,
        _ => image,
    };
    format!("{registry}/{path}")
}

/// What no template can forget: namespace, labels, literal dollars, a Job's name that follows its spec, and on an app
/// whether it has an owner already, so that the watch can tell its two states apart.
fn finish(recipe: &Recipe, spec: &InstanceSpec, mut value: Value) -> Result<DynamicObject, String> {
    if let Some(template) = value.pointer_mut("/spec/template") {
        if let Some(pod) = template.get_mut("spec") {
            keep_dollars(pod);
        }
        label(recipe, spec, template)?;
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

fn ascii_json(value: &Shown) -> Result<String, serde_json::Error> {
    let mut written = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut written,
        AsciiJson,
    ))?;
    Ok(String::from_utf8_lossy(&written).into_owned())
}

/// YAML reads `": "` where JSON may leave the blank out, joins no surrogate pairs, and folds or refuses some characters
/// that JSON lets stand; so everything beyond printable ASCII is written as an escape that both ends agree on.
struct AsciiJson;

impl serde_json::ser::Formatter for AsciiJson {
    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for letter in fragment.chars() {
            match u32::from(letter) {
                0x20..=0x7e => write!(writer, "{letter}")?,
                code => write!(writer, "\\U{code:08X}")?,
            }
        }
        Ok(())
    }
}
