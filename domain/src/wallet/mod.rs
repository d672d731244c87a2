//! A customer's prepaid credit: paid and promotional. **Invariants:** it is never negative, because what it does not reach
//! for is refused before it is recorded; each movement happens once, by its id; what the gateway took back beyond what was
//! there is owed, and nothing is spent before it is paid.

mod aggregate;
mod change;
mod commands;
mod debts;
mod error;
mod events;
mod foreseen;
mod payouts;
mod purse;
mod spending;
#[cfg(test)]
mod tests;

pub use aggregate::Wallet;
pub use change::Change;
pub use commands::{Purpose, WalletCommand};
pub use debts::Debt;
pub use error::WalletError;
pub use events::{AdjustmentSide, GrantCause, ReversalCause, WalletEvent};
pub use foreseen::Coming;
pub use purse::{GrantPart, promotional};
