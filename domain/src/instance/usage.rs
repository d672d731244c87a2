//! How much of its plan an instance uses, and when that is worth a word. **Invariant:** a resource is warned of once for each
//! mark that it passes, and not again before it was well below the lowest of them.

use super::InstanceEvent;
use crate::resources::Resources;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A resource of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    Cpu,
    Memory,
    Storage,
}

impl Resource {
    pub const ALL: [Self; 3] = [Self::Cpu, Self::Memory, Self::Storage];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Storage => "storage",
        }
    }

    /// What the plan gives: millicores or MiB.
    pub const fn of(self, resources: Resources) -> u32 {
        match self {
            Self::Cpu => resources.cpu_millicores(),
            Self::Memory => resources.memory_mib(),
            Self::Storage => resources.storage_mib(),
        }
    }
}

/// The marks, in percent of the plan, the highest first.
const MARKS: [u32; 2] = [90, 80];
/// Below this it is over. Some way below the marks, so that a resource that sways around one is not warned of for ever.
const EASED_BELOW: u32 = 70;

/// Where a resource stands, for whoever wants to know whether telling it could change anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band(u32);

impl Band {
    pub fn of(used: u32, limit: u32) -> Self {
        let percent = percent(used, limit);
        let mark = reached(percent).unwrap_or(0);
        Self(if mark == 0 && percent >= EASED_BELOW {
            EASED_BELOW
        } else {
            mark
        })
    }
}

/// The mark that was last warned of, of each resource that is not over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Warned(BTreeMap<Resource, u32>);

impl Warned {
    /// What comes of using so much of a resource for some time.
    pub(super) fn observe(
        &self,
        resource: Resource,
        used: u32,
        has: Resources,
        at: DateTime<Utc>,
    ) -> Vec<InstanceEvent> {
        let limit = resource.of(has);
        let percent = percent(used, limit);
        match news(percent, self.0.get(&resource).copied()) {
            Some(News::Passed(mark)) => vec![InstanceEvent::UsageWarned {
                resource,
                mark,
                percent,
                limit,
                at,
            }],
            Some(News::Eased) => vec![InstanceEvent::UsageEased {
                resource,
                percent,
                at,
            }],
            None => vec![],
        }
    }

    pub(super) fn warned(&mut self, resource: Resource, mark: u32) {
        self.0.insert(resource, mark);
    }

    pub(super) fn eased(&mut self, resource: Resource) {
        self.0.remove(&resource);
    }

    /// What does not run uses its volume and nothing else.
    pub(super) fn at_rest(&mut self) {
        self.0.retain(|resource, _| *resource == Resource::Storage);
    }
}

/// The mark that was last warned of, of each volume that no plan sells and that is not over, by its claim.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct WarnedVolumes(BTreeMap<String, u32>);

impl WarnedVolumes {
    /// What comes of a volume that is so full.
    pub(super) fn observe(
        &self,
        claim: String,
        used_mib: u32,
        capacity_mib: u32,
        at: DateTime<Utc>,
    ) -> Vec<InstanceEvent> {
        let percent = percent(used_mib, capacity_mib);
        match news(percent, self.0.get(&claim).copied()) {
            Some(News::Passed(mark)) => vec![InstanceEvent::VolumeWarned {
                claim,
                mark,
                percent,
                capacity_mib,
                at,
            }],
            Some(News::Eased) => vec![InstanceEvent::VolumeEased { claim, percent, at }],
            None => vec![],
        }
    }

    pub(super) fn warned(&mut self, claim: String, mark: u32) {
        self.0.insert(claim, mark);
    }

    pub(super) fn eased(&mut self, claim: &str) {
        self.0.remove(claim);
    }
}

/// What is worth a word.
enum News {
    /// A mark that is higher than the one before.
    Passed(u32),
    Eased,
}

fn news(percent: u32, warned: Option<u32>) -> Option<News> {
    match (reached(percent), warned) {
        (Some(mark), warned) if warned.is_none_or(|warned| warned < mark) => {
            Some(News::Passed(mark))
        }
        (None, Some(_)) if percent < EASED_BELOW => Some(News::Eased),
        _ => None,
    }
}

fn reached(percent: u32) -> Option<u32> {
    MARKS.into_iter().find(|mark| percent >= *mark)
}

/// How much of a limit is used, in whole percent, rounded down: what is not quite 80 is not 80.
pub fn percent_of(used: i64, limit: i64) -> i64 {
    used.saturating_mul(100) / limit.max(1)
}

fn percent(used: u32, limit: u32) -> u32 {
    let percent = percent_of(used.into(), limit.into());
    u32::try_from(percent).unwrap_or(u32::MAX)
}
