//! Purser sells managed apps: one provable chain from payment to ledger to pod to mail.

pub mod config;
#[cfg(feature = "standins")]
pub mod standins;
