//! Sagas: what has to happen outside of Postgres because of what was decided. A saga is pure; the
//! runner keeps its state, effects and position in one transaction, and workers run the effects, at
//! least once, each under its stable id. A saga never reads a projection.

mod approvals;
mod arrears;
mod claim;
mod effect;
mod erasure;
mod executor;
mod expiry;
mod follower;
mod healing;
mod holds;
mod letters;
mod mails;
mod noting;
mod observer;
mod operation;
mod paper;
mod payment;
mod prices;
mod progress;
mod purchase;
mod renewal;
mod saga;
mod storage;
mod stuck;
mod timers;
mod usage_letters;
mod welcome;
mod worker;
mod workers;

#[cfg(test)]
mod tests;

pub use approvals::Approvals;
pub use arrears::Arrears;
pub use claim::release_all;
pub use effect::{Action, Alert, Bill, Effect, Execute, GivenUp, Letter, Paper, Repriced};
pub use erasure::Erasure;
pub use executor::{Alerts, Effects, Lately, Repair, Repaired, WelcomeBonus};
pub use expiry::Expiry;
pub use follower::SagaFollower;
pub use healing::Healing;
pub use holds::Holds;
pub use letters::Letters;
pub use mails::{SentMail, mail, mails_of};
pub use observer::Observer;
pub use operation::Operation;
pub use paper::Papers;
pub use payment::Payment;
pub use prices::Prices;
pub use purchase::{Purchase, Road};
pub use renewal::Renewal;
pub use saga::{AnySaga, Heard, Reaction, Saga, Timer};
pub use stuck::{Backlog, StuckEffect, backlog, revive, stuck};
pub use timers::{ClusterClock, run_timers};
pub use usage_letters::UsageLetters;
pub use welcome::Welcome;
pub use worker::{Executor, Outcome, Task, WorkerOptions, Workers};
pub use workers::NodeWishes;
