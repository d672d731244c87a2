//! From pods and volumes to what each instance uses. Pure.

use super::readings::Reading;
use crate::kubernetes::{PodUse, Recipe, Recipes, Use, VolumeSeen};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

const MIB: u64 = 1024 * 1024;
const WEB: &str = "web";

/// The capacity of the volume that each plan sells, by instance.
pub(super) fn capacities(
    volumes: &[VolumeSeen],
    recipes: &Recipes,
    namespace_of: impl Fn(Uuid) -> String,
) -> HashMap<Uuid, u32> {
    let ours = volumes
        .iter()
        .filter(|volume| volume.namespace == namespace_of(volume.instance));
    ours.filter(|volume| sells(recipes.get(&volume.recipe).ok(), &volume.claim))
        .map(|volume| (volume.instance, volume.capacity_mib))
        .collect()
}

fn sells(recipe: Option<&Recipe>, claim: &str) -> bool {
    let mut volumes = recipe.iter().flat_map(|recipe| &recipe.volumes);
    volumes.any(|volume| volume.claim == claim && volume.size_mib.is_none())
}

/// What each instance uses. Another installation on the same cluster has another prefix: its pods are none of ours.
pub(super) fn readings(
    pods: &[PodUse],
    capacities: &HashMap<Uuid, u32>,
    recipes: &Recipes,
    namespace_of: impl Fn(Uuid) -> String,
) -> Vec<Reading> {
    let mut sums: BTreeMap<Uuid, (Use, Use)> = BTreeMap::new();
    for pod in pods {
        if pod.namespace != namespace_of(pod.instance) {
            continue;
        }
        let recipe = recipes.get(&pod.recipe).ok();
        let (own, overhead) = sums.entry(pod.instance).or_default();
        for (name, used) in &pod.containers {
            let is_own = pod.component == WEB && !is_sidecar(recipe, name);
            add(if is_own { own } else { overhead }, *used);
        }
    }
    let reading = |(instance_id, (own, overhead)): (Uuid, (Use, Use))| Reading {
        instance_id,
        cpu_millicores: own.cpu_millicores,
        memory_mib: own.memory_bytes.div_ceil(MIB),
        overhead_cpu_millicores: overhead.cpu_millicores,
        overhead_memory_mib: overhead.memory_bytes.div_ceil(MIB),
        storage_used_mib: None,
        storage_capacity_mib: capacities.get(&instance_id).copied(),
    };
    sums.into_iter().map(reading).collect()
}

fn is_sidecar(recipe: Option<&Recipe>, container: &str) -> bool {
    recipe.is_some_and(|recipe| recipe.overhead.sidecars.contains_key(container))
}

fn add(sum: &mut Use, used: Use) {
    sum.cpu_millicores = sum.cpu_millicores.saturating_add(used.cpu_millicores);
    sum.memory_bytes = sum.memory_bytes.saturating_add(used.memory_bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn namespace_of(id: Uuid) -> String {
        format!("customer-{id}")
    }

    const ID: Uuid = Uuid::from_u128(7);

    fn pod(component: &str, containers: &[(&str, u64, u64)]) -> PodUse {
        let used = |(name, cpu_millicores, memory_bytes): &(&str, u64, u64)| {
            let used = Use {
                cpu_millicores: *cpu_millicores,
                memory_bytes: *memory_bytes,
            };
            ((*name).to_owned(), used)
        };
        PodUse {
            namespace: namespace_of(ID),
            instance: ID,
            recipe: "wordpress".into(),
            component: component.into(),
            containers: containers.iter().map(used).collect(),
        }
    }

    fn volume(claim: &str, capacity_mib: u32) -> VolumeSeen {
        VolumeSeen {
            namespace: namespace_of(ID),
            instance: ID,
            recipe: "wordpress".into(),
            claim: claim.into(),
            capacity_mib,
        }
    }

    #[test]
    fn the_plans_share_is_the_apps_own_and_the_rest_is_overhead() {
        let recipes = Recipes::embedded().unwrap();
        let pods = [
            pod("web", &[("wordpress", 100, MIB), ("cron", 5, MIB)]),
            pod("web", &[("wordpress", 20, 1)]),
            pod("database", &[("mysql", 30, 2 * MIB)]),
            pod("job", &[("owner", 7, 0)]),
        ];
        let volumes = [volume("web", 5_120), volume("database", 1_024)];
        let capacities = capacities(&volumes, &recipes, namespace_of);
        let found = readings(&pods, &capacities, &recipes, namespace_of);
        let expected = Reading {
            instance_id: ID,
            cpu_millicores: 120,
            memory_mib: 2,
            overhead_cpu_millicores: 42,
            overhead_memory_mib: 3,
            storage_used_mib: None,
            storage_capacity_mib: Some(5_120),
        };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn what_another_installation_runs_is_none_of_ours() {
        let recipes = Recipes::embedded().unwrap();
        let mut foreign = pod("web", &[("wordpress", 100, MIB)]);
        foreign.namespace = format!("other-{ID}");
        let found = readings(&[foreign], &HashMap::new(), &recipes, namespace_of);
        assert_eq!(found, []);
        let mut foreign = volume("web", 1);
        foreign.namespace = format!("other-{ID}");
        assert!(capacities(&[foreign], &recipes, namespace_of).is_empty());
    }

    #[test]
    fn of_an_app_without_a_recipe_everything_is_its_own() {
        let mut unknown = pod("web", &[("wordpress", 100, MIB), ("cron", 5, MIB)]);
        unknown.recipe = "of-yesterday".into();
        let recipes = Recipes::embedded().unwrap();
        let found = readings(&[unknown], &HashMap::new(), &recipes, namespace_of);
        assert_eq!(found[0].cpu_millicores, 105);
    }
}
