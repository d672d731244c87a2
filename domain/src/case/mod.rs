//! Something about money that a person has to look at. **Invariants:** one finding is one case, however often it is found, and
//! it is closed with a reason. Its owner (billing rule 32) is whom the operator names for cases; where he names nobody the
//! administrators own it together, until one of the staff takes it.

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
