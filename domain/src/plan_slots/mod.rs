//! How many of a plan may be sold. A stream of its own, so that sales do not grow the catalogue's. **Invariant:** never more taken than there are, never one given back twice.

mod aggregate;
mod commands;
mod error;
mod events;
#[cfg(test)]
mod tests;

pub use aggregate::PlanSlots;
pub use commands::PlanSlotsCommand;
pub use error::PlanSlotsError;
pub use events::PlanSlotsEvent;
