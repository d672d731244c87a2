//! What runs on the cluster for a subscription: what is wanted, and what was observed.

mod aggregate;
mod commands;
mod drift;
#[cfg(test)]
mod drift_tests;
mod error;
mod events;
mod health;
mod life;
#[cfg(test)]
mod life_tests;
mod operation;
mod status;
#[cfg(test)]
mod tests;
mod usage;
#[cfg(test)]
mod usage_tests;

pub use aggregate::Instance;
pub use commands::{InstanceCommand, LifeCommand};
pub use error::InstanceError;
pub use events::{ForeignManager, InstanceEvent, Step, Wanted};
pub use health::{Illness, Unready};
pub use operation::{HoldKind, Seen, StopCause};
pub use status::InstanceStatus;
pub use usage::{Band, Resource, percent_of};
