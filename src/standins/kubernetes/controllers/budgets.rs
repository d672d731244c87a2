//! Disruption budgets: how many pods of a set may be evicted at this moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::kinds;
use super::super::paths::{controller_uid, list, number, text};
use super::super::select::label_selector_matches;
use super::super::store::{Key, Store};
use super::super::writes;
use super::conditions;
use super::owned::{MANAGER, count, is_active, is_ready};

/// What a budget comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Budget {
    pub(in super::super) expected: i64,
    pub(in super::super) healthy: i64,
    pub(in super::super) desired: i64,
}

impl Budget {
    pub(in super::super) fn allowed(self) -> i64 {
        if self.expected == 0 {
            0
        } else {
            (self.healthy - self.desired).max(0)
        }
    }
}

/// The budgets that a pod falls under.
pub(in super::super) fn of_pod(
    store: &Store,
    namespace: &str,
    pod: &Value,
) -> Vec<(Key, Arc<Value>)> {
    store
        .of("poddisruptionbudgets", namespace)
        .filter(|(_, budget)| covers(budget, pod))
        .map(|(key, budget)| (key.clone(), budget.clone()))
        .collect()
}

fn covers(budget: &Value, pod: &Value) -> bool {
    budget
        .pointer("/spec/selector")
        .is_some_and(|selector| label_selector_matches(selector, pod, "/metadata/labels"))
}

/// Counts the pods of a budget as they are.
pub(in super::super) fn state(store: &Store, namespace: &str, budget: &Value) -> Budget {
    let pods: Vec<&Arc<Value>> = store
        .of("pods", namespace)
        .filter(|(_, pod)| covers(budget, pod) && is_active(pod))
        .map(|(_, pod)| pod)
        .collect();
    let healthy = count(pods.iter().filter(|pod| is_ready(pod)));
    let there = count(pods.iter());
    let (expected, desired) = match (
        budget.pointer("/spec/minAvailable"),
        budget.pointer("/spec/maxUnavailable"),
    ) {
        (Some(Value::String(part)), _) => {
            let expected = replicas(store, namespace, &pods).max(there);
            (expected, part_of(part, expected))
        }
        (Some(least), _) => (there, least.as_i64().unwrap_or(0)),
        (None, most) => {
            let expected = replicas(store, namespace, &pods).max(there);
            let away = match most {
                Some(Value::String(part)) => part_of(part, expected),
                Some(most) => most.as_i64().unwrap_or(0),
                None => 0,
            };
            (expected, (expected - away).max(0))
        }
    };
    Budget {
        expected,
        healthy,
        desired,
    }
}

/// A percentage of `whole`, rounded up.
fn part_of(percentage: &str, whole: i64) -> i64 {
    let percent: i64 = percentage.trim_end_matches('%').parse().unwrap_or(0);
    (percent * whole + 99) / 100
}

/// How many pods the controllers of these pods want in all.
fn replicas(store: &Store, namespace: &str, pods: &[&Arc<Value>]) -> i64 {
    let mut wanted: BTreeMap<&str, i64> = BTreeMap::new();
    for owner in pods.iter().filter_map(|pod| controller_uid(pod)) {
        for plural in ["replicasets", "statefulsets"] {
            let found = store
                .list(kinds::known(plural), Some(namespace))
                .find(|(_, set)| text(set, "/metadata/uid") == owner);
            if let Some((_, set)) = found {
                wanted.insert(owner, number(set, "/spec/replicas").unwrap_or(1));
            }
        }
    }
    wanted.values().sum()
}

pub(super) fn reconcile(store: &mut Store, key: &Key, budget: &Value) {
    let now = state(store, &key.namespace, budget);
    let mut all = list(budget, "/status/conditions").to_vec();
    let (status, reason) = if now.allowed() > 0 {
        ("True", "SufficientPods")
    } else {
        ("False", "InsufficientPods")
    };
    conditions::set(&mut all, "DisruptionAllowed", status, reason, "");
    let status = json!({
        "observedGeneration": number(budget, "/metadata/generation").unwrap_or(1),
        "expectedPods": now.expected,
        "currentHealthy": now.healthy,
        "desiredHealthy": now.desired,
        "disruptionsAllowed": now.allowed(),
        "conditions": all,
    });
    writes::set_status(store, key, status, MANAGER);
}
