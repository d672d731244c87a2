//! Purser's rules, pure: no I/O, no clock, no randomness. Whoever calls brings ids and times along.
//!
//! One folder a noun, each with its events, commands, refusals and aggregate; decisions over several
//! nouns stand in [`decisions`].

mod aggregate;
pub mod allowance;
pub mod approval;
pub mod approval_limit;
pub mod case;
pub mod claim;
pub mod coupon;
pub mod decision;
pub mod decisions;
pub mod document;
pub mod fee_statement;
mod hourly;
pub mod ids;
pub mod instance;
pub mod ledger;
pub mod mail;
pub mod metadata;
pub mod money;
pub mod parameters;
pub mod period;
pub mod plan_slots;
pub mod recorded;
pub mod rejection;
pub mod resources;
pub mod sealed;
pub mod second_factor;
pub mod series;
pub mod service;
pub mod session;
#[cfg(test)]
mod story;
pub mod stream;
pub mod subscription;
pub mod text;
pub mod top_up;
pub mod user;
pub mod vat;
pub mod wallet;
pub mod worker;

pub use decision::{Decided, Decision, States, Work};
pub use metadata::{Actor, Metadata};
pub use money::Rupiah;
pub use recorded::Recorded;
pub use rejection::{Refusal, Refused, Rejection};
pub use stream::{AggregateType, Event, State, Stream, StreamId};
