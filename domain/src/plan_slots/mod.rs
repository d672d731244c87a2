//! How many of a plan may be sold. A stream of its own, so that sales do not grow the catalogue's. **Invariant:** never more taken than there are, never one given back twice, none taken while the workers have no room for it.
//!
//! Room stands here and not in a stream of the pools': a purchase reads and guards this stream anyway, so
//! the fact costs no sale anything, and it says of each size of plan what it needs to know.

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
