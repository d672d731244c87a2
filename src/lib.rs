//! Purser sells managed apps: one provable chain from payment to ledger to pod to mail.

pub mod config;
pub mod kubernetes;
#[cfg(feature = "standins")]
pub mod standins;
