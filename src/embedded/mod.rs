//! The real PostgreSQL and nats-server as child processes on loopback, for `purser dev`,
//! `purser serve --embedded` and the tests.
//!
//! Owns: finding the programs, everything under one data folder, and the life of the children.
//! Never: a socket beyond 127.0.0.1, a signal to a process that was not started from this very data
//! folder, or a guess about data it cannot read: it says what is wrong and stops.
//!
//! ```text
//! <data folder>/
//!   lock                        held while a purser owns the folder
//!   postgres.json nats.json     passwords, ports, where PostgreSQL lives if not here (0600)
//!   postgres/data               made by initdb; by root without user namespaces perhaps elsewhere
//!   nats/ nats.conf             JetStream's files and the configuration written at every start
//!   *.log *.pid                 what the children said; which processes to look for after a crash
//!   tools/                      programs installed with pip, shared by whoever names the folder
//! ```

mod child;
mod data_dir;
mod error;
mod identity;
mod nats;
mod ports;
mod postgres;
mod process;
#[cfg(test)]
mod tests;
mod throwaway;
mod tools;
mod wheels;

pub use data_dir::DataDir;
pub use error::EmbeddedError;
pub use identity::AsRoot;
pub use nats::Nats;
pub use postgres::{DatabaseUrls, Postgres, PostgresOptions};
pub use throwaway::{Throwaway, throwaway, throwaway_nats, throwaway_postgres};
pub use tools::Tools;

/// What a power cut may take from PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nothing that was acknowledged: every commit is synced to disk.
    Durable,
    /// Everything: for tests, whose folder is deleted anyway.
    Throwaway,
}
