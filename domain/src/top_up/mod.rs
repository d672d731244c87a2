//! An order of credit, paid through the gateway. **Invariant:** one gateway transaction is credited once.

mod aggregate;
mod commands;
mod error;
mod events;
#[cfg(test)]
mod tests;

pub use aggregate::{TopUp, least, most};
pub use commands::TopUpCommand;
pub use error::TopUpError;
pub use events::{CloseCause, TopUpEvent};
