//! `ResourceQuota`: what a namespace uses, and the refusal of what would exceed it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::super::kinds::Kind;
use super::super::paths::{entries, list, text};
use super::super::refusal::Refusal;
use super::super::store::{Key, Store};
use super::super::writes;
use super::quantity;

type Amounts = BTreeMap<String, i128>;

/// What one object adds to the usage of its namespace.
fn cost(kind: &Kind, object: &Value) -> Amounts {
    let mut cost = Amounts::new();
    cost.insert(format!("count/{}", kind.qualified()), 1000);
    let legacy = [
        "services",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "resourcequotas",
    ];
    if legacy.contains(&kind.plural) {
        cost.insert(kind.plural.to_owned(), 1000);
    }
    match kind.plural {
        "pods" => {
            if matches!(text(object, "/status/phase"), "Succeeded" | "Failed") {
                return cost;
            }
            cost.insert("pods".into(), 1000);
            for (name, amount) in pod_resources(object) {
                if let Some(plain) = name.strip_prefix("requests.") {
                    cost.insert(plain.to_owned(), amount);
                }
                cost.insert(name, amount);
            }
        }
        "services" => {
            let count = |kind: &str| {
                if text(object, "/spec/type") == kind {
                    1000
                } else {
                    0
                }
            };
            let ports = i128::try_from(list(object, "/spec/ports").len()).unwrap_or(0);
            cost.insert("services.loadbalancers".into(), count("LoadBalancer"));
            cost.insert(
                "services.nodeports".into(),
                (count("NodePort") + count("LoadBalancer")).min(1000) * ports,
            );
        }
        "persistentvolumeclaims" => {
            let storage =
                quantity::parse(text(object, "/spec/resources/requests/storage")).unwrap_or(0);
            cost.insert("requests.storage".into(), storage);
        }
        _ => {}
    }
    cost
}

/// Requests and limits of a pod: its containers and sidecars together, or its largest init step if that is more.
pub(in super::super) fn pod_resources(pod: &Value) -> Amounts {
    let (mut running, mut starting) = (Amounts::new(), Amounts::new());
    let amounts = |container: &Value| -> Vec<(String, i128)> {
        ["requests", "limits"]
            .iter()
            .flat_map(|side| {
                entries(container, &format!("/resources/{side}"))
                    .into_iter()
                    .flatten()
                    .map(move |(name, amount)| {
                        (
                            format!("{side}.{name}"),
                            quantity::parse(amount.as_str().unwrap_or("")).unwrap_or(0),
                        )
                    })
            })
            .collect()
    };
    for container in list(pod, "/spec/initContainers") {
        let sidecar = text(container, "/restartPolicy") == "Always";
        for (name, amount) in amounts(container) {
            if sidecar {
                *running.entry(name).or_default() += amount;
            } else {
                let with_sidecars = running.get(&name).copied().unwrap_or(0) + amount;
                let peak = starting.entry(name).or_default();
                *peak = (*peak).max(with_sidecars);
            }
        }
    }
    for container in list(pod, "/spec/containers") {
        for (name, amount) in amounts(container) {
            *running.entry(name).or_default() += amount;
        }
    }
    for (name, peak) in starting {
        let total = running.entry(name).or_default();
        *total = (*total).max(peak);
    }
    running
}

/// What the namespace uses of each resource that `quota` limits, as `status.used` says it.
pub(in super::super) fn used(store: &Store, namespace: &str, quota: &Value) -> Map<String, Value> {
    let usage = usage(store, namespace);
    entries(quota, "/spec/hard")
        .into_iter()
        .flatten()
        .map(|(name, _)| {
            let amount = usage.get(name).copied().unwrap_or(0);
            (
                name.clone(),
                quantity::format(amount, quantity::is_bytes(name)).into(),
            )
        })
        .collect()
}

fn usage(store: &Store, namespace: &str) -> Amounts {
    let mut usage = Amounts::new();
    for key in store.in_namespace(namespace) {
        if let Some(object) = store.get(&key) {
            for (name, amount) in cost(key.kind, object) {
                *usage.entry(name).or_default() += amount;
            }
        }
    }
    usage
}

/// Refuses a write that takes a namespace beyond one of its quotas.
pub(super) fn charge(
    store: &mut Store,
    key: &Key,
    new: &Value,
    old: Option<&Value>,
    dry_run: bool,
) -> Result<(), Refusal> {
    if store.of("resourcequotas", &key.namespace).next().is_none() {
        return Ok(());
    }
    let before = old.map(|old| cost(key.kind, old)).unwrap_or_default();
    let mut added = cost(key.kind, new);
    for (name, amount) in &mut added {
        *amount -= before.get(name).copied().unwrap_or(0);
    }
    let quotas: Vec<(Key, Arc<Value>)> = store
        .of("resourcequotas", &key.namespace)
        .map(|(key, quota)| (key.clone(), quota.clone()))
        .collect();
    let lags = store.settings.quota_lag_ms > 0;
    let counted = (!lags).then(|| usage(store, &key.namespace));
    for (quota_key, quota) in &quotas {
        // A quota is enforced as far as its status knows it.
        let hard = entries(quota, if lags { "/status/hard" } else { "/spec/hard" });
        let usage = counted.clone().unwrap_or_else(|| noted(quota));
        if key.kind.is("pods") && old.is_none() {
            must_specify(key, &quota_key.name, hard, new)?;
        }
        let (mut requested, mut used, mut limited) = (Vec::new(), Vec::new(), Vec::new());
        for (name, limit) in hard.into_iter().flatten() {
            let delta = added.get(name).copied().unwrap_or(0);
            let current = usage.get(name).copied().unwrap_or(0);
            let allowed = quantity::parse(limit.as_str().unwrap_or("")).unwrap_or(0);
            if delta > 0 && current + delta > allowed {
                let print = |amount| quantity::format(amount, quantity::is_bytes(name));
                requested.push(format!("{name}={}", print(delta)));
                used.push(format!("{name}={}", print(current)));
                limited.push(format!("{name}={}", print(allowed)));
            }
        }
        if !requested.is_empty() {
            let why = format!(
                "exceeded quota: {}, requested: {}, used: {}, limited: {}",
                quota_key.name,
                requested.join(","),
                used.join(","),
                limited.join(",")
            );
            return Err(Refusal::forbidden(key.kind, &key.name, &why));
        }
    }
    if lags && !dry_run {
        quotas
            .iter()
            .for_each(|(quota_key, quota)| add_to(store, quota_key, quota, &added));
    }
    Ok(())
}

/// What the status of a quota says is used.
fn noted(quota: &Value) -> Amounts {
    entries(quota, "/status/used")
        .into_iter()
        .flatten()
        .filter_map(|(name, amount)| Some((name.clone(), quantity::parse(amount.as_str()?)?)))
        .collect()
}

/// What was admitted counts at once; what went is taken off by the controller.
fn add_to(store: &mut Store, key: &Key, quota: &Value, added: &Amounts) {
    let mut status = quota["status"].clone();
    let mut usage = noted(quota);
    for (name, amount) in added.iter().filter(|(_, amount)| **amount > 0) {
        if let Some(used) = usage.get_mut(name) {
            *used += amount;
            status["used"][name] = quantity::format(*used, quantity::is_bytes(name)).into();
        }
    }
    writes::set_status(store, key, status, "kube-apiserver");
}

/// Under a quota on a resource every container has to say how much of it it takes.
fn must_specify(
    key: &Key,
    quota: &str,
    hard: Option<&Map<String, Value>>,
    pod: &Value,
) -> Result<(), Refusal> {
    let mut missing = Vec::new();
    for name in hard.into_iter().flatten().map(|(name, _)| name) {
        let (side, resource) = match name.as_str() {
            "cpu" | "memory" => ("requests", name.as_str()),
            other => match other.split_once('.') {
                Some((side @ ("requests" | "limits"), resource @ ("cpu" | "memory"))) => {
                    (side, resource)
                }
                _ => continue,
            },
        };
        let silent: Vec<&str> = ["/spec/initContainers", "/spec/containers"]
            .iter()
            .flat_map(|field| list(pod, field))
            .filter(|container| {
                container
                    .pointer(&format!("/resources/{side}/{resource}"))
                    .is_none()
            })
            .map(|container| text(container, "/name"))
            .collect();
        if !silent.is_empty() {
            missing.push(format!("{name} for: {}", silent.join(",")));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let why = format!("failed quota: {quota}: must specify {}", missing.join("; "));
    Err(Refusal::forbidden(key.kind, &key.name, &why))
}
