//! The double-entry view over the events. Every movement of money is booked from the event that records it; what was
//! earned is a function of the events and a date, so that no event is needed for a day that passes (billing rule 27).
//! **Invariant:** debits equal credits at every position and date.

mod account;
mod balance;
mod billed;
mod booking;
mod clearing;
mod deferral;
mod fees;
mod gateway;
#[cfg(test)]
mod tests;

pub use account::{Account, AccountKind};
pub use balance::{Line, TrialBalance};
pub use booking::Ledger;
pub use clearing::Cleared;
pub use fees::fees_note;
pub use gateway::GatewayDay;
