use crate::{aggregate::event_names, sealed::Sealed, text::Reason};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SecondFactorEvent {
    /// A secret was made for an authenticator; a later one takes the place of an earlier.
    #[serde(rename = "second_factor.offered")]
    Offered { secret: Sealed },
    /// A code of it was given: from now on nobody signs in without.
    #[serde(rename = "second_factor.confirmed")]
    Confirmed {
        /// The 30 seconds whose code it was, counted from the epoch.
        step: i64,
        at: DateTime<Utc>,
    },
    /// A code was given; neither it nor an earlier one is taken again.
    #[serde(rename = "second_factor.used")]
    Used { step: i64 },
    /// A wrong code was given.
    #[serde(rename = "second_factor.missed")]
    Missed { at: DateTime<Utc> },
    #[serde(rename = "second_factor.removed")]
    Removed {
        /// Why others took it away; none where its owner did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    },
}

event_names!(SecondFactorEvent {
    Offered => "second_factor.offered" v "1",
    Confirmed => "second_factor.confirmed" v "1",
    Used => "second_factor.used" v "1",
    Missed => "second_factor.missed" v "1",
    Removed => "second_factor.removed" v "1",
});
