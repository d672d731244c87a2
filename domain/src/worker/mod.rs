//! What instances run on. A node of the cluster is registered by being seen there; a host outside joins with a
//! token, once. **Invariant:** single heartbeats are no events, only what they change; what runs where is observed
//! elsewhere and never stands here.

mod aggregate;
mod capacity;
mod commands;
mod error;
mod events;
#[cfg(test)]
mod tests;

pub use aggregate::{Drain, Worker};
pub use capacity::Capacity;
pub use commands::WorkerCommand;
pub use error::WorkerError;
pub use events::{Origin, WorkerEvent};
