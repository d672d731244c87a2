use serde::{Deserialize, Serialize};

/// How much a worker has, or gives: CPU in millicores, memory in MiB, and how many pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    pub cpu_millicores: u32,
    pub memory_mib: u32,
    pub pods: u32,
}

impl Capacity {
    /// What is left of it; nothing where more is taken than there is.
    #[must_use]
    pub const fn less(self, taken: Self) -> Self {
        Self {
            cpu_millicores: self.cpu_millicores.saturating_sub(taken.cpu_millicores),
            memory_mib: self.memory_mib.saturating_sub(taken.memory_mib),
            pods: self.pods.saturating_sub(taken.pods),
        }
    }

    #[must_use]
    pub const fn plus(self, more: Self) -> Self {
        Self {
            cpu_millicores: self.cpu_millicores.saturating_add(more.cpu_millicores),
            memory_mib: self.memory_mib.saturating_add(more.memory_mib),
            pods: self.pods.saturating_add(more.pods),
        }
    }

    /// Whether so much can be taken from it.
    pub const fn holds(self, need: Self) -> bool {
        self.cpu_millicores >= need.cpu_millicores
            && self.memory_mib >= need.memory_mib
            && self.pods >= need.pods
    }
}
