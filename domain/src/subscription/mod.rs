//! What a customer ordered. Paid time begins only once readiness was observed.

mod aggregate;
mod change;
mod commands;
mod deciding;
mod error;
mod events;
mod life;
mod paid;
#[cfg(test)]
mod tests;

pub use aggregate::Subscription;
pub use change::{Agreed, Changing, Quote};
pub use commands::{LifeCommand, SubscriptionCommand};
pub use error::SubscriptionError;
pub use events::{EndCause, FailCause, PlanChange, RenewalCause, SubscriptionEvent, Terms, Trial};
pub use life::Due;
pub use paid::{PaidAnew, Remainder};
