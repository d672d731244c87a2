//! `service.yaml`: what an app is, what it needs, and what a customer may choose.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{image::mirrored, parameters::Parameter};
use crate::kubernetes::spec::{InstanceSpec, Stage};

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
    #[serde(default)]
    pub overhead: Overhead,
    #[serde(default)]
    pub secrets: Vec<SecretKey>,
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// Whether customers may have the app send its mail through a server of their own.
    #[serde(default)]
    pub customer_smtp: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    pub en: String,
    pub id: String,
}

/// When the app's first owner is made. Most apps would give that to their first visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    BeforeApp,
    AfterApp,
    ByEnv,
    /// The app has no accounts.
    None,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ports {
    pub web: u16,
    /// Absent: the app has no database.
    pub database: Option<u16>,
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
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overhead {
    /// Absent: the app has no database.
    pub database: Option<Need>,
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

impl Recipe {
    /// The stages in the order in which they have to be observed done.
    pub fn stages(&self) -> Vec<Stage> {
        let mut stages = vec![Stage::Namespace, Stage::Guards, Stage::Secret];
        stages.extend(self.overhead.database.map(|_| Stage::Database));
        stages.extend(match self.owner {
            Owner::BeforeApp => &[Stage::Owner, Stage::App][..],
            Owner::AfterApp => &[Stage::App, Stage::Owner],
            Owner::ByEnv => &[Stage::App, Stage::Handover],
            Owner::None => &[Stage::App],
        });
        stages.push(Stage::Route);
        stages
    }

    /// The stages that have a file: handing over is the app's once more, and a reset is on no app's way to readiness.
    pub(super) fn written_stages(&self) -> impl Iterator<Item = Stage> {
        let stages = self.stages().into_iter();
        stages
            .filter(|stage| *stage != Stage::Handover)
            .chain(self.has_reset_job().then_some(Stage::Reset))
    }

    /// The images as they are pulled, by their names in the recipe.
    pub fn pulled_images(&self, registry: &str) -> BTreeMap<&str, String> {
        let images = self.images.iter();
        let pulled = images.map(|(name, image)| (name.as_str(), mirrored(image, registry)));
        pulled.collect()
    }

    /// Whether there is an owner, whom a Job can give another password.
    pub(super) fn has_reset_job(&self) -> bool {
        self.owner != Owner::None
    }

    /// The name that the customer logs in with.
    pub fn admin_username<'a>(&'a self, spec: &'a InstanceSpec) -> &'a str {
        self.admin_username.as_deref().unwrap_or(&spec.owner_email)
    }
}
