//! From pods and volumes to what each instance uses. Pure.

use super::readings::Reading;
use crate::kubernetes::{PodUse, Recipe, Recipes, Use, VolumeSeen, VolumeUse};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

const MIB: u64 = 1024 * 1024;
const WEB: &str = "web";

/// The volume that a plan sells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SoldVolume {
    namespace: String,
    claim: String,
    capacity_mib: u32,
}

/// The volume that each plan sells, by instance.
pub(super) fn sold(
    volumes: &[VolumeSeen],
    recipes: &Recipes,
    namespace_of: impl Fn(Uuid) -> String,
) -> HashMap<Uuid, SoldVolume> {
    let ours = volumes
        .iter()
        .filter(|volume| volume.namespace == namespace_of(volume.instance));
    let sold = ours.filter(|volume| sells(recipes.get(&volume.recipe).ok(), &volume.claim));
    let sold = sold.map(|volume| {
        let sold = SoldVolume {
            namespace: volume.namespace.clone(),
            claim: volume.claim.clone(),
            capacity_mib: volume.capacity_mib,
        };
        (volume.instance, sold)
    });
    sold.collect()
}

/// How much of its volume each instance uses, in MiB. A volume on a disk that it shares tells of the whole disk, and is
/// not believed: its file system is much larger than what was asked for.
pub(super) fn used(told: &[VolumeUse], sold: &HashMap<Uuid, SoldVolume>) -> HashMap<Uuid, u32> {
    let by_claim: HashMap<(&str, &str), &VolumeUse> = told
        .iter()
        .map(|volume| ((&*volume.namespace, &*volume.claim), volume))
        .collect();
    let used = sold.iter().filter_map(|(id, sold)| {
        let volume = by_claim.get(&(&*sold.namespace, &*sold.claim))?;
        let own = volume.capacity_bytes / MIB <= u64::from(sold.capacity_mib) * 2;
        let used = u32::try_from(volume.used_bytes.div_ceil(MIB)).unwrap_or(u32::MAX);
        own.then_some((*id, used))
    });
    used.collect()
}

fn sells(recipe: Option<&Recipe>, claim: &str) -> bool {
    let mut volumes = recipe.iter().flat_map(|recipe| &recipe.volumes);
    volumes.any(|volume| volume.claim == claim && volume.size_mib.is_none())
}

/// What each instance uses. Another installation on the same cluster has another prefix: its pods are none of ours.
pub(super) fn readings(
    pods: &[PodUse],
    volumes: &HashMap<Uuid, SoldVolume>,
    used: &HashMap<Uuid, u32>,
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
        storage_used_mib: used.get(&instance_id).copied(),
        storage_capacity_mib: volumes.get(&instance_id).map(|sold| sold.capacity_mib),
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
        let sold = sold(&volumes, &recipes, namespace_of);
        let told = [told("web", 4_000, 5_000), told("database", 1_000, 1_024)];
        let used = used(&told, &sold);
        let found = readings(&pods, &sold, &used, &recipes, namespace_of);
        let expected = Reading {
            instance_id: ID,
            cpu_millicores: 120,
            memory_mib: 2,
            overhead_cpu_millicores: 42,
            overhead_memory_mib: 3,
            storage_used_mib: Some(4_000),
            storage_capacity_mib: Some(5_120),
        };
        assert_eq!(found, [expected]);
    }

    fn told(claim: &str, used_mib: u64, capacity_mib: u64) -> VolumeUse {
        VolumeUse {
            namespace: namespace_of(ID),
            claim: claim.into(),
            used_bytes: used_mib * MIB,
            capacity_bytes: capacity_mib * MIB,
        }
    }

    #[test]
    fn what_a_shared_disk_tells_is_not_taken_for_the_volumes() {
        let recipes = Recipes::embedded().unwrap();
        let sold = sold(&[volume("web", 5_120)], &recipes, namespace_of);
        let of = |told: VolumeUse| used(&[told], &sold).get(&ID).copied();
        assert_eq!(of(told("web", 4_000, 5_120)), Some(4_000));
        assert_eq!(of(told("web", 400_000, 500_000)), None);
        assert_eq!(of(told("database", 10, 5_120)), None);
        let mut foreign = told("web", 10, 5_120);
        foreign.namespace = format!("other-{ID}");
        assert_eq!(of(foreign), None);
    }

    #[test]
    fn what_another_installation_runs_is_none_of_ours() {
        let recipes = Recipes::embedded().unwrap();
        let mut foreign = pod("web", &[("wordpress", 100, MIB)]);
        foreign.namespace = format!("other-{ID}");
        let none = HashMap::new();
        let found = readings(&[foreign], &none, &HashMap::new(), &recipes, namespace_of);
        assert_eq!(found, []);
        let mut foreign = volume("web", 1);
        foreign.namespace = format!("other-{ID}");
        assert!(sold(&[foreign], &recipes, namespace_of).is_empty());
    }

    #[test]
    fn of_an_app_without_a_recipe_everything_is_its_own() {
        let mut unknown = pod("web", &[("wordpress", 100, MIB), ("cron", 5, MIB)]);
        unknown.recipe = "of-yesterday".into();
        let recipes = Recipes::embedded().unwrap();
        let none = HashMap::new();
        let found = readings(&[unknown], &none, &HashMap::new(), &recipes, namespace_of);
        assert_eq!(found[0].cpu_millicores, 105);
    }
}
