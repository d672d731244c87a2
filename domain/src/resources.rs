//! What a plan gives to the app's container. Database, sidecars and jobs are the recipe's overhead.

use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// CPU in millicores, memory and storage in MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Figures", into = "Figures")]
pub struct Resources {
    cpu_millicores: u32,
    memory_mib: u32,
    storage_mib: u32,
}

#[derive(Serialize, Deserialize)]
struct Figures {
    cpu_millicores: u32,
    memory_mib: u32,
    storage_mib: u32,
}

/// Why figures are no resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResourcesError {
    #[error("cpu is {0} millicores; a plan has 50 to 64000")]
    Cpu(u32),
    #[error("memory is {0} MiB; a plan has 64 to 524288")]
    Memory(u32),
    #[error("storage is {0} MiB; a plan has 128 to 16777216")]
    Storage(u32),
}

impl Resources {
    /// What a plan may give, in millicores.
    pub const CPU_MILLICORES: RangeInclusive<u32> = 50..=64_000;
    /// What a plan may give, in MiB.
    pub const MEMORY_MIB: RangeInclusive<u32> = 64..=524_288;
    /// What a plan may give, in MiB.
    pub const STORAGE_MIB: RangeInclusive<u32> = 128..=16_777_216;

    /// # Errors
    /// A figure outside its range.
    pub fn new(
        cpu_millicores: u32,
        memory_mib: u32,
        storage_mib: u32,
    ) -> Result<Self, ResourcesError> {
        if !Self::CPU_MILLICORES.contains(&cpu_millicores) {
            return Err(ResourcesError::Cpu(cpu_millicores));
        }
        if !Self::MEMORY_MIB.contains(&memory_mib) {
            return Err(ResourcesError::Memory(memory_mib));
        }
        if !Self::STORAGE_MIB.contains(&storage_mib) {
            return Err(ResourcesError::Storage(storage_mib));
        }
        Ok(Self {
            cpu_millicores,
            memory_mib,
            storage_mib,
        })
    }

    /// CPU in thousandths of a core.
    pub const fn cpu_millicores(&self) -> u32 {
        self.cpu_millicores
    }

    /// Memory in MiB.
    pub const fn memory_mib(&self) -> u32 {
        self.memory_mib
    }

    /// Storage in MiB.
    pub const fn storage_mib(&self) -> u32 {
        self.storage_mib
    }
}

impl TryFrom<Figures> for Resources {
    type Error = ResourcesError;

    fn try_from(figures: Figures) -> Result<Self, ResourcesError> {
        Self::new(
            figures.cpu_millicores,
            figures.memory_mib,
            figures.storage_mib,
        )
    }
}

impl From<Resources> for Figures {
    fn from(resources: Resources) -> Self {
        let Resources {
            cpu_millicores,
            memory_mib,
            storage_mib,
        } = resources;
        Self {
            cpu_millicores,
            memory_mib,
            storage_mib,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Resources, ResourcesError};

    #[test]
    fn figures_out_of_range_are_refused_typed_and_read() {
        assert_eq!(Resources::new(1, 512, 1024), Err(ResourcesError::Cpu(1)));
        assert_eq!(Resources::new(500, 1, 1024), Err(ResourcesError::Memory(1)));
        assert_eq!(Resources::new(500, 512, 1), Err(ResourcesError::Storage(1)));
        let read = serde_json::from_str::<Resources>(
            r#"{"cpu_millicores":1,"memory_mib":512,"storage_mib":1024}"#,
        );
        assert!(read.is_err());
    }
}
