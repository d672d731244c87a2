//! The table of all kinds.

use k8s_openapi::api::{
    admissionregistration::v1 as admission, apps::v1 as apps, batch::v1 as batch, core::v1 as core,
    discovery::v1 as discovery, networking::v1 as networking, policy::v1 as policy,
    rbac::v1 as rbac, storage::v1 as storage,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Decode, Kind};

fn typed<T: DeserializeOwned + Serialize>(value: &Value) -> Result<Value, String> {
    let object: T = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
    serde_json::to_value(object).map_err(|error| error.to_string())
}

/// Custom resources: anything goes.
fn untyped(value: &Value) -> Result<Value, String> {
    Ok(value.clone())
}

const fn kind(
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    plural: &'static str,
    decode: Decode,
) -> Kind {
    Kind {
        group,
        version,
        kind,
        plural,
        short: &[],
        in_all: false,
        namespaced: true,
        has_status: false,
        has_scale: false,
        has_generation: false,
        decode,
    }
}

impl Kind {
    const fn short(mut self, short: &'static [&'static str]) -> Self {
        self.short = short;
        self
    }
    const fn all(mut self) -> Self {
        self.in_all = true;
        self
    }
    const fn cluster(mut self) -> Self {
        self.namespaced = false;
        self
    }
    const fn status(mut self) -> Self {
        self.has_status = true;
        self
    }
    const fn scale(mut self) -> Self {
        self.has_scale = true;
        self
    }
    const fn generation(mut self) -> Self {
        self.has_generation = true;
        self
    }
}

const ADMISSION: &str = "admissionregistration.k8s.io";
const NETWORKING: &str = "networking.k8s.io";
const GATEWAY: &str = "gateway.networking.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io";

pub(in super::super) static KINDS: &[Kind] = &[
    kind(
        "",
        "v1",
        "Namespace",
        "namespaces",
        typed::<core::Namespace>,
    )
    .short(&["ns"])
    .cluster()
    .status(),
    kind("", "v1", "Node", "nodes", typed::<core::Node>)
        .short(&["no"])
        .cluster()
        .status(),
    kind(
        "",
        "v1",
        "PersistentVolume",
        "persistentvolumes",
        typed::<core::PersistentVolume>,
    )
    .short(&["pv"])
    .cluster()
    .status(),
    kind("", "v1", "Pod", "pods", typed::<core::Pod>)
        .short(&["po"])
        .all()
        .status()
        .generation(),
    kind("", "v1", "Service", "services", typed::<core::Service>)
        .short(&["svc"])
        .all()
        .status(),
    kind("", "v1", "Endpoints", "endpoints", typed::<core::Endpoints>).short(&["ep"]),
    kind(
        "",
        "v1",
        "ConfigMap",
        "configmaps",
        typed::<core::ConfigMap>,
    )
    .short(&["cm"]),
    kind("", "v1", "Secret", "secrets", typed::<core::Secret>),
    kind(
        "",
        "v1",
        "ServiceAccount",
        "serviceaccounts",
        typed::<core::ServiceAccount>,
    )
    .short(&["sa"]),
    kind(
        "",
        "v1",
        "PersistentVolumeClaim",
        "persistentvolumeclaims",
        typed::<core::PersistentVolumeClaim>,
    )
    .short(&["pvc"])
    .status(),
    kind(
        "",
        "v1",
        "ResourceQuota",
        "resourcequotas",
        typed::<core::ResourceQuota>,
    )
    .short(&["quota"])
    .status(),
    kind(
        "",
        "v1",
        "LimitRange",
        "limitranges",
        typed::<core::LimitRange>,
    )
    .short(&["limits"]),
    kind("", "v1", "Event", "events", typed::<core::Event>).short(&["ev"]),
    kind(
        "apps",
        "v1",
        "Deployment",
        "deployments",
        typed::<apps::Deployment>,
    )
    .short(&["deploy"])
    .all()
    .status()
    .scale()
    .generation(),
    kind(
        "apps",
        "v1",
        "ReplicaSet",
        "replicasets",
        typed::<apps::ReplicaSet>,
    )
    .short(&["rs"])
    .all()
    .status()
    .scale()
    .generation(),
    kind(
        "apps",
        "v1",
        "StatefulSet",
        "statefulsets",
        typed::<apps::StatefulSet>,
    )
    .short(&["sts"])
    .all()
    .status()
    .scale()
    .generation(),
    kind("batch", "v1", "Job", "jobs", typed::<batch::Job>)
        .all()
        .status()
        .generation(),
    kind(
        "batch",
        "v1",
        "CronJob",
        "cronjobs",
        typed::<batch::CronJob>,
    )
    .short(&["cj"])
    .all()
    .status()
    .generation(),
    kind(
        NETWORKING,
        "v1",
        "Ingress",
        "ingresses",
        typed::<networking::Ingress>,
    )
    .short(&["ing"])
    .status()
    .generation(),
    kind(
        NETWORKING,
        "v1",
        "IngressClass",
        "ingressclasses",
        typed::<networking::IngressClass>,
    )
    .cluster()
    .generation(),
    kind(
        NETWORKING,
        "v1",
        "NetworkPolicy",
        "networkpolicies",
        typed::<networking::NetworkPolicy>,
    )
    .short(&["netpol"])
    .generation(),
    kind(
        "discovery.k8s.io",
        "v1",
        "EndpointSlice",
        "endpointslices",
        typed::<discovery::EndpointSlice>,
    )
    .generation(),
    kind(
        "policy",
        "v1",
        "PodDisruptionBudget",
        "poddisruptionbudgets",
        typed::<policy::PodDisruptionBudget>,
    )
    .short(&["pdb"])
    .status()
    .generation(),
    kind(RBAC, "v1", "Role", "roles", typed::<rbac::Role>),
    kind(
        RBAC,
        "v1",
        "RoleBinding",
        "rolebindings",
        typed::<rbac::RoleBinding>,
    ),
    kind(
        RBAC,
        "v1",
        "ClusterRole",
        "clusterroles",
        typed::<rbac::ClusterRole>,
    )
    .cluster(),
    kind(
        RBAC,
        "v1",
        "ClusterRoleBinding",
        "clusterrolebindings",
        typed::<rbac::ClusterRoleBinding>,
    )
    .cluster(),
    kind(
        "storage.k8s.io",
        "v1",
        "StorageClass",
        "storageclasses",
        typed::<storage::StorageClass>,
    )
    .short(&["sc"])
    .cluster(),
    kind(
        ADMISSION,
        "v1",
        "ValidatingAdmissionPolicy",
        "validatingadmissionpolicies",
        typed::<admission::ValidatingAdmissionPolicy>,
    )
    .cluster()
    .status()
    .generation(),
    kind(
        ADMISSION,
        "v1",
        "ValidatingAdmissionPolicyBinding",
        "validatingadmissionpolicybindings",
        typed::<admission::ValidatingAdmissionPolicyBinding>,
    )
    .cluster()
    .generation(),
    kind(GATEWAY, "v1", "GatewayClass", "gatewayclasses", untyped)
        .short(&["gc"])
        .cluster()
        .status()
        .generation(),
    kind(GATEWAY, "v1", "Gateway", "gateways", untyped)
        .short(&["gtw"])
        .status()
        .generation(),
    kind(GATEWAY, "v1", "HTTPRoute", "httproutes", untyped)
        .status()
        .generation(),
];
