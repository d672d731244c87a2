//! A signed-in session. Its refresh tokens rotate: each works once, and using a spent one ends the session.

mod aggregate;
mod commands;
mod error;
mod events;
#[cfg(test)]
mod tests;

pub use aggregate::Session;
pub use commands::SessionCommand;
pub use error::SessionError;
pub use events::{EndCause, SessionEvent};
