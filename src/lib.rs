//! Purser sells managed apps: one provable chain from payment to ledger to pod to mail.

pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod embedded;
pub mod faults;
pub mod fleet;
pub mod http;
pub mod inbox;
pub mod kubernetes;
pub mod ledger;
pub mod mail;
pub mod overdue;
mod panics;
pub mod paper;
pub mod payments;
pub mod pod_security;
pub mod reconcile;
pub mod relay;
mod rounds;
pub mod sagas;
#[cfg(feature = "standins")]
pub mod standins;
pub mod store;
pub mod sweep;
pub mod telemetry;
pub mod usage;
pub mod verify;

/// Makes ring what TLS is done with in this process, before anybody speaks it. Where it was chosen already that stands.
pub fn choose_crypto() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// An error and its causes on one line, for whoever handles it.
pub fn chain_of(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
