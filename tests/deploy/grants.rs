//! What `deploy/` grants, held against what was asked for.

use crate::support::deploy::manifest;
use purser::standins::kubernetes::{Answers, Asked};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is granted and not asked for on these roads, by role, resource and verb (`*` is any), and why it is granted.
const UNUSED: &[(&str, &str, &str, &str)] = &[
    (
        "purser-provisioner",
        "clusterroles",
        "bind",
        "asked by the API server when the RoleBinding is written",
    ),
    (
        "purser-provisioner",
        "*",
        "get",
        "comes with list: the same things are seen",
    ),
    (
        "purser-provisioner",
        "*",
        "watch",
        "comes with list: the same things are seen",
    ),
    (
        "purser-provisioner",
        "rolebindings",
        "list",
        "the sweep, which looks for what was edited",
    ),
    ("purser-provisioner", "services", "list", "the sweep"),
    ("purser-provisioner", "serviceaccounts", "list", "the sweep"),
    ("purser-provisioner", "resourcequotas", "list", "the sweep"),
    ("purser-provisioner", "limitranges", "list", "the sweep"),
    (
        "purser-provisioner",
        "events",
        "list",
        "what an app is waiting for, in the cluster's words",
    ),
    ("purser-provisioner", "networkpolicies", "list", "the sweep"),
    ("purser-provisioner", "ingresses", "list", "the sweep"),
    (
        "purser-provisioner",
        "ingressclasses",
        "list",
        "whether routes have somebody to serve them",
    ),
    (
        "purser-provisioner",
        "gateways",
        "list",
        "whether routes have somebody to serve them",
    ),
    (
        "purser-instance",
        "*",
        "get",
        "comes with patch: its answer is the object",
    ),
    (
        "purser-instance",
        "*",
        "list",
        "comes with get; cluster-wide, but for Secrets and ConfigMaps, anyway",
    ),
    (
        "purser-instance",
        "*",
        "watch",
        "comes with get; cluster-wide, but for Secrets and ConfigMaps, anyway",
    ),
    (
        "purser-instance",
        "*",
        "delete",
        "who may delete the namespace may delete what is in it",
    ),
    (
        "purser-instance",
        "secrets",
        "patch",
        "a Secret to which a newer recipe adds a key",
    ),
    ("purser-instance", "configmaps", "*", "recipes of operators"),
];

/// Refusals, but for those of a right that Purser had bound to itself a moment before and used a moment later.
pub(super) fn refusals(asked: &BTreeMap<Asked, Answers>) -> Vec<String> {
    let refused = asked.iter().filter(|(_, answers)| answers.refused > 0);
    let for_good = refused.filter(|(asked, answers)| {
        let own = asked.namespace.starts_with("customer-");
        !own || answers.allowed == 0
    });
    for_good
        .map(|(asked, answers)| format!("{asked:?}: {answers:?}"))
        .collect()
}

struct Grant {
    role: &'static str,
    /// As in `pods` and `pods.metrics.k8s.io`.
    resource: String,
    verb: String,
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect()
}

/// Groups are told apart only where one resource is in two of them.
fn named(group: &str, resource: &str) -> String {
    match group {
        "metrics.k8s.io" => format!("{resource}.{group}"),
        _ => resource.to_owned(),
    }
}

fn grants(role: &'static str) -> Vec<Grant> {
    let stated = manifest("ClusterRole", role);
    let mut grants = Vec::new();
    for rule in stated["rules"].as_array().unwrap() {
        for group in texts(&rule["apiGroups"]) {
            for resource in texts(&rule["resources"]) {
                let grant = |verb: &str| Grant {
                    role,
                    resource: named(group, resource),
                    verb: verb.to_owned(),
                };
                grants.extend(texts(&rule["verbs"]).into_iter().map(grant));
            }
        }
    }
    grants
}

/// Grants that nobody asked for and that have no reason, and reasons for what is not granted.
pub(super) fn unused(asked: &BTreeMap<Asked, Answers>) -> Vec<String> {
    let roles = ["purser-provisioner", "purser-instance", "purser-workers"];
    let grants: Vec<Grant> = roles.into_iter().flat_map(grants).collect();
    let fits = |(role, resource, verb, _): &(&str, &str, &str, &str), grant: &Grant| {
        let is = |wanted: &str, given: &str| wanted == "*" || wanted == given;
        *role == grant.role && is(resource, &grant.resource) && is(verb, &grant.verb)
    };
    let idle = grants
        .iter()
        .filter(|grant| !asked.keys().any(|asked| uses(grant, asked)));
    let without_reason = idle
        .filter(|grant| !UNUSED.iter().any(|reason| fits(reason, grant)))
        .map(|grant| format!("{}: {} {}", grant.role, grant.verb, grant.resource));
    let without_grant = UNUSED
        .iter()
        .filter(|reason| !grants.iter().any(|grant| fits(reason, grant)))
        .map(|reason| format!("is not granted: {reason:?}"));
    without_reason.chain(without_grant).collect()
}

/// What is asked inside of a namespace is granted there, but for what makes or leaves the binding that grants it.
fn uses(grant: &Grant, asked: &Asked) -> bool {
    let everywhere = ["rolebindings", "pods/eviction"].contains(&grant.resource.as_str());
    let by_this_role = match grant.role {
        "purser-instance" => !asked.namespace.is_empty(),
        _ => asked.namespace.is_empty() || everywhere,
    };
    by_this_role
        && named(&asked.group, &asked.resource) == grant.resource
        && asked.verb == grant.verb
}
