//! The cluster: how it is reached, what stands on it, and how it is looked after.

use super::{Environment, WebUrl, apart};
use crate::{
    fleet::FleetOptions,
    kubernetes::{
        BoundaryRule, ClusterSettings, ImageChoices, KubernetesConfig, NetworkPolicies,
        RecipeSource, RouteBy,
    },
    pod_security,
    sweep::{OrphanPolicy, SweepOptions},
};
use std::{collections::BTreeSet, path::PathBuf};

const DAY_MS: u64 = 86_400_000;

pub(super) fn connection(env: &mut Environment) -> KubernetesConfig {
    KubernetesConfig {
        kubeconfig_path: env.get("KUBECONFIG_PATH").map(PathBuf::from),
        request_timeout_ms: env.within("K8S_TIMEOUT_MS", 10_000, 100..=600_000),
    }
}

pub(super) fn cluster_settings(env: &mut Environment) -> ClusterSettings {
    let text =
        |env: &Environment, name: &str, default: &str| env.get(name).unwrap_or(default).to_owned();
    let pod_security_version = text(env, "K8S_POD_SECURITY_VERSION", "v1.34");
    if pod_security::minor(&pod_security_version).is_none() {
        env.problem(format!(
            "K8S_POD_SECURITY_VERSION is {pod_security_version:?}; it is a version like v1.34"
        ));
    }
    ClusterSettings {
        namespace_prefix: text(env, "K8S_NAMESPACE_PREFIX", "customer-"),
        pod_security_version,
        cluster_domain: env.required(
            "K8S_CLUSTER_DOMAIN",
            "the domain under which apps are reached",
        ),
        route: route(env),
        registry: text(env, "TEMPLATE_REGISTRY", ""),
        service_account: text(env, "K8S_SERVICE_ACCOUNT", "purser"),
        service_account_namespace: text(env, "K8S_SERVICE_ACCOUNT_NAMESPACE", "purser"),
        gateway_namespace: text(env, "K8S_GATEWAY_NAMESPACE", "gateway-system"),
        gateway_pod_labels: apart::labels(env, "K8S_GATEWAY_POD_LABELS"),
        closed_networks: apart::networks(env, "CLOSED_NETWORKS"),
    }
}

fn route(env: &mut Environment) -> RouteBy {
    let class = env.get("K8S_INGRESS_CLASS").unwrap_or("traefik").to_owned();
    let kinds = [("ingress", false), ("gateway", true)];
    if !env.choose("ROUTE_KIND", false, &kinds) {
        return RouteBy::Ingress { class };
    }
    let namespace = env.get("GATEWAY_NAMESPACE");
    let namespace = namespace.or(env.get("K8S_GATEWAY_NAMESPACE"));
    RouteBy::Gateway {
        namespace: namespace.unwrap_or("gateway-system").to_owned(),
        name: env.required("GATEWAY_NAME", "the Gateway that routes belong to"),
    }
}

pub(super) fn cluster_boundary(env: &mut Environment) -> BoundaryRule {
    let words = [
        ("enforce", BoundaryRule::Enforce),
        ("warn", BoundaryRule::Warn),
    ];
    env.choose("CLUSTER_BOUNDARY", BoundaryRule::Enforce, &words)
}

pub(super) fn network_policies(env: &mut Environment) -> NetworkPolicies {
    let words = [
        ("enforced", NetworkPolicies::Enforced),
        ("unverified", NetworkPolicies::Unverified),
        ("unenforced", NetworkPolicies::Unenforced),
    ];
    env.choose("NETWORK_POLICIES", NetworkPolicies::Unverified, &words)
}

/// What the operator names, and where the installation's own addresses stand among the apps'.
pub(super) fn reserved_subdomains(env: &Environment, own: [&WebUrl; 2]) -> BTreeSet<String> {
    let domain = env.get("K8S_CLUSTER_DOMAIN").unwrap_or_default();
    let domain = domain.to_ascii_lowercase();
    let own = own.into_iter().filter_map(|url| {
        let name = url.host().strip_suffix(&domain)?.strip_suffix('.')?;
        name.rsplit('.').next()
    });
    let named = env.get("RESERVED_SUBDOMAINS").unwrap_or_default();
    let named = named.split(|letter: char| letter == ',' || letter.is_whitespace());
    own.chain(named)
        .filter(|name| !name.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// The recipes that the settings name, for whoever needs nothing else of them.
pub fn recipes(env: &mut Environment) -> RecipeSource {
    RecipeSource {
        directory: env.get("TEMPLATES_DIR").map(PathBuf::from),
        images: env.parse("TEMPLATE_IMAGES", ImageChoices::default()),
    }
}

pub(super) fn fleet(env: &mut Environment) -> FleetOptions {
    let options = FleetOptions {
        degraded_after_ms: env.within("WORKER_DEGRADED_AFTER_MS", 60_000, 1_000..=DAY_MS),
        offline_after_ms: env.within("WORKER_OFFLINE_AFTER_MS", 180_000, 1_000..=DAY_MS),
        pool_label: env
            .get("WORKER_POOL_LABEL")
            .unwrap_or("purser.example/pool")
            .to_owned(),
        hold_sales: env.parse("WORKER_HOLD_SALES", true),
        drain_deadline_ms: env.within("WORKER_DRAIN_MS", 3_600_000, 1_000..=604_800_000),
    };
    if options.degraded_after_ms >= options.offline_after_ms {
        env.problem("WORKER_DEGRADED_AFTER_MS is not below WORKER_OFFLINE_AFTER_MS");
    }
    options
}

pub(super) fn sweep(env: &mut Environment) -> SweepOptions {
    let after_ms = env.within("ORPHAN_AFTER_MINUTES", 1_440, 1..=525_600) * 60_000;
    let policies = [
        ("report", OrphanPolicy::Report),
        ("remove", OrphanPolicy::Remove { after_ms }),
    ];
    let default = SweepOptions::default();
    SweepOptions {
        // Without a pause between them sweeps would ask the cluster for everything all the time.
        every_ms: env.within("SWEEP_SECONDS", default.every_ms / 1_000, 10..=86_400) * 1_000,
        repairs: env.within("SWEEP_REPAIRS", default.repairs, 1..=64),
        orphans: env.choose("ORPHAN_POLICY", default.orphans, &policies),
    }
}
