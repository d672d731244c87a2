use crate::ids::UserId;
use chrono::{DateTime, Utc};

#[derive(Clone, Debug)]
pub enum SessionCommand {
    Start {
        user_id: UserId,
        expires_at: DateTime<Utc>,
        /// How often all sessions of the account were ended so far.
        times_shut: u32,
    },
    /// Spends the refresh token of `generation`.
    Refresh {
        generation: u32,
        at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    },
    /// A code of the second factor was given.
    Prove {
        at: DateTime<Utc>,
        /// Until when it proves that the session is its owner's.
        until: DateTime<Utc>,
    },
    SignOut,
}
