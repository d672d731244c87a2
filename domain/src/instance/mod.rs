//! What runs on the cluster for a subscription: what is wanted, and what was observed.

mod aggregate;
mod commands;
mod drift;
#[cfg(test)]
mod drift_tests;
mod error;
mod events;
#[cfg(test)]
mod tests;

pub use aggregate::Instance;
pub use commands::InstanceCommand;
pub use error::InstanceError;
pub use events::{ForeignManager, InstanceEvent, Step, Wanted};
