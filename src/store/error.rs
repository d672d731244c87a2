use crate::clock::ClockOff;
use purser_domain::{Refused, StreamId};

/// The history could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the event store cannot be reached")]
    Unavailable(#[source] sqlx::Error),
    #[error("the event store did not take or give the events")]
    Database(#[source] sqlx::Error),
    #[error("event {sequence} of {stream} cannot be read")]
    Corrupt {
        stream: StreamId,
        sequence: i64,
        source: serde_json::Error,
    },
    #[error(
        "event {sequence} of {stream} has version {version} of {event_type}, which this build does not know"
    )]
    UnknownVersion {
        stream: StreamId,
        sequence: i64,
        event_type: String,
        version: String,
    },
    #[error("the stored history names {0:?}, which this build does not know")]
    UnknownAggregate(String),
    #[error("an event cannot be written as JSON")]
    Encode(#[source] serde_json::Error),
    #[error("an event has no canonical form")]
    Canonical(#[from] super::canonical::CanonicalError),
    #[error("a decision on these streams panicked: {0}")]
    Panicked(String),
    /// Nothing is written under a time that may be wrong: the history's never goes back.
    #[error(transparent)]
    ClockOff(#[from] ClockOff),
    #[error("the database answered what append() never says")]
    Protocol,
    #[error("the appender has stopped")]
    Stopped,
}

impl StoreError {
    /// Whether the same may succeed in a moment.
    pub fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::ClockOff(_) | Self::Stopped
        )
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if is_connection_trouble(&error) {
            Self::Unavailable(error)
        } else {
            Self::Database(error)
        }
    }
}

/// Errors after which the outcome is unknown or the server away, as opposed to a statement refused.
fn is_connection_trouble(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::Protocol(_)
        | sqlx::Error::WorkerCrashed => true,
        // Class 08: connection; 57P0x: shutdown and start-up; 53300: too many clients;
        // 40001 and 40P01: serialisation failure and deadlock, which a repeat resolves, as it does where one of the
        // time-outs of the session was over: 25P03, 55P03 and 57014.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            code.starts_with("08")
                || code.starts_with("57P")
                || matches!(
                    code.as_ref(),
                    "53300" | "40001" | "40P01" | "25P03" | "55P03" | "57014"
                )
        }),
        _ => false,
    }
}

/// Why a command was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("this idempotency key was used for another request")]
    KeyReused,
    #[error(transparent)]
    Store(#[from] StoreError),
}
