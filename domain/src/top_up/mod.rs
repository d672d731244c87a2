//! An order of credit, paid through the gateway. **Invariants:** one gateway transaction is credited once, and no more of it
//! is taken back than was credited.

mod aggregate;
mod channel;
mod commands;
mod error;
mod events;
mod order;
mod paid;
mod refunds;
#[cfg(test)]
mod tests;

pub use aggregate::{TopUp, least, most};
pub use channel::{Channel, RefundRule};
pub use commands::TopUpCommand;
pub use error::TopUpError;
pub use events::{CloseCause, TopUpEvent};
pub use paid::{Payment, Taking};
