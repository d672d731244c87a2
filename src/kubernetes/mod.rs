//! Runs instances on a Kubernetes cluster: recipes turn a spec into objects (pure), [`Cluster`] writes them, and
//! [`watch`] says what is really there. Never touches an object without our label, and never decides anything.

mod cluster;
mod error;
mod kubelet;
#[cfg(test)]
#[cfg(feature = "standins")]
mod live_tests;
mod mail;
mod network;
mod quantity;
mod recipes;
mod spec;
pub mod watch;

pub use cluster::{
    Applied, Cluster, Credentials, Difference, Entrance, Evicted, ForeignFields, GrownApp, HeldPod,
    Inventory, JobResult, KubernetesConfig, LastWords, LogLine, LogQuery, LogSource,
    OwnedNamespace, PodUse, PutBack, RouteSupport, SecretTrouble, StorageOffer, StuckPod, Use,
    VolumeSeen, WantedObjects,
};
pub use error::{Backoff, ClusterError};
pub use kubelet::{KubeletConfig, KubeletError, KubeletTrust, Kubelets, VolumeUse, VolumesUsed};
pub use mail::{AppMail, MailOf, MailSecurity};
pub use network::{Network, NetworkError, is_closed};
#[cfg(test)]
pub(crate) use recipes::sample;
pub use recipes::{
    Amounts, Choices, Flaw, Flaws, ImageChoices, Need, Owner, Parameter, ParameterType, Recipe,
    RecipeError, RecipeSource, Recipes, SecretKey, Volume, Words,
};
pub use spec::{
    BoundaryRule, ClusterSettings, InstanceSpec, NetworkPolicies, PlanResources, RouteBy, Stage,
};

/// The domain under which our own labels and annotations stand.
pub const LABEL_DOMAIN: &str = "purser.example";

/// What every object of ours carries, and what the watches select by.
pub const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "purser");

/// The selector of what carries [`MANAGED_BY`].
pub(crate) fn labels_of_ours() -> String {
    format!("{}={}", MANAGED_BY.0, MANAGED_BY.1)
}

/// The kinds of the guards whose contents a sweep compares; no pod is replaced by them.
pub(crate) const GUARD_KINDS: [&str; 3] = ["NetworkPolicy", "ResourceQuota", "LimitRange"];

pub(crate) const PART_OF: (&str, &str) = ("app.kubernetes.io/part-of", "purser-instances");
pub(crate) const NAME_LABEL: &str = "app.kubernetes.io/name";
pub(crate) const INSTANCE_LABEL: &str = "app.kubernetes.io/instance";
pub(crate) const COMPONENT_LABEL: &str = "app.kubernetes.io/component";

/// The label that holds an instance's id on everything that belongs to it.
pub fn instance_label() -> String {
    format!("{LABEL_DOMAIN}/instance")
}

/// The annotation that holds the number of the operation that was carried out last.
pub(crate) fn operation_annotation() -> String {
    format!("{LABEL_DOMAIN}/operation")
}

/// The annotation that says of a guard what it is made of: a sweep compares it, as lists tell no values.
pub(crate) fn made_of_annotation() -> String {
    format!("{LABEL_DOMAIN}/made-of")
}

/// The annotation of an app whose owner is made by its environment: `true` once that must not happen again.
pub(crate) fn owner_annotation() -> String {
    format!("{LABEL_DOMAIN}/owner-created")
}

/// The label that holds the customer's id: a customer's namespaces are one selector.
pub fn customer_label() -> String {
    format!("{LABEL_DOMAIN}/customer")
}
