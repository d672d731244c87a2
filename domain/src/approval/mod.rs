//! What one member of the staff asked for and another one decides (billing rule 40). **Invariants:** nobody decides what he
//! asked for, or what is about himself; what is held is carried out once, in the commit that says so; after its time it is
//! nothing any more.

mod act;
mod aggregate;
mod commands;
mod error;
mod events;
#[cfg(test)]
mod tests;

pub use act::{Act, Deed, TakenFor};
pub use aggregate::{Approval, ApprovalEnd};
pub use commands::{ApprovalCommand, Held};
pub use error::ApprovalError;
pub use events::ApprovalEvent;
