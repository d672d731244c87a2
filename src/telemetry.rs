//! Where the log goes.

use std::{fs::File, io, sync::Mutex};
use tracing_subscriber::EnvFilter;

/// Logs to standard error, as JSON lines or for people.
pub fn to_stderr(filter: &str, json: bool) {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(io::stderr);
    // A second subscriber is refused; the first one stands.
    let _ = if json {
        builder.json().try_init()
    } else {
        builder.try_init()
    };
}

/// Logs to a file, for people.
pub fn to_file(filter: &str, file: File) {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_ansi(false);
    let _ = builder.with_writer(Mutex::new(file)).try_init();
}
