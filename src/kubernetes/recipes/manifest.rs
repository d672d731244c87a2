//! `service.yaml`: what an app is, what it needs, and what a customer may choose.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{
    RecipeError,
    files::{COMMON, Files},
    secrets::ADMIN_PASSWORD,
};
use crate::kubernetes::spec::{ClusterSettings, InstanceSpec, PlanResources, RouteBy, Stage};

/// One app that can be sold.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    pub name: String,
    pub version: u32,
    pub title: String,
    pub description: Words,
    pub licence_notice: Option<String>,
    pub owner: Owner,
    /// The name to log in with; the owner's e-mail address where it is absent.
    pub admin_username: Option<String>,
    pub admin_path: String,
    pub deadline_seconds: u32,
    pub images: BTreeMap<String, String>,
    pub ports: Ports,
    pub volumes: Vec<Volume>,
    pub app: AppStorage,
    pub overhead: Overhead,
    pub secrets: Vec<SecretKey>,
    #[serde(default)]
    pub parameters: Vec<Parameter>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    pub en: String,
    pub id: String,
}

/// When the app's first owner is made. All three apps would give that to their first visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    BeforeApp,
    AfterApp,
    ByEnv,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ports {
    pub web: u16,
    pub database: u16,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    pub claim: String,
    pub mount_path: String,
    /// Absent: this volume is the storage that the plan sells.
    pub size_mib: Option<u32>,
}

/// Scratch space of the app's container; its cpu and memory are the plan's.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppStorage {
    pub ephemeral_request_mib: u32,
    pub ephemeral_limit_mib: u32,
}

/// What runs beside the app and is not sold: counted in quota and capacity.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overhead {
    pub database: Need,
    #[serde(default)]
    pub sidecars: BTreeMap<String, Need>,
    /// The largest Job; every Job of the recipe runs with these figures.
    pub job: Option<Need>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    pub requests: Amounts,
    pub limits: Amounts,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amounts {
    pub cpu_millicores: u32,
    pub memory_mib: u32,
    pub ephemeral_mib: u32,
}

/// A value that is made once per instance and lives only in its Secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum SecretKey {
    Random { key: String, length: usize },
    BcryptOf { key: String, bcrypt_of: String },
}

impl SecretKey {
    pub fn key(&self) -> &str {
        match self {
            Self::Random { key, .. } | Self::BcryptOf { key, .. } => key,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ParameterType,
    pub default: Value,
    pub description: Words,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterType {
    Text,
    Integer,
    Boolean,
    Ports,
}

impl ParameterType {
    fn takes(self, value: &Value) -> bool {
        let port = |value: &Value| {
            value
                .as_u64()
                .is_some_and(|port| (1..=65_535).contains(&port))
        };
        match self {
            Self::Text => value.is_string(),
            Self::Integer => value.is_i64() || value.is_u64(),
            Self::Boolean => value.is_boolean(),
            Self::Ports => value
                .as_array()
                .is_some_and(|ports| !ports.is_empty() && ports.iter().all(port)),
        }
    }
}

impl Recipe {
    /// The stages in the order in which they have to be observed done.
    pub fn stages(&self) -> Vec<Stage> {
        use Stage::{App, Database, Guards, Handover, Namespace, Owner as OwnerJob, Route, Secret};
        match self.owner {
            Owner::BeforeApp => vec![Namespace, Guards, Secret, Database, OwnerJob, App, Route],
            Owner::AfterApp => vec![Namespace, Guards, Secret, Database, App, OwnerJob, Route],
            Owner::ByEnv => vec![Namespace, Guards, Secret, Database, App, Handover, Route],
        }
    }

    /// The name that the customer logs in with.
    pub fn admin_username<'a>(&'a self, spec: &'a InstanceSpec) -> &'a str {
        self.admin_username.as_deref().unwrap_or(&spec.owner_email)
    }

    /// Defaults overlaid with the given values; one that is unknown or of another type is refused.
    pub fn parameters(
        &self,
        given: &BTreeMap<String, Value>,
    ) -> Result<BTreeMap<String, Value>, RecipeError> {
        let refused = |name: &str| RecipeError::BadParameter {
            recipe: self.name.clone(),
            parameter: name.into(),
        };
        if let Some(unknown) = given
            .keys()
            .find(|name| !self.parameters.iter().any(|known| known.name == **name))
        {
            return Err(refused(unknown));
        }
        let chosen = |parameter: &Parameter| {
            given
                .get(&parameter.name)
                .unwrap_or(&parameter.default)
                .clone()
        };
        self.parameters
            .iter()
            .map(|parameter| (parameter, chosen(parameter)))
            .map(|(parameter, value)| match parameter.kind.takes(&value) {
                true => Ok((parameter.name.clone(), value)),
                false => Err(refused(&parameter.name)),
            })
            .collect()
    }

    fn flaw(&self, folder: &str) -> Option<String> {
        let keys: BTreeSet<_> = self.secrets.iter().map(SecretKey::key).collect();
        let source_missing = |secret: &SecretKey| match secret {
            SecretKey::BcryptOf { bcrypt_of, .. } => !keys.contains(bcrypt_of.as_str()),
            // bcrypt reads no more than 72 bytes, and no key of ours has a reason to be longer.
            SecretKey::Random { length, .. } => !(16..=72).contains(length),
        };
        if self.name != folder {
            Some(format!("stands in folder {folder}"))
        } else if let Some(image) = self.images.values().find(|image| !pinned(image)) {
            Some(format!("image {image} is not pinned to a version"))
        } else if keys.len() != self.secrets.len() || !keys.contains(ADMIN_PASSWORD) {
            Some(format!(
                "needs one secret each, {ADMIN_PASSWORD} among them"
            ))
        } else if let Some(secret) = self.secrets.iter().find(|secret| source_missing(secret)) {
            Some(format!("secret {} cannot be made", secret.key()))
        } else if self
            .volumes
            .iter()
            .filter(|volume| volume.size_mib.is_none())
            .count()
            != 1
        {
            Some("needs exactly one volume of the plan's size".into())
        } else if (self.owner == Owner::ByEnv) != self.overhead.job.is_none() {
            Some("states a Job's overhead exactly when a Job makes the owner".into())
        } else {
            None
        }
    }
}

fn pinned(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or(image);
    image.contains("@sha256:")
        || name
            .split_once(':')
            .is_some_and(|(_, tag)| !tag.is_empty() && tag != "latest")
}

pub(super) fn parse(files: &Files) -> Result<BTreeMap<String, Recipe>, RecipeError> {
    let mut recipes = BTreeMap::new();
    for (path, text) in files {
        let Some(folder) = path
            .strip_suffix("/service.yaml")
            .filter(|folder| *folder != COMMON)
        else {
            continue;
        };
        let recipe: Recipe =
            serde_yaml_ng::from_str(text).map_err(|source| RecipeError::BadService {
                path: path.clone(),
                source,
            })?;
        if let Some(reason) = recipe.flaw(folder) {
            return Err(RecipeError::Inconsistent {
                recipe: folder.into(),
                reason,
            });
        }
        recipe.parameters(&BTreeMap::new())?;
        recipes.insert(folder.to_owned(), recipe);
    }
    Ok(recipes)
}

/// An instance to try a recipe with.
pub(in crate::kubernetes) fn sample(recipe: &Recipe) -> InstanceSpec {
    InstanceSpec {
        instance: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001),
        customer: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002),
        recipe: recipe.name.clone(),
        plan: PlanResources {
            cpu_millicores: 500,
            memory_mib: 512,
            storage_mib: 5_120,
        },
        host: "sample.apps.example.id".into(),
        subdomain: "sample".into(),
        owner_email: "owner@example.id".into(),
        title: "Sample".into(),
        parameters: BTreeMap::new(),
        owner_created: false,
        settings: ClusterSettings {
            namespace_prefix: "customer-".into(),
            pod_security_version: "v1.34".into(),
            cluster_domain: "apps.example.id".into(),
            route: RouteBy::Ingress {
                class: "traefik".into(),
            },
            registry: String::new(),
            service_account: "purser".into(),
            service_account_namespace: "purser".into(),
            gateway_namespace: "gateway-system".into(),
        },
        resting: false,
        contested: std::collections::BTreeSet::new(),
    }
}

/// The same one where requests come through a Gateway.
pub(super) fn sample_by_gateway(recipe: &Recipe) -> InstanceSpec {
    let mut spec = sample(recipe);
    spec.settings.route = RouteBy::Gateway {
        name: "public".into(),
        namespace: "gateway-system".into(),
    };
    spec
}
