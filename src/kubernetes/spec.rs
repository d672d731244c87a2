//! What an instance is, as plain data. Holds no client, no clock, and no secret but those that its operator or its
//! customer gives.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Network, mail::AppMail};
use crate::config::Secret;

/// One instance as it should be. The same spec gives the same objects, byte for byte.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceSpec {
    pub instance: Uuid,
    pub customer: Uuid,
    pub recipe: String,
    pub plan: PlanResources,
    pub host: String,
    pub subdomain: String,
    pub owner_email: String,
    pub title: String,
    /// Overrides of the recipe's parameters, by name.
    pub parameters: BTreeMap<String, Value>,
    /// What the customer chose for the instance's Secret, by key.
    pub secrets: BTreeMap<String, Secret>,
    /// For recipes with `owner: by_env`: true once the owner exists, so that the app stops resetting the password.
    pub owner_created: bool,
    /// Through whom the app sends its mail; `None` where it sends none.
    pub mail: Option<AppMail>,
    /// Whether mail may leave it. Where it may not there is no [`InstanceSpec::mail`], and no port that mail leaves by is
    /// open to the internet (billing rule 44).
    pub may_send_mail: bool,
    /// The operation that a Job is run for; 0 for one of provisioning.
    pub operation: u32,
    pub settings: ClusterSettings,
    /// Stopped or held: no route leads to it.
    pub resting: bool,
    /// Objects, as `Kind/name`, that somebody keeps editing: no longer put back.
    pub contested: BTreeSet<String>,
}

impl InstanceSpec {
    /// Prefix and the full id: a shortened, time-ordered id would collide.
    pub fn namespace(&self) -> String {
        self.settings.namespace_of(self.instance)
    }
}

/// What a plan sells: the figures of the app's own container and volume. Database and helpers come on top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PlanResources {
    pub cpu_millicores: u32,
    pub memory_mib: u32,
    pub storage_mib: u32,
}

/// The installation's part of every manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClusterSettings {
    pub namespace_prefix: String,
    /// The Pod Security version that namespaces are pinned to, such as `v1.34`.
    pub pod_security_version: String,
    pub cluster_domain: String,
    pub route: RouteBy,
    /// A mirror that all images are pulled from; empty means where they are published.
    pub registry: String,
    pub service_account: String,
    pub service_account_namespace: String,
    /// The namespace whose pods may reach the apps.
    pub gateway_namespace: String,
    /// The labels of those that may, where there are others as well; none: all of its pods.
    pub gateway_pod_labels: BTreeMap<String, String>,
    /// Networks that apps may not reach, besides those that are not public. Templates see them left out of `internet`.
    #[serde(skip)]
    pub closed_networks: Vec<Network>,
}

impl ClusterSettings {
    pub fn namespace_of(&self, instance: Uuid) -> String {
        format!("{}{}", self.namespace_prefix, instance.hyphenated())
    }

    /// Whether a namespace of this name is one of an instance's.
    pub fn is_of_an_instance(&self, namespace: &str) -> bool {
        let id = namespace.strip_prefix(&self.namespace_prefix);
        let id = id.and_then(|id| Uuid::try_parse(id).ok());
        id.is_some_and(|id| self.namespace_of(id) == namespace)
    }
}

/// How requests reach the apps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum RouteBy {
    /// By the controller of this class.
    Ingress { class: String },
    /// By this Gateway of the Gateway API.
    Gateway { name: String, namespace: String },
}

/// What it means that the cluster does not hold us to our own namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundaryRule {
    /// We do not run.
    Enforce,
    /// We run, and say so.
    Warn,
}

/// Whether the cluster's network plugin carries out what NetworkPolicies say. The API does not tell, so the operator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkPolicies {
    /// It was tried, and does.
    Enforced,
    /// Nobody has tried.
    Unverified,
    /// It does not, and that is accepted.
    Unenforced,
}

/// One step of bringing an instance up. Each can be repeated. [`Stage::Owner`] is a Job: a step with a result, which a
/// reconciler leaves out once it succeeded. [`Stage::Handover`] is the app once more, for recipes with `owner: by_env`.
/// [`Stage::Reset`] is no step of that road: a Job, whenever the owner's password is to be another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Namespace,
    Guards,
    Secret,
    Database,
    Owner,
    App,
    Handover,
    Route,
    Reset,
}

impl Stage {
    /// What stands as long as its instance does, in the order in which it can be applied again.
    pub const STANDING: [Self; 6] = [
        Self::Namespace,
        Self::Guards,
        Self::Secret,
        Self::Database,
        Self::App,
        Self::Route,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Namespace => "namespace",
            Self::Guards => "guards",
            Self::Secret => "secret",
            Self::Database => "database",
            Self::Owner => "owner",
            Self::App => "app",
            Self::Handover => "handover",
            Self::Route => "route",
            Self::Reset => "reset",
        }
    }
}
