use crate::{aggregate::event_names, ids::UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SessionEvent {
    #[serde(rename = "session.started")]
    Started {
        user_id: UserId,
        expires_at: DateTime<Utc>,
        /// How often all sessions of the account had been ended by then; the next time ends this one.
        #[serde(default, skip_serializing_if = "is_none")]
        times_shut: u32,
    },
    /// The refresh token of the last generation was spent; the next one holds.
    #[serde(rename = "session.refreshed")]
    Refreshed {
        generation: u32,
        expires_at: DateTime<Utc>,
    },
    /// A code of the second factor was given: until then it is its owner's beyond a password.
    #[serde(rename = "session.proven")]
    Proven {
        at: DateTime<Utc>,
        until: DateTime<Utc>,
    },
    #[serde(rename = "session.ended")]
    Ended { cause: EndCause },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_none(times: &u32) -> bool {
    *times == 0
}

/// Why a session ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    SignedOut,
    /// A spent refresh token came back: it was copied, so neither holder may go on (RFC 9700, 4.14.2).
    TokenReused,
}

event_names!(SessionEvent {
    Started => "session.started" v "1",
    Refreshed => "session.refreshed" v "1",
    Proven => "session.proven" v "1",
    Ended => "session.ended" v "1",
});
