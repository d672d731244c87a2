//! A customer's prepaid balance. **Invariant:** it is never negative, because a charge beyond it is refused before it is recorded; and each credit and charge happens once, by its id.

mod aggregate;
mod commands;
mod error;
mod events;
#[cfg(test)]
mod tests;

pub use aggregate::Wallet;
pub use commands::WalletCommand;
pub use error::WalletError;
pub use events::WalletEvent;
