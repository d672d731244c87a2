use crate::{sealed::Sealed, text::Reason};
use chrono::{DateTime, Utc};

/// What somebody gave as a code. Who can open the secret has compared it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenCode {
    Wrong,
    /// The code of these 30 seconds, counted from the epoch.
    Of {
        step: i64,
    },
}

#[derive(Clone, Debug)]
pub enum SecondFactorCommand {
    /// A secret was made; it counts once a code of it was given.
    Offer { secret: Sealed },
    /// The first code.
    Confirm { code: GivenCode, at: DateTime<Utc> },
    /// A later code.
    Give { code: GivenCode, at: DateTime<Utc> },
    Remove {
        /// Why others take it away; none where its owner does, with a code.
        reason: Option<Reason>,
    },
}
