//! Something about money that a person has to look at. **Invariants:** one finding is one case, however often it is found;
//! it has an owner, and it is closed with a reason.

mod aggregate;
mod commands;
mod error;
mod events;
#[cfg(test)]
mod tests;

pub use aggregate::Case;
pub use commands::CaseCommand;
pub use error::CaseError;
pub use events::{CaseEvent, CaseKind, Matter};
