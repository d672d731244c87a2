//! What a customer ordered. Paid time begins only once readiness was observed.

mod aggregate;
mod commands;
mod error;
mod events;
#[cfg(test)]
mod tests;

pub use aggregate::Subscription;
pub use commands::SubscriptionCommand;
pub use error::SubscriptionError;
pub use events::{FailCause, SubscriptionEvent, Terms};
