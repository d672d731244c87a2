//! The second factor of a person: codes of an authenticator (RFC 6238), by the person's id. **Invariant:** no code is taken
//! twice, nor one that is older than the last; and who has missed too often in a row waits, also with the right code.
//!
//! It is a stream of its own, so that signing in changes nothing about the account that somebody may be about to approve.

mod aggregate;
mod commands;
mod error;
mod events;
#[cfg(test)]
mod tests;

pub use aggregate::SecondFactor;
pub use commands::{GivenCode, SecondFactorCommand};
pub use error::SecondFactorError;
pub use events::SecondFactorEvent;
