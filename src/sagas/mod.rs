//! Sagas: what has to happen outside of Postgres because of what was decided. A saga is pure; the
//! runner keeps its state, effects and position in one transaction, and workers run the effects, at
//! least once, each under its stable id. A saga never reads a projection.

mod effect;
mod follower;
mod letters;
mod payment;
mod purchase;
mod saga;
mod storage;
mod timers;
mod worker;

#[cfg(test)]
mod tests;

pub use effect::{Effect, Execute, Letter};
pub use follower::SagaFollower;
pub use letters::Letters;
pub use payment::Payment;
pub use purchase::{Purchase, PurchaseOptions};
pub use saga::{AnySaga, Heard, Reaction, Saga, Timer};
pub use timers::{ClusterClock, run_timers};
pub use worker::{Executor, Outcome, Task, WorkerOptions, Workers};
