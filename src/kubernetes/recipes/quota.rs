//! The arithmetic of a namespace: what the plan sells, plus what the recipe needs beside it, plus its largest Job.

use purser_domain::worker::Capacity;
use serde_json::{Value, json};

use super::manifest::{Amounts, Need, Recipe};
use crate::kubernetes::spec::PlanResources;

/// The app's container: the plan's figures, and what the recipe says about scratch space.
pub(super) fn app_need(recipe: &Recipe, plan: PlanResources) -> Need {
    let with = |ephemeral_mib| Amounts {
        cpu_millicores: plan.cpu_millicores,
        memory_mib: plan.memory_mib,
        ephemeral_mib,
    };
    Need {
        requests: with(recipe.app.ephemeral_request_mib),
        limits: with(recipe.app.ephemeral_limit_mib),
    }
}

pub(super) fn resources(need: &Need) -> Value {
    json!({"requests": amounts(need.requests), "limits": amounts(need.limits)})
}

/// `spec.hard` of the ResourceQuota.
pub(super) fn quota(recipe: &Recipe, plan: PlanResources) -> Value {
    // The successor of an evicted pod of the app comes while that one still ends, and the old one counts until it is gone.
    let needs: Vec<Need> = needs(recipe, plan).chain(app_pod(recipe, plan)).collect();
    let requests = needs
        .iter()
        .map(|need| need.requests)
        .fold(Amounts::default(), plus);
    let limits = needs
        .iter()
        .map(|need| need.limits)
        .fold(Amounts::default(), plus);
    let storage = recipe
        .volumes
        .iter()
        .map(|volume| volume.size_mib.unwrap_or(plan.storage_mib))
        .fold(0, u32::saturating_add);
    json!({
        "requests.cpu": cpu(requests.cpu_millicores),
        "requests.memory": mib(requests.memory_mib),
        "requests.ephemeral-storage": mib(requests.ephemeral_mib),
        "limits.cpu": cpu(limits.cpu_millicores),
        "limits.memory": mib(limits.memory_mib),
        "limits.ephemeral-storage": mib(limits.ephemeral_mib),
        "requests.storage": mib(storage),
        "persistentvolumeclaims": recipe.volumes.len().to_string(),
        // App, database and one Job, and as many again that are still going away.
        "pods": "6",
        "services": "4",
        "services.nodeports": "0",
        "services.loadbalancers": "0",
        "count/secrets": "20",
        "count/configmaps": "20",
        "count/jobs.batch": "10",
        "count/cronjobs.batch": "0",
        "count/ingresses.networking.k8s.io": "4",
    })
}

/// The LimitRange: no container and no claim may be larger than the largest one that the recipe states.
pub(super) fn limits(recipe: &Recipe, plan: PlanResources) -> Value {
    let largest =
        needs(recipe, plan)
            .map(|need| need.limits)
            .fold(Amounts::default(), |left, right| Amounts {
                cpu_millicores: left.cpu_millicores.max(right.cpu_millicores),
                memory_mib: left.memory_mib.max(right.memory_mib),
                ephemeral_mib: left.ephemeral_mib.max(right.ephemeral_mib),
            });
    let volume = recipe
        .volumes
        .iter()
        .map(|volume| volume.size_mib.unwrap_or(plan.storage_mib))
        .max()
        .unwrap_or(0);
    let at_most = |cpu_millicores: u32, memory_mib: u32, ephemeral_mib: u32| {
        amounts(Amounts {
            cpu_millicores: cpu_millicores.min(largest.cpu_millicores),
            memory_mib: memory_mib.min(largest.memory_mib),
            ephemeral_mib: ephemeral_mib.min(largest.ephemeral_mib),
        })
    };
    json!({
        "default": at_most(500, 256, 512),
        "default_request": at_most(50, 64, 128),
        "max": amounts(largest),
        "volume": mib(volume),
    })
}

/// What the pods of one running instance ask for: the app with its sidecars, and the database if it has one. Jobs are
/// over in moments, and are left out.
pub(super) fn pods(recipe: &Recipe, plan: PlanResources) -> Vec<Capacity> {
    let pod = |amounts: Amounts| Capacity {
        cpu_millicores: amounts.cpu_millicores,
        memory_mib: amounts.memory_mib,
        pods: 1,
    };
    let app = app_pod(recipe, plan)
        .map(|need| need.requests)
        .fold(Amounts::default(), plus);
    let database = recipe.overhead.database.map(|need| pod(need.requests));
    std::iter::once(pod(app)).chain(database).collect()
}

fn needs(recipe: &Recipe, plan: PlanResources) -> impl Iterator<Item = Need> {
    app_pod(recipe, plan)
        .chain(recipe.overhead.database)
        .chain(recipe.overhead.job)
}

/// The app's container and its sidecars.
fn app_pod(recipe: &Recipe, plan: PlanResources) -> impl Iterator<Item = Need> {
    let sidecars = recipe.overhead.sidecars.values().copied();
    std::iter::once(app_need(recipe, plan)).chain(sidecars)
}

fn plus(left: Amounts, right: Amounts) -> Amounts {
    Amounts {
        cpu_millicores: left.cpu_millicores.saturating_add(right.cpu_millicores),
        memory_mib: left.memory_mib.saturating_add(right.memory_mib),
        ephemeral_mib: left.ephemeral_mib.saturating_add(right.ephemeral_mib),
    }
}

fn amounts(amounts: Amounts) -> Value {
    json!({
        "cpu": cpu(amounts.cpu_millicores),
        "memory": mib(amounts.memory_mib),
        "ephemeral-storage": mib(amounts.ephemeral_mib),
    })
}

/// In the form that the API server itself writes, so that a second apply finds nothing to change.
fn cpu(millicores: u32) -> String {
    match millicores % 1_000 {
        0 => (millicores / 1_000).to_string(),
        _ => format!("{millicores}m"),
    }
}

pub(super) fn mib(mib: u32) -> String {
    match mib % 1_024 {
        0 if mib > 0 => format!("{}Gi", mib / 1_024),
        _ => format!("{mib}Mi"),
    }
}
