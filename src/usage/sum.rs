//! From pods and volumes to what each instance uses. Pure.

use super::readings::{Reading, VolumeReading};
use crate::kubernetes::{PodUse, Recipe, Recipes, Use, VolumeSeen, VolumeUse};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

const MIB: u64 = 1024 * 1024;
const WEB: &str = "web";

/// A volume of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OwnVolume {
    namespace: String,
    claim: String,
    capacity_mib: u32,
}

/// The volumes of all instances.
#[derive(Debug, Default)]
pub(super) struct Volumes {
    /// The one that each plan sells, by instance.
    pub(super) sold: HashMap<Uuid, OwnVolume>,
    /// Those of a recipe's own size.
    fixed: Vec<(Uuid, OwnVolume)>,
}

impl Volumes {
    pub(super) fn of(
        volumes: &[VolumeSeen],
        recipes: &Recipes,
        namespace_of: impl Fn(Uuid) -> String,
    ) -> Self {
        let mut all = Self::default();
        for seen in volumes {
            let recipe = recipes.get(&seen.recipe).ok();
            let mut stated = recipe.iter().flat_map(|recipe| &recipe.volumes);
            let stated = stated.find(|volume| volume.claim == seen.claim);
            let Some(stated) = stated.filter(|_| seen.namespace == namespace_of(seen.instance))
            else {
                continue;
            };
            let volume = OwnVolume {
                namespace: seen.namespace.clone(),
                claim: seen.claim.clone(),
                capacity_mib: seen.capacity_mib,
            };
            match stated.size_mib {
                None => drop(all.sold.insert(seen.instance, volume)),
                Some(_) => all.fixed.push((seen.instance, volume)),
            }
        }
        all
    }
}

/// How full volumes are, as far as kubelets tell.
#[derive(Debug, Default)]
pub(super) struct Used {
    /// How much of the volume that its plan sells each instance uses, in MiB.
    pub(super) sold: HashMap<Uuid, u32>,
    pub(super) fixed: Vec<VolumeReading>,
}

impl Used {
    pub(super) fn of(told: &[VolumeUse], volumes: &Volumes) -> Self {
        let by_claim: HashMap<(&str, &str), &VolumeUse> = told
            .iter()
            .map(|volume| ((&*volume.namespace, &*volume.claim), volume))
            .collect();
        let used = |volume: &OwnVolume| {
            let told = by_claim.get(&(&*volume.namespace, &*volume.claim))?;
            volume.believed(told)
        };
        let sold = volumes.sold.iter();
        let fixed = volumes.fixed.iter().filter_map(|(id, volume)| {
            Some(VolumeReading {
                instance_id: *id,
                claim: volume.claim.clone(),
                used_mib: used(volume)?,
                capacity_mib: volume.capacity_mib,
            })
        });
        Self {
            sold: sold
                .filter_map(|(id, volume)| Some((*id, used(volume)?)))
                .collect(),
            fixed: fixed.collect(),
        }
    }
}

impl OwnVolume {
    /// How much of it is used, in MiB. A volume on a disk that it shares tells of the whole disk, and is not believed: its
    /// file system is much larger than what was asked for.
    fn believed(&self, told: &VolumeUse) -> Option<u32> {
        let own = told.capacity_bytes / MIB <= u64::from(self.capacity_mib) * 2;
        let used = u32::try_from(told.used_bytes.div_ceil(MIB)).unwrap_or(u32::MAX);
        own.then_some(used)
    }
}

/// What each instance uses. Another installation on the same cluster has another prefix: its pods are none of ours.
pub(super) fn readings(
    pods: &[PodUse],
    volumes: &HashMap<Uuid, OwnVolume>,
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
        let volumes = Volumes::of(&volumes, &recipes, namespace_of);
        let told = [told("web", 4_000, 5_000), told("database", 1_000, 1_024)];
        let used = Used::of(&told, &volumes);
        let found = readings(&pods, &volumes.sold, &used.sold, &recipes, namespace_of);
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
        let database = VolumeReading {
            instance_id: ID,
            claim: "database".into(),
            used_mib: 1_000,
            capacity_mib: 1_024,
        };
        assert_eq!(used.fixed, [database]);
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
        let volumes = [volume("web", 5_120), volume("database", 1_024)];
        let volumes = Volumes::of(&volumes, &recipes, namespace_of);
        let of = |told: VolumeUse| Used::of(&[told], &volumes).sold.get(&ID).copied();
        assert_eq!(of(told("web", 4_000, 5_120)), Some(4_000));
        assert_eq!(of(told("web", 400_000, 500_000)), None);
        assert_eq!(of(told("database", 10, 5_120)), None);
        let mut foreign = told("web", 10, 5_120);
        foreign.namespace = format!("other-{ID}");
        assert_eq!(of(foreign), None);
        let fixed = |told: VolumeUse| Used::of(&[told], &volumes).fixed.len();
        assert_eq!(fixed(told("database", 10, 1_024)), 1);
        assert_eq!(fixed(told("database", 400_000, 500_000)), 0);
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
        assert!(
            Volumes::of(&[foreign], &recipes, namespace_of)
                .sold
                .is_empty()
        );
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
